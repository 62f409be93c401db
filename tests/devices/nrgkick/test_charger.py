"""The charger over JSON: every field, every write, every refusal."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from optimizer.devices.nrgkick.charger import BLOCK_S
from optimizer.devices.port import (
    BatteryControl,
    Charger,
    DeviceError,
    EnergyLimit,
    Identified,
    Identity,
    Meter,
    PhaseSwitch,
)
from optimizer.model.state import Ev, EvStatus
from tests.devices.hand_clock import HandClock
from tests.devices.nrgkick.bodies import CONTROL, INFO, VALUES, changed, everything
from tests.devices.nrgkick.fake import FakeKick


async def read(kick: FakeKick) -> Ev:
    (ev,) = (await kick.charger().read()).evs
    return ev


def test_it_is_all_that_a_charger_can_be() -> None:
    charger = FakeKick().charger()
    for port in (Meter, Charger, PhaseSwitch, EnergyLimit, Identified):
        assert isinstance(charger, port)
    assert not isinstance(charger, BatteryControl)


async def test_every_field_reaches_the_state() -> None:
    ev = await read(FakeKick())
    assert ev.name == "carport"
    assert ev.status.value is EvStatus.CHARGING
    assert ev.power_w.value == 6512.125
    assert [reading.value for reading in ev.phase_current_a] == [9.375, 9.25, 9.125]
    assert ev.offered_a.value == 9.7
    assert ev.signalled_a.value == 9.5
    assert ev.paused.value is False
    assert ev.phases.value == 3
    assert ev.rated_a.value == 16.0
    assert ev.session_energy_wh.value == 185000
    assert ev.energy_total_wh.value == 6900000123
    assert ev.energy_limit_wh.value == 200000
    assert ev.blocked == ""
    assert ev.power_w.at_s > 0


async def test_every_documented_value_can_be_read_by_its_path() -> None:
    assert await FakeKick().charger().values() == everything()


async def test_who_it_is() -> None:
    identity = await FakeKick().charger().identify()
    assert identity == Identity("NRGkick", "NRGkick Gen2", "T24A1", "4.1.2.3")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("STANDBY", EvStatus.DISCONNECTED),
        (1, EvStatus.DISCONNECTED),
        ("CONNECTED", EvStatus.CONNECTED),
        (2.0, EvStatus.CONNECTED),
        ("CHARGING", EvStatus.CHARGING),
        (3, EvStatus.CHARGING),
        ("ERROR", EvStatus.ERROR),
        (6, EvStatus.ERROR),
        ("WAKEUP", EvStatus.CONNECTED),
        (7, EvStatus.CONNECTED),
        ("UNKNOWN", None),
        (0, None),
        (4, None),
        (1.5, None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
async def test_status(given: object, status: EvStatus | None) -> None:
    kick = FakeKick()
    kick.answers["/values"] = changed(VALUES, "general.status", given)
    ev = await read(kick)
    assert ev.status.value is status
    assert bool(ev.status.why) == (status is None)


async def test_noise_in_standby_is_neither_charging_nor_negative() -> None:
    kick = FakeKick()
    values = changed(VALUES, "general.status", "STANDBY")
    kick.answers["/values"] = changed(values, "powerflow.total_active_power", -0.8)
    ev = await read(kick)
    assert (ev.status.value, ev.power_w.value) == (EvStatus.DISCONNECTED, 0.0)


@pytest.mark.parametrize(
    ("given", "paused"), [(0, False), (1, True), (1.0, True), (True, True), (2, None), ("x", None)]
)
async def test_pause(given: object, paused: bool | None) -> None:
    kick = FakeKick()
    kick.answers["/control"] = changed(CONTROL, "charge_pause", given)
    assert (await read(kick)).paused.value is paused


@pytest.mark.parametrize("power", [None, True, "much", -51, 1e9, [1], 10**400])
async def test_a_value_that_cannot_be_is_unknown_with_the_reason(power: object) -> None:
    kick = FakeKick()
    kick.answers["/values"] = changed(VALUES, "powerflow.total_active_power", power)
    ev = await read(kick)
    assert ev.power_w.value is None
    assert "total_active_power" in ev.power_w.why
    assert ev.status.known


async def test_phases_0_is_transient() -> None:
    kick = FakeKick()
    charger = kick.charger()
    kick.answers["/control"] = changed(CONTROL, "phase_count", 0)
    first = (await charger.read()).evs[0].phases
    assert (first.value, first.why) == (None, "the charger is switching phases")
    kick.answers["/control"] = changed(CONTROL, "phase_count", 2)
    two = (await charger.read()).evs[0].phases
    kick.answers["/control"] = changed(CONTROL, "phase_count", 0)
    assert (await charger.read()).evs[0].phases == two
    kick.answers["/control"] = changed(CONTROL, "phase_count", 4)
    assert (await charger.read()).evs[0].phases.value is None


async def test_keys_of_old_firmware_end_in_a_colon() -> None:
    kick = FakeKick()
    kick.answers["/info"] = {
        "general": {"rated_current": 32},
        "connector": {"max_current:": 20, "phase_count": 3},
        "grid": {"frequency:": 50},
    }
    kick.answers["/values"] = {"powerflow": {"l1": {"voltage:": 231.5, "current": 1}, "total_active_power:": 7}}
    charger = kick.charger()
    values = await charger.values()
    assert values["info.connector.max_current"] == 20
    assert values["info.grid.frequency"] == 50
    assert values["values.powerflow.l1.voltage"] == 231.5
    ev = (await charger.read()).evs[0]
    assert (ev.rated_a.value, ev.power_w.value) == (20.0, 7.0)


async def test_info_is_read_once_and_after_a_lost_connection() -> None:
    kick = FakeKick()
    charger = kick.charger()
    await charger.read()
    await charger.read()
    assert kick.asked == ["/info", "/values", "/control", "/values", "/control"]

    kick.asked.clear()
    kick.lost = True
    with pytest.raises(DeviceError) as raised:
        await charger.read()
    assert raised.value.fault == "unreachable"
    kick.lost = False
    await charger.read()
    assert kick.asked == ["/info", "/values", "/control"]


WRITES = [
    ("set_current", 6.0, "/control?current_set=6.0"),
    ("set_current", 10.0, "/control?current_set=10.0"),
    ("set_current", 10.27, "/control?current_set=10.2"),
    ("set_current", 10.3, "/control?current_set=10.3"),
    ("set_current", 32.0, "/control?current_set=16.0"),
    ("set_pause", True, "/control?charge_pause=1"),
    ("set_pause", False, "/control?charge_pause=0"),
    ("set_energy_limit", 5000, "/control?energy_limit=5000"),
    ("set_energy_limit", 1_000_000, "/control?energy_limit=1000000"),
    ("set_energy_limit", 0, "/control?energy_limit=0"),
    ("set_phases", 1, "/control?phase_count=1"),
    ("set_phases", 3, "/control?phase_count=3"),
]


@pytest.mark.parametrize(("method", "value", "sent"), WRITES)
async def test_every_write_sends_exactly_this_and_nothing_else(method: str, value: Any, sent: str) -> None:
    kick = FakeKick()
    await getattr(kick.charger(), method)(value)
    assert [path for path in kick.asked if path != "/info"] == [sent]


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("set_current", 5.9),
        ("set_current", 0.0),
        ("set_current", float("nan")),
        ("set_current", float("inf")),
        ("set_phases", 0),
        ("set_phases", 4),
        ("set_energy_limit", -1),
        ("set_energy_limit", 1_000_001),
    ],
)
async def test_what_the_contract_forbids_is_never_sent(method: str, value: Any) -> None:
    kick = FakeKick()
    with pytest.raises(DeviceError) as raised:
        await getattr(kick.charger(), method)(value)
    assert raised.value.fault == "refused"
    assert [path for path in kick.asked if path != "/info"] == []


async def test_a_charger_without_attachment_takes_no_current() -> None:
    kick = FakeKick()
    kick.answers["/info"] = changed(INFO, "connector.max_current", 0)
    with pytest.raises(DeviceError, match="0 A the most"):
        await kick.charger().set_current(10)


REFUSALS = [
    (200, "API must be enabled within the NRGkick App", "refused"),
    (401, "401 Unauthorized", "unauthorized"),
    (403, "403 Forbidden", "unauthorized"),
    (405, "Charging pause is blocked by solar-charging", "refused"),
    (406, "Invalid state entered, allowed 0 / 1", "refused"),
    (500, "Internal error", "refused"),
    (200, "Anything at all", "refused"),
]


@pytest.mark.parametrize(("status", "text", "fault"), REFUSALS)
async def test_every_refusal_of_a_write_is_recognized(status: int, text: str, fault: str) -> None:
    kick = FakeKick(write=lambda request: httpx.Response(status, json={"Response": text}))
    with pytest.raises(DeviceError) as raised:
        await kick.charger().set_pause(True)
    assert raised.value.fault == fault
    assert "hunter2" not in str(raised.value)
    assert fault == "unauthorized" or text in str(raised.value)


@pytest.mark.parametrize(("status", "text", "fault"), REFUSALS)
@pytest.mark.parametrize("path", ["/info", "/values", "/control"])
async def test_every_refusal_of_a_read_is_recognized(path: str, status: int, text: str, fault: str) -> None:
    kick = FakeKick()
    kick.answers[path] = httpx.Response(status, json={"Response": text})
    with pytest.raises(DeviceError) as raised:
        await kick.charger().read()
    assert raised.value.fault == fault


async def test_a_block_by_its_own_pv_mode_shows_until_a_write_goes_through() -> None:
    kick = FakeKick()
    charger = kick.charger()
    through = kick.write
    kick.write = lambda request: httpx.Response(405, json={"Response": "Charging pause is blocked by solar-charging"})
    with pytest.raises(DeviceError):
        await charger.set_pause(True)
    assert (await charger.read()).evs[0].blocked == "Charging pause is blocked by solar-charging"
    kick.write = through
    await charger.set_current(8)
    assert (await charger.read()).evs[0].blocked
    await charger.set_pause(True)
    assert (await charger.read()).evs[0].blocked == ""


async def test_the_end_of_a_block_is_noticed_although_nobody_tells_it() -> None:
    clock = HandClock()
    kick = FakeKick()
    charger = kick.charger(clock)
    through = kick.write

    async def refused_a_current() -> None:
        kick.write = lambda request: httpx.Response(405, json={"Response": "Current is blocked by solar-charging"})
        with pytest.raises(DeviceError):
            await charger.set_current(8)
        assert (await charger.read()).evs[0].blocked
        kick.write = through

    # Who is taken for blocked is not written to, so a block that were believed for ever would never end.
    await refused_a_current()
    clock.pass_s(BLOCK_S - 1.0)
    assert (await charger.read()).evs[0].blocked
    clock.pass_s(1.0)
    assert not (await charger.read()).evs[0].blocked
    # A pause that gets through shows at once that it is over, also for the current.
    await refused_a_current()
    await charger.set_pause(True)
    assert not (await charger.read()).evs[0].blocked


@pytest.mark.parametrize("body", [{}, {"charge_pause": 1}, [], 7, None])
async def test_a_write_that_is_not_confirmed_has_failed(body: object) -> None:
    kick = FakeKick(write=lambda request: httpx.Response(200, json=body))
    with pytest.raises(DeviceError) as raised:
        await kick.charger().set_current(8)
    assert raised.value.fault == "garbled"


@pytest.mark.parametrize("body", [[], 7, None, "text", [{"Response": "x"}]])
async def test_a_body_that_is_no_object_is_garbled(body: object) -> None:
    kick = FakeKick()
    kick.answers["/values"] = body
    with pytest.raises(DeviceError) as raised:
        await kick.charger().read()
    assert raised.value.fault == "garbled"


async def test_a_missing_page_is_a_refusal() -> None:
    kick = FakeKick()
    kick.answers["/values"] = httpx.Response(404, content=b"not here")
    with pytest.raises(DeviceError, match="404"):
        await kick.charger().read()
