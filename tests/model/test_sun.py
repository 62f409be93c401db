"""The sun against values of pvlib 0.16.1 (`get_solarposition` and `sun_rise_set_transit_spa`)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day
from optimizer.model.sun import RISES_AT, sun_day, sun_position, sun_times

BERLIN = ZoneInfo("Europe/Berlin")
STUTTGART = (48.8, 9.2)
POSITIONS = [
    ("2026-01-05T10:07:30+00:00", 16.350, 160.533),
    ("2026-03-29T06:07:30+00:00", 9.049, 95.215),
    ("2026-06-21T12:07:30+00:00", 63.286, 202.096),
    ("2026-06-21T18:52:30+00:00", 4.258, 301.360),
    ("2026-10-25T14:22:30+00:00", 15.336, 229.693),
    ("2026-12-21T09:52:30+00:00", 15.089, 158.977),
]
DAYS = [
    ("2026-03-29", 48.8, 9.2, "Europe/Berlin", "07:07:27", "19:49:22"),  # clocks go forward
    ("2026-06-21", 52.5, 13.4, "Europe/Berlin", "04:43:12", "21:33:11"),
    ("2026-12-21", 52.5, 13.4, "Europe/Berlin", "08:14:48", "15:54:04"),
    ("2026-10-25", 48.8, 9.2, "Europe/Berlin", "06:58:44", "17:15:05"),  # clocks go back
    ("2026-01-15", -33.9, 151.2, "Australia/Sydney", "06:00:23", "20:09:06"),
]


@pytest.mark.parametrize(("at", "elevation", "azimuth"), POSITIONS)
def test_positions_agree_with_pvlib(at: str, elevation: float, azimuth: float) -> None:
    found = sun_position(*STUTTGART, datetime.fromisoformat(at).timestamp())
    assert found.elevation == pytest.approx(elevation, abs=0.02)
    assert found.azimuth == pytest.approx(azimuth, abs=0.02)


@pytest.mark.parametrize(("date", "latitude", "longitude", "zone", "rise", "set_"), DAYS)
def test_sunrise_and_sunset_agree_with_pvlib(
    date: str, latitude: float, longitude: float, zone: str, rise: str, set_: str
) -> None:
    place = ZoneInfo(zone)
    noon_s = datetime.fromisoformat(f"{date}T12:00:00").replace(tzinfo=place).timestamp()
    found = sun_day(latitude, longitude, local_day(noon_s, place))
    for at_s, expected in ((found.rise_s, rise), (found.set_s, set_)):
        assert at_s is not None
        given = datetime.fromisoformat(f"{date}T{expected}").replace(tzinfo=place)
        assert abs(at_s - given.timestamp()) <= 80.0


@given(
    st.floats(-65.0, 65.0),
    st.floats(-180.0, 180.0),
    st.integers(0, 20 * 365),
)
def test_the_sun_is_at_the_horizon_at_sunrise_and_sunset(latitude: float, longitude: float, days: int) -> None:
    noon_s = datetime(2020, 1, 1, 12, tzinfo=ZoneInfo("UTC")).timestamp() + 86_400.0 * days
    day = sun_day(latitude, longitude, local_day(noon_s, ZoneInfo("UTC")))
    assert day.rise_s is not None
    assert day.set_s is not None
    for at_s in day:
        assert at_s is not None
        assert sun_position(latitude, longitude, at_s).elevation == pytest.approx(RISES_AT, abs=0.05)
    middle = sun_position(latitude, longitude, (day.rise_s + day.set_s) / 2.0)
    assert middle.elevation > RISES_AT


def test_polar_days_and_nights_have_no_sunrise() -> None:
    tromso = ZoneInfo("Europe/Oslo")
    for month in (6, 12):
        times = sun_times(69.6, 18.9, datetime(2026, month, 21, 12, tzinfo=tromso))
        assert times.rise_s.why == times.set_s.why == "the sun does not cross the horizon today"


def test_times_are_of_the_local_clock_and_change_by_an_hour_with_it() -> None:
    first = datetime(2026, 3, 20, 12, tzinfo=BERLIN)
    rises = [sun_times(*STUTTGART, first + timedelta(days=day)).rise_s.value for day in range(12)]
    steps = [(later or 0.0) - (earlier or 0.0) for earlier, later in pairwise(rises)]
    assert sum(step > 3000.0 for step in steps) == 1
    assert sum(-180.0 <= step <= -60.0 for step in steps) == 10


def test_without_a_place_they_are_unknown_with_a_reason() -> None:
    assert (
        sun_times(None, 9.2, datetime(2026, 6, 21, tzinfo=BERLIN)).set_s.why
        == "set latitude and longitude under `site`"
    )
