"""The registry makes what a configuration asks for, and opens nothing."""

from __future__ import annotations

import pytest

from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.givtcp.config import GivEvcConfig, GivTcpConfig
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.nrgkick.config import NrgkickConfig, Protocol
from optimizer.devices.port import BatteryControl, Charger, EnergyLimit, Identified, Meter, PhaseSwitch
from optimizer.devices.registry import FACTORIES
from optimizer.devices.sonnen.config import SonnenConfig
from tests.devices.hand_clock import HandClock


@pytest.mark.parametrize("protocol", ["json", "modbus", "auto"])
async def test_an_nrgkick_by_each_protocol(protocol: Protocol) -> None:
    config = NrgkickConfig("carport", "http://kick.local", protocol, password="hunter2")
    device = FACTORIES["nrgkick"](config, HandClock(), MemoryKeep())
    for port in (Meter, Charger, PhaseSwitch, EnergyLimit, Identified):
        assert isinstance(device, port)
    assert "hunter2" not in repr(config)
    await device.close()


async def test_a_fems() -> None:
    config = FemsConfig("roof", "http://fems:8084", password="hunter2", ess=(EssConfig("cellar"),))
    device = FACTORIES["fems"](config, HandClock(), MemoryKeep())
    for port in (Meter, BatteryControl, Identified):
        assert isinstance(device, port)
    assert "hunter2" not in repr(config)
    await device.close()


@pytest.mark.parametrize(
    ("brand", "config", "ports"),
    [
        ("sonnen", SonnenConfig("sonnen", "http://sonnen"), (Meter, BatteryControl, Identified)),
        ("givtcp", GivTcpConfig("giv", "http://giv:6345"), (Meter, BatteryControl, Identified)),
        ("givtcp_evc", GivEvcConfig("evc", "http://giv:6345"), (Meter, Charger)),
    ],
)
async def test_the_other_brands(brand: str, config: object, ports: tuple[type, ...]) -> None:
    device = FACTORIES[brand](config, HandClock(), MemoryKeep())
    for port in ports:
        assert isinstance(device, port)
    await device.close()


def test_modbus_without_any_host_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="modbus_host"):
        FACTORIES["nrgkick"](NrgkickConfig("carport", protocol="modbus"), HandClock(), MemoryKeep())


@pytest.mark.parametrize("url", ["", "kick.local", "http://me:pw@kick.local"])
def test_an_unusable_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        FACTORIES["nrgkick"](NrgkickConfig("carport", url), HandClock(), MemoryKeep())
