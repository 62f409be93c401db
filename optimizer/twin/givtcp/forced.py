"""The commands of GivTCP that revert by themselves: forced charging and export, and temporary pauses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from optimizer.twin.givtcp.inverter import Body, Inverter, Job, integer
from optimizer.twin.givtcp.registers import LEAST_PERCENT, Slot


def force_charge(inverter: Inverter, body: Body) -> str:
    """Charge for `duration` minutes."""
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Force Charge")
    minutes = integer(body.get("duration"), "Forcing charge", 900)
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


def force_export(inverter: Inverter, body: Body) -> str:
    """Export for `duration` minutes."""
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Force Export")
    minutes = integer(body.get("duration"), "Forcing export", 960)
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


def pause_charge(inverter: Inverter, body: Body) -> str:
    """Set the charge rate to 0 for `duration` minutes."""
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Temp Pause Charge")
    minutes, regs, plate = integer(body.get("duration"), "Pausing charge", 820), inverter.regs, inverter.plate
    before = plate.to_watts(regs.charge_rate)

    def revert() -> None:
        regs.charge_rate = plate.to_register(before)

    _start(inverter, "Temp Pause Charge", minutes, revert)
    regs.charge_rate = 0
    return f"Charge paused for {minutes * 60.0} seconds"


def pause_discharge(inverter: Inverter, body: Body) -> str:
    """Set the discharge rate to 0 for `duration` minutes."""
    if body.get("duration") == "Cancel":
        return _cancel(inverter, "Temp Pause Discharge")
    minutes, regs, plate = integer(body.get("duration"), "Pausing discharge", 780), inverter.regs, inverter.plate
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
