"""Cron windows, on ordinary days and on both nights when the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.language.cron import Schedule, any_opening, cron_fault, opening, upcoming
from tests.rules.scene import BERLIN

SPRING = datetime(2025, 3, 30, 1, 0, tzinfo=UTC)
"""02:00 becomes 03:00."""
AUTUMN = datetime(2025, 10, 26, 1, 0, tzinfo=UTC)
"""03:00 becomes 02:00."""


def windows(cron: str, lasts_s: float, start: datetime, count: int) -> list[tuple[str, str]]:
    found = upcoming(Schedule(cron, lasts_s), start, BERLIN, count)
    return [(f"{opens:%d %H:%M%z}", f"{closes:%d %H:%M%z}") for opens, closes in found]


def test_a_night_window() -> None:
    assert windows("0 22 * * *", 28800, datetime(2025, 6, 21, 12, tzinfo=UTC), 2) == [
        ("21 22:00+0200", "22 06:00+0200"),
        ("22 22:00+0200", "23 06:00+0200"),
    ]


def test_a_window_in_the_missing_hour_opens_after_it() -> None:
    assert windows("30 2 * * *", 1800, SPRING - timedelta(hours=26), 3) == [
        ("29 02:30+0100", "29 03:00+0100"),
        ("30 03:00+0200", "30 03:30+0200"),
        ("31 02:30+0200", "31 03:00+0200"),
    ]


def test_a_window_in_the_double_hour_opens_once() -> None:
    assert windows("30 2 * * *", 900, AUTUMN - timedelta(hours=26), 3) == [
        ("25 02:30+0200", "25 02:45+0200"),
        ("26 02:30+0200", "26 02:45+0200"),
        ("27 02:30+0100", "27 02:45+0100"),
    ]


def test_an_hourly_window_counts_real_hours() -> None:
    assert [opens for opens, _ in windows("30 * * * *", 600, AUTUMN - timedelta(hours=2), 4)] == [
        "26 01:30+0200",
        "26 02:30+0200",
        "26 02:30+0100",
        "26 03:30+0100",
    ]
    assert [opens for opens, _ in windows("30 * * * *", 600, SPRING - timedelta(hours=1), 2)] == [
        "30 01:30+0100",
        "30 03:30+0200",
    ]


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
@pytest.mark.parametrize("cron", ["0 1 * * *", "59 1 * * *", "0 2 * * *", "15 2 * * *", "59 2 * * *", "0 3 * * *"])
def test_each_daily_window_is_open_once_for_its_time(change: datetime, cron: str) -> None:
    schedule = Schedule(cron, 1200.0)
    midnight = change.astimezone(BERLIN).replace(hour=0, minute=0)
    start, end = midnight.astimezone(UTC), (midnight + timedelta(days=1)).astimezone(UTC)
    count = int((end - start).total_seconds() / 60)
    # Each minute of the night; later, every 15 minutes, which no window of 20 minutes escapes.
    looks = [m for m in range(count) if m < 6 * 60 or m % 15 == 0]
    minutes = [opening(schedule, start + timedelta(minutes=m), BERLIN).open for m in looks]
    assert sum(minutes) == 20
    assert sum(now and not before for before, now in zip([False, *minutes], minutes, strict=False)) == 1


@given(
    st.sampled_from(("0 22 * * *", "*/15 * * * *", "30 2 * * *", "0 */2 * * mon", "5 4 1 * *", "0 0 29 2 *")),
    st.sampled_from((60.0, 600.0, 3600.0, 90000.0)),
    st.integers(0, 366 * 24 * 60),
)
def test_what_is_cached_holds(cron: str, lasts_s: float, minute: int) -> None:
    """Within the stretch that an answer claims to hold for, asking again gives the same."""
    schedule = Schedule(cron, lasts_s)
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute, seconds=7)
    found = opening(schedule, now, BERLIN)
    assert found.since <= now < found.until
    last = min(found.until - timedelta(seconds=1), now + timedelta(days=40))
    assert opening(schedule, last, BERLIN).open is found.open
    assert opening(schedule, now + (last - now) / 2, BERLIN).open is found.open


def test_several_schedules_open_together() -> None:
    two = (Schedule("0 8 * * *", 3600.0), Schedule("0 12 * * *", 3600.0))
    noon = datetime(2025, 6, 21, 10, 30, tzinfo=UTC)
    assert any_opening(two, noon, BERLIN).open
    closed = any_opening(two, noon - timedelta(hours=2), BERLIN)
    assert not closed.open
    assert f"{closed.until.astimezone(BERLIN):%H:%M}" == "12:00"
    assert any_opening((), noon, BERLIN).open


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("0 0 30 2 *", "this date does not exist"),
        ("0 0 31 4,6 *", "this date does not exist"),
        ("0 22 * *", "five fields"),
        ("0 22 * * * *", "five fields"),
        ("@daily", "five fields"),
        ("0 0 L * *", "not a weekday"),
        ("R * * * *", "not a weekday"),
        ("61 * * * *", "there is no minute 61: write 0 to 59"),
        ("0 25 * * *", "there is no hour 25: write 0 to 23"),
        ("0 8-24 * * *", "there is no hour 24: "),
        ("0 0 1,32 * *", "there is no day 32: write 1 to 31"),
        ("0 0 * 13 *", "there is no month 13: write 1 to 12"),
        ("0 0 * * 8", "there is no weekday 8: write 0 to 7"),
        ("*/0 * * * *", "not a cron"),
        ("0 0 * * 7", ""),
        ("*/30 */30 * * sun", ""),
        ("a b c d e", "not a weekday"),
        ("0 0 * * 1#2", "can contain only"),
        ("* * * * *", ""),
        ("0 0 29 2 *", ""),
        ("*/15 8-18 * jun-aug mon-fri", ""),
    ],
)
def test_cron_faults(cron: str, says: str) -> None:
    fault = cron_fault(cron)
    assert says in fault
    assert bool(fault) == bool(says)
