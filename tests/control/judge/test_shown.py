from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.shown import LONGEST_HOLD_S, NOTHING_SHOWN, STEP_W, ShownSurplus, held, shown

POWERS = st.floats(0.0, 12_000.0)
LATE_S = 50.0


@given(POWERS, POWERS, POWERS, POWERS)
def test_a_load_counts_when_a_late_meter_shows_it_although_the_car_has_moved(
    surplus_w: float, before_w: float, after_w: float, load_w: float
) -> None:
    """The meter still shows the time before the move, and then a load."""
    memory = shown(NOTHING_SHOWN, surplus_w, before_w, 5000.0, 100.0, LATE_S)
    by_readings_w = surplus_w + after_w - before_w  # the meter shows the car as it was
    memory, held_w = held(memory, by_readings_w, after_w, 5000.0, 110.0, late=True, starts=False)
    assert held_w <= surplus_w
    assert after_w > before_w or abs(held_w - surplus_w) < 0.01
    shown_w = by_readings_w - load_w
    _, with_load_w = held(memory, shown_w, after_w, 5000.0, 120.0, late=True, starts=False)
    assert load_w <= STEP_W or with_load_w <= max(before_w, after_w) - before_w + surplus_w - load_w + 0.01
    assert load_w >= STEP_W - 0.01 or with_load_w == held_w
    assert held(memory, shown_w, after_w, 5000.0, 120.0, late=True, starts=True)[1] == held_w


@given(POWERS, POWERS, st.floats(0.0, LATE_S))
def test_a_fall_of_the_sun_that_a_late_meter_does_not_show_yet_counts(
    before_w: float, fall_w: float, ago_s: float
) -> None:
    """The sun fell just before the car moved."""
    pv_w = max(0.0, before_w - fall_w)
    memory = shown(NOTHING_SHOWN, 4000.0, 3000.0, before_w, 100.0, LATE_S)
    memory = shown(memory, 4000.0, 3000.0, pv_w, 100.0 + ago_s, LATE_S)
    _, held_w = held(memory, 4000.0, 3000.0, pv_w, 101.0 + ago_s, late=True, starts=False)
    assert abs(held_w - (4000.0 + pv_w - before_w)) < 0.01
    memory = shown(memory, 4000.0, 3000.0, pv_w, 101.0 + 2.0 * LATE_S, LATE_S)
    _, held_w = held(memory, 4000.0, 3000.0, pv_w, 102.0 + 2.0 * LATE_S, late=True, starts=False)
    assert abs(held_w - 4000.0) < 0.01


def test_an_old_surplus_does_not_count() -> None:
    memory = ShownSurplus(total_w=4000.0, at_s=0.0)
    assert held(memory, 1000.0, 0.0, 0.0, LONGEST_HOLD_S + 1.0, late=True, starts=False)[1] == 1000.0
