"""The charger behind GivTCP: every command answers 500, and what counts is its cache."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.devices.givtcp.evc import ev_from
from optimizer.devices.port import Charger, DeviceError, EnergyLimit, Identified, Meter, OwnersSettings, PhaseSwitch
from optimizer.model.state import EvStatus
from tests.devices.givtcp.scene import Scene, scene
from tests.examples import at_least

BODY: dict[str, Any] = {
    "Charging_State": "Charging", "Connection_Status": "Connected", "Error_Code": "Clear", "Current_L1": 15.8,
    "Current_L2": 0.0, "Current_L3": 0.0, "Active_Power": 3700, "Active_Power_L1": 3700, "Active_Power_L2": 0,
    "Active_Power_L3": 0, "Meter_Energy": 1234.5, "Evse_Max_Current": 32.0, "Evse_Min_Current": 6.0,
    "Charge_Limit": 16.0, "Charge_Session_Energy": 3.2, "Charge_Control": "Start", "Voltage_L1": 238.4,
    "Voltage_L2": 0.0, "Voltage_L3": 0.0, "Import_Cap": "60", "Charging_Mode": "Grid", "Max_Session_Energy": 20.5,
    "System_Time": "2025-01-15T12:00:00+00:00",
}  # fmt: skip


def test_every_field() -> None:
    ev = ev_from("carport", BODY, 7.0, started=False)
    assert (ev.name, ev.status.value, ev.blocked) == ("carport", EvStatus.CHARGING, "")
    assert ev.power_w == (3700.0, 7.0, "")
    assert [reading.value for reading in ev.phase_current_a] == [15.8, 0.0, 0.0]
    assert (ev.offered_a.value, ev.rated_a.value, ev.paused.value, ev.phases.value) == (16.0, 32.0, False, 1)
    assert ev.session_energy_wh.value == 3200.0
    assert ev.energy_total_wh.value == 1_234_500.0
    assert ev.energy_limit_wh.value == 20_500.0


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"Charging_State": "Connected", "Charge_Control": "Stop"}, "paused", True),
        ({"Charging_State": "Charging", "Charge_Control": "Stop"}, "paused", False),
        ({"Charging_State": "Connected", "Charge_Control": None}, "paused", None),
        ({"Charging_State": "Idle"}, "status", EvStatus.DISCONNECTED),
        ({"Charging_State": "System Failure"}, "status", EvStatus.ERROR),
        ({"Charging_State": "Updating"}, "status", None),
        ({"Charging_State": []}, "status", None),
        ({"Active_Power": None}, "power_w", 3700.0),
        ({"Active_Power": None, "Active_Power_L2": None, "Active_Power_L3": None}, "power_w", 3700.0),
        ({"Active_Power": None, "Active_Power_L2": "x"}, "power_w", None),
        ({"Active_Power": -3}, "power_w", 0.0),
        ({"Voltage_L2": 231.0, "Voltage_L3": 230.0}, "phases", 3),
        ({"Voltage_L1": None}, "phases", None),
        ({"Charging_Mode": "Solar"}, "blocked", "GivTCP's own Solar mode controls it; set its charging mode to Grid"),
    ],
)
def test_odd_values(change: dict[str, Any], field: str, value: object) -> None:
    found = getattr(ev_from("carport", {**BODY, **change}, 7.0, started=False), field)
    assert (found if isinstance(found, str) else found.value) == value


def test_a_start_is_believed_until_the_car_draws() -> None:
    waiting = {**BODY, "Charging_State": "Connected", "Charge_Control": "Stop"}
    assert ev_from("carport", waiting, 7.0, started=True).paused.value is False


def test_current_start_stop_and_limit() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(1)
        for protocol in (Meter, Charger, EnergyLimit, OwnersSettings, Identified):
            assert isinstance(s.evc, protocol)
        assert not isinstance(s.evc, PhaseSwitch)
        assert (await s.evc.identify()).serial == "EVC0000"
        assert s.twin.evc is not None
        await s.evc.set_current(10.9)
        assert s.twin.evc.limit_a == 10.0
        await s.evc.set_pause(False)
        await s.clock.sleep(60)
        ev = (await s.evc.read()).evs[0]
        assert (ev.status.value, ev.offered_a.value, ev.paused.value) == (EvStatus.CHARGING, 10.0, False)
        assert ev.power_w.value == pytest.approx(2300, abs=10)
        await s.evc.set_current(10.0)  # as it is: confirmed all the same
        await s.evc.set_energy_limit(20_500)
        assert s.twin.evc.max_session_kwh == 20.5
        assert not s.twin.evc.broken
        await s.evc.set_pause(True)
        ev = (await s.evc.read()).evs[0]
        assert (ev.status.value, ev.paused.value, ev.power_w.value) == (EvStatus.CONNECTED, True, 0.0)
        for broken_a in (5.9, 33.0):
            with pytest.raises(DeviceError, match="outside of 6 to 32 A"):
                await s.evc.set_current(broken_a)
        await s.evc.close()

    scene(run)


@pytest.mark.parametrize("owners_kwh", [0.0, 20.5])
def test_the_owners_energy_limit_is_put_back(owners_kwh: float) -> None:
    async def run(s: Scene) -> None:
        evc = s.twin.evc
        assert evc is not None
        evc.max_session_kwh = owners_kwh
        await s.clock.sleep(1)
        await s.evc.restore()  # nothing was changed: nothing is written
        await s.evc.set_energy_limit(5_000)
        await s.evc.set_energy_limit(7_000)
        await s.evc.set_energy_limit(0)
        await s.evc.restore()
        assert (evc.max_session_kwh, s.keep.entries) == (owners_kwh, {})

    scene(run)


def test_the_owners_energy_limit_outlives_a_crash() -> None:
    async def run(s: Scene) -> None:
        evc = s.twin.evc
        assert evc is not None
        evc.max_session_kwh = 20.5
        await s.clock.sleep(1)
        await s.evc.set_energy_limit(5_000)
        after_crash = s.charger()
        await after_crash.set_energy_limit(6_000)
        await s.charger().restore()
        assert (evc.max_session_kwh, s.keep.entries) == (20.5, {})

    scene(run)


def test_an_energy_limit_that_cannot_be_put_back_yet_stays_on_the_record() -> None:
    async def run(s: Scene) -> None:
        assert s.twin.evc is not None
        await s.clock.sleep(1)
        await s.evc.set_energy_limit(5_000)
        s.twin.traps.frozen = True
        with pytest.raises(DeviceError, match="does not show it"):
            await s.evc.restore()
        assert "carport" in s.keep.entries
        s.twin.traps.frozen = False
        await s.evc.restore()
        assert (s.twin.evc.max_session_kwh, s.keep.entries) == (0.0, {})

    scene(run)


def test_a_lost_energy_limit_stays_as_it_is() -> None:
    async def run(s: Scene) -> None:
        evc = s.twin.evc
        assert evc is not None
        evc.max_session_kwh = 9.0
        s.keep.save("carport", {})  # the record was damaged
        await s.clock.sleep(1)
        await s.evc.restore()
        assert (evc.max_session_kwh, s.keep.entries) == (9.0, {})
        s.keep.save("carport", {})
        await s.evc.set_energy_limit(5_000)
        await s.evc.restore()
        assert evc.max_session_kwh == 9.0

    scene(run)


def test_no_energy_limit_is_written_where_the_owners_is_not_shown() -> None:
    async def run(s: Scene) -> None:
        evc = s.twin.evc
        assert evc is not None
        cache = evc.cache

        def without(now: datetime) -> dict[str, Any]:
            body = cache(now)
            del body["Charger"]["Max_Session_Energy"]
            return body

        evc.cache = without  # type: ignore[method-assign]
        await s.clock.sleep(1)
        with pytest.raises(DeviceError, match="could not be put back") as caught:
            await s.evc.set_energy_limit(5_000)
        assert caught.value.fault == "refused"
        assert (evc.max_session_kwh, s.keep.entries) == (0.0, {})

    scene(run)


def test_a_charger_that_says_stop_until_the_car_draws() -> None:
    async def run(s: Scene) -> None:
        assert s.twin.evc is not None
        s.twin.evc.control_shows_charging = True
        await s.clock.sleep(1)
        await s.evc.set_current(8.0)
        await s.evc.set_pause(False)
        ev = (await s.evc.read()).evs[0]
        assert (ev.status.value, ev.paused.value) == (EvStatus.CONNECTED, False)
        await s.clock.sleep(40)
        assert (await s.evc.read()).evs[0].status.value is EvStatus.CHARGING
        car = s.house.physics.chargers[0]
        car.car_wh = car.spec.car.capacity_wh
        await s.clock.sleep(300)
        ev = (await s.evc.read()).evs[0]
        assert (ev.status.value, ev.power_w.value, ev.paused.value) == (EvStatus.CONNECTED, 0.0, False)
        await s.evc.set_pause(True)
        assert (await s.evc.read()).evs[0].paused.value is True

    scene(run)


def test_a_start_that_was_lost_is_seen_after_a_minute() -> None:
    async def run(s: Scene) -> None:
        assert s.twin.evc is not None
        s.twin.evc.control_shows_charging = True
        await s.clock.sleep(1)
        await s.evc.set_pause(False)
        s.twin.evc.started = False
        await s.clock.sleep(100)
        assert (await s.evc.read()).evs[0].paused.value is True

    scene(run)


def test_what_is_not_confirmed_is_an_error() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(1)
        await s.evc.read()
        s.twin.traps.frozen = True
        with pytest.raises(DeviceError, match=r"setCurrentLimit .*\(status 500\).*does not show it") as caught:
            await s.evc.set_current(12.0)
        assert caught.value.fault == "timeout"
        first = (await s.evc.read()).evs[0].power_w
        await s.clock.sleep(60)
        assert (await s.evc.read()).evs[0].power_w == first  # it ages

    scene(run)


def test_a_plant_without_a_charger() -> None:
    async def run(s: Scene) -> None:
        s.twin.evc = None
        with pytest.raises(DeviceError, match="no charger"):
            await s.evc.read()

    scene(run)


@settings(max_examples=at_least(150))
@given(
    st.dictionaries(
        st.sampled_from(sorted(BODY)),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just({}),
        max_size=5,
    )
)
def test_mutated_bodies_never_escape_and_never_invent(change: dict[str, Any]) -> None:
    body = {**BODY, **change}
    ev = ev_from("carport", body, 7.0, started=False)
    if ev.offered_a.value is not None:
        assert ev.offered_a.value == float(body["Charge_Limit"])
    assert ev.power_w.value is None or ev.power_w.value >= 0.0
    assert ev.phases.value in (None, 1, 3)
