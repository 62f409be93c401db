"""The inverter's settings: where each is read back, which command writes it, and what counts as the same.

Pure. An order becomes a set of wanted settings. What differs from the cache is written, one command after another,
in a fixed order: first what ends a forced charge or discharge, then what restricts, last what starts one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import IntEnum
from typing import NamedTuple

from optimizer.devices.givtcp.cache import FULL_RATE, Cache, Plate
from optimizer.model.text_numbers import as_number

Value = int | str
WantedSettings = Mapping[str, Value]
"""Setting → value: W, percent, `enable`/`disable`, a pause mode, a battery mode, or a slot `HH:MM-HH:MM`."""

PAUSE = "pause"
MODE = "mode"
ECO_FLAGS = {"eco": "enable", "discharge_on": "disable"}
"""The parts of the mode, and their values in Eco."""
RATES = frozenset({"charge_rate", "discharge_rate"})
NO_SLOT = "00:00-00:00"
DAY_MINUTES = 1440
LEAST_PERCENT = 4
"""Reserve and target go no lower: what is less reads back as, or must be written as, 4."""
UNIT_W = 200.0
"""Room for the read-back of a rate where the capacity is not known: 1 % of the largest batteries."""

ENDS = frozenset({("charge_on", "disable"), ("discharge_on", "disable"), ("eco", "enable"), (MODE, "Eco")})
"""The settings that end a forced charge or discharge."""
STARTS = frozenset(
    {
        ("charge_on", "enable"), ("discharge_on", "enable"), ("eco", "disable"),
        (MODE, "Timed Export"), (MODE, "Timed Demand"),
    }
)  # fmt: skip
"""The settings that may start one."""
PAUSES: Mapping[Value, frozenset[str]] = {
    "Disabled": frozenset(),
    "PauseCharge": frozenset({"charge"}),
    "PauseDischarge": frozenset({"discharge"}),
    "PauseBoth": frozenset({"charge", "discharge"}),
}
"""Pause mode → what it stops."""
SWITCHES = {"charge_slot": "charge_on", "discharge_slot": "discharge_on"}
"""The switch of each slot: while it is on, the slot itself starts and ends."""


class Rank(IntEnum):
    """The order of writes: each one waits for all of a lower rank.

    Between two orders, the battery must not do what neither of them allows. Therefore a pause begins before a forced
    charge ends, and it is lifted only after the next forced charge has started.
    """

    ENDS = 0
    """Pauses, sets a rate to 0, or ends a forced charge or discharge."""
    RESTRICTS = 1
    """Lowers a rate."""
    PREPARES = 2
    """Changes nothing yet, such as a slot whose switch is off."""
    RAISES = 3
    """Raises a rate: only after what ran at the lower one has ended."""
    SLOTS = 4
    """Puts a slot in force."""
    STARTS = 5
    RELEASES = 6
    """Lifts a pause, or raises the rate of the direction that is not forced."""


class Write(NamedTuple):
    """One command, and how to know that it was carried out."""

    setting: str
    value: Value
    command: str
    body: Mapping[str, object]
    rank: Rank

    @property
    def registers(self) -> int:
        """The number of registers that it writes: each one counts as wear."""
        return 2 if self.setting.endswith("slot") or self.setting == MODE else 1


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of the inverter."""

    command: str
    read: Callable[[Cache], Value | None]
    """As the cache has it; None where it has it not."""
    body: Callable[[Value], Mapping[str, object]]


def _number(*keys: str) -> Callable[[Cache], Value | None]:
    def read(cache: Cache) -> Value | None:
        for key in keys:
            number = as_number(cache.control.get(key))
            if number is not None:
                return round(number)
        return None

    return read


def _switch(*keys: str, raw: str = "") -> Callable[[Cache], Value | None]:
    """`enable` or `disable` from Control; from the raw registers where Control has it not."""

    def read(cache: Cache) -> Value | None:
        for key in keys:
            value = cache.control.get(key)
            if value in ("enable", "disable"):
                return str(value)
        value = cache.raw.get(raw)
        if value in (True, "Enable", "True"):
            return "enable"
        return "disable" if value in (False, "Disable", "False") else None

    return read


def _slot(start: str, end: str) -> Callable[[Cache], Value | None]:
    def read(cache: Cache) -> Value | None:
        times = [str(cache.slots.get(key, ""))[:5] for key in (start, end)]
        if not all(len(text) == 5 and text[2] == ":" and (text[:2] + text[3:]).isdecimal() for text in times):
            return None
        return "-".join(times)

    return read


def _pause_mode(cache: Cache) -> Value | None:
    value = cache.control.get("Battery_pause_mode")
    return value if isinstance(value, str) and value in PAUSES else None


