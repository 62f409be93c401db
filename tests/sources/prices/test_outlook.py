"""Ranks, extremes, and cheapest hours, with unknown prices too."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import QUARTER_S, Series, Slot, Span
from optimizer.sources.prices.outlook import UNKNOWN, is_cheapest, next_change, next_hours, outlook, today

HOUR = 3600.0
PRICES = st.lists(st.integers(-3, 5).map(float), min_size=4, max_size=24)


def hourly(*values: float | None) -> Series:
    """An hourly series from 0 on. None is a gap."""
    return Series.of(Slot(HOUR * n, HOUR * (n + 1), value) for n, value in enumerate(values) if value is not None)


def quarters(span: Span) -> list[float]:
    return [span.start_s + QUARTER_S * n for n in range(round((span.end_s - span.start_s) / QUARTER_S))]


def test_the_rank_is_the_part_of_the_time_with_a_lower_price() -> None:
    series, day = hourly(30.0, 20.0, 20.0, 40.0), Span(0.0, 4 * HOUR)
    assert [outlook(series, n * HOUR, day).rank_percent for n in range(4)] == [50.0, 0.0, 0.0, 75.0]
    assert outlook(series, 0.0, day)[1:] == (20.0, 40.0, 27.5)


def test_an_outlook_with_a_missing_price_is_unknown() -> None:
    """Prices of tomorrow come late. Nothing is planned with the prices of today in their place."""
    series = hourly(30.0, 20.0, 20.0, None)
    assert outlook(series, 0.0, Span(0.0, 4 * HOUR)) == UNKNOWN
    assert outlook(series, 0.0, Span(0.0, 3 * HOUR)).rank_percent == pytest.approx(200.0 / 3.0)
    assert outlook(series, 3.5 * HOUR, Span(0.0, 3 * HOUR)) == UNKNOWN


def test_the_next_hours_begin_with_the_present_quarter_hour() -> None:
    assert next_hours(950.0, 2.0) == Span(900.0, 900.0 + 2 * HOUR)
    noon = datetime(2026, 10, 25, 11, tzinfo=UTC).timestamp()
    day = today(noon, ZoneInfo("Europe/Berlin"))
    assert day.end_s - day.start_s == 25 * HOUR


@given(PRICES, st.integers(1, 24))
def test_the_cheapest_hours_have_their_length_and_no_cheaper_hour_is_left(values: list[float], hours: int) -> None:
    series, span = hourly(*values), Span(0.0, HOUR * len(values))
    chosen = {at for at in quarters(span) if is_cheapest(series, at, hours * HOUR, span)}
    assert len(chosen) == 4 * min(hours, len(values))
    left = set(quarters(span)) - chosen
    dearest = max((series.at(at) or 0.0 for at in chosen), default=-math.inf)
    assert all((series.at(at) or 0.0) >= dearest for at in left)


@given(PRICES, st.integers(1, 6), st.sets(st.integers(0, 23)), st.lists(st.integers(-9, 9), min_size=24, max_size=24))
def test_no_missing_price_can_change_a_definite_answer(
    values: list[float], hours: int, missing: set[int], later: list[int]
) -> None:
    span = Span(0.0, HOUR * len(values))
    partly = hourly(*(None if n in missing else value for n, value in enumerate(values)))
    whole = hourly(*(float(later[n]) if n in missing else value for n, value in enumerate(values)))
    for at in quarters(span):
        answer = is_cheapest(partly, at, hours * HOUR, span)
        assert answer in (None, is_cheapest(whole, at, hours * HOUR, span))


def test_the_answer_is_definite_where_the_missing_prices_cannot_matter() -> None:
    series, span = hourly(30.0, 10.0, 10.0, None), Span(0.0, 4 * HOUR)
    assert is_cheapest(series, 0.0, 2 * HOUR, span) is False  # two hours are cheaper already
    assert is_cheapest(series, HOUR, 2 * HOUR, span) is True  # even if the missing hour is cheaper
    assert is_cheapest(series, 2 * HOUR, 2 * HOUR, span) is None  # a cheaper hour would push it out
    assert is_cheapest(series, 3 * HOUR, 2 * HOUR, span) is None
    assert is_cheapest(series, 4 * HOUR, 2 * HOUR, span) is False  # outside


def test_equal_prices_begin_with_the_earliest() -> None:
    series, span = hourly(20.0, 20.0, 20.0), Span(0.0, 3 * HOUR)
    assert [is_cheapest(series, at, 1.5 * HOUR, span) for at in quarters(span)] == [True] * 6 + [False] * 6


def test_a_change_is_expected_at_borders() -> None:
    series = Series.of([Slot(0.0, 300.0, 1.0), Slot(700.0, 5000.0, 2.0)])
    assert [next_change(at, series) for at in (0.0, 300.0, 700.0, 900.0, 4900.0)] == [
        300.0,
        700.0,
        900.0,
        1800.0,
        5000.0,
    ]
    assert next_change(10.0) == 900.0
