"""Goals of a house: what the settings say, and the goal of a car as rules read it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.model.goals import RepeatingGoal
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import CHARGING, CONNECTED, DISCONNECTED, ERROR, Ev, EvGoal
from optimizer.schedule.departures import Car, Departure, need_wh, target_percent

CONNECTED_NOW = {CONNECTED: True, CHARGING: True, ERROR: None, DISCONNECTED: False, None: None}


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """One vehicle of the settings."""

    charger: str = ""
    """The charger at which it usually is."""
    capacity_wh: float | None = None
    efficiency: float = 0.9


@dataclass(frozen=True, slots=True)
class GoalPlan:
    """The goals of a house, and what they are about."""

    site: Site
    repeating: Sequence[RepeatingGoal] = ()
    vehicles: Mapping[str, VehicleFacts] = field(default_factory=dict)


def repeating_of(plan: GoalPlan, car: Car) -> tuple[RepeatingGoal, ...]:
    """The repeating goals of a charger, and of the vehicle that is there."""
    return tuple(
        goal
        for goal in plan.repeating
        if (goal.vehicle == car.vehicle if goal.vehicle and car.vehicle else goal.charger == car.charger)
    )


def car_of(plan: GoalPlan, ev: Ev) -> Car:
    """The known values of the car at a charger."""
    facts = plan.vehicles.get(ev.vehicle)
    return Car(
        charger=ev.name,
        connected=CONNECTED_NOW[ev.status.value],
        session_wh=ev.session_energy_wh.value,
        soc_percent=ev.soc_percent.value,
        capacity_wh=ev.capacity_wh.value,
        limit_soc_percent=ev.limit_soc_percent.value,
        vehicle=ev.vehicle,
        efficiency=Car._field_defaults["efficiency"] if facts is None else facts.efficiency,
        most_w=most_w(plan, ev.name),
    )


def most_w(plan: GoalPlan, charger: str) -> float:
    """Largest power of a charger and its car."""
    site = plan.site.chargers[charger]
    phases = min(len(site.phase_map), site.car_phases or len(site.phase_map))
    return site.max_current_a * phases * NOMINAL_VOLTAGE_V


def goal_now(departure: Departure, car: Car, now_s: float, mono_s: float) -> EvGoal | None:
    """The goal as rules read it."""
    current = departure.current
    if current is None:
        return None

    def reading(value: float | None, why: str) -> Reading[float]:
        return unknown(why, mono_s) if value is None else known(value, mono_s)

    return EvGoal(
        ready_s=known(current.ready_s, mono_s),
        target_soc_percent=reading(target_percent(current, car), "the goal is an energy"),
        target_energy_wh=reading(current.aim.energy_wh, "the goal is a state of charge"),
        needs_wh=reading(need_wh(departure, current, car), "the need of the car is not known"),
        overdue=known(current.ready_s <= now_s, mono_s),
    )
