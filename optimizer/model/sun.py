"""The position of the sun, and the times of sunrise and sunset.

The formula is the low-precision one of the Astronomical Almanac. From 1950 to 2050 its error is 0.01°, and the times
are right within a minute (longer in high latitudes, where the sun rises slowly).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from math import acos, asin, atan2, cos, degrees, radians, sin
from typing import NamedTuple
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_time
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.series import Span
from optimizer.model.state import SunTimes

J2000_S = datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
TURN_PER_DAY = 360.985_647_366_29
"""Degrees that the earth turns in a day."""
RISES_AT = -0.833
"""Elevation of the center of the sun at sunrise, degrees: its radius and the refraction of the air."""
STEPS = 4
"""Each step of the search divides the error by some hundreds."""
NO_PLACE: Reading[float] = unknown("set latitude and longitude under `site`")


class SunPosition(NamedTuple):
    """The direction to the sun, without refraction."""

    elevation: float
    """Degrees above the horizon. Negative at night."""
    azimuth: float
    """Degrees from north over east, 0 to 360. 180 is south."""


class Day(NamedTuple):
    """Sunrise and sunset of one local day, Unix time in s. Both are None if the sun does not cross the horizon."""

    rise_s: float | None
    set_s: float | None


def sun_position(latitude: float, longitude: float, at_s: float) -> SunPosition:
    """The direction to the sun at Unix time `at_s`. `latitude` is + north and `longitude` + east, in degrees."""
    declination, hour = _declination_and_hour(longitude, at_s)
    phi, hour = radians(latitude), radians(hour)
    elevation = asin(sin(phi) * sin(declination) + cos(phi) * cos(declination) * cos(hour))
    azimuth = atan2(
        -sin(hour) * cos(declination), sin(declination) * cos(phi) - cos(declination) * sin(phi) * cos(hour)
    )
    return SunPosition(degrees(elevation), degrees(azimuth) % 360.0)


def sun_day(latitude: float, longitude: float, day: Span) -> Day:
    """Sunrise and sunset around the noon of a local day."""
    noon_s = (day.start_s + day.end_s) / 2.0
    for _ in range(STEPS):
        noon_s -= _declination_and_hour(longitude, noon_s)[1] / TURN_PER_DAY * DAY_S
    return Day(*(_crossing(latitude, longitude, noon_s, side) for side in (-1.0, 1.0)))


def sun_times(latitude: float | None, longitude: float | None, local: datetime) -> SunTimes:
    """Sunrise and sunset of the day of a local time. Both are unknown without a place."""
    if latitude is None or longitude is None or not isinstance(local.tzinfo, ZoneInfo):
        return NO_SUN
    return _times(latitude, longitude, local.year, local.month, local.day, local.tzinfo)


@lru_cache(maxsize=64)
def _times(latitude: float, longitude: float, year: int, month: int, day: int, zone: ZoneInfo) -> SunTimes:
    noon_s = datetime(year, month, day, 12, tzinfo=zone).timestamp()
    found = sun_day(latitude, longitude, local_day(noon_s, zone))
    return SunTimes(rise_s=_reading(found.rise_s, zone), set_s=_reading(found.set_s, zone))


NO_SUN = SunTimes(rise_s=NO_PLACE, set_s=NO_PLACE)


def _reading(at_s: float | None, zone: ZoneInfo) -> Reading[float]:
    """A time as seconds of the local clock, in whole minutes. A calculated time has no age."""
    if at_s is None:
        return unknown("the sun does not cross the horizon today")
    local = local_time(at_s, zone)
    return known(local.hour * 3600.0 + local.minute * 60.0, 0.0)


def hour_angle(longitude: float, at_s: float) -> float:
    """The hour angle of the sun in degrees, −180 to 180: 0 at solar noon, 15 an hour later."""
    return _declination_and_hour(longitude, at_s)[1]


def _crossing(latitude: float, longitude: float, noon_s: float, side: float) -> float | None:
    """The instant before (`side` −1) or after (+1) noon at which the sun crosses the horizon. None: it does not."""
    at_s, phi = noon_s, radians(latitude)
    for _ in range(STEPS):
        declination, _hour = _declination_and_hour(longitude, at_s)
        denominator = cos(phi) * cos(declination)
        cosine = (sin(radians(RISES_AT)) - sin(phi) * sin(declination)) / denominator if denominator else 2.0
        if not -1.0 <= cosine <= 1.0:
            return None
        at_s = noon_s + side * degrees(acos(cosine)) / 360.0 * DAY_S
    return at_s


def _declination_and_hour(longitude: float, at_s: float) -> tuple[float, float]:
    """The declination in radians, and the hour angle in degrees, −180 to 180 (0 at noon, + in the afternoon)."""
    days = (at_s - J2000_S) / DAY_S
    anomaly = radians((357.528 + 0.985_600_3 * days) % 360.0)
    ecliptic = radians((280.460 + 0.985_647_4 * days + 1.915 * sin(anomaly) + 0.020 * sin(2.0 * anomaly)) % 360.0)
    obliquity = radians(23.439 - 4e-7 * days)
    ascension = atan2(cos(obliquity) * sin(ecliptic), cos(ecliptic))
    hour = 280.460_618_37 + TURN_PER_DAY * days + longitude - degrees(ascension)
    return asin(sin(obliquity) * sin(ecliptic)), (hour + 180.0) % 360.0 - 180.0
