"""Local days and hours as instants, on the days when clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day, local_hours, local_midnight, local_time, quarter_hour, quarter_hours

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    [BERLIN, *map(ZoneInfo, ("Europe/London", "Asia/Kathmandu", "America/Havana", "America/Santiago", "UTC"))]
)
INSTANTS = st.integers(1_700_000_000, 1_900_000_000).map(float)


@pytest.mark.parametrize(
    ("noon", "quarters", "hours"),
    [
        (datetime(2026, 3, 28, 11, tzinfo=UTC), 96, 24),
        (datetime(2026, 3, 29, 11, tzinfo=UTC), 92, 23),
        (datetime(2026, 10, 25, 11, tzinfo=UTC), 100, 25),
    ],
)
def test_days_when_clocks_change_have_their_own_length(noon: datetime, quarters: int, hours: int) -> None:
    day = local_day(noon.timestamp(), BERLIN)
    assert len(list(quarter_hours(*day))) == quarters
    assert len(local_hours(*day, BERLIN)) == hours + 1  # the next midnight is a border too


@given(INSTANTS, ZONES)
def test_days_follow_each_other_without_gap(at_s: float, zone: ZoneInfo) -> None:
    day, after = local_day(at_s, zone), local_day(at_s, zone, 1)
    assert day.start_s <= at_s < day.end_s == after.start_s
    assert local_time(day.start_s, zone).date() == local_time(at_s, zone).date()
    assert local_time(day.start_s - 1.0, zone).date() < local_time(at_s, zone).date()
    assert local_midnight(at_s, zone, -1) < day.start_s


@given(INSTANTS, ZONES)
def test_hours_begin_with_minute_0_of_the_local_clock(at_s: float, zone: ZoneInfo) -> None:
    borders = local_hours(at_s, at_s + 2 * 86_400.0, zone)
    assert all(local_time(border, zone).minute == 0 for border in borders)
    assert all(end - start == 3600.0 for start, end in pairwise(borders))


def test_quarter_hours_begin_inside_the_time() -> None:
    assert quarter_hour(899.0) == 0.0
    assert list(quarter_hours(1.0, 1801.0)) == [900.0, 1800.0]
