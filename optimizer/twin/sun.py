"""The position of the sun, and the irradiance on a roof under a clear sky."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import asin, atan2, cos, degrees, exp, pi, radians, sin

J2000_S = datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()
SOLAR_CONSTANT = 1361.0
"""W/m²."""
ALBEDO = 0.2
HORIZON = radians(0.5)
"""Below this elevation the irradiance counts as 0."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of the house."""

    latitude: float = 48.1
    """Degrees, + north."""
    longitude: float = 11.6
    """Degrees, + east."""
    zone: str = "Europe/Berlin"
    """IANA name. The home load follows local time."""


@dataclass(frozen=True, slots=True)
class Roof:
    """The PV system."""

    peak_w: float = 9_800.0
    """Power at 1000 W/m² on the modules."""
    tilt: float = 35.0
    """Degrees from the horizontal."""
    azimuth: float = 180.0
    """Degrees from north over east. 180 = south."""
    performance: float = 0.82
    """Losses by heat, dirt, cables, and inverter."""
    max_ac_w: float = 10_000.0
    """Largest power of the inverter."""


def sun_position(place: Place, unix_s: float) -> tuple[float, float]:
    """(elevation, azimuth from north over east) of the sun in radians. The error is about 0.1°.

    The low-precision formula of the Astronomical Almanac.
    """
    days = (unix_s - J2000_S) / 86_400.0
    anomaly = radians((357.528 + 0.985_600_3 * days) % 360.0)
    longitude = radians((280.460 + 0.985_647_4 * days) % 360.0) + radians(
        1.915 * sin(anomaly) + 0.020 * sin(2.0 * anomaly)
    )
    obliquity = radians(23.439 - 4e-7 * days)
    ascension = atan2(cos(obliquity) * sin(longitude), cos(longitude))
    declination = asin(sin(obliquity) * sin(longitude))
    sidereal = radians((280.460_618_37 + 360.985_647_366_29 * days + place.longitude) % 360.0)
    hour = sidereal - ascension
    lat = radians(place.latitude)
    sin_el = sin(lat) * sin(declination) + cos(lat) * cos(declination) * cos(hour)
    elevation = asin(max(-1.0, min(1.0, sin_el)))
    azimuth = atan2(-sin(hour), cos(lat) * sin(declination) / cos(declination) - sin(lat) * cos(hour))
    return elevation, azimuth % (2.0 * pi)


def clear_sky(place: Place, roof: Roof, unix_s: float) -> tuple[float, float]:
    """(beam, diffuse) irradiance on the roof in W/m² under a clear sky.

    Beam by Meinel with the air mass of Kasten and Young. Diffuse: a tenth of the extraterrestrial beam from the whole
    sky, and the reflection of the ground.
    """
    elevation, azimuth = sun_position(place, unix_s)
    if elevation < HORIZON:
        return 0.0, 0.0
    zenith = pi / 2.0 - elevation
    air_mass = 1.0 / (cos(zenith) + 0.505_72 * (96.079_95 - degrees(zenith)) ** -1.6364)
    beam = SOLAR_CONSTANT * float(0.7 ** (air_mass**0.678))
    diffuse = 0.1 * beam + 20.0 * (1.0 - exp(-elevation * 20.0))
    tilt = radians(roof.tilt)
    facing = sin(elevation) * cos(tilt) + cos(elevation) * sin(tilt) * cos(azimuth - radians(roof.azimuth))
    horizontal = beam * sin(elevation) + diffuse
    sky = diffuse * (1.0 + cos(tilt)) / 2.0 + horizontal * ALBEDO * (1.0 - cos(tilt)) / 2.0
    return max(0.0, beam * facing), sky
