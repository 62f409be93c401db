"""Phase currents above the offers do not hide the load of the house, and right ones always count."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.control.estimate.car_model import CarModel, Step
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.offered_currents import (
    FOLLOWS_S,
    most_offered_a,
    offered_now_a,
    power_part,
    within_offers,
    without_impossible,
)
from optimizer.model.state import Commanded, Ev
from optimizer.rules.book.verdict import Claimed, Verdict
from tests.control.house import ev, state
from tests.control.judge.house_under_test import Story, run, steady
from tests.examples import one_in

FAST = Verdict({"ev.carport.mode": Claimed("fast", "a-rule")}, {}, ())
NOW_S, VOLTAGE_V = 1000.0, 230.0
NO_TRIP = 1.13
"""A fuse and a circuit breaker carry this multiple of their current for an hour (EN 60898-1, EN 60269-1)."""


def charger(drawn_a: tuple[float, ...], offered_a: float, commanded: Commanded | None, power_w: float = 0.0) -> Ev:
    return ev(at_s=NOW_S, offered_a=offered_a, drawn_a=drawn_a, power_w=power_w, commanded=commanded)


def amps_of(one: Ev) -> list[float | None]:
    return [reading.value for reading in one.phase_current_a]


@given(st.floats(0.0, 32.0), st.floats(6.0, 32.0), st.floats(6.0, 32.0), st.floats(0.0, 1.0), st.floats(0.0, FOLLOWS_S))
def test_a_car_that_was_offered_more_in_the_last_half_minute_counts_with_its_reading(
    offered_a: float, before_a: float, now_a: float, part: float, since_s: float
) -> None:
    """It may still draw what it was offered before."""
    steps = (
        Step(NOW_S - 500.0, 3.0, before_a * 3.0 * VOLTAGE_V),
        Step(NOW_S - since_s, 3.0, now_a * 3.0 * VOLTAGE_V),
    )
    observed = Observation(CarModel(steps=steps), offered_a)
    drawn_a = part * max(before_a, now_a, offered_a)
    one = charger((drawn_a,) * 3, offered_a, Commanded(now_a, False, 3, NOW_S - since_s))
    assert amps_of(within_offers(one, observed, NOW_S)) == pytest.approx([drawn_a] * 3)


@given(st.floats(0.0, 32.0), st.floats(6.0, 32.0), st.floats(0.0, 3000.0))
def test_no_phase_current_counts_with_more_than_the_largest_offer(
    offered_a: float, commanded_a: float, drawn_a: float
) -> None:
    one = charger((drawn_a, 0.0, 0.0), offered_a, Commanded(commanded_a, False, 3, NOW_S - 100.0))
    observed = Observation(last_offer_a=offered_a)
    most_a = most_offered_a(one, observed, NOW_S)
    assert most_a == max(offered_a, commanded_a)
    within = within_offers(one, observed, NOW_S)
    assert amps_of(within) == [min(drawn_a, most_a), 0.0, 0.0]
    shown = without_impossible(state(mono_s=NOW_S, evs=(within,)), {"carport": one}).evs["carport"].phase_current_a
    assert shown[0].implausible is (drawn_a > 1.15 * most_a + 1.0)
    assert shown[0].value in (None, drawn_a)


@pytest.mark.parametrize(("power_w", "believed"), [(11_040.0, True), (8000.0, False), (1100.0, False), (None, False)])
def test_a_car_that_does_not_obey_a_pause_is_no_charger_of_wrong_unit(power_w: float | None, believed: bool) -> None:
    """Its power agrees with its phase currents. The control counts the offer all the same."""
    one = ev(
        at_s=NOW_S,
        offered_a=0.0,
        drawn_a=(16.0,) * 3,
        power_w=power_w,
        commanded=Commanded(6.0, True, 3, NOW_S - 100.0),
    )
    within = within_offers(one, Observation(), NOW_S)
    assert amps_of(within) == [0.0] * 3
    shown = without_impossible(state(mono_s=NOW_S, evs=(within,)), {"carport": one}).evs["carport"]
    assert amps_of(shown) == ([16.0] * 3 if believed else [None] * 3)


def test_a_charger_of_which_no_offer_is_known_counts_with_its_reading() -> None:
    one = ev(at_s=NOW_S, offered_a=None, drawn_a=(20.0,) * 3)
    assert within_offers(one, Observation(), NOW_S) is one


@pytest.mark.parametrize(
    ("read_a", "power_w", "part"),
    [(10.0, 6900.0, 1.0), (30.0, 6900.0, 1.0 / 3.0), (3.0, 6900.0, 1.0), (10.0, None, 1.0), (0.0, 0.0, 1.0)],
)
def test_while_a_fuse_is_overloaded_no_more_counts_than_the_power_allows(
    read_a: float, power_w: float | None, part: float
) -> None:
    one = ev(at_s=NOW_S, offered_a=16.0, drawn_a=(read_a,) * 3, power_w=power_w)
    assert power_part((one,)) == pytest.approx(part)
    assert power_part(()) == 1.0


@pytest.mark.parametrize(
    ("offered_a", "commanded", "most_a"),
    [
        (10.0, None, 10.0),
        (None, None, math.inf),
        (None, Commanded(8.0, False, 3, 0.0), 8.0),
        (6.0, Commanded(8.0, False, 3, 0.0, 12.0), 12.0),
        (10.0, Commanded(8.0, True, 3, 0.0), 10.0),
    ],
)
def test_the_largest_offer_of_now(offered_a: float | None, commanded: Commanded | None, most_a: float) -> None:
    assert offered_now_a(ev(at_s=NOW_S, offered_a=offered_a, commanded=commanded)) == most_a


def over(story: Story, fuse_a: float) -> list[float]:
    """By how much the fullest phase is above the fuse, by second, A."""
    rest = [(grid_w - car_w) / 3.0 for grid_w, car_w in zip(story.grid_w, story.car_w, strict=True)]
    cars = [car_w / phases for car_w, phases in zip(story.car_w, story.phases, strict=True)]
    return [(one + car_w) / VOLTAGE_V - fuse_a for one, car_w in zip(rest, cars, strict=True)]


def longest_s(above: list[bool]) -> int:
    """The longest time without a break in which it holds."""
    longest = lasts = 0
    for one in above:
        lasts = lasts + 1 if one else 0
        longest = max(longest, lasts)
    return longest


@given(
    st.floats(1.0, 3.0) | st.sampled_from((10.0, 100.0, 1000.0)),
    st.floats(1.0, 3.0) | st.sampled_from((1.0, 1000.0)),
    st.sampled_from((20.0, 25.0, 32.0, 35.0)),
    st.floats(4000.0, 14_000.0),
    st.floats(6.0, 16.0),
    st.integers(0, 10_000),
)
@example(2.0, 2.0, 25.0, 13_786.0, 6.0, 42)
@settings(max_examples=one_in(5))
def test_no_factor_of_the_phase_currents_of_a_charger_overloads_a_fuse(
    current_factor: float, power_factor: float, fuse_a: float, home_w: float, car_a: float, seed: int
) -> None:
    """In mode `fast`, while a load of the house comes and goes."""

    def load_w(second: int) -> float:
        return 400.0 if second % 1200 < 600 else min(home_w, 3.0 * VOLTAGE_V * (fuse_a - 1.0))

    story = run(
        steady(0.0),
        2400,
        home_w=load_w,
        fuse_a=fuse_a,
        car_a=car_a,
        charger_factor=power_factor,
        current_factor=current_factor,
        rules=FAST,
        seed=seed,
    )
    over_a = over(story, fuse_a)
    assert longest_s([one > (NO_TRIP - 1.0) * fuse_a for one in over_a]) <= 45
    assert longest_s([one > 0.5 for one in over_a]) <= 180
