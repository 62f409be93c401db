"""Adapters of switchable loads before simulated relays, on virtual time."""

from __future__ import annotations

from optimizer.devices.http_config import HttpConfig
from optimizer.devices.switches.config import ShellyConfig, TasmotaConfig
from optimizer.devices.switches.shelly import Shelly
from optimizer.devices.switches.tasmota import Tasmota
from optimizer.twin.faults import Faults
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import House, LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from optimizer.twin.tasmota import TasmotaTraps, TasmotaTwin
from tests.direct import Direct, Steady
from tests.virtual_time import VirtualClock

BOILER = LoadSpec("boiler", 3000.0)


class Scene:
    """One house with one load. Call `shelly` or `tasmota` for a relay and its adapter."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        physics = House(PhysicsSpec((), (), loads=(BOILER,)))
        self.house = LiveHouse(physics, Steady(), self.clock, Faults())
        self.load = physics.loads[0]

    def shelly(self, traps: ShellyTraps | None = None, password: str = "") -> Shelly:
        self.relay = ShellyTwin(self.house, traps=traps)
        self.wire = Direct(self.relay.answer)
        http = HttpConfig("http://shelly", user="admin" if password else "", password=password)
        return Shelly(ShellyConfig("boiler", http), self.clock, transport=self.wire)

    def tasmota(self, traps: TasmotaTraps | None = None, password: str = "", timer_s: float | None = None) -> Tasmota:
        self.plug = TasmotaTwin(self.house, traps=traps)
        self.wire = Direct(self.plug.answer)
        config = TasmotaConfig("boiler", HttpConfig("http://plug"), user="admin", password=password, timer_s=timer_s)
        return Tasmota(config, self.clock, transport=self.wire)

    async def after(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self.house.advance()
