"""The state of charge of a car at a charger: the last value of its source, and the energy that was charged since.

Sources of cars are late and move in steps, and some say nothing while the car charges. So the energy since the last
value counts too. A value from before the car was plugged in is a guess, because the car was driven since. 0 % is what
many cars send instead of no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import DISCONNECTED, Ev

JUMP_PERCENT = 5.0
"""A measured value that differs by more from the estimate is said in the log."""
LEAST_WH = 50.0
"""Energy from which a counted value is an estimate. Below it, charger and car agree within a percent."""
NO_SOURCE = "the vehicle has no state of charge: set soc, teslamate, evcc, or start_soc_percent"
ZERO = "the source says 0 %, which many cars send instead of no value"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One car, as the settings describe it."""

    name: str
    soc: str = ""
    """The input with its state of charge. Empty: none."""
    limit_soc: str = ""
    """The input with its own charging limit."""
    range_km: str = ""
    """The input with its range."""
    capacity_wh: float | None = None
    """Usable capacity. Without it nothing is counted."""
    start_soc_percent: float | None = None
    """Assumed at plug-in, if no value is known."""
    efficiency: float = 0.9
    """The part of the energy of the charger that reaches the battery of the car."""
    min_current_a: float | None = None
    """The least current at which it charges, A. None: it is learned."""
    phases: int | None = None
    """The phases that it uses. None: this is learned."""
    timed: bool = False
    """Whether each value of the source has the time of its measurement. Otherwise only a changed value is a new one."""


class VehicleMemory(NamedTuple):
    """The memory about the car at one charger, from tick to tick."""

    vehicle: str = ""
    since_s: float | None = None
    """Monotonic s at which it was plugged in. None: before the first tick."""
    base_percent: float | None = None
    """The last value, from which the energy counts."""
    base_wh: float = 0.0
    """The energy of the session at that value."""
    measured: bool = False
    """Whether the value was measured since the car was plugged in."""
    source_percent: float | None = None
    """The last value of the source, and its time."""
    source_s: float = 0.0
    energy_wh: float = 0.0
    """The last known energy of the session."""


EMPTY = VehicleMemory()


class Estimate(NamedTuple):
    """The state of charge of a car, and whether it is an estimate."""

    soc_percent: Reading[float]
    estimated: bool
    jump_percent: float = 0.0
    """By how much a new value differs from the estimate before; 0 if there was none."""


def estimate(
    vehicle: Vehicle, ev: Ev, source: Reading[float] | None, memory: VehicleMemory, now_s: float
) -> tuple[VehicleMemory, Estimate]:
    """One tick. `source` is the reading of the state of charge, None without a source."""
    source = _believed(source)
    if ev.status.value is DISCONNECTED:
        return VehicleMemory(vehicle.name, None), _parked(source, now_s)
    memory = _session(vehicle, ev, memory, now_s)
    before = _counted(vehicle, memory)
    memory, fresh = _updated(vehicle, source, memory)
    soc = _counted(vehicle, memory)
    if soc is None:
        return memory, Estimate(_missing(source, now_s), estimated=False)
    counted_wh = memory.energy_wh - memory.base_wh
    jump = soc - before if fresh and before is not None else 0.0
    at_s = now_s if counted_wh > 0.0 else max(memory.source_s, memory.since_s or 0.0)
    return memory, Estimate(known(soc, at_s), not memory.measured or counted_wh >= LEAST_WH, jump)


def _believed(source: Reading[float] | None) -> Reading[float] | None:
    if source is not None and source.value == 0.0:
        return unknown(ZERO, source.at_s)
    return source


def _parked(source: Reading[float] | None, now_s: float) -> Estimate:
    """A car away from the charger: what its source says."""
    return Estimate(_missing(source, now_s) if source is None or source.value is None else source, estimated=False)


def _missing(source: Reading[float] | None, now_s: float) -> Reading[float]:
    return unknown(NO_SOURCE, now_s) if source is None else unknown(source.why or "no value since plug-in", now_s)


def _session(vehicle: Vehicle, ev: Ev, memory: VehicleMemory, now_s: float) -> VehicleMemory:
    """The memory for this session and this car, with the energy of now."""
    energy_wh = ev.session_energy_wh.value
    new_car = memory.vehicle != vehicle.name
    # A counter that falls is a new session, also if no tick has seen the car away.
    restarted = energy_wh is not None and energy_wh < memory.energy_wh - LEAST_WH
    if new_car or restarted or memory.since_s is None:
        started = not new_car or memory.vehicle != ""
        plugged_s = now_s if started else 0.0
        memory = VehicleMemory(vehicle.name, plugged_s, vehicle.start_soc_percent)
    return memory if energy_wh is None else memory._replace(energy_wh=energy_wh)


def _updated(vehicle: Vehicle, source: Reading[float] | None, memory: VehicleMemory) -> tuple[VehicleMemory, bool]:
    """The memory with the value of the source, and whether that is a new measurement."""
    if source is None or source.value is None:
        return memory, False
    first = memory.source_percent is None
    changed = not first and source.value != memory.source_percent
    later = vehicle.timed and source.at_s > memory.source_s
    memory = memory._replace(source_percent=source.value, source_s=source.at_s)
    if not (first or changed or later):
        return memory, False
    new = source.at_s >= (memory.since_s or 0.0) if vehicle.timed else changed
    return memory._replace(base_percent=source.value, base_wh=memory.energy_wh, measured=new), new


def _counted(vehicle: Vehicle, memory: VehicleMemory) -> float | None:
    """The base and the energy since, at most 100 %."""
    if memory.base_percent is None:
        return None
    if vehicle.capacity_wh is None:
        return memory.base_percent
    added_wh = max(0.0, memory.energy_wh - memory.base_wh) * vehicle.efficiency
    return min(100.0, memory.base_percent + 100.0 * added_wh / vehicle.capacity_wh)
