"""A scene with one simulated Edge, and an HTTP client on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from optimizer.twin.battery import BatterySpec
from tests.twin.scene import Scene, fems_scene

EQUALS, LESS, GREATER = "SetActivePowerEquals", "SetActivePowerLessOrEquals", "SetActivePowerGreaterOrEquals"


class Edge:
    """A scene with an HTTP client on it."""

    def __init__(self, scene: Scene, http: httpx.AsyncClient) -> None:
        self.scene = scene
        self.http = http

    async def get(self, address: str) -> Any:
        return (await self.http.get(f"/rest/channel/{address}")).json()

    async def value(self, address: str) -> Any:
        return (await self.get(address))["value"]

    async def post(self, channel: str, value: Any, component: str = "ess0") -> httpx.Response:
        return await self.http.post(f"/rest/channel/{component}/{channel}", json={"value": value})

    async def battery_after(self, seconds: float = 30.0) -> int:
        self.scene.pass_s(seconds)
        return int(await self.value("_sum/EssDischargePower"))


@asynccontextmanager
async def edge(*batteries: BatterySpec, password: str = "owner", **spec: Any) -> AsyncIterator[Edge]:
    async with (
        fems_scene(*batteries, **spec) as scene,
        httpx.AsyncClient(base_url=scene.house.endpoints["fems"], auth=("x", password)) as http,
    ):
        yield Edge(scene, http)
