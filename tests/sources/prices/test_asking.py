"""The times of requests to a feed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_midnight
from optimizer.model.series import Series, constant
from optimizer.sources.pacing import Attempts
from optimizer.sources.prices.asking import PUBLICATION_SPREAD_S, wait_s

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0
MORNING = datetime(2026, 11, 28, 8, tzinfo=BERLIN)
AT_13 = 13 * HOUR


def known(now: datetime, days: int) -> Series:
    """Prices until the end of today (1) or tomorrow (2)."""
    at_s = now.timestamp()
    return constant(10.0, local_midnight(at_s, BERLIN), local_midnight(at_s, BERLIN, days))


def wait(now: datetime, series: Series, attempts: Attempts, pace_s: float = 900.0) -> float:
    return wait_s(series, now.timestamp(), BERLIN, pace_s, AT_13, attempts)


def test_without_prices_of_today_it_is_asked_at_once() -> None:
    assert wait(MORNING, Series(), Attempts()) == 0.0
    assert wait(MORNING, Series(), Attempts(since_s=0.0)) == 900.0


def test_with_prices_of_today_it_is_asked_after_the_publication() -> None:
    assert wait(MORNING, known(MORNING, 1), Attempts(since_s=HOUR)) == 5 * HOUR
    assert wait(MORNING, known(MORNING, 1), Attempts(since_s=HOUR, share=0.5)) == 5 * HOUR + PUBLICATION_SPREAD_S / 2


def test_it_is_asked_again_while_tomorrow_is_missing() -> None:
    evening = MORNING.replace(hour=18)
    assert wait(evening, known(evening, 1), Attempts(since_s=300.0)) == 600.0
    assert wait(evening, known(evening, 1), Attempts(since_s=900.0)) == 0.0
    assert wait(evening, known(evening, 1), Attempts(since_s=300.0), pace_s=HOUR) == 3300.0


def test_with_all_prices_it_is_asked_tomorrow() -> None:
    evening = MORNING.replace(hour=18)
    assert wait(evening, known(evening, 2), Attempts(since_s=HOUR)) == 19 * HOUR


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 28), 18.0), ((2026, 10, 24), 20.0)])
def test_the_publication_follows_the_local_clock(day: tuple[int, int, int], hours: float) -> None:
    evening = datetime(*day, 18, tzinfo=BERLIN)
    assert wait(evening, known(evening, 2), Attempts(since_s=HOUR)) == hours * HOUR


def test_a_lost_connection_is_retried_soon_and_then_more_rarely() -> None:
    waits = [wait(MORNING, Series(), Attempts(0.0, n, "unreachable")) for n in (1, 2, 3, 4, 5, 20)]
    assert waits == [60.0, 120.0, 240.0, 480.0, 960.0, 3600.0]


def test_a_service_that_refuses_is_asked_at_its_pace_and_then_more_rarely() -> None:
    assert [wait(MORNING, Series(), Attempts(0.0, n, "limited")) for n in (1, 2, 9)] == [900.0, 1800.0, 3600.0]
    assert wait(MORNING, Series(), Attempts(0.0, 9, "limited"), pace_s=2 * HOUR) == 2 * HOUR


@given(
    st.integers(1_790_000_000, 1_830_000_000),
    st.integers(0, 2),
    st.floats(0.0, 90_000.0),
    st.integers(0, 30),
    st.sampled_from(["unreachable", "limited", "garbled", None]),
    st.floats(0.0, 1.0),
)
def test_requests_keep_their_distance_and_never_stop(
    now_s: int, days: int, since_s: float, failures: int, fault: str | None, share: float
) -> None:
    now = datetime.fromtimestamp(now_s, BERLIN)
    series = known(now, days) if days else Series()
    attempts = Attempts(since_s, failures, fault if failures else None, share)  # type: ignore[arg-type]
    due_s = wait(now, series, attempts)
    assert due_s >= 0.0
    assert due_s + since_s >= 60.0
    assert due_s <= 2 * 26 * HOUR
