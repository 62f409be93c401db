"""GivTCP adapters before a simulated plant, on virtual time."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from optimizer.devices.givtcp.battery import GivTcp
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.givtcp.evc import GivEvc
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec
from optimizer.twin.givtcp import GivTcpTraps, GivTcpTwin
from tests.direct import Direct, Steady, steady_house
from tests.virtual_time import VirtualClock, run_virtually

BATTERY = BatterySpec(capacity_wh=9520.0, max_charge_w=3600.0, max_discharge_w=3600.0, initial_soc_percent=60.0)
CARPORT = ChargerSpec(rated_a=32.0, phase_map=(1,), initial_paused=True, car=CarSpec(phases=1, max_current_a=32.0))
NOON = datetime(2025, 1, 15, 12, 0, tzinfo=UTC)


def power(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, power_w)


def bounds(charge_w: float | None = None, discharge_w: float | None = None) -> BatteryOrder:
    return BatteryOrder(BatteryAction.BOUNDS, 0.0, charge_w, discharge_w)


class BreakableKeep(MemoryKeep):
    """A Keep whose disk may take nothing."""

    broken = False

    def save(self, device: str, settings: Mapping[str, Any] | None) -> None:
        if self.broken and settings is not None:
            raise DeviceError("refused", "the disk is broken")
        super().save(device, settings)


class Scene:
    """One house, one plant, one adapter of each kind."""

    def __init__(self, pv_w: float = 1500.0, load_w: float = 600.0, start: datetime = NOON, **traps: Any) -> None:
        self.clock = VirtualClock(start)
        self.weather = Steady(pv_w, load_w)
        self.house = steady_house(self.clock, self.weather, BATTERY, CARPORT)
        self.twin = GivTcpTwin(self.house, 0, 0, traps=GivTcpTraps(**traps))
        self.real_time = self.twin.traps.real_time and self.twin.traps.version == 3
        self.wire = Direct(self.twin.answer)
        self.keep = BreakableKeep()
        self.givtcp = self.adapter()
        self.evc = self.charger()

    def adapter(self, **config: Any) -> GivTcp:
        """A new life of the program, with what is on disk."""
        settings = {"name": "cellar", "url": "http://givtcp:8099/REST1", **config}
        return GivTcp(GivTcpConfig(**settings), self.clock, self.keep, transport=self.wire)

    def charger(self) -> GivEvc:
        """A new life of the program for the EV charger, with what is on disk."""
        config = GivEvcConfig("carport", "http://givtcp:8099/REST1")
        return GivEvc(config, self.clock, self.keep, transport=Direct(self.twin.answer))

    async def after(self, seconds: float) -> float:
        await self.clock.sleep(seconds)
        return self.house.advance().batteries[0].power_w

    async def hold(self, order: BatteryOrder, minutes: float) -> float:
        """Repeat an order as the runtime does; returns the battery's power at the end."""
        end_s = self.clock.monotonic_s() + minutes * 60.0
        while self.clock.monotonic_s() < end_s:
            await self.givtcp.order("cellar", order)
            await self.clock.sleep(self.givtcp.refresh_s)
        return await self.after(0)

    def written(self) -> list[tuple[str, Any]]:
        """Commands since the last call, in order."""
        done = [(path.rpartition("/")[2], json.loads(body)) for _, path, body in self.wire.writes]
        self.wire.seen.clear()
        return done


def scene(run: Callable[[Scene], Awaitable[None]], **kwargs: Any) -> None:
    async def main() -> None:
        await run(Scene(**kwargs))

    run_virtually(main())
