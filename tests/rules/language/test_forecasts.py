"""Forecasts, extremes of prices, sunrise, sunset, and dates in conditions: types, mistakes, and three-valued logic."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from optimizer.rules.book.engine import evaluate
from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from tests.rules.scene import NAMES, Run, book, house


def holds(text: str, start: datetime = datetime(2025, 6, 21, 10, tzinfo=UTC), **values: str) -> bool:
    """Whether a rule with this condition is active at noon in Berlin."""
    run = Run(book("- id: a\n  when: " + text + "\n  claim: {ev.mode: fast}"))
    verdict, _ = evaluate(run.book, house(0.0, start, **values), run.memory)
    return "ev.carport.mode" in verdict.claims


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pv.forecast_wh > 2kWh", "pv.forecast_wh needs a time: (today)"),
        ("pv.forecast_wh(until noon) > 2kWh", "“until noon” is not a time from now on"),
        ("pv.forecast_wh(today) > 2kW", "an energy"),
        ("price.lowest(6h) < 10", "a price per kWh"),
        ("date = 2026-13-24", "2026-13-24 is not a date"),
        ("date between 2027-01-06 and 2026-12-24", "there is no value between these bounds"),
        ("date > 3", "a date"),
        ("sunset + 3 > 22:00", "only a duration can be added to a time of day"),
        ("sunset = 22:00", "almost never true"),
        ("avg(time.date, 5min) = 2026-12-24", "calculations with a date"),
        ("changed_within(sunset, 5min)", "times and dates always change"),
    ],
)
def test_mistakes_say_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        condition(parse(text), NAMES)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("sunrise", "expected"), [("08:00", True), ("11:59", True), ("12:01", False), ("missing", False)]
)
def test_sunrise_is_a_bound_of_a_range(sunrise: str, expected: bool) -> None:
    assert holds("time.now between sunrise and 22:00", time__sunrise=sunrise) is expected


def test_a_range_from_sunset_to_sunrise_passes_midnight() -> None:
    sun = {"time__sunrise": "05:00", "time__sunset": "21:30"}
    text = "time.now between sunset - 30min and sunrise + 1h"
    for hour, minute, expected in ((18, 59, False), (19, 0, True), (23, 0, True), (3, 59, True), (4, 0, False)):
        assert holds(text, datetime(2025, 6, 21, hour, minute, tzinfo=UTC), **sun) is expected  # two hours earlier


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date between 2025-06-21 and 2025-06-21", True),
        ("date between 2025-06-22 and 2026-01-06", False),
        ("date in [2025-12-24, 2025-06-21]", True),
        ("time.date < 2025-06-21", False),
    ],
)
def test_dates(text: str, expected: bool) -> None:
    assert holds(text) is expected


def test_a_date_changes_at_local_midnight() -> None:
    assert holds("date = 2025-06-22", datetime(2025, 6, 21, 22, tzinfo=UTC))


@pytest.mark.parametrize(("given", "expected"), [("9kWh", True), ("7kWh", False), ("missing", False)])
def test_a_forecast_is_read_from_the_state(given: str, expected: bool) -> None:
    values = {"surplus__forecast_wh(until 18:00)": given}
    assert holds("surplus.forecast_wh(until 18:00) > 8kWh", **values) is expected
    assert not holds("surplus.forecast_wh(until 19:00) > 8kWh", **values)


def test_the_spread_of_today_and_of_a_time_differ() -> None:
    assert holds(
        "price.spread > 10ct and price.spread(6h) < 10ct", price__spread="12ct", **{"price__spread(6h)": "3ct"}
    )
