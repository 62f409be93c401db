"""A year of hours on five roofs against pvlib: irradiance, power, and the position of the sun.

The energy of a year agrees within 0.1 %.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pandas as pd
import pytest
from pvlib import irradiance as pvlib_irradiance
from pvlib import pvsystem, solarposition, temperature

from optimizer.model.sun import sun_position
from optimizer.sources.forecast.roof import (
    ALBEDO,
    FAIMAN_U0,
    FAIMAN_U1,
    LOSS_FACTOR,
    PER_KELVIN,
    Roof,
    Weather,
    irradiance,
    roof_power_w,
)

PLACE = (48.8, 9.2)
AGREE = 0.001
"""0.1 %."""
TIMES = pd.date_range("2026-01-01T00:30", periods=8760, freq="h", tz="UTC")
ROOFS = [
    Roof(5000.0, 35.0, 0.0),
    Roof(4000.0, 15.0, 90.0),
    Roof(3000.0, 45.0, -60.0),
    Roof(2000.0, 90.0, -100.0),
    Roof(1000.0, 0.0, 0.0),
]


@pytest.fixture(scope="module")
def sun() -> pd.DataFrame:
    return solarposition.get_solarposition(TIMES, *PLACE)


@pytest.fixture(scope="module")
def weather(sun: pd.DataFrame) -> list[Weather]:
    """Random weather of each hour. The three irradiances fit together, as on a real day."""
    dice, found = Random(7), []
    for zenith in sun["zenith"]:
        clear = max(0.0, _cos(zenith))
        index = dice.uniform(0.1, 1.0)
        direct = 900.0 * index**2 * clear**0.3 if clear > 0.0 else 0.0
        diffuse = 120.0 * (1.6 - index) * clear
        found.append(Weather(direct * clear + diffuse, direct, diffuse, dice.uniform(-10.0, 35.0), dice.uniform(0, 10)))
    return found


def _cos(zenith: float) -> float:
    return float(pvlib_irradiance.aoi_projection(0.0, 0.0, zenith, 180.0))


def test_the_sun_stands_where_pvlib_says(sun: pd.DataFrame) -> None:
    for at, elevation, azimuth in zip(TIMES, sun["elevation"], sun["azimuth"], strict=True):
        own = sun_position(*PLACE, at.timestamp())
        assert own.elevation == pytest.approx(elevation, abs=0.02)
        assert (own.azimuth - azimuth + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("roof", ROOFS, ids=lambda roof: f"{roof.tilt:g}° tilt, {roof.azimuth:g}°")
def test_the_energy_of_a_year_agrees(roof: Roof, sun: pd.DataFrame, weather: list[Weather]) -> None:
    table = pd.DataFrame(weather, index=TIMES)
    theirs = pvlib_irradiance.get_total_irradiance(
        surface_tilt=roof.tilt,
        surface_azimuth=roof.azimuth + 180.0,
        solar_zenith=sun["zenith"],
        solar_azimuth=sun["azimuth"],
        dni=table["direct_w_m2"],
        ghi=table["global_w_m2"],
        dhi=table["diffuse_w_m2"],
        dni_extra=pvlib_irradiance.get_extra_radiation(TIMES),
        albedo=ALBEDO,
        model="haydavies",
    )["poa_global"]
    cells_c = temperature.faiman(theirs, table["air_c"], table["wind_m_s"], u0=FAIMAN_U0, u1=FAIMAN_U1)
    powers_w = pvsystem.pvwatts_dc(theirs, cells_c, roof.peak_w, PER_KELVIN) * LOSS_FACTOR
    own_wh_m2 = own_wh = 0.0
    for at, one in zip(TIMES, weather, strict=True):
        position = sun_position(*PLACE, at.timestamp())
        own_wh_m2 += irradiance(roof, one, position, at.timestamp())
        own_wh += roof_power_w(roof, one, position, at.timestamp())
    assert own_wh > 100_000.0
    assert own_wh_m2 == pytest.approx(float(theirs.sum()), rel=AGREE)
    assert own_wh == pytest.approx(float(powers_w.sum()), rel=AGREE)


def test_the_year_is_whole() -> None:
    assert TIMES[-1].to_pydatetime() == datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
