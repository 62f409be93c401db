from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.control.estimate.car_model import (
    LEAST_USUAL,
    MOST_TAKEN,
    STEPS,
    CarModel,
    Step,
    coming_w,
    learn,
    modelled_w,
    power_at_w,
    power_between_w,
    settled,
)
from optimizer.control.estimate.own_limit import NO_LIMIT
from optimizer.model.reading import known, unknown
from optimizer.model.state import Commanded, Ev, EvStatus
from tests.control.house import ev
from tests.control.judge.house_under_test import HOME_W, run, steady
from tests.examples import one_in

FROM_3_TO_4_KW = CarModel(3000.0, (Step(100.0, 3.0, 4000.0),))


@pytest.mark.parametrize(
    ("at_s", "power_w"), [(100.0, 3000.0), (103.0, 3000.0), (105.5, 3632.1), (110.5, 3950.2), (160.0, 4000.0)]
)
def test_a_car_follows_after_dead_time_with_a_lag(at_s: float, power_w: float) -> None:
    assert modelled_w(FROM_3_TO_4_KW, at_s, 1.0) == pytest.approx(power_w, abs=0.1)


def commanded(model: CarModel, current_a: float, phases: int, at_s: float, paused: bool = False) -> CarModel:
    return learn(model, ev(power_w=None, commanded=Commanded(current_a, paused, phases, at_s)))


def test_a_pause_is_quick_a_start_is_slow_and_a_switch_is_blank() -> None:
    running = commanded(commanded(CarModel(), 6.0, 1, 0.0), 10.0, 1, 20.0)
    paused = commanded(running, 10.0, 1, 100.0, paused=True)
    assert modelled_w(paused, 101.9, 1.0) == pytest.approx(2300.0, abs=1.0)
    assert modelled_w(paused, 102.0, 1.0) == 0.0
    started = commanded(paused, 10.0, 1, 200.0)
    assert modelled_w(started, 208.0, 1.0) == 0.0
    assert modelled_w(started, 230.0, 1.0) == pytest.approx(2300.0, abs=1.0)
    switched = commanded(running, 10.0, 3, 100.0)
    assert modelled_w(switched, 110.0, 1.0) == 0.0
    assert modelled_w(switched, 140.0, 1.0) == pytest.approx(6900.0, abs=2.0)


@pytest.mark.parametrize("later_a", [10.0, 12.0])
def test_a_car_that_is_late_after_a_phase_switch_counts_only_when_a_reading_shows_it(later_a: float) -> None:
    running = commanded(commanded(CarModel(), 6.0, 1, 0.0), 10.0, 1, 20.0)
    switched = commanded(commanded(running, 10.0, 3, 100.0), later_a, 3, 105.0)  # often a new current follows
    order = Commanded(later_a, False, 3, 105.0)
    late = learn(switched, ev(at_s=124.0, power_w=0.0, commanded=order))
    assert power_at_w(late, ev(at_s=124.0, power_w=0.0), 132.0) == 0.0
    drawn_w = 0.9 * later_a * 690.0
    drawing = learn(late, ev(at_s=134.0, power_w=drawn_w, commanded=order))
    assert power_at_w(drawing, ev(at_s=134.0, power_w=drawn_w), 140.0) == pytest.approx(later_a * 690.0, rel=0.05)


def test_a_reading_of_the_grids_instant_is_used_as_it_is() -> None:
    assert power_at_w(FROM_3_TO_4_KW, ev(at_s=105.0, power_w=3333.0), 105.0) == 3333.0
    assert power_at_w(FROM_3_TO_4_KW, ev(power_w=None), 105.0) is None
    assert power_at_w(CarModel(), ev(at_s=0.0, power_w=2000.0), 105.0) == 2000.0


READ_S = [100.0 + 5.0 * tick for tick in range(12)]


@given(st.lists(st.floats(0.0, 11_000.0), min_size=12, max_size=12), st.integers(0, 11))
def test_an_earlier_power_is_the_one_that_was_read_then(powers_w: list[float], place: int) -> None:
    latest_first = [known(power_w, at_s) for power_w, at_s in zip(powers_w, READ_S, strict=True)][::-1]
    drawn_w = power_between_w(FROM_3_TO_4_KW, ev(power_w=powers_w[-1], at_s=READ_S[-1]), latest_first, READ_S[place])
    assert drawn_w == pytest.approx(powers_w[place], abs=1e-6)


