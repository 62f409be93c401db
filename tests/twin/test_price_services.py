"""The simulated price services: paths, tokens, and counts. tests/sources reads their bodies."""

from __future__ import annotations

import json

from optimizer.twin.http import Request
from optimizer.twin.market import Market
from optimizer.twin.price_services import ENTSOE_TOKEN, HOME_TOKEN, PriceServices
from tests.virtual_time import VirtualClock, virtually


def get(path: str, **headers: str) -> Request:
    plain, _, query = path.partition("?")
    return Request("GET", plain, query, headers, b"", "test:1")


@virtually
async def test_requests_are_counted_by_service() -> None:
    services = PriceServices(Market(), VirtualClock())
    assert (await services.answer(get("/v1/marketdata"))).status == 200
    assert (await services.answer(get("/nothing"))).status == 404
    assert dict(services.requests) == {"awattar": 1}


@virtually
async def test_tokens_are_checked() -> None:
    services = PriceServices(Market(), VirtualClock())
    day = "periodStart=202506202200&periodEnd=202506212200"
    assert (await services.answer(get(f"/api?{day}&securityToken=wrong"))).status == 401
    assert (await services.answer(get(f"/api?{day}&securityToken={ENTSOE_TOKEN}"))).status == 200
    assert (await services.answer(get("/api/states/sensor.price"))).status == 401
    state = await services.answer(get("/api/states/sensor.price", authorization=f"Bearer {HOME_TOKEN}"))
    assert json.loads(state.body)["entity_id"] == "sensor.price"


@virtually
async def test_awattar_without_times_lists_the_next_day_in_ms() -> None:
    body = json.loads((await PriceServices(Market(), VirtualClock()).answer(get("/v1/marketdata"))).body)
    first = body["data"][0]
    assert first["end_timestamp"] - first["start_timestamp"] == 900_000
    assert first["unit"] == "Eur/MWh"
