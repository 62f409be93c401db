"""The simulated forecast services: formats, limits, and traps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from optimizer.twin.forecast_services import SOLCAST_TOKEN, ForecastServices, ForecastSky
from optimizer.twin.http import Request
from tests.virtual_time import VirtualClock, virtually

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
METEO = "latitude=48.8&longitude=9.2&minutely_15=shortwave_radiation,temperature_2m&past_days=1&forecast_days=2"


async def ask(services: ForecastServices, path: str, query: str = "", token: str = "") -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = await services.answer(Request("GET", path, query, headers, b"", "test:1"))
    return answer.status, json.loads(answer.body) if answer.body.startswith(b"{") else None


@virtually
async def test_open_meteo_has_parallel_lists_with_nulls_and_negative_nights() -> None:
    services = ForecastServices(ForecastSky(), VirtualClock(NOON))
    services.sky.nulls = {int(NOON.timestamp())}
    status, body = await ask(services, "/v1/forecast", METEO)
    assert status == 200
    times, values = body["minutely_15"]["time"], body["minutely_15"]["shortwave_radiation"]
    assert len(times) == len(values) == 3 * 96
    assert values[times.index(int(NOON.timestamp()))] is None
    assert min(value for value in values if value is not None) == -0.1
    assert body["minutely_15_units"] == {
        "time": "unixtime",
        "shortwave_radiation": "W/m²",
        "temperature_2m": "°C",
    }


@virtually
async def test_forecast_solar_begins_at_sunrise_and_allows_twelve_calls_an_hour() -> None:
    clock = VirtualClock(NOON)
    services = ForecastServices(ForecastSky(), clock)
    status, body = await ask(services, "/estimate/48.8/9.2/35/0/5.000", "time=utc")
    stamps = list(body["result"]["watt_hours_period"].items())
    assert status == 200
    assert stamps[0][0].startswith("2026-06-21T03:")
    assert stamps[0][1] == 0
    assert stamps[1][0] == "2026-06-21T04:00:00+00:00"
    for _ in range(12):
        status, body = await ask(services, "/estimate/48.8/9.2/35/0/5.000")
    assert status == 429
    assert body["message"]["ratelimit"]["limit"] == 12
    await clock.sleep(3601.0)
    assert (await ask(services, "/key/estimate/48.8/9.2/35/0/5.000"))[0] == 200
    assert services.refused == {"forecast.solar": 1}


@virtually
async def test_solcast_needs_its_token_and_allows_ten_calls_a_day() -> None:
    services = ForecastServices(ForecastSky(), VirtualClock(NOON))
    assert (await ask(services, "/rooftop_sites/a/forecasts", "hours=48"))[0] == 401
    for _ in range(9):
        status, body = await ask(services, "/rooftop_sites/a/forecasts", "hours=48", SOLCAST_TOKEN)
        assert status == 200
    first = body["forecasts"][0]
    assert first["period_end"] == "2026-06-21T12:30:00.0000000Z"
    assert first["pv_estimate10"] < first["pv_estimate"] < first["pv_estimate90"] < 6.0
    assert (await ask(services, "/rooftop_sites/a/forecasts", "hours=48", SOLCAST_TOKEN))[0] == 429
    assert (await ask(services, "/elsewhere"))[0] == 404
