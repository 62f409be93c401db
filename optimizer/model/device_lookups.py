"""Lookups of devices: chargers, switches, batteries, and PV systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import Any

from optimizer.model.kinds import Value
from optimizer.model.lookup import NOT_EVERY_CHARGER, SILENT_BATTERY, SILENT_EV, Family, Lookup, total
from optimizer.model.reading import NOT_MEASURED, Reading, unknown
from optimizer.model.state import Battery, EvStatus, State
from optimizer.words.text import Text


def of_ev(quantity: str, unknown_when: str = SILENT_EV) -> Lookup[Any]:
    """A reading of one charger, by its path in `Ev`: `power_w`, `condition.error`."""
    find = attrgetter(quantity)

    def get(state: State, name: str) -> Value | None:
        ev = state.evs.get(name)
        value: Value | None = None if ev is None else find(ev).value
        return value

    return Lookup(get, _ev_parts(quantity), "ev", unknown_when)


def of_ev_item(quantity: str, number: int, unknown_when: str) -> Lookup[Any]:
    """One of several readings of a charger, by the path of the tuple in `Ev` and its number, from 1."""
    find = attrgetter(quantity)

    def parts(state: State, name: str) -> list[Reading[Any]]:
        ev = state.evs.get(name)
        if ev is None:
            return []
        readings = find(ev)
        return [readings[number - 1] if len(readings) >= number else NOT_MEASURED]

    def get(state: State, name: str) -> Value | None:
        return next((reading.value for reading in parts(state, name)), None)

    return Lookup(get, parts, "ev", unknown_when)


def _relay_phases(state: State, name: str) -> float | None:
    ev = state.evs.get(name)
    relays = None if ev is None else ev.condition.relays.value
    return None if relays is None else float(relays.count("L"))


def _ev_parts(*quantities: str) -> Callable[[State, str], list[Reading[Any]]]:
    finds = [attrgetter(quantity) for quantity in quantities]

    def parts(state: State, name: str) -> list[Reading[Any]]:
        ev = state.evs.get(name)
        return [] if ev is None else [find(ev) for find in finds]

    return parts


def ev_status_in(*statuses: EvStatus) -> Lookup[bool]:
    """Whether a charger reports one of these statuses."""

    def get(state: State, name: str) -> bool | None:
        ev = state.evs.get(name)
        status = None if ev is None else ev.status.value
        return None if status is None else status in statuses

    return Lookup(get, _ev_parts("status"), "ev", SILENT_EV)


def _offer(state: State, name: str) -> float | None:
    ev = state.evs.get(name)
    if ev is None or ev.paused.value is None:
        return None
    return 0.0 if ev.paused.value else ev.offered_a.value


EV_OFFER = Lookup(_offer, _ev_parts("paused", "offered_a"), "ev", SILENT_EV)
"""The current that a charger offers the car. 0 A while paused."""


def _vehicle(state: State, name: str) -> str | None:
    ev = state.evs.get(name)
    return None if ev is None else ev.vehicle or None


def _vehicle_parts(state: State, name: str) -> list[Reading[Any]]:
    """The reading behind the state of charge says why the vehicle is not known, unless the charger reports it."""
    ev = state.evs.get(name)
    if ev is None:
        return []
    if ev.vehicle:
        return [Reading(ev.vehicle, state.mono_s)]
    return [ev.soc_percent if not ev.soc_percent.known else NO_VEHICLE]


NO_VEHICLE: Reading[Any] = unknown(Text("nothing tells which vehicle is at the charger"))
EV_VEHICLE: Lookup[str] = Lookup(
    _vehicle, _vehicle_parts, "ev", "nothing tells which vehicle is at the charger: no setting, input, rule, or hand"
)
"""The vehicle at a charger."""
EV_RELAY_PHASES: Lookup[float] = Lookup(_relay_phases, _ev_parts("condition.relays"), "ev", NOT_EVERY_CHARGER)
"""The number of phases that a charger's relays connect."""
NO_GOAL: Reading[Any] = unknown(Text("the charger has no goal: see `goals` in the settings, and `optimizer goal`"))


def of_goal(quantity: str, unknown_when: str) -> Lookup[Any]:
    """A reading of the goal of one charger, by its name in `EvGoal`."""

    def reading(state: State, name: str) -> Reading[Any]:
        goal = state.goals.get(name)
        found: Reading[Any] = NO_GOAL if goal is None else getattr(goal, quantity)
        return found

    return Lookup(
        lambda state, name: reading(state, name).value,
        lambda state, name: (reading(state, name),),
        "ev",
        unknown_when,
    )


_READY = of_goal("ready_s", "the charger has no goal")


def _departure_in(state: State, name: str) -> float | None:
    ready_s = _READY.get(state, name)
    return None if ready_s is None else max(0.0, float(ready_s) - state.now.timestamp())


DEPARTURE_IN: Lookup[float] = replace(_READY, get=_departure_in)
"""Time until the departure of the goal, s. 0 after it."""


