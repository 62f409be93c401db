"""The events after which a schedule is made again: what has changed in the house since the last one. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from optimizer.model.state import CHARGING, CONNECTED, State
from optimizer.words.text import Text

SOC_JUMP_PERCENT = 3.0
"""A state of charge that moves by more beside the energy that was charged is a correction."""
OFF_PATH = 0.15
"""Part of the capacity by which the battery may be off its scheduled path."""
CLOCK_JUMP_S = 60.0


class CarSign(NamedTuple):
    """One car, as far as an event needs it."""

    connected: bool
    ready_s: float | None
    target: tuple[float | None, float | None]
    soc_percent: float | None
    session_wh: float | None
    capacity_wh: float | None
    satisfied: bool = False
    """Whether its goal needs nothing more."""


class Signs(NamedTuple):
    """The house, as far as an event needs it."""

    cars: Mapping[str, CarSign]
    overrides: Hashable
    dimmed: bool
    news: Hashable
    offset_s: float
    """Unix time minus monotonic s."""
    battery_wh: float | None
    capacity_wh: float | None


def signs_of(state: State, overrides: Hashable, news: Hashable) -> Signs:
    """The signs of a state. `news` changes with new prices and forecasts."""
    capacities = [battery.capacity_wh.value for battery in state.batteries.values()]
    stored = [
        None if battery.soc_percent.value is None else battery.soc_percent.value / 100.0 * (capacity or 0.0)
        for battery, capacity in zip(state.batteries.values(), capacities, strict=True)
    ]
    whole = not capacities or None in capacities or None in stored
    return Signs(
        cars={name: _car(state, name) for name in state.evs},
        overrides=overrides,
        dimmed=bool(state.grid.dimmed.value),
        news=news,
        offset_s=state.now.timestamp() - state.mono_s,
        battery_wh=None if whole else sum(one for one in stored if one is not None),
        capacity_wh=None if whole else sum(one for one in capacities if one is not None),
    )


def _car(state: State, name: str) -> CarSign:
    ev, goal = state.evs[name], state.goals.get(name)
    return CarSign(
        connected=ev.status.value in (CONNECTED, CHARGING),
        ready_s=None if goal is None else goal.ready_s.value,
        target=(None, None) if goal is None else (goal.target_soc_percent.value, goal.target_energy_wh.value),
        soc_percent=ev.soc_percent.value,
        session_wh=ev.session_energy_wh.value,
        capacity_wh=ev.capacity_wh.value,
        satisfied=goal is not None and goal.needs_wh.value is not None and goal.needs_wh.value <= 0.0,
    )


def event(before: Signs | None, now: Signs, path_wh: float | None) -> str:
    """The event between two signs, in words. Empty if there is none. `path_wh` is where the battery should be."""
    if before is None:
        return Text("the service has started")
    if abs(now.offset_s - before.offset_s) > CLOCK_JUMP_S:
        return Text("the clock was set")
    for name, car in now.cars.items():
        found = _of_car(name, before.cars.get(name), car)
        if found:
            return found
    if now.overrides != before.overrides:
        return Text("an override was set or has ended")
    if now.dimmed != before.dimmed:
        return Text("the house is dimmed" if now.dimmed else "the house is no longer dimmed")
    if now.news != before.news:
        return Text("new prices or a new forecast")
    if path_wh is not None and now.battery_wh is not None and now.capacity_wh:
        moved = abs(now.battery_wh - (before.battery_wh if before.battery_wh is not None else now.battery_wh))
        if abs(now.battery_wh - path_wh) > OFF_PATH * now.capacity_wh and moved > OFF_PATH * now.capacity_wh:
            return Text("the battery is off its path")
    return ""


def _of_car(name: str, before: CarSign | None, car: CarSign) -> str:
    if before is None:
        return ""
    if car.connected != before.connected:
        text = "the car on {name} was plugged in" if car.connected else "the car on {name} was unplugged"
        return Text(text, name=name)
    if (car.ready_s, car.target) != (before.ready_s, before.target):
        return Text("the goal of {name} has changed", name=name)
    if car.connected and car.satisfied and not before.satisfied:
        return Text("the car on {name} has reached its goal", name=name)
    corrected = Text("the state of charge of {name} was corrected", name=name)
    if car.soc_percent is None or before.soc_percent is None:
        known = (car.soc_percent is None) == (before.soc_percent is None)
        return "" if known or not car.connected else corrected
    counted = 0.0
    if car.session_wh is not None and before.session_wh is not None and car.capacity_wh:
        counted = 100.0 * (car.session_wh - before.session_wh) / car.capacity_wh
    jump = abs(car.soc_percent - before.soc_percent - counted)
    return corrected if jump > SOC_JUMP_PERCENT + 0.2 * abs(counted) else ""
