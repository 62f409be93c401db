"""A sequence of actions, lived through step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.model.schedule import CarMode
from optimizer.schedule.problem import Car, Problem, Step
from optimizer.schedule.stage import NUMBERS, Action, House, live, weather_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The actions of every step."""

    cars: Mapping[str, Sequence[Action]]
    """By charger. Their battery modes do not count."""
    battery: Sequence[Action]
    """Their car modes do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The result of one step. Energies are those at its end."""

    car_w: Mapping[str, float]
    """By charger, at the wall. Only cars that are there."""
    charged_wh: Mapping[str, float]
    """Energy at the wall since the beginning, by charger."""
    battery_w: float
    grid_w: float
    stored_wh: float
    cost_ct: float
    """Import, feed-in, and wear of the battery. Starts are not part of it."""


def house_of(problem: Problem) -> House:
    """The constant part of its stages."""
    return House(
        battery=problem.battery,
        most_import_w=math.inf if problem.most_import_w is None else problem.most_import_w,
        most_export_w=math.inf if problem.most_export_w is None else problem.most_export_w,
    )


def has_left(car: Car, step: Step) -> bool:
    """Whether the car has left when a step begins."""
    return car.goal is not None and step.start_s >= car.goal.ready_at_s


def live_through(problem: Problem, plan: Plan) -> list[Moment]:
    """The steps one after the other. The first car of the problem gets the surplus first."""
    stored_wh = problem.battery.energy_wh if problem.battery is not None else 0.0
    charged_wh = {car.charger: 0.0 for car in problem.cars}
    house, moments = house_of(problem), list[Moment]()
    for index, step in enumerate(problem.steps):
        battery, here = plan.battery[index], [car for car in problem.cars if not has_left(car, step)]
        car_w: dict[str, float] = {}
        shared = step
        for car in here:
            action = _both(plan.cars[car.charger][index], battery)
            room_wh = max(0.0, car.room_wh / car.efficiency - charged_wh[car.charger])
            flows = live(NUMBERS, house, weather_of(shared), car, action, stored_wh, room_wh)
            car_w[car.charger] = flows.car_w
            charged_wh[car.charger] += flows.car_w * step.hours
            if len(here) > 1:
                shared = with_other_car(shared, flows.car_w)
        if len(here) != 1:
            flows = live(NUMBERS, house, weather_of(shared), None, battery, stored_wh, 0.0)
        stored_wh = flows.stored_wh
        moments.append(
            Moment(
                car_w=car_w,
                charged_wh={car.charger: charged_wh[car.charger] for car in here},
                battery_w=flows.battery_w,
                grid_w=flows.grid_w,
                stored_wh=stored_wh,
                cost_ct=flows.cost_ct,
            )
        )
    return moments


def with_other_car(step: Step, power_w: float) -> Step:
    """The step beside a car that takes this power."""
    most_w = None if step.cars_most_w is None else max(0.0, step.cars_most_w - power_w)
    return replace(step, other_cars_w=step.other_cars_w + power_w, cars_most_w=most_w)


def beside(problem: Problem, car: Car, drawn_w: Sequence[float]) -> Problem:
    """The problem of the other cars, beside this one with a known power in every step."""
    steps = tuple(with_other_car(step, power_w) for step, power_w in zip(problem.steps, drawn_w, strict=True))
    return replace(problem, steps=steps, cars=tuple(other for other in problem.cars if other.charger != car.charger))


def _both(car: Action, battery: Action) -> Action:
    if car is battery:
        return car
    return replace(car, battery=battery.battery, battery_part=battery.battery_part)


def fast_phases(car: Car, mode: CarMode | None, phases: int | None) -> int:
    """The number of phases on which a car charges in `fast`. 0 in other modes. Unknown phases are the most."""
    return (phases or car.phases[-1]) if mode == "fast" else 0
