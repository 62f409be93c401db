"""A sonnen adapter before a simulated sonnen, on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from optimizer.devices.keep import MemoryKeep
from optimizer.devices.sonnen.battery import Sonnen
from optimizer.devices.sonnen.config import SonnenConfig
from optimizer.model.decision import BatteryAction, BatteryOrder
from optimizer.twin.battery import BatterySpec
from optimizer.twin.sonnen import SonnenTraps, SonnenTwin
from tests.direct import Direct, Steady, steady_house
from tests.virtual_time import VirtualClock, run_virtually

CELLAR = BatterySpec(capacity_wh=10_000.0, max_charge_w=4600.0, max_discharge_w=4600.0, max_apparent_w=4600.0)


def power(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, power_w)


class Scene:
    """One house, one sonnen, one adapter (or several, one after another)."""

    def __init__(self, api: str = "v2", pv_w: float = 3000.0, load_w: float = 500.0, **traps: Any) -> None:
        self.api = api
        self.clock = VirtualClock()
        self.weather = Steady(pv_w, load_w)
        self.house = steady_house(self.clock, self.weather, CELLAR)
        self.twin = SonnenTwin(self.house, traps=SonnenTraps(**traps))
        self.wire = Direct(self.twin._answer_v1 if api == "v1" else self.twin._answer_v2)
        self.keep = MemoryKeep()
        self.sonnen = self.adapter()

    def adapter(self, **config: Any) -> Sonnen:
        """A new life of the program, with what is on disk."""
        url = "http://sonnen:8080" if self.api == "v1" else "http://sonnen"
        settings = {"name": "cellar", "url": url, "api": self.api, "token": "secret-token", **config}
        return Sonnen(SonnenConfig(**settings), self.clock, self.keep, transport=self.wire)

    async def after(self, seconds: float) -> float:
        await self.clock.sleep(seconds)
        return self.house.advance().batteries[0].ac_w

    def written(self) -> list[str]:
        """The writes since the last call, in order."""
        done = []
        for method, path, body in self.wire.seen:
            if method != "GET" or "setting" in path:
                done.append(f"{method} {path}{' ' + body.decode() if body else ''}")
        self.wire.seen.clear()
        return done


def scene(run: Callable[[Scene], Awaitable[None]], **kwargs: Any) -> None:
    async def main() -> None:
        await run(Scene(**kwargs))

    run_virtually(main())
