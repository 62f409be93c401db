"""The actions that a solver compares."""

from __future__ import annotations

from optimizer.schedule.problem import Battery, Car
from optimizer.schedule.stage import Action

HALF = 0.5


def actions_of(car: Car | None, battery: Battery | None) -> tuple[Action, ...]:
    """All modes of one car beside all modes of the battery. The first one leaves both to themselves."""
    cars = (Action(car="surplus"),) if car is None else _car_actions(car)
    return tuple(action for one in cars for action in _with_battery(one, battery))


def _car_actions(car: Car) -> tuple[Action, ...]:
    first = (Action(car="surplus", battery_first=False), Action(car="surplus"), Action(car="off"))
    return (*first, *(Action(car="fast", phases=phases, battery_first=False) for phases in reversed(car.phases)))


def _with_battery(action: Action, battery: Battery | None) -> list[Action]:
    found = [action]
    if battery is None:
        return found

    def add(mode: str, part: float = 1.0) -> None:
        found.append(
            Action(
                car=action.car,
                phases=action.phases,
                battery=mode,  # type: ignore[arg-type]
                battery_part=part,
                battery_first=action.battery_first,
            )
        )

    add("hold")
    if action.car != "surplus" or not action.battery_first:
        add("no_charge")
    if not battery.can_command:
        return found
    if battery.may_charge_from_grid:
        add("charge")
        add("charge", HALF)
    if battery.may_sell or action.car == "fast":
        add("discharge")
        add("discharge", HALF)
    return found
