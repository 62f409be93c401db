"""Series: slots with gaps, sums over any cutting, and unknown where a part is unknown."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import MOST_SLOTS, Series, Slot, Span, combined, constant, instant, total

STEPS_S = st.sampled_from([900.0, 1800.0, 3600.0, 7200.0])
VALUES = st.floats(-500.0, 4000.0, allow_nan=False)


@st.composite
def series(draw: st.DrawFn) -> Series:
    """A series on the grid of quarter hours, with slots of several lengths and with gaps."""
    at_s = 900.0 * draw(st.integers(0, 40))
    slots = []
    for length_s, gap, value in draw(st.lists(st.tuples(STEPS_S, st.integers(0, 2), VALUES), max_size=20)):
        at_s += 900.0 * gap
        slots.append(Slot(at_s, at_s + length_s, value))
        at_s += length_s
    return Series.of(slots, unit="ct/kWh", source="test")


CUTS = st.lists(st.integers(0, 200_000), min_size=2, max_size=12, unique=True).map(
    lambda cuts: sorted(map(float, cuts))
)


@given(series(), CUTS)
def test_a_sum_is_the_same_for_every_cutting(one: Series, cuts: list[float]) -> None:
    whole = one.integral_h(cuts[0], cuts[-1])
    parts = [one.integral_h(start, end) for start, end in pairwise(cuts)]
    if whole is None:
        assert None in parts
    else:
        known = [part for part in parts if part is not None]
        assert len(known) == len(parts)
        assert sum(known) == pytest.approx(whole, abs=1e-6)


@given(series(), CUTS)
def test_gaps_and_slots_share_the_time_without_overlap(one: Series, cuts: list[float]) -> None:
    start, end = cuts[0], cuts[-1]
    known = sum(slot.end_s - slot.start_s for slot in one.within(start, end))
    missing = sum(gap.end_s - gap.start_s for gap in one.gaps(start, end))
    assert known + missing == end - start
    for gap in one.gaps(start, end):
        assert one.at(gap.start_s) is None
        assert one.at((gap.start_s + gap.end_s) / 2.0) is None


@given(series(), CUTS, st.lists(st.integers(0, 250_000), max_size=20))
def test_a_part_has_the_values_of_the_whole_within_its_borders(
    one: Series, cuts: list[float], moments: list[int]
) -> None:
    start, end = cuts[0], cuts[-1]
    part = one.within(start, end)
    borders = [border for slot in one for border in (slot.start_s, slot.end_s)]
    for at_s in (*moments, *cuts, *borders):
        assert part.at(at_s) == (one.at(at_s) if start <= at_s < end else None)
    assert part == Series.of(part.slots, unit="ct/kWh", source="test")


@given(series(), CUTS)
def test_a_mean_over_borders_conserves_the_sum(one: Series, cuts: list[float]) -> None:
    averaged = one.averaged(cuts)
    for start, end in pairwise(cuts):
        assert averaged.integral_h(start, end) == pytest.approx(one.integral_h(start, end), abs=1e-6)


@given(series(), series(), st.integers(0, 250_000))
def test_a_sum_of_two_is_unknown_where_one_is(one: Series, two: Series, at_s: int) -> None:
    first, second, both = one.at(at_s), two.at(at_s), total(one, two).at(at_s)
    if first is None or second is None:
        assert both is None
    else:
        assert both == pytest.approx(first + second)
    assert total(one, two).slots == total(two, one).slots


@given(series(), series(), st.integers(0, 250_000))
def test_one_over_another_keeps_its_own_values(one: Series, two: Series, at_s: int) -> None:
    merged = one.over(two).at(at_s)
    assert merged == (two.at(at_s) if one.at(at_s) is None else one.at(at_s))


@given(series(), st.integers(0, 250_000))
def test_values_are_known_exactly_until_the_first_gap(one: Series, at_s: int) -> None:
    until_s = one.known_until_s(at_s)
    if until_s is None:
        assert one.at(at_s) is None
    else:
        assert until_s > at_s
        assert one.covers(at_s, until_s)
        assert one.at(until_s) is None


def test_the_value_changes_exactly_at_a_border() -> None:
    one = Series.of([Slot(0.0, 900.0, 1.0), Slot(900.0, 1800.0, 2.0)])
    assert [one.at(at) for at in (-0.001, 0.0, 899.999, 900.0, 1799.999, 1800.0)] == [None, 1.0, 1.0, 2.0, 2.0, None]
    assert one.reach_s == 1800.0
    assert Series().reach_s is None


def test_a_list_that_ends_earlier_leaves_the_sum_unknown() -> None:
    energy, fee = constant(20.0, 0.0, 86_400.0), constant(9.0, 0.0, 72_000.0)
    assert total(energy, fee).at(71_999.0) == 29.0
    assert total(energy, fee).at(72_000.0) is None


def test_a_mean_of_an_empty_time_is_unknown() -> None:
    assert constant(20.0, 0.0, 900.0).mean(300.0, 300.0) is None


@pytest.mark.parametrize(
    ("slots", "words"),
    [
        ([Slot(0.0, 0.0, 1.0)], "has no length"),
        ([Slot(0.0, float("inf"), 1.0)], "not a finite slot"),
        ([Slot(0.0, 900.0, float("nan"))], "not a finite slot"),
        ([Slot(0.0, 900.0, 1.0), Slot(899.0, 1800.0, 1.0)], "two values for 1970-01-01T00:14:59Z"),
        ([Slot(0.0, 900.0, 1.0), Slot(0.0, 900.0, 2.0)], "two values"),
    ],
)
def test_contradictory_slots_are_refused(slots: list[Slot], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Series.of(slots)


def test_a_slot_that_is_given_twice_counts_once() -> None:
    assert len(Series.of([Slot(0.0, 900.0, 1.0), Slot(0.0, 900.0, 1.0)])) == 1


def test_the_number_of_slots_is_bounded() -> None:
    with pytest.raises(ValueError, match="more than"):
        Series.of(Slot(900.0 * n, 900.0 * (n + 1), 1.0) for n in range(MOST_SLOTS + 1))


def test_slots_are_aware_times() -> None:
    slot = Slot(instant(datetime(2026, 3, 29, 1, tzinfo=UTC)), instant(datetime(2026, 3, 29, 2, tzinfo=UTC)), 1.0)
    assert (slot.start.isoformat(), slot.end.tzinfo) == ("2026-03-29T01:00:00+00:00", UTC)
    with pytest.raises(ValueError, match="no time zone"):
        instant(datetime(2026, 3, 29, 1))  # noqa: DTZ001 - the time without a zone is the case


def test_a_combination_keeps_the_oldest_fetch() -> None:
    one = Series.of([Slot(0.0, 900.0, 1.0)], fetched_s=100.0)
    two = Series.of([Slot(0.0, 900.0, 1.0)], fetched_s=50.0)
    assert combined(lambda a, b: a - b, one, two).fetched_s == 50.0
    assert one.gaps(0.0, 1800.0) == (Span(900.0, 1800.0),)
    assert len(combined(max)) == 0
