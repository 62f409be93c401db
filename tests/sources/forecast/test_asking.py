"""The times of requests to a forecast service: by day, at its pace, and within its number of requests."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import Series, constant
from optimizer.sources.forecast.asking import DAY_S, budget_wait_s, wait_s
from optimizer.sources.forecast.feed import Place
from optimizer.sources.pacing import Attempts

BERLIN = ZoneInfo("Europe/Berlin")
PLACE = Place(48.8, 9.2)
HOUR = 3600.0


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def wait(now: str, *, known: bool = True, since_s: float | None = None, budget_s: float = 0.0) -> float:
    now_s = at(now)
    series = constant(1.0, now_s - DAY_S, now_s + 2 * DAY_S) if known else Series()
    return wait_s(series, now_s, PLACE, BERLIN, HOUR, budget_s, Attempts(since_s))


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-06-21T12:00", 0.0),
        ("2026-06-21T02:00", 2.35),  # an hour before the sunrise at 5:21
        ("2026-06-21T20:30", 7.85),  # less than two hours before the sunset
        ("2026-12-21T22:00", 9.24),
    ],
)
def test_it_is_asked_by_day(now: str, hours: float) -> None:
    assert wait(now) / HOUR == pytest.approx(hours, abs=0.03)


def test_without_a_forecast_of_today_it_is_asked_at_once_and_at_its_pace() -> None:
    assert wait("2026-06-21T02:00", known=False) == 0.0
    assert wait("2026-06-21T02:00", known=False, since_s=600.0) == 3000.0
    assert wait("2026-06-21T12:00", since_s=600.0) == 3000.0
    assert wait("2026-06-21T12:00", budget_s=5000.0) == 5000.0


@given(st.lists(st.floats(0.0, 10 * DAY_S), max_size=60), st.integers(1, 4), st.integers(4, 12))
def test_no_24_hours_ever_have_more_requests_than_allowed(gaps: list[float], needed: int, most: int) -> None:
    now_s, asked = 1e9, list[float]()
    for gap_s in gaps:
        now_s += gap_s % HOUR
        if budget_wait_s(asked, now_s, needed, most) <= 0.0:
            asked += [now_s] * needed
    for first_s in asked:
        assert sum(first_s <= at_s < first_s + DAY_S for at_s in asked) <= most


def test_the_wait_for_a_request_ends_when_the_oldest_ones_are_a_day_old() -> None:
    now_s = 1e9
    asked = [now_s - 20 * HOUR, now_s - 10 * HOUR, now_s - HOUR]
    assert budget_wait_s(asked, now_s, 1, 4) == 0.0
    assert budget_wait_s(asked, now_s, 1, 3) == 4 * HOUR
    assert budget_wait_s(asked, now_s, 2, 3) == 14 * HOUR
    assert budget_wait_s([now_s + 50 * DAY_S], now_s, 1, 1) == DAY_S  # the clock was set back
