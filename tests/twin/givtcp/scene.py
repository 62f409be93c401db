"""A GivEnergy plant behind a simulated GivTCP, in a steady house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec
from optimizer.twin.givtcp import GivTcpTraps, GivTcpTwin
from tests.direct import Direct, Steady, steady_house
from tests.virtual_time import VirtualClock, run_virtually

BATTERY = BatterySpec(capacity_wh=9520.0, max_charge_w=3600.0, max_discharge_w=3600.0, initial_soc_percent=60.0)


CARPORT = ChargerSpec(rated_a=32.0, phase_map=(1,), initial_paused=True, car=CarSpec(phases=1, max_current_a=32.0))


START = datetime(2025, 1, 15, 12, 0, tzinfo=UTC)


class Scene:
    """A GivEnergy plant in a steady house."""

    def __init__(self, pv_w: float = 1500.0, load_w: float = 600.0, **traps: Any) -> None:
        self.clock = VirtualClock(START)
        self.weather = Steady(pv_w, load_w)
        self.house = steady_house(self.clock, self.weather, BATTERY, CARPORT)
        self.twin = GivTcpTwin(self.house, 0, 0, traps=GivTcpTraps(**traps))
        self.client = httpx.AsyncClient(
            transport=Direct(self.twin.answer), base_url="http://givtcp:8099/REST1", timeout=None
        )

    async def post(self, command: str, body: Any) -> str:
        answer = await self.client.post(f"/{command}", json=body)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    async def cache(self) -> Any:
        return (await self.client.get("/runAll")).json()

    async def after(self, seconds: float) -> float:
        await self.clock.sleep(seconds)
        return self.house.advance().batteries[0].power_w


def scene(run: Callable[[Scene], Awaitable[None]], **kwargs: Any) -> None:
    async def main() -> None:
        await run(Scene(**kwargs))

    run_virtually(main())
