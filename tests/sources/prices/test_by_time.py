"""Prices by weekday, time, and month, read off the local clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day, local_time
from optimizer.model.series import Series
from optimizer.sources.prices.by_time import ByTime, Zone

BERLIN = ZoneInfo("Europe/Berlin")
H = 3600.0
NIGHT = ByTime(30.0, (Zone(20.0, 22 * H, 6 * H),))


def day_of(year: int, month: int, day: int, prices: ByTime) -> Series:
    """The prices of one local day in Berlin."""
    noon = datetime(year, month, day, 12, tzinfo=BERLIN).timestamp()
    return prices.series(*local_day(noon, BERLIN), BERLIN)


def hours_at(series: Series, ct: float) -> float:
    return sum(slot.end_s - slot.start_s for slot in series if slot.value == ct) / H


def test_a_zone_crosses_midnight() -> None:
    day = day_of(2026, 11, 28, NIGHT)
    assert [slot.value for slot in day] == [20.0, 30.0, 20.0]
    assert [local_time(slot.start_s, BERLIN).hour for slot in day] == [0, 6, 22]


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 7.0), ((2026, 10, 25), 9.0), ((2026, 7, 1), 8.0)])
def test_a_night_is_an_hour_shorter_or_longer_when_clocks_change(day: tuple[int, int, int], hours: float) -> None:
    assert hours_at(day_of(*day, NIGHT), 20.0) == hours


def test_the_hour_that_occurs_twice_has_its_price_twice() -> None:
    repeated = ByTime(30.0, (Zone(10.0, 2 * H, 3 * H),))
    assert hours_at(day_of(2026, 10, 25, repeated), 10.0) == 2.0
    assert hours_at(day_of(2026, 3, 29, repeated), 10.0) == 0.0


def test_half_an_hour_of_the_hour_that_occurs_twice() -> None:
    late = ByTime(30.0, (Zone(10.0, 2.5 * H, 5 * H),))
    day = day_of(2026, 10, 25, late)
    cheap = [slot for slot in day if slot.value == 10.0]
    assert [(slot.end_s - slot.start_s) / H for slot in cheap] == [0.5, 2.5]


def test_days_and_months_are_those_on_which_the_zone_begins() -> None:
    friday_night = ByTime(30.0, (Zone(20.0, 22 * H, 6 * H, days=frozenset({4}), months=frozenset({1})),))
    assert friday_night.at(datetime(2027, 1, 29, 23, tzinfo=BERLIN)) == 20.0  # a Friday
    assert friday_night.at(datetime(2027, 1, 30, 5, 59, tzinfo=BERLIN)) == 20.0
    assert friday_night.at(datetime(2027, 1, 29, 5, tzinfo=BERLIN)) == 30.0  # that night began on Thursday
    assert friday_night.at(datetime(2027, 2, 5, 23, tzinfo=BERLIN)) == 30.0


def test_a_zone_may_also_begin_on_public_holidays() -> None:
    christmas = datetime(2026, 12, 25, tzinfo=BERLIN)  # a Friday
    working, free = Zone(34.0, days=frozenset(range(5))), Zone(24.0, days=frozenset({5, 6}))
    holidays = replace(free, holidays=frozenset({christmas.toordinal()}))
    assert ByTime(30.0, (working, free)).at(christmas) == 34.0
    assert ByTime(30.0, (working, holidays)).at(christmas) == 24.0
    assert ByTime(30.0, (working, holidays)).at(christmas.replace(day=24)) == 34.0
    night = replace(holidays, from_s=22 * H, to_s=6 * H)
    assert ByTime(30.0, (night,)).at(christmas.replace(day=26, hour=5)) == 24.0
    assert ByTime(30.0, (replace(night, months=frozenset({1})),)).at(christmas.replace(hour=23)) == 30.0


def test_the_last_zone_that_applies_wins() -> None:
    layered = ByTime(9.0, (Zone(15.3, 17 * H, 21 * H), Zone(12.0, 18 * H, 19 * H)))
    assert [layered.at(datetime(2026, 11, 28, hour, tzinfo=BERLIN)) for hour in (16, 17, 18, 19, 21)] == [
        9.0,
        15.3,
        12.0,
        15.3,
        9.0,
    ]


def test_a_zone_without_an_end_covers_the_whole_day() -> None:
    sunday = ByTime(30.0, (Zone(25.0, days=frozenset({6})),))
    assert hours_at(day_of(2026, 10, 25, sunday), 25.0) == 25.0
    assert hours_at(day_of(2026, 10, 24, sunday), 25.0) == 0.0


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - hypothesis adds the zone itself
    st.integers(0, 95),
    st.integers(0, 96),
    st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "America/Santiago", "Europe/London"]).map(ZoneInfo),
)
def test_the_series_agrees_with_the_local_clock(at: datetime, begin: int, end: int, zone: ZoneInfo) -> None:
    prices = ByTime(1.0, (Zone(2.0, begin * 900.0, end * 900.0, days=frozenset({0, 2, 4})),))
    now = at.replace(tzinfo=UTC)
    start, stop = (now - timedelta(days=1)).timestamp(), (now + timedelta(days=1)).timestamp()
    assert prices.series(start, stop, zone).at(now.timestamp()) == prices.at(now.astimezone(zone))
    assert prices.series(start, stop, zone).covers(start, stop)
