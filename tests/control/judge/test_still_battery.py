"""A battery whose reading stands still while it follows the home is found. One that really gives a constant power is
not."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.judge.still_battery import HOME_S, StillBatteries, usual_surplus
from tests.control.judge.house_under_test import HOME_W, Cells, Meter, Watts, run, steady, stepped
from tests.examples import one_in

FEW = settings(max_examples=one_in(6), deadline=None)
CLOUDS_WH = 150.0
"""What a battery may give to a car while clouds pass for a quarter of an hour (`battery_buffer_wh` and some more)."""


def kettles(seed: int) -> Watts:
    """A home with loads that are switched on and off."""
    chance, loads_w = Random(seed), [0.0]
    while len(loads_w) < 6000:
        loads_w += [0.0] * chance.randint(60, 900) + [chance.choice((700.0, 2000.0))] * chance.randint(20, 400)
    return lambda second: HOME_W + loads_w[second]


def clouds(seed: int, sun_w: float) -> Watts:
    """A sun that clouds cover again and again."""
    chance, steps, second = Random(seed), [(0, sun_w)], 0
    while second < 6000:
        second += chance.randint(20, 500)
        steps.append((second, sun_w * chance.choice((0.2, 0.5, 0.8, 1.0))))
    return stepped(*steps)


@given(
    st.integers(3500, 8000),
    st.sampled_from((0, 2, 5)),
    st.sampled_from((1, 5, 15)),
    st.floats(2.0, 8.0),
    st.integers(0, 10_000),
)
@FEW
def test_a_car_does_not_empty_a_battery_whose_reading_stands_still(
    sun_w: int, delay_s: int, every_s: int, lag_s: float, seed: int
) -> None:
    sun = stepped((0, float(sun_w)), (1500, 0.2 * sun_w), (2700, float(sun_w)))
    cells = Cells(every_s=every_s, frozen=(1200, 2700), lag_s=lag_s)
    story = run(sun, 3600, meter=Meter(delay_s=delay_s), cells=cells, seed=seed)
    drains = [story.car_w[second] > 100.0 and story.battery_w[second] > HOME_W + 300.0 for second in range(1800, 2700)]
    assert sum(drains) < 120
    assert not any(story.frozen[2730 // 5 :])
    assert story.drew_in(3000, 3600)


@given(
    st.sampled_from((0.0, -300.0, -1500.0, 40.0, 600.0, 2000.0)),
    st.integers(0, 8000),
    st.builds(Meter, delay_s=st.sampled_from((0, 5, 15, 30)), window_s=st.sampled_from((1, 15, 30))),
    st.sampled_from((3.0, 50.0, 100.0)),
    st.integers(0, 10_000),
)
@FEW
def test_a_battery_of_constant_power_is_never_taken_for_frozen(
    held_w: float, sun_w: int, meter: Meter, soc: float, seed: int
) -> None:
    cells = Cells(held_w=held_w, soc=lambda second: soc)
    story = run(clouds(seed, sun_w), 3600, meter=meter, cells=cells, home_w=kettles(seed), seed=seed)
    assert not any(story.frozen)


@given(
    st.integers(3500, 9000),
    st.integers(1200, 1800),
    st.integers(120, 250),
    st.sampled_from((0, 5, 15)),
    st.sampled_from((1, 5)),
    st.integers(0, 10_000),
)
@FEW
def test_a_battery_that_does_not_answer_for_some_minutes_does_not_stop_the_car(
    sun_w: int, begin_s: int, gap_s: int, delay_s: int, every_s: int, seed: int
) -> None:
    """The home is known from before, and PV is measured."""
    end_s = begin_s + gap_s
    cells = Cells(every_s=every_s, gaps=((begin_s, end_s),))
    story = run(steady(float(sun_w)), end_s + 300, meter=Meter(delay_s=delay_s), cells=cells, seed=seed)
    assert story.starts(begin_s) <= 1
    before_w = sum(story.car_w[begin_s - 300 : begin_s]) / 300.0
    gap_w = sum(story.car_w[begin_s:end_s]) / gap_s
    assert gap_w >= 0.9 * before_w
    assert max(story.battery_w[begin_s + 60 : end_s]) <= HOME_W + 500.0


@given(st.integers(3500, 9000), st.integers(1500, 1800), st.sampled_from((700.0, 2000.0)), st.integers(0, 10_000))
@FEW
def test_a_car_takes_no_more_from_a_silent_battery_than_the_home_has_risen_by(
    sun_w: int, begin_s: int, load_w: float, seed: int
) -> None:
    def home_w(second: int) -> float:
        return HOME_W + (load_w if second >= begin_s + 200 else 0.0)

    cells = Cells(gaps=((begin_s, begin_s + 900),))
    story = run(clouds(seed, sun_w), begin_s + 900, cells=cells, home_w=home_w, seed=seed)
    taken_wh = 0.0
    for second in range(begin_s, begin_s + 900):
        above_w = story.battery_w[second] - home_w(second)
        taken_wh += max(0.0, min(above_w, story.car_w[second])) / 3600.0
    assert taken_wh <= load_w * 700.0 / 3600.0 + CLOUDS_WH


@given(st.floats(-50_000.0, 50_000.0), st.floats(0.0, 9000.0), st.floats(-5000.0, 9000.0), st.floats(0.0, 11_000.0))
def test_beside_a_silent_battery_no_more_than_pv_counts_whatever_it_has_shown_before(
    home_w: float, pv_w: float, grid_w: float, drawn_w: float
) -> None:
    still = StillBatteries(home_w=home_w, home_s=0.0, averaged_s=HOME_S)
    total_w = usual_surplus(still, 100.0, pv_w, grid_w, drawn_w)
    assert total_w is not None
    assert total_w <= pv_w
    assert usual_surplus(still._replace(averaged_s=HOME_S - 1.0), 100.0, pv_w, grid_w, drawn_w) is None
