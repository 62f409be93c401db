from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.answers import SETTLES_S
from optimizer.control.judge.shown import LONGEST_HOLD_S, NOTHING_SHOWN, ShownSurplus, held, shown

POWERS = st.floats(0.0, 12_000.0)
LATE_S = 50.0


@given(POWERS, POWERS, POWERS, POWERS)
def test_a_load_counts_when_a_late_meter_shows_it_although_the_car_has_moved(
    surplus_w: float, before_w: float, after_w: float, load_w: float
) -> None:
    """The meter still shows the time before the move, and then a load."""
    memory = shown(NOTHING_SHOWN, surplus_w, before_w, 5000.0, 100.0, LATE_S)
    by_readings_w = surplus_w + after_w - before_w  # the meter shows the car as it was
    memory, held_w = held(memory, by_readings_w, after_w, 5000.0, 110.0, LATE_S, starts=False)
    assert held_w <= surplus_w
    assert after_w > before_w or abs(held_w - surplus_w) < 0.01
    shown_w = by_readings_w - load_w
    _, with_load_w = held(memory, shown_w, after_w, 5000.0, 120.0, LATE_S, starts=False)
    bound_w = max(before_w, after_w) - before_w + surplus_w - load_w
    assert abs(with_load_w - min(held_w, bound_w)) < 0.01
    assert held(memory, shown_w, after_w, 5000.0, 120.0, LATE_S, starts=True)[1] == held_w


@given(POWERS, POWERS, st.floats(0.0, LATE_S))
def test_a_fall_of_the_sun_that_a_late_meter_does_not_show_yet_counts(
    before_w: float, fall_w: float, ago_s: float
) -> None:
    """The sun fell just before the car moved."""
    pv_w = max(0.0, before_w - fall_w)
    memory = shown(NOTHING_SHOWN, 4000.0, 3000.0, before_w, 100.0, LATE_S)
    memory = shown(memory, 4000.0, 3000.0, pv_w, 100.0 + ago_s, LATE_S)
    _, held_w = held(memory, 4000.0, 3000.0, pv_w, 101.0 + ago_s, LATE_S, starts=False)
    assert abs(held_w - (4000.0 + pv_w - before_w)) < 0.01
    memory = shown(memory, 4000.0, 3000.0, pv_w, 101.0 + 2.0 * LATE_S, LATE_S)
    _, held_w = held(memory, 4000.0, 3000.0, pv_w, 102.0 + 2.0 * LATE_S, LATE_S, starts=False)
    assert abs(held_w - 4000.0) < 0.01


@given(st.integers(1, 6), st.integers(1, 6), st.floats(0.0, 4000.0), st.integers(0, 10_000))
def test_what_a_late_meter_allows_is_never_below_the_surplus_and_a_load_counts_in_the_end(
    delay_ticks: int, mean_ticks: int, load_w: float, seed: int
) -> None:
    """Cars and sun change at each tick. The meter shows the mean of some ticks, some ticks later."""
    chance, late_ticks = Random(seed), delay_ticks + mean_ticks
    late_s, surplus_w = 5.0 * late_ticks + SETTLES_S, 3000.0
    cars_w, suns_w, grids_w, loads_w = [3000.0] * late_ticks, [3450.0] * late_ticks, [0.0] * late_ticks, 0.0
    memory, held_w = shown(NOTHING_SHOWN, surplus_w, 3000.0, 3450.0, -5.0, late_s), 0.0
    for tick in range(3 * late_ticks + 2):
        moves = tick < 2 * late_ticks
        cars_w.append(chance.uniform(0.0, 9000.0) if moves else cars_w[-1])
        suns_w.append(chance.uniform(400.0, 9000.0) if moves else suns_w[-1])
        loads_w = load_w if tick >= late_ticks else 0.0
        surplus_w = suns_w[-1] - 450.0 - loads_w
        grids_w.append(cars_w[-1] - surplus_w)
        seen = grids_w[len(grids_w) - delay_ticks - mean_ticks : len(grids_w) - delay_ticks]
        readings_w = cars_w[-1] - sum(seen) / len(seen)
        memory, held_w = held(memory, readings_w, cars_w[-1], suns_w[-1], 5.0 * tick, late_s, starts=False)
        bound_w = readings_w - cars_w[-1] + suns_w[-1] + memory.drawn[0][1]
        assert bound_w >= surplus_w - 0.01
    assert held_w <= surplus_w + 0.01


def test_an_old_surplus_does_not_count() -> None:
    memory = ShownSurplus(total_w=4000.0, at_s=0.0)
    assert held(memory, 1000.0, 0.0, 0.0, LONGEST_HOLD_S + 1.0, LATE_S, starts=False)[1] == 1000.0
