"""Every command of GivTCP's document, callable as it is, with the outcome that was seen and not the one answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["inverter", "charger", "system"]


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """One command."""

    method: Literal["GET", "POST"]
    kind: Kind
    example: Mapping[str, object]
    """A body as the real software takes it; empty where it needs none."""
    does: str
    words: tuple[str, tuple[str, ...]] = ("", ())
    """A key of the body, and the words that the real software takes under it."""
    broken: str = ""
    """Its fault in the real software. The control never uses such a command."""


def _slots() -> dict[str, CommandInfo]:
    table: dict[str, CommandInfo] = {}
    for kind in ("Charge", "Discharge"):
        target = {f"{kind.lower()}ToPercent": "25"}
        note = "repeats every day" + ("; dischargeToPercent writes the reserve" if kind == "Discharge" else "")
        times = {"start": "16:00", "finish": "19:00"}
        table[f"set{kind}Slot"] = _set({**times, "slot": "1", **target}, f"{kind.lower()} slot 1 to 10; {note}")
        for number in (1, 2, 3):
            table[f"set{kind}Slot{number}"] = _set({**times, **target}, f"{kind.lower()} slot {number}; {note}")
    for number in (1, 2, 3):
        table[f"setExportSlot{number}"] = _set(
            {"start": "16:00", "finish": "19:00"}, f"export slot {number}; only on some plants"
        )
    return table


def _set(example: Mapping[str, object], does: str, broken: str = "") -> CommandInfo:
    words = ENABLE_WORDS if example == _ENABLE else WORDS.get(next(iter(example), ""), ("", ()))
    return CommandInfo("POST", "inverter", example=example, does=does, words=words, broken=broken)


def _evc(example: Mapping[str, object], does: str) -> CommandInfo:
    words: tuple[str, tuple[str, ...]] = ("", ())
    if "mode" in example:
        words = ("mode", ("Start", "Stop"))
    elif "state" in example:
        words = ("state", ("Grid", "Hybrid", "Solar"))
    return CommandInfo("POST", "charger", example=example, does=does, words=words)


_ENABLE: Mapping[str, object] = {"state": "enable"}
ENABLE_WORDS = ("state", ("enable", "disable"))
WORDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "mode": ("mode", ("Eco", "Eco (Paused)", "Timed Demand", "Timed Export")),
}
NO_ANSWER = "never answers: 15 s timeout"
_MINUTES: Mapping[str, object] = {"duration": "30"}

COMMANDS: Mapping[str, CommandInfo] = {
    "setChargeRate": _set({"chargeRate": 2500}, "battery charge rate in W, floored to 1 % of the capacity"),
    "setDischargeRate": _set({"dischargeRate": 2500}, "battery discharge rate in W, floored to 1 % of the capacity"),
    "setChargeTarget": _set({"chargeToPercent": 45}, "target SoC 4–100 %; works with enableChargeTarget"),
    "enableChargeTarget": _set(_ENABLE, "the target SoC: enable or disable"),
    "enableChargeSchedule": _set(_ENABLE, "the charge slots: enable or disable"),
    "enableDischargeSchedule": _set(_ENABLE, "the discharge slots: enable or disable"),
    "setEcoMode": _set(_ENABLE, "eco (self-consumption): enable or disable"),
    "setBatteryReserve": _set({"reservePercent": 4}, "reserve SoC; below 4 becomes 4"),
    "setBatteryCutoff": _set({"dischargeToPercent": 4}, "cut-off SoC"),
    "setBatteryMode": _set({"mode": "Eco"}, "Eco, Eco (Paused), Timed Demand or Timed Export"),
    "setBatteryPauseMode": CommandInfo(
        "POST", "inverter", example={"state": "PauseDischarge"},
        does="Disabled, PauseCharge, PauseDischarge or PauseBoth",
        words=("state", ("Disabled", "PauseCharge", "PauseDischarge", "PauseBoth")),
    ),
    "setPauseSlot": _set({"start": "16:00", "finish": "19:00"}, "slot of the pause mode; repeats every day"),
    **_slots(),
    "setDischargeTarget": _set({"dischargeToPercent": 45, "slot": 1}, "target SoC of a discharge slot",
                               "with the documented key exportToPercent: " + NO_ANSWER),
    "setExportTarget": _set({"exportToPercent": "45", "slot": "1"}, "target SoC of an export slot; on some plants"),
    "forceCharge": _set(_MINUTES, 'charge at full rate for so many minutes; cancel by {"duration": "Cancel"}'),
    "forceExport": _set(_MINUTES, "discharge at full rate for so many minutes; drops the reserve to 4 %"),
    "tempPauseCharge": _set(_MINUTES, "no charging for so many minutes", "its cancel answers 500; never twice"),
    "tempPauseDischarge": _set(_MINUTES, "no discharging for so many minutes", "its cancel answers 500; never twice"),
    "syncDateTime": _set({}, "set the inverter's clock by the container's"),
    "setDateTime": _set({"dateTime": "21/11/2026 03:20:00"}, "set the inverter's clock", "always fails"),
    "switchRate": _set({"rate": "day"}, "tariff now in force; needs the dynamic tariff in GivTCP's settings"),
    "enableDischarge": _set(_ENABLE, "battery discharge", NO_ANSWER),
    "setCarChargeBoost": _set({"boost": 2500}, "car charge boost in W", NO_ANSWER),
    "setForceCharge": _set({"state": "enabled"}, "force charge on three-phase inverters", NO_ANSWER),
    "setForceDischarge": _set({"state": "enabled"}, "force discharge on three-phase inverters", NO_ANSWER),
    "setACCharge": _set({"state": "enabled"}, "AC charge on three-phase inverters", NO_ANSWER),
    "setChargeControl": _evc({"mode": "Start"}, "Start or Stop the car's charging, capitalised"),
    "setCurrentLimit": _evc({"current": 16}, "current in whole A, clamped to what the charger can"),
    "setChargingMode": _evc({"state": "Grid"}, "Grid, Hybrid or Solar"),
    "setImportCap": _evc({"current": 60}, "largest grid current while charging, in A"),
    "setMaxSessionEnergy": _evc({"energy": 20.5}, "end of a session in kWh; a number: a text breaks GivTCP's loop"),
    "runAll": CommandInfo("GET", "inverter", {}, "the cache"),
    "readData": CommandInfo("GET", "inverter", {}, "the cache"),
    "getCache": CommandInfo("GET", "inverter", {}, "the cache"),
    "getEVCCache": CommandInfo("GET", "charger", {}, "the charger's cache"),
    "reboot": CommandInfo("GET", "system", {}, "restart the inverter", broken="answers 500"),
    "restart": CommandInfo("GET", "system", {}, "restart GivTCP's container"),
    "settings": CommandInfo("POST", "system", {}, "replace GivTCP's own settings by a whole settings document"),
}  # fmt: skip
"""All of the document, by name."""


def flat(body: object) -> dict[str, object]:
    """Control, Timeslots and the charger's cache with one key each, to compare two bodies."""
    found: dict[str, object] = {}
    if isinstance(body, dict):
        for name in ("Control", "Timeslots", "Charger"):
            part = body.get(name)
            if isinstance(part, dict):
                found |= {f"{name}.{key}": value for key, value in part.items() if key not in MOVING}
    return found


MOVING = frozenset(
    {
        "Active_Power", "Active_Power_L1", "Active_Power_L2", "Active_Power_L3", "Charge_Session_Duration",
        "Charge_Session_Energy", "Current_L1", "Current_L2", "Current_L3", "Meter_Energy", "System_Time",
        "Voltage_L1", "Voltage_L2", "Voltage_L3",
    }
)  # fmt: skip
"""The values that change by themselves."""


def changes(earlier: Mapping[str, object], later: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """The values that differ between two flat bodies."""
    keys = sorted(earlier.keys() | later.keys())
    return {key: (earlier.get(key), later.get(key)) for key in keys if earlier.get(key) != later.get(key)}
