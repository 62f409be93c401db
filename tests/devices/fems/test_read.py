"""Reading an Edge: one request, every channel to its field, null to unknown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.port import BatteryControl, Charger, DeviceError, Identified, Identity, Meter, Sample
from tests.devices.fems.fake import AC, HYBRID, FakeEdge


def test_it_is_a_meter_and_a_battery() -> None:
    fems = FakeEdge().fems()
    for port in (Meter, BatteryControl, Identified):
        assert isinstance(fems, port)
    assert not isinstance(fems, Charger)


async def test_one_request_brings_everything() -> None:
    edge = FakeEdge()
    sample = await edge.fems().read()
    (path,) = edge.asked
    assert path.startswith("/rest/channel/(_sum%7Cess0)/(State%7CGridMode%7CGridActivePower%7C")
    assert not set(path) & set("|[] ")
    grid, (pv,), (battery,) = sample.grid, sample.pvs, sample.batteries
    assert grid is not None
    assert grid.power_w.value == -1234
    assert [round(r.value or 0, 2) for r in grid.phase_current_a] == [1.0, -2.0, -4.37]
    assert grid.on_grid.value is True
    assert grid.dimmed.value is None
    assert (pv.name, pv.power_w.value, pv.energy_total_wh.value) == ("roof", 4321, 987654)
    assert battery.name == "cellar"
    assert battery.power_w.value == -800
    assert battery.soc_percent.value == 62
    assert battery.capacity_wh.value == 10200
    assert battery.max_charge_w.value == 4000
    assert battery.max_discharge_w.value == 6000
    assert battery.setpoint_w.value == 2100
    assert battery.power_w.at_s == edge.clock.monotonic_s()


async def test_on_a_hybrid_everything_of_the_battery_is_without_its_pv() -> None:
    (battery,) = (await FakeEdge().fems(HYBRID).read()).batteries
    assert battery.power_w.value == -800
    assert battery.max_charge_w.value == 4000
    assert battery.max_discharge_w.value == 3000
    assert battery.setpoint_w.value == -900


async def test_a_hybrid_whose_dc_pv_is_unknown_has_no_setpoint_and_no_limit_of_discharge() -> None:
    edge = FakeEdge()
    edge.channels["_sum/ProductionDcActualPower"] = None
    (battery,) = (await edge.fems(HYBRID).read()).batteries
    for reading in (battery.setpoint_w, battery.max_discharge_w):
        assert (reading.value, reading.why) == (None, "FEMS reports no value for _sum/ProductionDcActualPower")
    assert battery.power_w.value == -800


async def test_several_storage_systems_each_with_their_own() -> None:
    edge = FakeEdge()
    edge.channels |= {"ess1/Soc": 30, "ess1/ActivePower": 500, "ess1/AllowedChargePower": -1000}
    config = replace(AC, ess=(EssConfig("cellar", "ess0", hybrid=True), EssConfig("shed", "ess1")))
    cellar, shed = (await edge.fems(config).read()).batteries
    assert edge.asked[0].startswith("/rest/channel/(_sum%7Cess0%7Cess1)/")
    assert (cellar.power_w.value, shed.power_w.value) == (-800, 500)
    assert (cellar.soc_percent.value, shed.soc_percent.value) == (62, 30)
    assert (shed.max_charge_w.value, shed.max_discharge_w.value, shed.capacity_wh.value) == (1000, None, None)


async def test_several_hybrids_know_their_dc_pv_by_what_they_put_out_beyond_the_battery() -> None:
    edge = FakeEdge()
    edge.channels |= {"ess1/ActivePower": 900, "ess1/DcDischargePower": 200, "ess1/DebugSetActivePower": 1000}
    config = replace(AC, ess=(EssConfig("cellar", "ess0", hybrid=True), EssConfig("shed", "ess1", hybrid=True)))
    cellar, shed = (await edge.fems(config).read()).batteries
    assert (cellar.setpoint_w.value, shed.setpoint_w.value) == (-900, 300)


async def test_a_meter_named_in_the_configuration_gives_measured_currents_signed_by_power() -> None:
    grid = (await FakeEdge().fems(replace(AC, grid_meter="meter0")).read()).grid
    assert grid is not None
    assert [r.value for r in grid.phase_current_a] == [1.1, -2.1, -4.4]


async def test_without_phases_there_are_no_currents() -> None:
    edge = FakeEdge()
    for line in ("L1", "L2", "L3"):
        del edge.channels[f"_sum/GridActivePower{line}"]
    grid = (await edge.fems().read()).grid
    assert grid is not None
    assert grid.phase_current_a == ()


async def test_parts_that_are_not_wanted_are_absent() -> None:
    sample = await FakeEdge().fems(FemsConfig("roof", "http://fems", grid=False, pv=False)).read()
    assert sample == Sample()


@pytest.mark.parametrize("value", [None, True, "full", 1e12, [1], {}])
async def test_null_and_nonsense_are_unknown_with_the_reason(value: object) -> None:
    edge = FakeEdge()
    edge.channels["_sum/GridActivePower"] = value
    edge.channels["ess0/Soc"] = value
    edge.channels["_sum/EssSoc"] = value
    sample = await edge.fems().read()
    assert sample.grid is not None
    assert (sample.grid.power_w.value, sample.batteries[0].soc_percent.value) == (None, None)
    assert "_sum/GridActivePower" in sample.grid.power_w.why
    assert sample.pvs[0].power_w.value == 4321


async def test_a_channel_that_is_not_there_says_so() -> None:
    edge = FakeEdge()
    del edge.channels["_sum/GridActivePower"]
    grid = (await edge.fems().read()).grid
    assert grid is not None
    assert grid.power_w.why == "FEMS has no channel _sum/GridActivePower"


@pytest.mark.parametrize(
    ("mode", "on_grid"), [(1, True), (2, False), (-1, None), (None, None), (1.0, True), ("1x", None)]
)
async def test_grid_mode(mode: object, on_grid: bool | None) -> None:
    edge = FakeEdge()
    edge.channels["_sum/GridMode"] = mode
    grid = (await edge.fems().read()).grid
    assert grid is not None
    assert grid.on_grid.value is on_grid


async def test_in_a_fault_sums_are_unknown_for_they_skip_the_dead() -> None:
    edge = FakeEdge()
    edge.channels["_sum/State"] = 3
    sample = await edge.fems().read()
    assert sample.grid is not None
    doubtful = [sample.grid.power_w, *sample.grid.phase_current_a, sample.pvs[0].power_w]
    for reading in doubtful:
        assert (reading.value, "Fault" in reading.why) == (None, True)
    assert (sample.batteries[0].soc_percent.value, sample.batteries[0].power_w.value) == (62, 2200)
    trusting = await edge.fems(replace(AC, sums_in_fault=True)).read()
    assert trusting.grid is not None
    assert trusting.grid.power_w.value == -1234


@pytest.mark.parametrize("state", [0, 1, 2, None])
async def test_lesser_states_leave_sums_alone(state: int | None) -> None:
    edge = FakeEdge()
    edge.channels["_sum/State"] = state
    grid = (await edge.fems().read()).grid
    assert grid is not None
    assert grid.power_w.value == -1234


async def test_inverters_on_standby_make_no_negative_pv() -> None:
    edge = FakeEdge()
    edge.channels["_sum/ProductionActivePower"] = -12
    assert (await edge.fems().read()).pvs[0].power_w.value == 0.0


async def test_one_match_comes_as_an_object_and_an_edge_may_say_its_version() -> None:
    edge = FakeEdge()
    assert await edge.fems().identify() == Identity("FEMS/OpenEMS")
    edge.channels["_meta/Version"] = "2025.4.0"
    assert (await edge.fems().identify()).firmware == "2025.4.0"


@pytest.mark.parametrize("body", [[], {}, 7, "x", None, [7], [{"address": 7, "value": 1}], {"jsonrpc": "2.0"}])
async def test_a_body_of_another_kind_is_garbled_or_empty(body: Any) -> None:
    edge = FakeEdge(answer=lambda request: httpx.Response(200, json=body))
    if body == []:
        sample = await edge.fems().read()
        assert sample.grid is not None
        assert sample.grid.power_w.value is None
        return
    with pytest.raises(DeviceError) as raised:
        await edge.fems().read()
    assert raised.value.fault == "garbled"


def named(path: str) -> list[str]:
    """The channels of a request."""
    return unquote(path).rpartition("/")[2].strip("()").split("|")


async def test_what_changes_slowly_is_read_seldom() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    for _ in range(20):
        await fems.read()
        edge.clock.pass_s(1.0)
    complete = [path for path in edge.asked if "Soc" in named(path)]
    assert (len(edge.asked), len(complete)) == (20, 2)
    assert named(edge.asked[1]) == [
        "State", "GridMode", "GridActivePower", "GridActivePowerL1", "GridActivePowerL2", "GridActivePowerL3",
        "ProductionActivePower", "ActivePower", "DebugSetActivePower",
    ]  # fmt: skip


async def test_slow_values_say_when_they_were_read_and_fast_ones_are_of_now() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    first = (await fems.read()).batteries[0]
    edge.clock.pass_s(6.0)
    edge.channels |= {"ess0/Soc": 70, "ess0/ActivePower": 123}
    later = (await fems.read()).batteries[0]
    assert (later.soc_percent.value, later.soc_percent.at_s) == (62, first.soc_percent.at_s)
    assert (later.power_w.value, later.power_w.at_s) == (123, edge.clock.monotonic_s())


async def test_a_component_that_goes_takes_its_slow_values_along() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.read()
    edge.clock.pass_s(2.0)
    for address in [one for one in edge.channels if one.startswith("ess0/")]:
        del edge.channels[address]
    battery = (await fems.read()).batteries[0]
    for reading in (battery.power_w, battery.soc_percent, battery.max_discharge_w, battery.setpoint_w):
        assert (reading.value, reading.why) == (None, "FEMS has no storage system “ess0”")


async def test_one_battery_of_two_shows_its_own_power_and_not_the_sum() -> None:
    """As seen at a real Edge: ess0 (AC) gave 3000 W while ess1 (hybrid) took 5000 W."""
    edge = FakeEdge()
    edge.channels |= {
        "ess0/ActivePower": 3000, "ess0/Capacity": 5000, "ess0/DebugSetActivePower": 3000, "ess0/Soc": None,
        "ess1/ActivePower": -2000, "ess1/DcDischargePower": -5000, "ess1/Capacity": 10000,
        "ess1/AllowedDischargePower": 5000,
        "_sum/EssDischargePower": -2000, "_sum/EssCapacity": 15000, "_sum/EssSoc": 60,
    }  # fmt: skip
    del edge.channels["ess0/DcDischargePower"]
    fems = edge.fems()
    (battery,) = (await fems.read()).batteries
    assert (battery.power_w.value, battery.setpoint_w.value) == (3000, 3000)
    assert battery.soc_percent.value is None
    assert fems.contradictions == (
        (
            "FEMS has 15000 Wh of storage, and the batteries of the settings have 5000 Wh: "
            "add the others under `more_batteries` (ess1)"
        ),
    )
    (hybrid,) = (await edge.fems(replace(HYBRID, ess=(EssConfig("cellar", "ess1", hybrid=True),))).read()).batteries
    assert (hybrid.power_w.value, hybrid.capacity_wh.value) == (-5000, 10000)


async def test_a_cluster_of_all_storage_shows_the_sum() -> None:
    edge = FakeEdge()
    edge.channels |= {"ess9/Capacity": 15000, "_sum/EssCapacity": 15000, "_sum/EssDischargePower": -700}
    config = replace(HYBRID, ess=(EssConfig("cellar", "ess9", hybrid=True),))
    fems = edge.fems(config)
    (battery,) = (await fems.read()).batteries
    assert battery.power_w.value == -700
    assert fems.contradictions == ()


async def test_a_grid_meter_that_is_not_there_falls_back_to_the_sums_and_says_so() -> None:
    edge = FakeEdge()
    fems = edge.fems(replace(AC, grid_meter="meter9"))
    grid = (await fems.read()).grid
    assert grid is not None
    assert [round(r.value or 0, 2) for r in grid.phase_current_a] == [1.0, -2.0, -4.37]
    assert fems.contradictions == (
        (
            "FEMS has no meter “meter9”; it has meter0: set `grid_meter`. "
            "Until then currents are calculated from the power of each phase."
        ),
    )


async def test_no_request_has_an_encoded_slash_which_the_web_server_of_an_edge_refuses() -> None:
    edge = FakeEdge()
    fems = edge.fems(replace(AC, ess=(EssConfig("cellar", "ess9"),), grid_meter="meter9"))
    await fems.read()
    await fems.documented()
    await fems.hand_back("cellar")
    assert any("ApiWorkerLog" in path for path in edge.asked)
    assert not any("%2f" in path.lower() for path in edge.asked)
