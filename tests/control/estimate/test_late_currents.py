"""The current of the cars at the moment that a late meter shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.late_currents import FOLLOWS_S, NO_COURSE, Lateness, shown_cars, with_cars

CHANGES = st.lists(st.tuples(st.integers(1, 40), st.sampled_from([0.0, 6.0, 9.5, 16.0])), min_size=1, max_size=12)


@given(CHANGES, st.floats(0.0, 60.0), st.floats(0.0, 20.0))
def test_the_shown_current_is_one_that_the_cars_had_in_the_time_of_the_delay(
    changes: list[tuple[int, float]], delay_s: float, spread_s: float
) -> None:
    late, course, now_s = Lateness(delay_s, delay_s + spread_s), NO_COURSE, 0.0
    past: dict[float, float] = {}
    for lasts_s, amps in changes:
        for _ in range(lasts_s):
            course = with_cars(course, now_s, (amps, 0.0, amps), now_s, late)
            past[now_s] = amps
            shown_a = shown_cars(course, now_s, late)
            assert shown_a[0] == shown_a[2]
            assert shown_a[1] == 0.0
            first_s, last_s = now_s - late.most_s - FOLLOWS_S, now_s - late.least_s
            window_a = [one for at_s, one in past.items() if first_s <= at_s <= last_s]
            assert shown_a[0] in [one for at_s, one in past.items() if at_s >= first_s - 1.0]
            assert shown_a[0] >= max(window_a, default=0.0)
            now_s += 1.0
    assert len(course) <= 3 + late.most_s + FOLLOWS_S


def test_a_rise_that_a_reading_shows_counts_from_the_reading_before() -> None:
    late = Lateness(20.0, 20.0)
    course = with_cars(NO_COURSE, 0.0, (0.0, 0.0, 0.0), 0.0, late)
    course = with_cars(course, 60.0, (16.0, 0.0, 0.0), 30.0, late)
    assert shown_cars(course, 45.0, late) == (0.0, 0.0, 0.0)
    assert shown_cars(course, 60.0, late) == (16.0, 0.0, 0.0)


@given(CHANGES, st.integers(0, 20), st.integers(5, 40))
def test_an_averaging_meter_shows_the_average_of_the_cars(
    changes: list[tuple[int, float]], end_s: int, length_s: int
) -> None:
    late, course, past_a = Lateness(0.0, float(end_s + length_s), ((end_s, end_s + length_s),)), NO_COURSE, [0.0] * 60
    for lasts_s, amps in [(1, 0.0), *changes]:
        for _ in range(lasts_s):
            now_s = float(len(past_a))
            course = with_cars(course, now_s, (amps, 0.0, amps), now_s, late)
            first = len(past_a) - end_s - length_s
            expected_a = sum(past_a[first : first + length_s]) / length_s
            assert abs(shown_cars(course, now_s, late)[0] - expected_a) < 1e-6
            past_a.append(amps)


@given(
    CHANGES,
    st.floats(0.0, 60.0),
    st.floats(0.0, 60.0),
    st.tuples(st.floats(-5.0, 20.0), st.floats(0.0, 20.0), st.floats(-5.0, 20.0)),
)
def test_the_cars_did_not_have_more_than_the_meter_shows(
    changes: list[tuple[int, float]], delay_s: float, spread_s: float, most_a: tuple[float, float, float]
) -> None:
    """A car on L1 and L3 that the meter shows with 7 A on L1 had no 16 A on L3 either."""
    late, course, now_s, past_a = Lateness(delay_s, delay_s + spread_s), NO_COURSE, 0.0, list[float]()
    for lasts_s, amps in changes:
        course = with_cars(course, now_s, (amps, 0.0, amps), now_s, late)
        past_a.append(amps)
        now_s += lasts_s
    largest_a, shown_a = shown_cars(course, now_s, late), shown_cars(course, now_s, late, most_a)
    assert 0.0 <= shown_a[0] == shown_a[2] <= largest_a[0]
    if largest_a[0] <= min(most_a[0], most_a[2]):
        assert shown_a == largest_a
    else:
        assert shown_a[0] <= max(0.0, min(most_a[0], most_a[2])) + 1e-9 or shown_a[0] in past_a
