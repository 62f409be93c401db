"""Problems for the tests: one that is easy to read, and a strategy for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from optimizer.model.schedule import Goal
from optimizer.schedule.problem import Battery, Car, Problem, SpareWorth, Step

START_S = 1_774_738_800.0
"""2026-03-28 23:00 UTC, in the night in which European clocks change."""
HOUR_S, QUARTER_S = 3600.0, 900.0
NIGHT = [30.0] * 12 + [20.0] * 4 + [30.0] * 16
"""Prices of eight hours. 02:00 to 03:00 UTC is cheap."""


def steps_of(prices: Sequence[float], **fields: Any) -> tuple[Step, ...]:
    """Quarter hours with these import prices."""
    usual: dict[str, Any] = {"feed_in_ct": 8.0, "pv_w": 0.0, "home_w": 400.0, **fields}
    return tuple(
        Step(start_s=START_S + QUARTER_S * index, end_s=START_S + QUARTER_S * (index + 1), import_ct=price, **usual)
        for index, price in enumerate(prices)
    )


def problem_of(steps: tuple[Step, ...], **fields: Any) -> Problem:
    """A problem at the beginning of the first step with all prices published."""
    return Problem(**{"at_s": steps[0].start_s, "prices_known_until_s": steps[-1].end_s, "steps": steps, **fields})


def car(need_wh: float = 5000.0, leaves_in_s: float = 7 * HOUR_S, **fields: Any) -> Car:
    """A car with a goal."""
    goal = Goal(charger="carport", ready_at_s=START_S + leaves_in_s, need_wh=need_wh)
    return Car(**{"charger": "carport", "goal": goal, "room_wh": 30_000.0, "efficiency": 1.0, **fields})


def battery(energy_wh: float = 5000.0, **fields: Any) -> Battery:
    """A battery of 10 kWh and 5 kW."""
    usual = {"floor_wh": 500.0, "capacity_wh": 10_000.0, "charge_w": 5000.0, "discharge_w": 5000.0}
    return Battery(**{"energy_wh": energy_wh, **usual, **fields})


@st.composite
def problems(draw: Callable[..., Any], most_cars: int = 2) -> Problem:
    """Any problem: prices of every sign, steps of several lengths, limits, cars with and without goals."""
    count = draw(st.integers(1, 40))
    steps, at_s = [], START_S
    power = st.floats(0.0, 15_000.0)
    for index in range(count):
        length_s = draw(st.sampled_from([QUARTER_S, QUARTER_S, 1800.0]))
        import_ct = draw(st.floats(-20.0, 60.0))
        pv_w, home_w = draw(power), draw(st.floats(0.0, 5000.0))
        steps.append(
            Step(
                start_s=at_s,
                end_s=at_s + length_s,
                import_ct=import_ct,
                feed_in_ct=draw(st.one_of(st.just(8.0), st.floats(-20.0, 30.0))),
                is_known=index < 20,
                pv_w=pv_w,
                pv_spread_w=pv_w * draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
                pv_day_spread_w=pv_w * draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
                home_spread_w=home_w * draw(st.sampled_from([0.0, 0.0, 0.5, 1.0])),
                home_w=home_w,
                cars_most_w=draw(st.sampled_from([None, None, 4200.0, 0.0])),
            )
        )
        at_s += length_s
    return Problem(
        at_s=START_S + draw(st.sampled_from([0.0, 200.0, 899.0])),
        steps=tuple(steps),
        prices_known_until_s=steps[min(20, count) - 1].end_s,
        cars=tuple(draw(_cars(f"box{number}")) for number in range(draw(st.integers(0, most_cars)))),
        battery=draw(st.none() | _batteries()),
        most_import_w=draw(st.sampled_from([None, None, 11_000.0, 3000.0])),
        most_export_w=draw(st.sampled_from([None, None, 5000.0, 0.0])),
    )


@st.composite
def _cars(draw: Callable[..., Any], charger: str) -> Car:
    goal = None
    if draw(st.booleans()):
        ready_at_s = START_S + draw(st.floats(-HOUR_S, 48 * HOUR_S))
        goal = Goal(charger=charger, ready_at_s=ready_at_s, need_wh=draw(st.floats(0.0, 60_000.0)))
    least_a = draw(st.sampled_from([6.0, 8.0]))
    worth_ct = draw(st.floats(-5.0, 40.0))
    return Car(
        charger=charger,
        goal=goal,
        room_wh=draw(st.floats(0.0, 60_000.0)),
        phases=draw(st.sampled_from([(1,), (3,), (1, 3)])),
        least_a=least_a,
        most_a=draw(st.sampled_from([least_a, 16.0, 32.0])),
        efficiency=draw(st.sampled_from([0.8, 0.9, 1.0])),
        spare=draw(st.sampled_from([(), (SpareWorth(10_000.0, worth_ct), SpareWorth(20_000.0, worth_ct - 5.0))])),
        running=draw(st.sampled_from([None, "off", "surplus", "fast"])),
        charging=draw(st.sampled_from([None, False, True])),
        planned=draw(st.sampled_from([None, "off", "surplus", "fast"])),
    )


@st.composite
def _batteries(draw: Callable[..., Any]) -> Battery:
    capacity_wh = draw(st.floats(1000.0, 20_000.0))
    return Battery(
        energy_wh=draw(st.floats(0.0, 25_000.0)),
        floor_wh=capacity_wh * draw(st.sampled_from([0.0, 0.1, 0.3])),
        capacity_wh=capacity_wh,
        charge_w=draw(st.sampled_from([0.0, 3000.0, 5000.0])),
        discharge_w=draw(st.sampled_from([0.0, 3000.0, 5000.0])),
        may_sell=draw(st.booleans()),
        may_charge_from_grid=draw(st.booleans()),
        can_command=draw(st.booleans()),
        running=draw(st.sampled_from([None, "auto", "hold", "charge"])),
        planned=draw(st.sampled_from([None, "auto", "hold", "charge"])),
    )
