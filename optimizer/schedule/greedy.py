"""The schedule without numpy: each car charges in its cheapest slots before it leaves, and follows the sun otherwise.

Expected surplus counts. The battery stays with its own control, and does not supply a car that charges fast.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from optimizer.model.schedule import Schedule
from optimizer.schedule.problem import Car, Problem, Step
from optimizer.schedule.result import Figures, schedule_of
from optimizer.schedule.simulate import Plan, beside, has_left, house_of, live_through
from optimizer.schedule.stage import NUMBERS, Action, live, weather_of

SURE_SUN = 0.85
"""Part of the expected surplus that counts for energy that must be in the car."""
TIE_CT = 0.02
"""Prices that differ by less are equal."""
SURPLUS = Action(car="surplus", battery_first=False)
AUTO = Action(battery="auto")


class Offer(NamedTuple):
    """A slot to buy in."""

    price_ct: float
    """Price of a kWh beyond the sun."""
    start_s: float
    gained_wh: float
    """Energy that the car has more, beside the sun that is sure."""


def solve_greedily(problem: Problem, notes: tuple[str, ...] = ()) -> Schedule:
    """The schedule of the cheapest slots. The car that leaves first chooses first."""
    ordered = sorted(problem.cars, key=lambda car: math.inf if car.goal is None else car.goal.ready_at_s)
    problem = replace(problem, cars=tuple(ordered))
    auto, rest = (AUTO,) * len(problem.steps), problem
    cars: dict[str, tuple[Action, ...]] = {}
    worth_ct: dict[str, list[float]] = {}
    for car in ordered:
        cars[car.charger], price_ct = _actions_of(rest, car)
        worth_ct[car.charger] = [price_ct] * len(problem.steps)
        alone = replace(rest, cars=(car,))
        moments = live_through(alone, Plan(cars=cars, battery=auto))
        rest = beside(rest, car, [moment.car_w.get(car.charger, 0.0) for moment in moments])
    figures = Figures(
        battery_ct=[_usual_ct(problem)] * len(problem.steps),
        car_ct=worth_ct,
        margin_ct=(None,) * len(problem.steps),
        second=("",) * len(problem.steps),
        notes=notes,
    )
    return schedule_of(problem, Plan(cars=cars, battery=auto), figures, "cheapest")


def _actions_of(problem: Problem, car: Car) -> tuple[tuple[Action, ...], float]:
    """`fast` in the slots that cost least, else `surplus`, and the price of the most expensive slot."""
    if car.goal is None or car.need_wh <= 0.0:
        return (SURPLUS,) * len(problem.steps), car.spare[0].worth_ct if car.spare else _usual_ct(problem)
    fast = Action(car="fast", phases=car.phases[-1])
    for ready_s, late in ((car.goal.ready_at_s - car.reserve_s, True), (car.goal.ready_at_s, False)):
        usable = [step for step in problem.steps if step.end_s <= ready_s]
        bought, missing_wh = _cheapest(problem, car, usable, fast, late=late)
        if missing_wh <= 0.0:
            break
    else:
        bought = {step.start_s: step.import_ct for step in problem.steps if not has_left(car, step)}
    actions = tuple(fast if step.start_s in bought else SURPLUS for step in problem.steps)
    return actions, max(bought.values(), default=_usual_ct(problem))


def _cheapest(
    problem: Problem, car: Car, usable: Sequence[Step], fast: Action, *, late: bool
) -> tuple[dict[float, float], float]:
    """The beginnings of the slots to buy in, each with its price per kWh beyond the sun, and the energy that is still
    missing. With `late`, the later one wins a tie: more sun than expected may come before it, or a lower price."""
    empty_wh = problem.battery.floor_wh if problem.battery is not None else 0.0
    house = house_of(problem)
    missing_wh, offers = car.need_wh, list[Offer]()
    for step in usable:
        hours = step.hours
        follows = live(NUMBERS, house, weather_of(step), car, SURPLUS, empty_wh, math.inf)
        buys = live(NUMBERS, house, weather_of(step), car, fast, empty_wh, math.inf)
        missing_wh -= SURE_SUN * hours * follows.car_w
        more_w = buys.car_w - follows.car_w
        if more_w <= 0.0:
            continue
        price_ct = (buys.cost_ct - follows.cost_ct) / (more_w * hours / 1000.0)
        gained_wh = hours * (buys.car_w - SURE_SUN * follows.car_w)
        offers.append(Offer(price_ct - (0.0 if step.is_known else problem.guess_ct), step.start_s, gained_wh))
    bought: dict[float, float] = {}
    for price_ct, start_s, gained_wh in _ranked(offers, late=late):
        if missing_wh <= 0.0:
            break
        bought[start_s] = price_ct
        missing_wh -= gained_wh
    return bought, missing_wh


def _ranked(offers: list[Offer], *, late: bool) -> Iterator[Offer]:
    """The offers by price. Those that cost as much as the cheapest of them come by time."""
    rest = sorted(offers)
    while rest:
        alike = [offer for offer in rest if offer.price_ct < rest[0].price_ct + TIE_CT]
        yield from sorted(alike, key=lambda offer: offer.start_s, reverse=late)
        rest = rest[len(alike) :]


def _usual_ct(problem: Problem) -> float:
    """The median import price."""
    prices = sorted(step.import_ct for step in problem.steps)
    return prices[len(prices) // 2]
