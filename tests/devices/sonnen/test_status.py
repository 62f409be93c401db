"""Every variant of the status, to the right values and signs; and nothing made up from broken ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.devices.port import DeviceError
from optimizer.devices.sonnen.status import Plate, parsed
from tests.devices.sonnen.scene import Scene, scene
from tests.examples import at_least

DOCUMENT: dict[str, Any] = {
    "Consumption_W": 700,
    "Fac": 49.98,
    "IsSystemInstalled": 1,
    "Pac total_W": -1200,
    "Production_W": 3000,
    "RSOC": 58,
    "Timestamp": "2016-06-13 11:52:20",
    "USOC": 55,
    "Uac": 231,
    "Ubat": 208,
}
MODERN: dict[str, Any] = {
    **{key: value for key, value in DOCUMENT.items() if key != "Pac total_W"},
    "Pac_total_W": 900,
    "BackupBuffer": "20",
    "GridFeedIn_W": -150,
    "OperatingMode": "1",
    "SystemStatus": "OnGrid",
    "ReturnCode": "0",
}


def test_the_document() -> None:
    status = parsed(DOCUMENT, 7.0, "here")
    assert status.pv_w == (3000.0, 7.0, "")
    assert status.home_w.value == 700.0
    assert status.battery_w.value == -1200.0
    assert status.grid_w.value == -1100.0  # 700 − 3000 + 1200: feeding in
    assert status.soc_percent.value == 55.0
    assert not status.mode.known
    assert not status.reserve_percent.known
    assert not status.on_grid.known


def test_modern() -> None:
    sample = parsed(MODERN, 7.0, "here").sample("cellar", Plate())
    assert sample.grid is not None
    assert (sample.grid.power_w.value, sample.grid.on_grid.value) == (150.0, True)
    battery = sample.batteries[0]
    assert (battery.name, battery.power_w.value, battery.soc_percent.value) == ("cellar", 900.0, 55.0)
    assert (battery.reserve_soc_percent.value, battery.manual.value) == (20.0, True)
    assert not battery.max_charge_w.known
    assert sample.pvs[0].power_w.value == 3000.0
    assert parsed({**MODERN, "SystemStatus": "OffGrid"}, 7.0, "here").on_grid.value is False


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"Pac total_W": None}, "battery_w", None),
        ({"Pac total_W": "−"}, "battery_w", None),
        ({"Pac total_W": True}, "battery_w", None),
        ({"Pac total_W": "-1200"}, "battery_w", -1200.0),
        ({"Pac total_W": float("nan")}, "grid_w", None),
        ({"Production_W": 1e9}, "grid_w", None),
        ({"Production_W": -12}, "pv_w", 0.0),
        ({"Production_W": -1200}, "pv_w", None),
        ({"USOC": 101}, "soc_percent", None),
        ({"USOC": None}, "soc_percent", 58.0),
        ({"GridFeedIn_W": "many"}, "grid_w", None),
        ({"GridFeedIn_W": 250}, "grid_w", -250.0),
        ({"Consumption_W": {}}, "home_w", None),
        ({"OperatingMode": "auto"}, "mode", None),
        ({"BackupBuffer": "-3"}, "reserve_percent", None),
    ],
)
def test_odd_values(change: dict[str, Any], field: str, value: float | None) -> None:
    reading = getattr(parsed({**DOCUMENT, **change}, 7.0, "here"), field)
    assert reading.value == value
    assert bool(reading.why) == (value is None)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ([], "garbled"),
        (None, "garbled"),
        ({}, "garbled"),
        ({"other": 1}, "garbled"),
        ({"ReturnCode": "x"}, "garbled"),
        ({**DOCUMENT, "ReturnCode": "13"}, "refused"),
        ({**DOCUMENT, "ReturnCode": 99}, "refused"),
    ],
)
def test_no_status(body: Any, fault: str) -> None:
    with pytest.raises(DeviceError) as caught:
        parsed(body, 7.0, "here")
    assert caught.value.fault == fault


def test_the_same_in_v1_and_v2_and_the_plate() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(30)
        sample = await s.sonnen.read()
        assert sample.grid is not None
        assert sample.grid.power_w.value == pytest.approx(0, abs=5)
        battery = sample.batteries[0]
        assert battery.power_w.value == pytest.approx(-2500, abs=5)
        if s.api == "v2":
            assert (battery.capacity_wh.value, battery.max_charge_w.value) == (10000.0, 4600.0)
        assert (await s.sonnen.identify()).brand == "sonnen"

    for api in ("v1", "v2"):
        scene(run, api=api)
    for variant in ("document", "field"):
        scene(run, api="v1", variant=variant)


def test_a_status_that_stands_still_ages() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(30)
        first = (await s.sonnen.read()).batteries[0].power_w
        body = (await s.sonnen._api.status())[0]

        async def frozen() -> tuple[object, float, str]:
            return body, s.clock.monotonic_s(), "here"

        s.sonnen._api.status = frozen  # type: ignore[method-assign]
        await s.clock.sleep(60)
        assert (await s.sonnen.read()).batteries[0].power_w == first

    scene(run)


@pytest.mark.parametrize("variant", ["document", "field", "modern"])
def test_every_field_of_the_document_can_be_shown(variant: str) -> None:
    async def run(s: Scene) -> None:
        shown = {value.name: value for value in await s.sonnen.documented()}
        for key in DOCUMENT:
            name = "Pac_total_W" if key == "Pac total_W" and variant != "document" else key
            assert shown[f"status.{name}"].meaning
        assert shown["status.USOC"].unit == "%"
        assert shown["EM_OperatingMode.EM_OperatingMode"].value == "2"

    scene(run, api="v1", variant=variant)


def test_all_of_v2_can_be_shown_and_what_needs_a_token_says_so() -> None:
    async def run(s: Scene) -> None:
        shown = {value.name: value.value for value in await s.sonnen.documented()}
        assert shown["configurations.IC_InverterMaxPower_w"] == "4600"
        assert shown["powermeter[0].direction"] == "production"
        assert shown["latestdata.ic_status.nrbatterymodules"] == 2
        shown = {value.name: value.value for value in await s.adapter(token="wrong-one").documented()}
        assert shown["status.USOC"] == 30
        assert shown["battery"] is None

    scene(run)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=at_least(200))
@given(st.sampled_from([DOCUMENT, MODERN]), st.data())
def test_mutated_bodies_never_escape_and_never_invent(body: dict[str, Any], data: st.DataObject) -> None:
    mutated = dict(body)
    for key in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=4)):
        if data.draw(st.booleans()):
            mutated.pop(key, None)
        else:
            mutated[key] = data.draw(JSON)
    try:
        status = parsed(mutated, 7.0, "here")
    except DeviceError:
        return
    for key, reading in (("Production_W", status.pv_w), ("Consumption_W", status.home_w)):
        if reading.value is not None:
            assert reading.value in (0.0, float(mutated[key]))
    if status.battery_w.value is not None:
        named = [mutated.get(key) for key in ("Pac_total_W", "Pac total_W")]
        assert status.battery_w.value in [float(value) for value in named if value is not None]
    if status.soc_percent.value is not None:
        assert 0.0 <= status.soc_percent.value <= 100.0
    json.dumps([reading.why for reading in (status.grid_w, status.mode)])


def test_no_feed_in_is_zero_and_not_minus_zero() -> None:
    status = parsed({"GridFeedIn_W": 0, "USOC": 50}, 1.0, "status")
    assert str(status.grid_w.value) == "0.0"