def _battery_mode(cache: Cache) -> Value | None:
    """By its flags, since the word Mode is made up differently in every version."""
    eco, discharge = ECO(cache), DISCHARGE(cache)
    if eco is None or discharge is None:
        return None
    if discharge == "disable":
        return "Eco" if eco == "enable" else "Unknown"
    return "Timed Demand" if eco == "enable" else "Timed Export"


def _times(value: Value) -> Mapping[str, object]:
    start, _, finish = str(value).partition("-")
    return {"start": start, "finish": finish}


ECO = _switch("Eco_Mode", "Battery_Power_Mode")
DISCHARGE = _switch("Enable_Discharge_Schedule")

SETTINGS: Mapping[str, Setting] = {
    "pause_slot": Setting(
        "setPauseSlot", _slot("Battery_pause_start_time_slot", "Battery_pause_end_time_slot"), _times
    ),
    "pause": Setting("setBatteryPauseMode", _pause_mode, lambda value: {"state": value}),
    "charge_rate": Setting("setChargeRate", _number("Battery_Charge_Rate"), lambda value: {"chargeRate": value}),
    "discharge_rate": Setting(
        "setDischargeRate", _number("Battery_Discharge_Rate"), lambda value: {"dischargeRate": value}
    ),
    "charge_slot": Setting("setChargeSlot1", _slot("Charge_start_time_slot_1", "Charge_end_time_slot_1"), _times),
    "discharge_slot": Setting(
        "setDischargeSlot1", _slot("Discharge_start_time_slot_1", "Discharge_end_time_slot_1"), _times
    ),
    "reserve": Setting("setBatteryReserve", _number("Battery_Power_Reserve"), lambda value: {"reservePercent": value}),
    "target": Setting("setChargeTarget", _number("Target_SOC"), lambda value: {"chargeToPercent": value}),
    "target_on": Setting(
        "enableChargeTarget",
        _switch("Enable_Charge_Target", raw="enable_charge_target"),
        lambda value: {"state": value},
    ),
    "charge_on": Setting("enableChargeSchedule", _switch("Enable_Charge_Schedule"), lambda value: {"state": value}),
    "discharge_on": Setting("enableDischargeSchedule", DISCHARGE, lambda value: {"state": value}),
    "eco": Setting("setEcoMode", ECO, lambda value: {"state": value}),
    MODE: Setting("setBatteryMode", _battery_mode, lambda value: {"mode": value}),
}
"""In the order in which they are written within a rank."""


def writes(cache: Cache, wanted: WantedSettings, now: time, *, dead_band: bool = True) -> list[Write]:
    """The commands that are still missing at the inverter's local time `now`, in order.

    A setting that the cache does not show is not written.
    """
    found = []
    idle_rate = _idle_rate(wanted, now)
    for name, setting in SETTINGS.items():
        if name in wanted and not same(cache, name, wanted[name], dead_band=dead_band):
            value = wanted[name]
            body = setting.body(_sent(cache.plate, name, value))
            rank = _rank(cache, name, value, now)
            if rank is Rank.RAISES and name == idle_rate:
                rank = Rank.RELEASES
            found.append(Write(setting=name, value=value, command=setting.command, body=body, rank=rank))
    return sorted(found, key=lambda write: write.rank)


def _idle_rate(wanted: WantedSettings, now: time) -> str:
    """The rate of the direction that is not forced while the other one is; empty where nothing is forced."""
    if wanted.get("charge_on") == "enable" and minutes_left(wanted.get("charge_slot"), now) is not None:
        return "discharge_rate"
    exports = wanted.get(MODE) == "Timed Export" or (
        wanted.get("eco") == "disable" and wanted.get("discharge_on") == "enable"
    )
    return "charge_rate" if exports and minutes_left(wanted.get("discharge_slot"), now) is not None else ""


def _rank(cache: Cache, name: str, value: Value, now: time) -> Rank:
    seen = SETTINGS[name].read(cache)
    if (name, value) in ENDS:
        return Rank.ENDS
    if (name, value) in STARTS:
        return Rank.STARTS
    if name in RATES:
        if isinstance(seen, int) and isinstance(value, int) and value > seen:
            return Rank.RAISES
        return Rank.RESTRICTS if value else Rank.ENDS
    if name == PAUSE:
        return Rank.ENDS if PAUSES[value] >= PAUSES[seen or "Disabled"] else Rank.RELEASES
    if name == "pause_slot":
        return Rank.RELEASES if minutes_left(value, now) is None else Rank.ENDS
    if name in SWITCHES:
        is_off = SETTINGS[SWITCHES[name]].read(cache) == "disable"
        if minutes_left(value, now) is not None:
            return Rank.PREPARES if is_off else Rank.SLOTS
        return Rank.PREPARES if is_off or minutes_left(seen, now) is None else Rank.ENDS
    return Rank.PREPARES


