"""`optimizer discover`: a charger that announces itself is found, and asked who it is."""

from __future__ import annotations

from functools import partial

import pytest

from optimizer.twin.charger import ChargerSpec
from optimizer.twin.house import HouseSpec
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.physics import LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from tests.cli.village import Village, call, village


def announcing() -> HouseSpec:
    twins = tuple(
        partial(NrgkickTwin, spec=NrgkickSpec(name, charger=index, serial=serial, device_name=name.title(), mdns=True))
        for index, (name, serial) in enumerate(
            (("carport", "T2400000000000000T1W1"), ("yard", "T2400000000000000T1W2"))
        )
    )
    return HouseSpec("two", PhysicsSpec((ChargerSpec("carport"), ChargerSpec("yard")), ()), twins)


def unit(running: Village, name: str) -> NrgkickTwin:
    twin = running.house.twins[name]
    assert isinstance(twin, NrgkickTwin)
    return twin


def test_chargers_are_found_and_confirmed() -> None:
    with village(announcing(), speed=1.0) as running:
        unit(running, "yard").unit.api_enabled = False
        code, text = call("discover", "--seconds", "1.5", "--interface", "127.0.0.1")
        carport, yard = (running.house.endpoints[name] for name in ("carport", "yard"))
    assert code == 0, text
    lines = text.splitlines()
    first = next(line for line in lines if line.startswith("T2400000000000000T1W1"))
    assert carport in first
    assert "4.1.14.241" in first
    assert "JSON on; Modbus on" in first
    # Its announcement still says that the API is on; the device itself says otherwise.
    second = next(line for line in lines if line.startswith("T2400000000000000T1W2"))
    assert yard in second
    assert "JSON off: enable it in the app" in second


def test_a_shelly_is_found_and_asked_for_its_relays() -> None:
    twins = tuple(
        partial(ShellyTwin, load=index, traps=ShellyTraps(mdns=True, relays=("", ""), password=password))
        for index, password in enumerate(("", "relay-secret"))
    )
    spec = HouseSpec("relays", PhysicsSpec((), (), loads=(LoadSpec("boiler"), LoadSpec("pool"))), twins)
    with village(spec, speed=1.0) as running:
        code, text = call("discover", "--seconds", "1.5", "--interface", "127.0.0.1")
        boiler, pool = (running.house.endpoints[name] for name in ("boiler", "pool"))
    assert code == 0, text
    opened, locked = (next(line for line in text.splitlines() if url in line) for url in (boiler, pool))
    assert "Plus1PM" in opened
    assert "open, relays: 2" in opened
    assert "requires a password" in locked


def test_nothing_found_says_what_to_do() -> None:
    code, text = call("discover", "--seconds", "0.2", "--interface", "127.0.0.1")
    assert code == 1
    assert "optimizer probe" in text


@pytest.mark.parametrize("interface", ["not-an-address", "192.0.2.1"])
def test_an_interface_that_there_is_not(interface: str) -> None:
    code, text = call("discover", "--seconds", "0.2", "--interface", interface)
    assert code == 1
    assert "mDNS" in text
