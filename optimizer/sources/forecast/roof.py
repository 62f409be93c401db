"""From weather to the power of a roof: irradiance on the modules, their temperature, and the losses.

The irradiance of the sky follows Hay and Davies (1980), the temperature of the modules Faiman (2008), and the power
PVWatts (NREL 2014). The values of one interval are its means. The sun is the one at its middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, pi, radians, sin
from typing import NamedTuple

from optimizer.model.sun import SunPosition

SOLAR_CONSTANT = 1366.1
"""Irradiance above the air at the mean distance of the sun, W/m² (Spencer 1971)."""
ALBEDO = 0.2
"""Part of the irradiance that the ground reflects."""
LEAST_COSINE = 0.01745
"""Cosine of 89°. A lower sun would make the ratio of tilted to flat irradiance arbitrarily large."""
STANDARD_C, STANDARD_W_M2 = 25.0, 1000.0
"""Conditions under which the peak power of modules is measured."""
PER_KELVIN = -0.004
"""Change of the power of silicon modules per kelvin."""
LOSS_FACTOR = 0.86
"""What dirt, cables, mismatch, and the inverter leave."""
FAIMAN_U0, FAIMAN_U1 = 25.0, 6.84
"""Heat loss of modules, W/(m²·K), and its part per m/s of wind."""


@dataclass(frozen=True, slots=True)
class Roof:
    """The modules of one direction."""

    peak_w: float
    """Power at 1000 W/m² and 25 °C, W."""
    tilt: float
    """Degrees from the horizontal. 0 is flat, 90 is vertical."""
    azimuth: float
    """Degrees from south: −90 is east, 90 is west, ±180 is north."""


class Weather(NamedTuple):
    """The weather of one interval."""

    global_w_m2: float
    """Irradiance on a flat surface."""
    direct_w_m2: float
    """Irradiance of the sun on a surface that faces it."""
    diffuse_w_m2: float
    """Irradiance of the sky on a flat surface."""
    air_c: float
    """Temperature of the air, °C."""
    wind_m_s: float


def roof_power_w(roof: Roof, weather: Weather, sun: SunPosition, at_s: float) -> float:
    """The power of a roof at Unix time `at_s`, W, ≥ 0."""
    received = irradiance(roof, weather, sun, at_s)
    cell_c = weather.air_c + received / (FAIMAN_U0 + FAIMAN_U1 * weather.wind_m_s)
    factor = max(0.0, 1.0 + PER_KELVIN * (cell_c - STANDARD_C))
    return roof.peak_w * received / STANDARD_W_M2 * factor * LOSS_FACTOR


def irradiance(roof: Roof, weather: Weather, sun: SunPosition, at_s: float) -> float:
    """The irradiance on the modules, W/m², ≥ 0."""
    tilt, height = radians(roof.tilt), radians(sun.elevation)
    across = radians(sun.azimuth - (roof.azimuth + 180.0))
    facing = max(0.0, cos(tilt) * sin(height) + sin(tilt) * cos(height) * cos(across)) if height > 0.0 else 0.0
    around_sun = min(1.0, max(0.0, weather.direct_w_m2 / extraterrestrial_w_m2(at_s)))
    sky_part = (1.0 + cos(tilt)) / 2.0
    ratio = facing / max(sin(height), LEAST_COSINE)
    sky = weather.diffuse_w_m2 * (around_sun * ratio + (1.0 - around_sun) * sky_part)
    ground = weather.global_w_m2 * ALBEDO * (1.0 - cos(tilt)) / 2.0
    return max(0.0, weather.direct_w_m2 * facing + sky + ground)


def extraterrestrial_w_m2(at_s: float) -> float:
    """The irradiance above the air on the day of Unix time `at_s` (Spencer 1971)."""
    day = 2.0 * pi * (datetime.fromtimestamp(at_s, UTC).timetuple().tm_yday - 1) / 365.0
    ratio = 1.00011 + 0.034221 * cos(day) + 0.00128 * sin(day) + 0.000719 * cos(2.0 * day) + 7.7e-05 * sin(2.0 * day)
    return SOLAR_CONSTANT * ratio