@given(st.floats(100.0, 155.0))
def test_between_two_readings_a_car_has_the_course_of_the_model(at_s: float) -> None:
    latest_first = [known(modelled_w(FROM_3_TO_4_KW, read_s, 1.0), read_s) for read_s in READ_S[::-1]]
    drawn_w = power_between_w(FROM_3_TO_4_KW, ev(power_w=4000.0, at_s=155.0), latest_first, at_s)
    assert drawn_w == pytest.approx(modelled_w(FROM_3_TO_4_KW, at_s, 1.0), abs=1e-6)


def test_without_a_reading_on_both_sides_an_earlier_power_is_that_of_the_model() -> None:
    now = ev(power_w=3900.0, at_s=120.0)
    assert power_between_w(FROM_3_TO_4_KW, now, [], 103.0) == pytest.approx(3000.0)
    assert power_between_w(FROM_3_TO_4_KW, now, [unknown("no answer", 101.0)], 103.0) == pytest.approx(3000.0)
    assert power_between_w(FROM_3_TO_4_KW, ev(power_w=None), [known(1.0, 90.0), known(2.0, 80.0)], 103.0) is None
    assert power_between_w(FROM_3_TO_4_KW, now, [known(9.0, 90.0)], 120.0) == 3900.0


def follows(model: CarModel, pace: float, take: float) -> CarModel:
    """The model after a car of this pace, that takes this part, was told something new every 40 s for 10 minutes."""
    truth = CarModel()
    for second in range(0, 600, 5):
        order = Commanded(8.0 + (second // 40) % 2 * 4.0, False, 3, second - second % 40)
        truth = learn(truth, ev(power_w=None, commanded=order))
        drawn_w = take * modelled_w(truth, float(second), pace)
        model = learn(model, ev(at_s=float(second), power_w=drawn_w, commanded=order))
    return model


def test_a_car_that_takes_less_is_learnt() -> None:
    model = follows(CarModel(), 1.0, 0.8)
    assert model.take == pytest.approx(0.8, abs=0.02)
    car = ev(at_s=595.0, power_w=0.0)
    assert power_at_w(model, car, 599.0) == pytest.approx(0.8 * modelled_w(model, 599.0, 1.0), rel=0.05)


@given(st.floats(0.87, 1.13), st.sampled_from([0.5, 1.0, 2.0]))
def test_what_a_car_usually_draws_of_its_offer_is_learnt_and_stays_over_a_pause(take: float, pace: float) -> None:
    model = follows(CarModel(), pace, take)
    assert model.usual_take == pytest.approx(take, abs=0.03)
    paused = commanded(model, 8.0, 3, 600.0, paused=True)
    started = learn(paused, ev(at_s=650.0, power_w=0.0, commanded=Commanded(8.0, False, 3, 640.0)))
    drawing = learn(started, ev(at_s=656.0, power_w=3000.0, commanded=Commanded(8.0, False, 3, 640.0)))
    assert drawing.usual_take == model.usual_take
    assert coming_w(drawing, 680.0) == pytest.approx(take * 8.0 * 690.0, rel=0.05)


@given(st.floats(0.0, 0.8), st.floats(0.9, 1.1))
def test_a_car_that_is_nearly_full_or_on_fewer_phases_does_not_change_what_is_usual(part: float, take: float) -> None:
    usual = follows(CarModel(), 1.0, take)
    for second in range(600, 1200, 5):
        order = Commanded(8.0, False, 3, 600.0)
        usual_before = usual.usual_take
        usual = learn(usual, ev(at_s=float(second), power_w=part * 8.0 * 690.0, commanded=order))
        assert usual.usual_take == usual_before


@given(st.lists(st.floats(0.0, 50_000.0), max_size=40))
def test_what_is_usual_stays_within_its_range(powers_w: list[float]) -> None:
    model, order = CarModel(), Commanded(10.0, False, 3, 0.0)
    for number, power_w in enumerate(powers_w):
        model = learn(model, ev(at_s=10.0 * number, power_w=power_w, commanded=order))
        assert LEAST_USUAL <= model.usual_take <= MOST_TAKEN


@given(st.floats(0.87, 1.13), st.integers(2200, 10_500), st.sampled_from([5, 10, 30]))
@settings(max_examples=one_in(4))
def test_a_car_takes_the_surplus_and_no_more_at_any_voltage(part: float, sun_w: int, poll_s: int) -> None:
    """PV raises the voltage: 230 V is the nominal one. In a closed loop."""
    assume(not 0.85 < (sun_w - HOME_W) / (3 * 6 * 230.0 * part) < 1.1)  # here it is on three phases or on one by chance
    story = run(steady(sun_w), 1800, car_part=part, poll_s=poll_s)
    most_w = (16.0 if sun_w - HOME_W < 3 * 6 * 230.0 * part else 48.0) * 230.0 * part
    wanted_w = min(sun_w - HOME_W, most_w)
    car_w = sum(story.car_w[900:]) / 900.0
    assert car_w == pytest.approx(wanted_w, abs=80.0)


@given(st.floats(6.5, 12.0), st.sampled_from([1, 3]), st.sampled_from([5, 10, 15]))
def test_the_own_limit_of_a_car_is_told_from_a_car_on_fewer_phases(limit_a: float, phases: int, poll_s: int) -> None:
    """Both draw less than the offer. When the offer falls, one draws the same, and the other one less."""
    limited = part = CarModel()
    for second in range(0, 600, poll_s):
        offer_a = 16.0 if second < 200 or second >= 400 else 14.0
        order = Commanded(offer_a, False, phases, float(second - second % 200))
        for_one, for_other = min(offer_a, limit_a) * phases * 230.0, offer_a / 3.0 * phases * 230.0
        limited = learn(limited, ev(at_s=float(second), power_w=for_one if second > 30 else 0.0, commanded=order))
        part = learn(part, ev(at_s=float(second), power_w=for_other if second > 30 else 0.0, commanded=order))
    for lower_a in (limit_a, 6.0, 16.0):
        order = Commanded(lower_a, False, phases, 600.0)
        now = {name: learn(one, ev(power_w=None, commanded=order)) for name, one in (("own", limited), ("part", part))}
        drawn_w = {name: power_at_w(one, ev(at_s=595.0, power_w=1.0), 660.0) for name, one in now.items()}
        assert drawn_w["own"] == pytest.approx(min(lower_a, limit_a) * phases * 230.0, rel=0.03)
        assert drawn_w["part"] == pytest.approx(lower_a / 3.0 * phases * 230.0, rel=0.03)


def test_a_car_that_takes_more_again_has_no_limit() -> None:
    model, order = CarModel(), Commanded(16.0, False, 3, 0.0)
    for second in range(0, 100, 5):
        model = learn(model, ev(at_s=float(second), power_w=6900.0 if second > 20 else 0.0, commanded=order))
    lower = Commanded(13.0, False, 3, 100.0)
    for second in range(100, 200, 5):
        model = learn(model, ev(at_s=float(second), power_w=6900.0, commanded=lower))
    assert model.limit.limit_a == pytest.approx(10.0)
    paused = commanded(model, 13.0, 3, 201.0, paused=True)
    again = Commanded(16.0, False, 3, 300.0)
    waits = learn(paused, ev(at_s=330.0, power_w=0.0, commanded=again))  # it has not started yet
    assert (waits.take, waits.limit, waits.target_w) == (0.0, model.limit, pytest.approx(6900.0))
    freed = learn(model, ev(at_s=205.0, power_w=8970.0, commanded=lower))
    assert (freed.limit, freed.target_w) == (NO_LIMIT, 8970.0)
    gone = learn(model, ev(at_s=205.0, power_w=0.0, status=EvStatus.DISCONNECTED, commanded=lower))
    assert gone.limit is NO_LIMIT


@given(st.floats(8.0, 12.5), st.sampled_from([1, 3]), st.sampled_from([3, 5, 7]), st.randoms(use_true_random=False))
def test_a_limit_is_known_though_the_offer_changes_every_ten_seconds(
    limit_a: float, phases: int, poll_s: int, chance: Random
) -> None:
    """Each offer is above the limit. A reading soon after a write still shows the offer before."""
    model, order = CarModel(), Commanded(16.0, False, phases, 0.0)
    for second in range(500):
        if second > 60 and second % 10 == 0:
            lowest_a = limit_a / 0.85
            offer_a = 16.0 if second < 300 else lowest_a if second < 350 else chance.uniform(lowest_a, 16.0)
            order = Commanded(offer_a, False, phases, float(second))
        if second % poll_s == 0:
            power_w = limit_a * phases * 230.0 if second > 20 else 0.0
            model = learn(model, ev(at_s=float(second), power_w=power_w, commanded=order))
    assert model.limit.limit_a == pytest.approx(limit_a)
    lower = learn(model, ev(power_w=None, commanded=Commanded(limit_a, False, phases, 501.0)))
    assert power_at_w(lower, ev(at_s=499.0, power_w=1.0), 530.0) == pytest.approx(limit_a * phases * 230.0)


def test_a_limit_is_known_by_the_first_fall_of_the_offer_that_the_car_does_not_follow() -> None:
    model, order = CarModel(), Commanded(16.0, False, 3, 0.0)
    for second in range(0, 100, 5):
        model = learn(model, ev(at_s=float(second), power_w=8970.0 if second > 20 else 0.0, commanded=order))
    assert (model.limit.drawn_a, model.limit.limit_a) == (pytest.approx(13.0), math.inf)
    lower = Commanded(13.5, False, 3, 100.0)
    part = learn(model, ev(at_s=110.0, power_w=7750.0, commanded=lower))
    assert part.limit.limit_a == math.inf
    own = learn(model, ev(at_s=110.0, power_w=8970.0, commanded=lower))
    assert (own.limit.limit_a, own.take) == (pytest.approx(13.0), 1.0)
    assert coming_w(own, 120.0) == pytest.approx(8970.0)


def test_a_reading_of_a_car_on_its_way_says_nothing_about_a_moment_long_before() -> None:
    """The car has risen within some seconds before the second reading, and the model is a second late."""
    model = FROM_3_TO_4_KW._replace(base_w=3000.0)
    rare = [known(3700.0, 104.0), known(3000.0, 74.0)]
    now = ev(at_s=104.0, power_w=3700.0)
    assert power_between_w(model, now, rare, 99.0) == pytest.approx(3000.0)
    assert power_between_w(model, now, rare, 103.8) == pytest.approx(3274.0, abs=1.0)


@pytest.mark.parametrize(("pace", "index"), [(0.5, 0), (1.0, 1), (2.0, 2)])
def test_a_quick_and_a_slow_car_are_told_apart(pace: float, index: int) -> None:
    assert follows(CarModel(), pace, 1.0).pace == index


def test_what_a_paused_car_draws_counts_as_such() -> None:
    model = commanded(commanded(CarModel(), 10.0, 3, 0.0), 10.0, 3, 100.0, paused=True)
    model = learn(model, ev(at_s=120.0, power_w=40.0, commanded=Commanded(10.0, True, 3, 100.0)))
    assert power_at_w(model, ev(at_s=120.0, power_w=40.0), 125.0) == 40.0


def test_the_model_is_bounded_and_unchanged_by_what_it_knows() -> None:
    model = CarModel()
    for n in range(50):
        offer_a = 6.0 + n / 10
        order = Commanded(offer_a, False, 3, 10.0 * n)
        car: Ev = ev(at_s=10.0 * n, power_w=offer_a * 345.0, commanded=order)
        model = learn(model, car)
        assert learn(model, car) is model
        assert learn(model, replace(car, offered_a=known(9.0, 10.0 * n))) is model
    assert len(model.steps) == STEPS
    paused = commanded(model, 8.0, 3, 500.0, paused=True)
    assert not settled(paused, 501.0)
    assert settled(paused, 502.0)


@given(st.floats(-28_000.0, 28_000.0), st.floats(6.0, 16.0), st.floats(0.5, 1.0), st.floats(5.0, 300.0))
def test_a_false_reading_of_a_car_is_forgotten_with_the_next_true_ones(
    false_w: float, offered_a: float, take: float, at_s: float
) -> None:
    order = Commanded(offered_a, False, 3, 0.0)
    drawn_w = take * offered_a * 690.0
    model = learn(commanded(CarModel(), offered_a, 3, 0.0), ev(at_s=at_s, power_w=false_w, commanded=order))
    assert model.take >= 0.0
    for tick in range(1, 30):
        car = ev(at_s=at_s + 10.0 * tick, power_w=drawn_w, commanded=order)
        model = learn(model, car)
    assert power_at_w(model, car, at_s + 295.0) == pytest.approx(drawn_w, rel=0.02)
