"""SG Ready: the contacts pass through states 2 and 3 only."""

from __future__ import annotations

import pytest

from optimizer.devices.port import DeviceError, Sample
from optimizer.devices.switches.sg_ready import SgReady
from optimizer.model.reading import known
from optimizer.model.state import Switch
from tests.virtual_time import virtually


class Contact:
    """One contact, which tells the pump of each change."""

    def __init__(self, pump: Pump, name: str) -> None:
        self.pump, self.name, self.closed, self.fails = pump, name, False, False
        self.timer_s: float | None = 120.0

    async def read(self) -> Sample:
        return Sample(switches=(Switch(self.name, on=known(self.closed, 1.0)),))

    async def switch(self, on: bool) -> None:
        if self.fails:
            raise DeviceError("unreachable", "no route")
        self.closed = on
        self.pump.states.append(self.pump.state)

    async def rest(self) -> None:
        await self.switch(False)

    async def close(self) -> None:
        return None


class Pump:
    """The state that the contacts make."""

    def __init__(self) -> None:
        self.states: list[int] = []
        self.first, self.second = Contact(self, "first"), Contact(self, "second")

    @property
    def state(self) -> int:
        return {(True, False): 1, (False, False): 2, (False, True): 3, (True, True): 4}[
            self.first.closed, self.second.closed
        ]


@virtually
async def test_an_order_passes_through_the_recommendation_both_ways() -> None:
    pump = Pump()
    heat_pump = SgReady("pump", pump.second, pump.first)
    await heat_pump.switch(True)
    await heat_pump.switch(False)
    await heat_pump.switch(True)
    await heat_pump.rest()
    assert pump.states == [3, 4, 3, 2, 3, 4, 3, 2]
    assert heat_pump.timer_s == 120.0


@virtually
async def test_a_single_contact_recommends() -> None:
    pump = Pump()
    heat_pump = SgReady("pump", pump.second, None)
    await heat_pump.switch(True)
    assert pump.state == 3
    assert (await heat_pump.read()).switches[0].on.value is True


@virtually
async def test_half_an_order_is_unknown_and_leaves_a_harmless_state() -> None:
    pump = Pump()
    heat_pump = SgReady("pump", pump.second, pump.first)
    pump.first.fails = True
    with pytest.raises(DeviceError):
        await heat_pump.switch(True)
    assert pump.state == 3
    reading = (await heat_pump.read()).switches[0].on
    assert reading.value is None
    assert "state 3" in reading.why
