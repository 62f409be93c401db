"""The worth of energy that remains in the car when it leaves, and in the battery at the end of the schedule."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.schedule.problem import Battery, Car, Problem, Step

RESERVE_PART = 0.5
"""Part of the price of a lack that counts already at the beginning of the reserve before the car leaves. It is as much
as a high price, so that what must be there does not rest on the sun of the last half hour."""
LACK_FACTOR = 1.5
"""A missing kWh costs at least this multiple of the highest price, so that no price makes a goal fail."""
BELOW_WH = 50_000.0
LAST_DAY_S = 86_400.0

Curve = tuple[tuple[float, ...], tuple[float, ...]]
"""Energies in Wh and money in ct at these energies. Between them the money is linear."""


class Ends(NamedTuple):
    """The value of the energies at the ends."""

    battery: Curve
    """By stored energy: worth."""
    car: Curve
    """By charged energy: cost of what is missing, minus worth of what is spare."""
    reserve: Curve
    """By charged energy: cost of what is missing at the beginning of the reserve."""
    reserve_from: int
    """The step that begins the reserve. −1: none."""
    battery_ct: float
    """Worth of a kWh in the battery."""


def ends_of(problem: Problem, car: Car | None) -> Ends:
    """The value of the energies at the ends of a problem."""
    battery_ct = 0.0 if problem.battery is None else battery_end_ct(problem, problem.battery)
    top_wh = 0.0 if problem.battery is None else problem.battery.capacity_wh
    battery: Curve = ((0.0, top_wh or 1.0), (0.0, top_wh * battery_ct / 1000.0))
    if car is None:
        return Ends(battery=battery, car=_FLAT, reserve=_FLAT, reserve_from=-1, battery_ct=battery_ct)
    lack_ct = max(car.lack_ct, LACK_FACTOR * max(step.import_ct for step in problem.steps))
    reserve, reserve_from = _FLAT, -1
    if car.goal is not None and car.reserve_s > 0.0:
        begins_s = car.goal.ready_at_s - car.reserve_s
        reserve_from = next((index for index, step in enumerate(problem.steps) if step.start_s >= begins_s), -1)
        reserve = _missing(car, RESERVE_PART * lack_ct)
    if car.goal is not None and car.goal.ready_at_s > problem.end_s:
        lack_ct = _later_ct(problem, car)
    return Ends(
        battery=battery,
        car=_car_curve(car, lack_ct),
        reserve=reserve,
        reserve_from=reserve_from,
        battery_ct=battery_ct,
    )


_FLAT: Curve = ((0.0, 1.0), (0.0, 0.0))


def battery_end_ct(problem: Problem, battery: Battery) -> float:
    """The median import price of the coming steps, less wear and losses, unless the worth is given."""
    if battery.end_ct is not None:
        return battery.end_ct
    price_ct = _quantile(problem.steps, 0.5)
    return max(0.0, (price_ct - battery.wear_ct) * battery.discharge_efficiency)


def _missing(car: Car, lack_ct: float) -> Curve:
    """Cost of the missing energy. It begins below zero, because the first point of an axis may lie there."""
    need_wh = car.need_wh
    return ((-BELOW_WH, need_wh), ((need_wh + BELOW_WH) * lack_ct / 1000.0, 0.0))


def _car_curve(car: Car, lack_ct: float) -> Curve:
    """Cost of the missing energy, minus worth of the spare energy."""
    missing = _missing(car, lack_ct)
    energies, money, before_wh = list(missing[0]), list(missing[1]), 0.0
    for up_to_wh, worth_ct in car.spare:
        energies.append(car.need_wh + up_to_wh)
        money.append(money[-1] - (up_to_wh - before_wh) * worth_ct / 1000.0)
        before_wh = up_to_wh
    return tuple(energies), tuple(money)


def _later_ct(problem: Problem, car: Car) -> float:
    """The price of energy that can still be bought after the end: that of the cheapest steps of the last day."""
    last = [step for step in problem.steps if step.end_s > problem.end_s - LAST_DAY_S]
    hours = max(1.0, car.need_wh / car.most_w)
    total_ct, rest = 0.0, hours
    for step in sorted(last, key=lambda step: step.import_ct):
        used = min(rest, step.hours)
        total_ct, rest = total_ct + used * step.import_ct, rest - used
        if rest <= 0.0:
            break
    return total_ct / max(hours - rest, 1e-9)


def _quantile(steps: tuple[Step, ...], part: float) -> float:
    """The import price below which `part` of the time lies."""
    total, passed = sum(step.hours for step in steps), 0.0
    for step in sorted(steps, key=lambda step: step.import_ct):
        passed += step.hours
        if passed >= part * total:
            return step.import_ct
    return steps[-1].import_ct
