"""The commands of GivTCP: the writes and the answer of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from optimizer.twin.givtcp.registers import LEAST_PERCENT, PAUSE_MODES, SLOTS, Plate, Registers, Slot

Body = Mapping[str, Any]
NEVER = None
"""Commands without an answer. The REST side has a timeout of 15 s."""


class Failed(Exception):
    """The exception of the real software, with the name in its answer."""

    def __init__(self, what: str, kind: str, line: int) -> None:
        super().__init__(f"{what} failed: ('{kind}', 'write.py', {line})")


@dataclass(slots=True)
class Job:
    """A command that reverts by itself, such as forceCharge."""

    due: datetime
    """House wall time, aware."""
    revert: Callable[[], None]


@dataclass(slots=True)
class Inverter:
    """The view of the commands on one inverter."""

    plate: Plate
    regs: Registers
    jobs: dict[str, Job] = field(default_factory=dict)
    now: datetime = datetime.min  # noqa: DTZ901 - set before any command runs
    """Local house time of the command that runs."""
    export_slots: bool = False
    """Whether the plant has export slots."""
    version: int = 3
    """Version of GivTCP. Version 2 writes other registers for the same command."""
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """Register writes of the same command that follow a second later."""

    def tick(self, now: datetime) -> None:
        """End the jobs that are due."""
        self.now = now
        while self.afterwards:
            self.afterwards.pop(0)()
        for name in [name for name, job in self.jobs.items() if job.due <= now]:
            self.jobs.pop(name).revert()


def run(inverter: Inverter, command: str, body: Body) -> str | None:
    """Carry out a command. Returns the text of `result`, or None if the real software never answers."""
    if match := re.fullmatch(r"set(Charge|Discharge|Export)Slot([123]?)", command):
        return _slot(inverter, body, match[1], match[2] or str(body.get("slot", "")))
    try:
        return COMMANDS[command](inverter, body)
    except Failed as error:
        return str(error)


def _rate(inverter: Inverter, body: Body) -> str:
    watts = _int(body.get("chargeRate"), "Setting battery charge rate", 431)
    inverter.regs.charge_rate = inverter.plate.to_register(watts)
    return f"Setting battery charge rate {watts} was a success"


def _discharge_rate(inverter: Inverter, body: Body) -> str:
    watts = _int(body.get("dischargeRate"), "Setting battery discharge rate", 440)
    inverter.regs.discharge_rate = inverter.plate.to_register(watts)
    return f"Setting battery discharge limit {watts} was a success"


def _rate_ac(inverter: Inverter, body: Body) -> str:
    percent = _int(body.get("chargeRate"), "Setting battery charge rate AC", 445)
    inverter.regs.charge_rate_ac = percent
    return f"Setting battery charge rate AC to {percent}% was a success"


def _discharge_rate_ac(inverter: Inverter, body: Body) -> str:
    return f"Setting battery discharge rate {body.get('dischargeRate')} failed"


def _target(inverter: Inverter, body: Body) -> str:
    what = "Setting Charge Target"
    percent = _int(body.get("chargeToPercent"), what, 332)
    if inverter.version == 2:
        inverter.regs.target_soc = max(LEAST_PERCENT, min(100, percent))
        inverter.regs.enable_target = inverter.regs.target_soc < 100
        return "{}"
    if not LEAST_PERCENT <= percent <= 100:
        raise Failed(what, "ValueError", 335)
    inverter.regs.target_soc = percent
    return f"{what} {percent} was a success"


def _enable_target(inverter: Inverter, body: Body) -> str:
    on = _enabled(body, "Setting Charge Target", "KeyError", 321)
    if not on:
        inverter.regs.target_soc = 100
    if not on or inverter.version == 3:
        inverter.regs.enable_target = on
    return f"{'Enabling' if inverter.regs.enable_target else 'Disabling'} Charge Target was a success"


def _enable_charge(inverter: Inverter, body: Body) -> str:
    state = body.get("state")
    inverter.regs.enable_charge = _enabled(body, f"Setting charge schedule {state}", "UnboundLocalError", 261)
    return f"Setting Charge Schedule to {state} was a success"


def _enable_discharge(inverter: Inverter, body: Body) -> str:
    state = body.get("state")
    inverter.regs.enable_discharge = _enabled(body, f"Setting discharge schedule {state}", "UnboundLocalError", 281)
    return f"Setting Discharge Schedule to {state} was a success"


def _reserve(inverter: Inverter, body: Body) -> str:
    what = "Setting Battery Reserve"
    percent = max(LEAST_PERCENT, _int(body.get("reservePercent"), what, 448))
    if percent > 100:
        raise Failed(what, "ValueError", 452)
    inverter.regs.reserve = inverter.regs.saved_reserve = percent
    return f"Setting battery reserve {percent} was a success"


def _cutoff(inverter: Inverter, body: Body) -> str:
    what = "Setting battery power reserve"
    percent = _int(body.get("dischargeToPercent"), what, 470)
    if not LEAST_PERCENT <= percent <= 100:
        raise Failed(what, "ValueError", 472)
    inverter.regs.cutoff = percent
    return f"{what} to {percent} was a success"


def _mode(inverter: Inverter, body: Body) -> str:
    regs, mode = inverter.regs, str(body.get("mode"))
    match mode:
        case "Eco" if inverter.version == 2:
            saved = regs.saved_reserve
            regs.eco, regs.enable_discharge, regs.reserve = True, False, LEAST_PERCENT
            inverter.afterwards.append(lambda: setattr(regs, "reserve", saved))
        case "Eco":
            regs.eco, regs.enable_discharge, regs.reserve = True, False, regs.saved_reserve
        case "Eco (Paused)":
            if regs.reserve < 100:
                regs.saved_reserve = regs.reserve
            regs.eco, regs.enable_discharge, regs.reserve = True, False, 100
            return "Setting dynamic mode was a success"
        case "Timed Demand":
            regs.eco, regs.enable_discharge = True, True
        case "Timed Export":
            regs.eco, regs.enable_discharge = False, True
        case _:
            return f"Invalid Mode requested{mode}"
    return f"Setting {mode} mode was a success"


def _eco(inverter: Inverter, body: Body) -> str:
    inverter.regs.eco = _enabled(body, "Setting Eco Mode", "KeyError", 520)
    return f"Setting Eco Mode {body['state']} was a success"


def _pause(inverter: Inverter, body: Body) -> str:
    state = str(body.get("state"))
    if state not in PAUSE_MODES:
        return f"Invalid Mode requested: {state}"
    inverter.regs.pause = PAUSE_MODES.index(state)
    return f"Setting Battery Pause Mode to {state} was a success"


def _pause_slot(inverter: Inverter, body: Body) -> str:
    slot = _times(body, "Setting Battery Pause Slot", 691)
    inverter.regs.pause_slot = slot
    return f"Setting Pause Slot to: {body['start']} - {body['finish']} was a success"


def _slot(inverter: Inverter, body: Body, kind: str, number: str) -> str:
    what = f"Setting {kind} Slot {number}"
    try:
        if kind == "Export" and not inverter.export_slots:
            raise Failed(what, "AttributeError", 664)
        if not number.isdecimal() or not 1 <= int(number) <= SLOTS:
            raise Failed(what, "AttributeError", 664)
        slot, index, regs = _times(body, what, 662), int(number) - 1, inverter.regs
        if kind == "Charge":
            if "chargeToPercent" in body:
                percent = _int(body["chargeToPercent"], what, 655)
                regs.charge_targets[index] = percent
                regs.target_soc = percent if index == 0 else regs.target_soc
            regs.charge_slots[index] = slot
        else:
            if "dischargeToPercent" in body:
                # It writes the reserve of the battery and not a target of the slot.
                regs.reserve = max(LEAST_PERCENT, _int(body["dischargeToPercent"], what, 655))
            regs.discharge_slots[index] = slot
    except Failed as error:
        return str(error)
    return f"{what} to: {body['start']} - {body['finish']} was a success"


def _discharge_target(inverter: Inverter, body: Body) -> str | None:
    if "dischargeToPercent" not in body:
        return NEVER  # the key that the document names
    number = _int(body.get("slot"), "Setting Discharge Target", 350)
    inverter.regs.discharge_targets[number - 1] = _int(body["dischargeToPercent"], "Setting Discharge Target", 351)
    return f"Setting Discharge Target {number} was a success"


def _sync(_inverter: Inverter, _body: Body) -> str:
    return "Setting inverter time was a success"


def _force_charge(inverter: Inverter, body: Body) -> str:
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Force Charge")
    minutes = _int(body.get("duration"), "Forcing charge", 900)
    regs, plate = inverter.regs, inverter.plate
    before = (plate.to_watts(regs.charge_rate), regs.enable_charge, regs.charge_slots[0], regs.target_soc)

    def revert() -> None:
        # The conversion to watts and back lowers the rate by one percent if it is not exact.
        regs.charge_rate = plate.to_register(before[0])
        regs.enable_charge, regs.charge_slots[0], regs.target_soc, regs.pause = before[1], before[2], before[3], 0

    _start(inverter, "Force Charge", minutes, revert)
    regs.target_soc, regs.charge_rate, regs.enable_charge, regs.pause = 100, 50, True, 0
    regs.charge_slots[0] = _from_now(inverter.now, minutes)
    return f"Charge successfully forced for {minutes} minutes"


def _force_export(inverter: Inverter, body: Body) -> str:
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Force Export")
    minutes = _int(body.get("duration"), "Forcing export", 960)
    regs, plate = inverter.regs, inverter.plate
    before = (plate.to_watts(regs.discharge_rate), regs.eco, regs.enable_discharge, regs.reserve)
    slot = regs.discharge_slots[0]

    def revert() -> None:
        regs.discharge_rate = plate.to_register(before[0])
        regs.eco, regs.enable_discharge, regs.reserve = before[1:]
        regs.discharge_slots[0], regs.pause = slot, 0

    _start(inverter, "Force Export", minutes, revert)
    regs.reserve, regs.discharge_rate, regs.eco, regs.enable_discharge, regs.pause = LEAST_PERCENT, 50, False, True, 0
    regs.discharge_slots[0] = _from_now(inverter.now, minutes)
    return f"Export successfully forced for {minutes} minutes"


def _pause_charge(inverter: Inverter, body: Body) -> str:
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Temp Pause Charge")
    minutes, regs, plate = _int(body.get("duration"), "Pausing charge", 820), inverter.regs, inverter.plate
    before = plate.to_watts(regs.charge_rate)

    def revert() -> None:
        regs.charge_rate = plate.to_register(before)

    _start(inverter, "Temp Pause Charge", minutes, revert)
    regs.charge_rate = 0
    return f"Charge paused for {minutes * 60.0} seconds"


def _pause_discharge(inverter: Inverter, body: Body) -> str:
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Temp Pause Discharge")
    minutes, regs, plate = _int(body.get("duration"), "Pausing discharge", 780), inverter.regs, inverter.plate
    before = plate.to_watts(regs.discharge_rate)

    def revert() -> None:
        regs.discharge_rate = plate.to_register(before)

    _start(inverter, "Temp Pause Discharge", minutes, revert)
    regs.discharge_rate = 0
    return f"Discharge paused for {minutes * 60.0} seconds"


def _start(inverter: Inverter, name: str, minutes: int, revert: Callable[[], None]) -> None:
    """A repetition extends the first command and keeps the values that it restores."""
    running = inverter.jobs.get(name)
    inverter.jobs[name] = Job(inverter.now + timedelta(minutes=minutes), running.revert if running else revert)


def _cancel(inverter: Inverter, name: str) -> str:
    job = inverter.jobs.get(name)
    if job is None:
        return f"Error: {name} is not currently running"
    job.due = inverter.now + timedelta(seconds=5)  # a worker of its own reverts, a little later
    return "Cancelling scheduled task as requested"


def _from_now(now: datetime, minutes: int) -> Slot:
    start = now.time().replace(second=0, microsecond=0, tzinfo=None)
    end = (now + timedelta(minutes=minutes)).time().replace(second=0, microsecond=0, tzinfo=None)
    return start, end


def _int(value: Any, what: str, line: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise Failed(what, type(error).__name__, line) from None


def _enabled(body: Body, what: str, kind: str, line: int) -> bool:
    state = body.get("state")
    if state not in ("enable", "disable"):
        raise Failed(what, kind, line)
    return bool(state == "enable")


def _times(body: Body, what: str, line: int) -> Slot:
    texts = [str(body.get(key)) for key in ("start", "finish")]
    try:
        if not all(re.fullmatch(r"\d{1,2}:\d{2}", text) for text in texts):
            raise ValueError
        start, end = (time(int(text[:-3]), int(text[-2:])) for text in texts)
    except ValueError:
        raise Failed(what, "ValueError", line) from None
    return start, end


def _date(inverter: Inverter, body: Body) -> str:
    raise Failed("Setting inverter DateTime", "TypeError", 1473)


def _never(inverter: Inverter, body: Body) -> None:
    return NEVER


def _tariff(inverter: Inverter, body: Body) -> str:
    return "External rate setting not allowed. Enable Dynamic Tariff in settings"


def _export_target(inverter: Inverter, body: Body) -> str:
    raise Failed("Setting Export Target", "AttributeError", 360)


COMMANDS: Mapping[str, Callable[[Inverter, Body], str | None]] = {
    "setChargeRate": _rate,
    "setDischargeRate": _discharge_rate,
    "setChargeRateAC": _rate_ac,
    "setDischargeRateAC": _discharge_rate_ac,
    "setChargeTarget": _target,
    "enableChargeTarget": _enable_target,
    "enableChargeSchedule": _enable_charge,
    "enableDischargeSchedule": _enable_discharge,
    "setBatteryReserve": _reserve,
    "setBatteryCutoff": _cutoff,
    "setBatteryMode": _mode,
    "setEcoMode": _eco,
    "setBatteryPauseMode": _pause,
    "setPauseSlot": _pause_slot,
    "setDischargeTarget": _discharge_target,
    "setExportTarget": _export_target,
    "setDateTime": _date,
    "syncDateTime": _sync,
    "switchRate": _tariff,
    "forceCharge": _force_charge,
    "forceExport": _force_export,
    "tempPauseCharge": _pause_charge,
    "tempPauseDischarge": _pause_discharge,
    "enableDischarge": _never,
    "setCarChargeBoost": _never,
    "setForceCharge": _never,
    "setForceDischarge": _never,
    "setACCharge": _never,
}
"""All commands without the many slots: setChargeSlot, setChargeSlot1..3, and others."""


VERSION_2 = frozenset(
    {
        "enableChargeTarget", "enableChargeSchedule", "enableDischargeSchedule", "enableDischarge", "setChargeTarget",
        "setBatteryReserve", "setChargeRate", "setDischargeRate", "setChargeSlot1", "setChargeSlot2",
        "setDischargeSlot1", "setDischargeSlot2", "tempPauseDischarge", "tempPauseCharge", "forceCharge", "forceExport",
        "setBatteryMode", "setDateTime", "switchRate",
    }
)  # fmt: skip
"""The routes of version 2. It answers 404 to all others of version 3."""
VERSION_2_SENTENCES: Mapping[str, str] = {
    "setBatteryMode": "Setting Battery Mode was a success",
    "forceCharge": "Charge successfully forced",
    "forceExport": "Export successfully forced",
    "tempPauseCharge": "Charge paused",
    "tempPauseDischarge": "Discharge paused",
    "setDateTime": "Setting inverter time was a success",
    "switchRate": "Setting rate was a success",
}
"""Version 2 answers with a sentence to these, and with `{}` to all others, before anything is written."""


def version_2_answer(command: str, body: Body) -> str | None:
    """The immediate answer of version 2 as JSON text. None for its error 500."""
    if command.startswith("setDischargeSlot") and "dischargeToPercent" in body:
        return None
    if command == "setBatteryMode" and body.get("mode") not in MODES:
        return '{"result": "Invalid Mode requested"}'
    sentence = VERSION_2_SENTENCES.get(command)
    return "{}" if sentence is None else f'{{"result": "{sentence}"}}'


MODES = ("Eco", "Eco (Paused)", "Timed Demand", "Timed Export")


def known(command: str, version: int = 3) -> bool:
    """Whether the REST side of the inverter has a POST route with this name."""
    if version == 2:
        return command in VERSION_2
    return command in COMMANDS or re.fullmatch(r"set(Charge|Discharge|Export)Slot[123]?", command) is not None
