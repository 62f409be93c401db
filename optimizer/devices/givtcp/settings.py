"""The inverter's settings: where each is read back, which command writes it, and what counts as the same.

Pure. An order becomes a set of wanted settings; what differs from the cache is written, one command after
another, in a fixed order: first what ends a forced charge or discharge, last what starts one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import NamedTuple

from optimizer.devices.givtcp.cache import Cache, Plate
from optimizer.devices.values import as_number

Value = int | str
ChargerRequest = Mapping[str, Value]
"""Setting → value: W, percent, `enable`/`disable`, a pause mode, a battery mode, or a slot `HH:MM-HH:MM`."""

PAUSE = "pause"
MODE = "mode"
ECO_FLAGS = {"eco": "enable", "discharge_on": "disable"}
"""What the mode consists of, and how Eco sets it."""
RATES = ("charge_rate", "discharge_rate")
NO_SLOT = "00:00-00:00"
LEAST_PERCENT = 4
"""Reserve and target go no lower: what is less reads back as, or must be written as, 4."""
UNIT_W = 200.0
"""Room for the read-back of a rate where the capacity is not known: 1 % of the largest batteries."""

ENDS = frozenset({("charge_on", "disable"), ("discharge_on", "disable"), ("eco", "enable"), (MODE, "Eco")})
"""What ends a forced charge or discharge."""
STARTS = frozenset({("charge_on", "enable"), ("discharge_on", "enable"), ("eco", "disable"), (MODE, "Timed Export")})
"""What may start one."""


class Write(NamedTuple):
    """One command, and how to know that it was carried out."""

    setting: str
    value: Value
    command: str
    body: Mapping[str, object]

    @property
    def ends(self) -> bool:
        """Whether it ends a forced charge or discharge."""
        return (self.setting, self.value) in ENDS

    @property
    def starts(self) -> bool:
        """Whether it may start one."""
        return (self.setting, self.value) in STARTS


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
    return value if value in ("Disabled", "PauseCharge", "PauseDischarge", "PauseBoth") else None


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
    "pause": Setting("setBatteryPauseMode", _pause_mode, lambda value: {"state": value}),
    "charge_rate": Setting("setChargeRate", _number("Battery_Charge_Rate"), lambda value: {"chargeRate": value}),
    "discharge_rate": Setting(
        "setDischargeRate", _number("Battery_Discharge_Rate"), lambda value: {"dischargeRate": value}
    ),
    "charge_slot": Setting("setChargeSlot1", _slot("Charge_start_time_slot_1", "Charge_end_time_slot_1"), _times),
    "discharge_slot": Setting(
        "setDischargeSlot1", _slot("Discharge_start_time_slot_1", "Discharge_end_time_slot_1"), _times
    ),
    "pause_slot": Setting(
        "setPauseSlot", _slot("Battery_pause_start_time_slot", "Battery_pause_end_time_slot"), _times
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
"""In the order in which they are written (contract: rate, slot, reserve, target, enables), but for what ends."""


def writes(cache: Cache, wanted: ChargerRequest, *, dead_band: bool = True) -> list[Write]:
    """The commands that are still missing, in order. A setting that the cache does not show is not written."""
    found = []
    for name, setting in SETTINGS.items():
        if name in wanted and not same(cache, name, wanted[name], dead_band=dead_band):
            value = wanted[name]
            found.append(Write(name, value, setting.command, setting.body(_sent(cache.plate, name, value))))
    return sorted(found, key=lambda write: not write.ends)


def in_one_go(due: list[Write]) -> list[Write]:
    """Those of `due` that may be sent before the effect of any is seen: where one of them may start a forced charge
    or discharge, what ends one is alone, so that the two are never set at once."""
    ends = [write for write in due if write.ends]
    return ends if ends and any(write.starts for write in due) else due


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
    if plate.max_rate_w is not None and value >= plate.max_rate_w:
        return seen >= plate.max_rate_w
    unit_w = plate.unit_w or UNIT_W
    room_w = 0.6 * unit_w
    if dead_band and value > 0 and seen > 0:
        room_w = max(unit_w, 0.05 * (plate.max_rate_w or 0.0))
    return abs(seen - value) <= room_w


def rate(plate: Plate, watts: float, *, at_most: bool = False) -> int:
    """The W that a rate of `watts` (≥ 0) reads back as: multiples of 1 % of the capacity, nearest or not above."""
    if plate.max_rate_w is not None and watts >= plate.max_rate_w:
        return math.floor(plate.max_rate_w)
    unit_w = plate.unit_w
    if unit_w is None or watts <= 0.0:
        return max(0, math.floor(watts))
    percent = math.floor(watts / unit_w + 1e-9) if at_most else max(1, round(watts / unit_w))
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


def slot(now: time, until_minutes: int) -> str:
    """From this minute on for so many minutes, at the latest until 23:59: slots belong to one day."""
    start = now.hour * 60 + now.minute
    end = max(start + 1, min(start + until_minutes, 23 * 60 + 59)) % 1440
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def minutes_long(value: Value | None) -> int:
    """Length of a slot; 0 of none, and of one that goes over midnight, as ours never do."""
    if value is None or value == NO_SLOT:
        return 0
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in str(value).split("-"))
    return max(0, end - start)


def minutes_left(value: Value | None, now: time) -> int | None:
    """Minutes until a slot of today ends; None outside of it."""
    if value is None or value == NO_SLOT:
        return None
    start, end = (int(text[:2]) * 60 + int(text[3:]) for text in str(value).split("-"))
    minute = now.hour * 60 + now.minute
    return end - minute if start <= minute < end else None


def _sent(plate: Plate, name: str, value: Value) -> Value:
    """What a command must say: a rate is rounded up to a watt, since the real software floors it to 1 %."""
    if isinstance(value, str):
        return value
    if name not in RATES:
        return max(LEAST_PERCENT, value)
    if plate.unit_w is None or (plate.max_rate_w is not None and value >= plate.max_rate_w):
        return value
    return math.ceil(round(value / plate.unit_w) * plate.unit_w - 1e-9)