def of_car_schedule(quantity: str, unknown_when: str) -> Lookup[Any]:
    """The lookup of a field of `CarSchedule`: a value that the schedule has for one car now."""

    def reading(state: State, name: str) -> Reading[Any]:
        car = state.schedule.cars.get(name)
        found: Reading[Any] = unknown(state.schedule.why) if car is None else getattr(car, quantity)
        return found

    return Lookup(
        lambda state, name: reading(state, name).value,
        lambda state, name: (reading(state, name),),
        "ev",
        unknown_when,
    )


def _ready_in(state: State, name: str) -> float | None:
    car = state.schedule.cars.get(name)
    ready_s = None if car is None else car.ready_s.value
    return None if ready_s is None else max(0.0, ready_s - state.now.timestamp())


READY_IN: Lookup[float] = replace(
    of_car_schedule("ready_s", "there is no schedule, or the goal will not be reached"), get=_ready_in
)
"""Time until the goal of a car is reached by the schedule, s."""


def of_battery_schedule(quantity: str, unknown_when: str) -> Lookup[Any]:
    """The lookup of a field of `BatterySchedule`: a value that the schedule has for the house battery now."""

    def parts(state: State, _: str) -> tuple[Reading[Any]]:
        found: Reading[Any] = getattr(state.schedule.battery, quantity)
        return (found if found.known else unknown(state.schedule.why),)

    return Lookup(lambda state, name: parts(state, name)[0].value, parts, unknown_when=unknown_when)


def _not_in_state(_state: State, _name: str) -> None:
    return None


EV_MODE: Lookup[Any] = Lookup(_not_in_state, family="ev")
"""The charging mode is not measured. The rule engine provides it from its last verdict."""


def of_switch(quantity: str) -> Lookup[Any]:
    """A reading of one switchable load, by its name in `Switch`."""
    find = attrgetter(quantity)

    def parts(state: State, name: str) -> list[Reading[Any]]:
        switch = state.switches.get(name)
        return [] if switch is None else [find(switch)]

    def get(state: State, name: str) -> Value | None:
        return next((reading.value for reading in parts(state, name)), None)

    return Lookup(get, parts, "switch", "the relay does not answer, or does not measure it")


def _batteries(state: State, name: str) -> list[Battery]:
    if not name:
        return list(state.batteries.values())
    battery = state.batteries.get(name)
    return [] if battery is None else [battery]


def _battery_parts(*quantities: str) -> Callable[[State, str], list[Reading[Any]]]:
    def parts(state: State, name: str) -> list[Reading[Any]]:
        return [getattr(battery, quantity) for battery in _batteries(state, name) for quantity in quantities]

    return parts


def sum_of_batteries(quantity: str, unknown_when: str = SILENT_BATTERY) -> Lookup[float]:
    """A reading of one battery, or the sum over all, by its name in `Battery`."""
    return _summed(_battery_parts(quantity), "battery", unknown_when)


def sum_of_pvs(quantity: str, unknown_when: str) -> Lookup[float]:
    """A reading of one PV system, or the sum over all, by its name in `Pv`."""

    def parts(state: State, name: str) -> list[Reading[float]]:
        return [getattr(pv, quantity) for key, pv in state.pvs.items() if not name or key == name]

    return _summed(parts, "pv", unknown_when)


def _summed(parts: Callable[[State, str], list[Reading[float]]], family: Family, unknown_when: str) -> Lookup[float]:
    def get(state: State, name: str) -> float | None:
        readings = parts(state, name)
        return total(readings) if readings else None

    return Lookup(get, parts, family, unknown_when)


def mean_of_batteries(quantity: str, unknown_when: str) -> Lookup[float]:
    """A percentage of one battery, or the mean over all, weighted by capacity.

    A single battery and batteries with equal percentages need no capacity.
    """

    find = attrgetter(quantity)

    def get(state: State, name: str) -> float | None:
        chosen = _batteries(state, name)
        if len(chosen) == 1:
            percent: float | None = find(chosen[0]).value
            return percent
        percents: list[float | None] = [find(battery).value for battery in chosen]
        if percents and percents.count(percents[0]) == len(percents):
            return percents[0]
        share_wh, total_wh = 0.0, 0.0
        for battery, percent in zip(chosen, percents, strict=True):
            capacity_wh = battery.capacity_wh.value
            if percent is None or capacity_wh is None:
                return None
            share_wh += percent * capacity_wh
            total_wh += capacity_wh
        return share_wh / total_wh if total_wh > 0.0 else None

    def parts(state: State, name: str) -> list[Reading[Any]]:
        chosen = _batteries(state, name)
        percents = [find(battery) for battery in chosen]
        return [*percents, *(_capacity(battery) for battery in chosen)]

    return Lookup(get, parts, "battery", unknown_when)


def _capacity(battery: Battery) -> Reading[float]:
    """The capacity. If nobody reports it, the reason says how the owner can give it."""
    reading = battery.capacity_wh
    if reading.known or reading.why != NOT_MEASURED.why:
        return reading
    return unknown(
        Text(
            "the mean is weighted by capacity, and {name} reports none: set capacity_wh under its battery",
            name=battery.name,
        ),
        reading.at_s,
    )
