"""One twin in a steady house on real loopback sockets, with a clock moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import ChargerSpec
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.fems_unit import FemsUnit
from optimizer.twin.house import HouseSpec, RunningHouse, start_house
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.nrgkick_unit import NrgkickUnit
from optimizer.twin.physics import PhysicsSpec
from tests.direct import Steady
from tests.twin.hand_clock import HandClock


@dataclass
class Scene:
    """A running house and what moves it."""

    clock: HandClock
    source: Steady
    house: RunningHouse

    @property
    def nrgkick(self) -> NrgkickUnit:
        twin = self.house.twins["carport"]
        assert isinstance(twin, NrgkickTwin)
        return twin.unit

    @property
    def fems(self) -> FemsUnit:
        twin = self.house.twins["fems"]
        assert isinstance(twin, FemsTwin)
        return twin.unit

    def pass_s(self, seconds: float) -> None:
        """Let house time pass, and the house with it."""
        self.clock.pass_s(seconds)
        self.house.live.advance()

    @property
    def incidents(self) -> list[str]:
        return [i.what for i in self.house.ledger.unsafe]


@asynccontextmanager
async def nrgkick_scene(charger: ChargerSpec | None = None, **spec: Any) -> AsyncIterator[Scene]:
    """An NRGkick alone, its car plugged in."""
    physics = PhysicsSpec((charger or ChargerSpec(),), ())
    async with _running(HouseSpec("one", physics, (partial(NrgkickTwin, spec=NrgkickSpec(**spec)),))) as scene:
        yield scene


@asynccontextmanager
async def fems_scene(
    *batteries: BatterySpec, pv_w: float = 0.0, load_w: float = 500.0, **spec: Any
) -> AsyncIterator[Scene]:
    """A FEMS alone, with one AC-coupled battery at 50 % unless told otherwise."""
    cells = batteries or (BatterySpec(initial_soc_percent=50.0),)
    settings = FemsSpec(batteries=tuple(range(len(cells))), **spec)
    house = HouseSpec("one", PhysicsSpec((), cells), (partial(FemsTwin, spec=settings),))
    async with _running(house, pv_w, load_w) as scene:
        yield scene


@asynccontextmanager
async def _running(spec: HouseSpec, pv_w: float = 0.0, load_w: float = 500.0) -> AsyncIterator[Scene]:
    clock, source = HandClock(), Steady(pv_w, load_w)
    house = await start_house(
        HouseSpec(spec.name, spec.physics, spec.twins, source, spec.seed),
        clock,
    )
    try:
        scene = Scene(clock, source, house)
        scene.pass_s(1.0)
        yield scene
    finally:
        await house.stop()
