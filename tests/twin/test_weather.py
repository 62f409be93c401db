"""Generated weather: the sun where the almanac has it, plausible years, and always the same for one seed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from math import degrees

import pytest

from optimizer.twin.sun import Place, Roof, clear_sky, sun_position
from optimizer.twin.weather import DAY_S, Weather

MUNICH = Place()
JUNE = datetime(2025, 6, 21, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("when", "elevation", "azimuth"),
    [
        # Noon on the meridian: 90° − latitude ± declination.
        (datetime(2025, 6, 21, 11, 15, 30, tzinfo=UTC), 65.3, 180.0),
        (datetime(2025, 12, 21, 11, 11, 40, tzinfo=UTC), 18.5, 180.0),
        (datetime(2025, 3, 20, 11, 21, 10, tzinfo=UTC), 41.9, 180.0),
    ],
)
def test_the_sun_stands_where_it_should(when: datetime, elevation: float, azimuth: float) -> None:
    el, az = sun_position(MUNICH, when.timestamp())
    assert degrees(el) == pytest.approx(elevation, abs=0.15)
    assert degrees(az) == pytest.approx(azimuth, abs=0.5)


def day_length_h(day_s: float) -> float:
    """Hours in which the sun stands above the horizon, on the day that begins at a unix time."""
    return sum(sun_position(MUNICH, day_s + 60.0 * minute)[0] > 0.0 for minute in range(1440)) / 60.0


def test_days_are_long_in_june_and_short_in_december() -> None:
    assert day_length_h(JUNE) == pytest.approx(15.9, abs=0.1)
    assert day_length_h(JUNE + 183 * DAY_S) == pytest.approx(8.1, abs=0.1)


def test_a_clear_noon_gives_a_sunny_roof_and_night_gives_nothing() -> None:
    beam, diffuse = clear_sky(MUNICH, Roof(), JUNE + 11.25 * 3600)
    assert 850 < beam + diffuse < 1100
    assert clear_sky(MUNICH, Roof(), JUNE) == (0.0, 0.0)


def test_a_seed_is_a_weather() -> None:
    times = [JUNE + i * 3257 for i in range(30)]
    one = [Weather(seed=5).at(t) for t in times]
    backwards = Weather(seed=5)
    assert [backwards.at(t) for t in reversed(times)] == one[::-1]
    assert [Weather(seed=6).at(t) for t in times] != one


def test_a_year_is_plausible() -> None:
    weather = Weather(seed=2)
    skies: Counter[str] = Counter()
    pv_kwh = load_kwh = 0.0
    months: Counter[int] = Counter()
    for day in range(20_089, 20_089 + 365, 3):
        skies[weather.sky(day).name] += 1
        for quarter in range(96):
            t = day * DAY_S + quarter * 900.0
            pv, load = weather.at(t)
            assert 0.0 <= pv <= 10_000.0
            assert 100.0 < load < 15_000.0
            pv_kwh += 3 * pv / 4000.0
            months[datetime.fromtimestamp(t, UTC).month] += round(3 * pv / 4.0)
            load_kwh += 3 * load / 4000.0
    assert 950 < pv_kwh / 9.8 < 1400
    assert 2500 < load_kwh < 4500
    assert len(skies) == 5
    assert months[6] > 2.5 * months[12]


def test_the_first_day_can_be_chosen() -> None:
    start = datetime(2025, 6, 14, 8, 0, tzinfo=UTC)
    clear = Weather(start=start, first_sky="clear")
    dull = Weather(start=start, first_sky="overcast")
    t = datetime(2025, 6, 14, 11, 0, tzinfo=UTC).timestamp()
    assert clear.at(t)[0] > 6500
    assert dull.at(t)[0] < 4500
