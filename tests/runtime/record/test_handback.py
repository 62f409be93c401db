"""Handing back: verified, persistent within a limit, and honest about what is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from optimizer.runtime.parts import OnExit
from optimizer.runtime.record.handback import by_key, hand_back, hand_back_all
from optimizer.runtime.record.ownership import Ownership
from tests.examples import one_in
from tests.runtime.house import FakeCharger, House
from tests.virtual_time import run_virtually, virtually

KEYS = ("battery.cellar", "ev.carport")


def held(folder: Path, *keys: str) -> Ownership:
    record = Ownership(folder)
    for key in keys:
        record.take(key, "fake", datetime(2025, 6, 21, tzinfo=UTC))
    return record


@virtually
async def test_all_are_handed_back_at_once_and_struck_off(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, *KEYS)
    assert await hand_back_all(KEYS, by_key(house.devices()), house.clock, record) == {}
    assert house.charger_is(6.0, paused=True)
    assert len(house.battery.hand_backs) == 1
    assert not Ownership(tmp_path).held
    assert await hand_back_all(tuple(record.held), by_key(house.devices()), house.clock, record) == {}
    assert len(house.battery.hand_backs) == 1


@virtually
async def test_a_device_that_comes_back_in_time_is_handed_back(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, *KEYS)
    house.charger.link.down = house.battery.link.down = True

    def back() -> None:
        house.charger.link.down = house.battery.link.down = False

    asyncio.get_running_loop().call_later(40.0, back)
    assert await hand_back_all(KEYS, by_key(house.devices()), house.clock, record) == {}
    assert house.clock.monotonic_s() < 100.0


ADDRESS = st.sampled_from(["", "fake http://192.0.2.1", "fake http://192.0.2.2"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=one_in(3), deadline=None)
@given(then=ADDRESS, now=ADDRESS, named=st.booleans())
@example(then="fake http://192.0.2.1", now="fake http://192.0.2.2", named=True)
def test_a_device_at_another_address_is_said_before_anything_is_written(
    then: str, now: str, named: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if the device does not answer at the address of the settings, or if they no longer name it."""
    caplog.clear()
    record = Ownership(None, addresses={"ev.carport": then})
    record.take("ev.carport", "fake", datetime(2025, 6, 21, tzinfo=UTC))
    record._addresses = {"ev.carport": now} if named else {}

    async def run() -> dict[str, str]:
        house = House()
        house.charger.link.down = True
        devices = by_key(house.devices()) if named else {}
        return await hand_back_all(("ev.carport",), devices, house.clock, record, within_s=20.0)

    left = run_virtually(run())
    moved = [one.getMessage() for one in caplog.records if "another address" in one.getMessage()]
    if named and then and now and then != now:
        assert len(moved) == 1
        assert f"({then}) than the settings have now ({now})" in moved[0]
        assert caplog.records[0].getMessage() == moved[0]
    else:
        assert moved == []
    assert named or not then or then in left["ev.carport"]


@virtually
async def test_what_has_not_confirmed_in_time_stays_on_the_record(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, *KEYS)
    house.charger.link.down = True
    left = await hand_back_all(KEYS, by_key(house.devices()), house.clock, record, within_s=20.0)
    assert left == {"ev.carport": "not confirmed within 20 s"}
    assert house.clock.monotonic_s() == pytest.approx(20.0)
    assert list(Ownership(tmp_path).held) == ["ev.carport"]


@virtually
async def test_a_charger_that_takes_it_and_does_not_do_it_is_not_handed_back(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, *KEYS)
    house.charger.deaf = True
    left = await hand_back_all(KEYS, by_key(house.devices()), house.clock, record)
    assert left == {"ev.carport": "commanded a pause, it reports running"}
    assert list(Ownership(tmp_path).held) == ["ev.carport"]


@virtually
async def test_a_charger_under_its_own_control_counts_as_handed_back(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, "ev.carport")
    house.charger.refuses = "blocked by solar-charging"
    assert await hand_back_all(("ev.carport",), by_key(house.devices()), house.clock, record) == {}


@virtually
async def test_a_device_that_the_settings_no_longer_name_stays_on_the_record(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, "battery.attic")
    left = await hand_back_all(("battery.attic",), by_key(house.devices()), house.clock, record)
    assert "no longer name" in left["battery.attic"]
    assert list(Ownership(tmp_path).held) == ["battery.attic"]


@virtually
async def test_what_is_handed_back_is_struck_off_while_another_is_still_away(tmp_path: Path) -> None:
    house, record = House(), held(tmp_path, *KEYS)
    house.charger.link.down = True
    going = asyncio.ensure_future(hand_back_all(KEYS, by_key(house.devices()), house.clock, record))
    await asyncio.sleep(5.0)
    assert list(Ownership(tmp_path).held) == ["ev.carport"]
    going.cancel()


class WithOwnersSettings(FakeCharger):
    """A charger that keeps settings of its owner; it fails to put them back so many times first."""

    failing = 1
    restored = 0

    async def restore(self) -> None:
        if self.failing:
            self.failing -= 1
            raise DeviceError("timeout", "no answer")
        self.restored += 1


@pytest.mark.parametrize("on_exit", ["pause", "minimum", "keep"])
@pytest.mark.parametrize("blocked", ["", "its own solar mode controls it"])
@virtually
async def test_a_charger_is_handed_back_only_with_its_owners_settings(
    tmp_path: Path, on_exit: OnExit, blocked: str
) -> None:
    house, record = House(), held(tmp_path, "ev.carport")
    charger = WithOwnersSettings(house.clock)
    charger.refuses = blocked
    (device,) = (one for one in house.devices() if one.charger is not None)
    device = replace(device, meter=charger, charger=charger, on_exit=on_exit)
    with pytest.raises(DeviceError):
        await hand_back("ev.carport", device, house.clock)
    charger.failing = 1
    assert await hand_back_all(("ev.carport",), by_key([device]), house.clock, record) == {}
    assert charger.restored == 1