def in_one_go(due: list[Write], *, back: bool) -> list[Write]:
    """Those of `due` (in order) that may be sent before the effect of any is seen.

    Nothing that raises a power or starts something is sent before all that ends something has been seen. Nothing that
    puts a slot in force is sent before its rate, and nothing that starts is sent before its slot. An order (not `back`)
    sends alone whatever raises or starts.
    """
    if due[0].rank is Rank.ENDS or (due[0].rank <= Rank.PREPARES and not back):
        last = Rank.PREPARES
    elif not back and due[0].rank is not Rank.RELEASES:
        return due[:1]
    else:
        last = max(Rank.RAISES, due[0].rank)
    return [write for write in due if write.rank <= last]


def same(cache: Cache, name: str, value: Value, *, dead_band: bool = False) -> bool:
    """Whether the cache shows the setting as wanted; a setting that it does not show counts as such."""
    seen = SETTINGS[name].read(cache)
    if seen is None:
        return True
    if isinstance(seen, str) or isinstance(value, str):
        return seen == value
    if name not in RATES:
        return max(LEAST_PERCENT, seen) == max(LEAST_PERCENT, value)
    plate = cache.plate
    if plate.full_w is not None and (seen >= math.floor(plate.full_w)) != (value >= math.floor(plate.full_w)):
        # The full rate is more than a percent of the capacity: the inverter does all that it can.
        return False
    unit_w = plate.unit_w or UNIT_W
    room_w = 0.6 * unit_w
    if dead_band and 0 < seen <= value:
        # A rate that is too high is never left: it is more than what was ordered.
        room_w = max(unit_w, 0.05 * (plate.max_rate_w or 0.0))
    return abs(seen - value) <= room_w


def rate(plate: Plate, watts: float) -> int:
    """The W that a rate of at most `watts` (≥ 0) reads back as: a multiple of 1 % of the capacity, or the full rate."""
    if plate.max_rate_w is not None and plate.full_w is not None and watts >= plate.max_rate_w:
        return math.floor(plate.full_w)
    unit_w = plate.unit_w
    if unit_w is None or watts <= 0.0:
        return max(0, math.floor(watts))
    percent = min(FULL_RATE - 1, math.floor(watts / unit_w + 1e-9))
    if plate.max_rate_w is not None and math.ceil(percent * unit_w) >= plate.max_rate_w:
        percent -= 1
    return math.floor(percent * unit_w + 1e-9)


def snapshot(cache: Cache) -> dict[str, Value]:
    """All settings as they are: what a hand-back puts back. The mode is in its two flags."""
    seen = {name: setting.read(cache) for name, setting in SETTINGS.items() if name != MODE}
    return {name: value for name, value in seen.items() if value is not None}


def before(kept: Mapping[str, object]) -> dict[str, Value]:
    """A snapshot out of the record on disk; entries that are none are left out."""
    return {
        name: value
        for name, value in kept.items()
        if name in SETTINGS and isinstance(value, int | str) and not isinstance(value, bool)
    }


def slot(now: time, until_minutes: int, *, since_minutes: int = 0) -> str:
    """From `since_minutes` before this minute until `until_minutes` after it; it may go over midnight."""
    minute = now.hour * 60 + now.minute
    start, end = (minute - since_minutes) % DAY_MINUTES, (minute + until_minutes) % DAY_MINUTES
    # An end at 00:00 could be taken for no slot.
    end = end or 1
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def minutes_long(value: Value | None) -> int:
    """Length of a slot, which may go over midnight; 0 of none."""
    if value is None or value == NO_SLOT:
        return 0
    start, end = _minutes(value)
    return (end - start) % DAY_MINUTES


def minutes_left(value: Value | None, now: time) -> int | None:
    """Minutes until a slot ends; None outside of it."""
    if value is None or value == NO_SLOT:
        return None
    start, end = _minutes(value)
    gone = (now.hour * 60 + now.minute - start) % DAY_MINUTES
    length = (end - start) % DAY_MINUTES
    return length - gone if gone < length else None


def _minutes(value: Value) -> tuple[int, int]:
    """Start and end in minutes since midnight."""
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in str(value).split("-"))
    return start, end


def _sent(plate: Plate, name: str, value: Value) -> Value:
    """The value in the command. A rate is rounded up to a watt, because the real software floors it to 1 %."""
    if isinstance(value, str):
        return value
    if name not in RATES:
        return max(LEAST_PERCENT, value)
    if plate.full_w is not None and value >= math.floor(plate.full_w):
        return math.ceil(plate.max_rate_w or value)
    if plate.unit_w is None:
        return value
    return math.ceil(round(value / plate.unit_w) * plate.unit_w - 1e-9)
