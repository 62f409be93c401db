"""Bodies of both versions and of three-phase plants, to the right values and signs; nothing is made up."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.devices.givtcp.cache import parsed
from optimizer.devices.givtcp.settings import SETTINGS, rate, same, snapshot, writes
from optimizer.devices.port import DeviceError
from tests.examples import at_least

THREE: dict[str, Any] = {
    "Control": {
        "Battery_Charge_Rate": 2600,
        "Battery_Discharge_Rate": 1904,
        "Battery_Power_Reserve": 4,
        "Battery_pause_mode": "Disabled",
        "Eco_Mode": "enable",
        "Enable_Charge_Schedule": "disable",
        "Enable_Charge_Target": "enable",
        "Enable_Discharge_Schedule": "enable",
        "Mode": "Eco",
        "Real_Time_Control": "enable",
        "Target_SOC": 57,
    },
    "Energy": {"Today": {"PV_Energy_Today_kWh": 5.7}, "Total": {"PV_Energy_Total_kWh": 1414.4}},
    "Power": {"Power": {"Battery_Power": -900, "Grid_Power": 250, "Load_Power": 350, "PV_Power": 1500, "SOC": 60}},
    "SA1234G567": {
        "Battery_Capacity_kWh": 9.52,
        "Invertor_Firmware": "D0.193-A0.193",
        "Invertor_Max_Bat_Rate": 2600,
        "Invertor_Serial_Number": "SA1234G567",
        "Invertor_Time": "2025-10-22T17:10:36+01:00",
        "Invertor_Type": "Hybrid_gen1",
    },
    "Stats": {
        "GivTCP_Version": "3.3",
        "Last_Updated_Time": "2025-10-22T17:10:44.688055+01:00",
        "Write_Count": 2,
        "status": "online",
    },
    "Timeslots": {
        "Charge_end_time_slot_1": "05:30:00",
        "Charge_start_time_slot_1": "23:30:00",
        "Discharge_end_time_slot_1": "00:01:00",
        "Discharge_start_time_slot_1": "23:00:00",
    },
    "raw": {"invertor": {"enable_charge_target": "Disable"}},
}


def version_2() -> dict[str, Any]:
    body = copy.deepcopy(THREE)
    body["Invertor_Details"] = body.pop("SA1234G567")
    body["Last_Updated_Time"] = body.pop("Stats")["Last_Updated_Time"]
    body["GivTCP_Version"] = "2.4.1"
    del body["Control"]["Enable_Charge_Target"]
    body["Control"]["Battery_Power_Mode"] = body["Control"].pop("Eco_Mode")
    body["raw"]["invertor"]["enable_charge_target"] = False
    return body


@pytest.mark.parametrize("body", [THREE, version_2()], ids=["v3", "v2"])
def test_values_and_signs(body: dict[str, Any]) -> None:
    cache = parsed(body, "here")
    sample = cache.sample("cellar", 7.0)
    assert sample.grid is not None
    assert sample.grid.power_w == (-250.0, 7.0, "")  # its export is positive, our import is
    battery = sample.batteries[0]
    assert (battery.name, battery.power_w.value, battery.soc_percent.value) == ("cellar", -900.0, 60.0)
    assert (battery.capacity_wh.value, battery.max_charge_w.value) == (9520.0, 2600.0)
    assert battery.reserve_soc_percent.value == 4.0
    pv = sample.pvs[0]
    assert (pv.power_w.value, pv.energy_day_wh.value) == (1500.0, 5700.0)
    assert pv.energy_total_wh.value == pytest.approx(1_414_400)
    assert cache.updated == datetime(2025, 10, 22, 16, 10, 44, 688055, UTC)
    assert cache.clock(90.0) == time(17, 12, 6)
    assert (cache.plate.serial, cache.plate.model) == ("SA1234G567", "Hybrid_gen1")
    assert snapshot(cache)["charge_slot"] == "23:30-05:30"
    assert snapshot(cache)["eco"] == "enable"
    assert SETTINGS["mode"].read(cache) == "Timed Demand"


def test_versions_differ_in_the_target_switch_and_the_counter() -> None:
    three, two = parsed(THREE, "here"), parsed(version_2(), "here")
    assert snapshot(three)["target_on"] == "enable"
    assert snapshot(two)["target_on"] == "disable"  # from the raw registers
    assert (three.write_count, three.version, two.write_count, two.version) == (2.0, "3.3", None, "2.4.1")
    assert "pause_slot" not in snapshot(three)


def test_three_phase_keys() -> None:
    body = copy.deepcopy(THREE)
    body["Power"]["Power"] = {
        "Battery_Charge_Power": 0,
        "Battery_Discharge_Power": 2100,
        "Meter_Export_Power": 0,
        "Meter_Import_Power": 340,
        "PV_Power": 0,
        "SOC": 44,
    }
    sample = parsed(body, "here").sample("cellar", 7.0)
    assert sample.grid is not None
    assert sample.grid.power_w.value == 340.0
    assert sample.batteries[0].power_w.value == 2100.0
    del body["Power"]["Power"]["Meter_Export_Power"]
    sample = parsed(body, "here").sample("cellar", 7.0)
    assert sample.grid is not None
    assert not sample.grid.power_w.known
    assert "Grid_Power" in sample.grid.power_w.why


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("Power", "Power", "SOC"), 130, "soc_percent"),
        (("Power", "Power", "SOC"), None, "soc_percent"),
        (("Power", "Power", "Battery_Power"), "much", "power_w"),
        (("Control", "Battery_Power_Reserve"), True, "reserve_soc_percent"),
        (("SA1234G567", "Battery_Capacity_kWh"), 0, "capacity_wh"),
        (("SA1234G567", "Invertor_Max_Bat_Rate"), "", "max_charge_w"),
    ],
)
def test_odd_values_are_unknown(path: tuple[str, ...], value: object, field: str) -> None:
    body = copy.deepcopy(THREE)
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    reading = getattr(parsed(body, "here").sample("cellar", 7.0).batteries[0], field)
    assert reading.value is None
    assert reading.why


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Power": None}, "without Power and Control"),
        ({"Control": {}}, "without Power and Control"),
        ({"Stats": {"Last_Updated_Time": "2025-10-22T17:10:44"}}, "Last_Updated_Time"),  # without a zone
        ({"Stats": {"Last_Updated_Time": "soon"}}, "Last_Updated_Time"),
        ({"result": "No register data cache exists, try again later"}, "No register data"),
    ],
)
def test_bodies_that_are_none(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DeviceError, match=words) as caught:
        parsed({**THREE, **change}, "here")
    assert caught.value.fault == "garbled"


def test_an_inverter_whose_clock_is_years_off_goes_by_givtcps() -> None:
    body = copy.deepcopy(THREE)
    body["SA1234G567"]["Invertor_Time"] = "2000-01-01T00:00:00+00:00"
    assert parsed(body, "here").clock(0.0) == time(17, 10, 44, 688055)


@pytest.mark.parametrize(
    ("watts", "reads"), [(1000, 952), (1999, 1904), (2000, 1999), (2599, 2570), (5000, 2600), (0, 0), (40, 0)]
)
def test_rates_come_in_percent_of_the_capacity_and_never_above(watts: float, reads: int) -> None:
    assert rate(parsed(THREE, "here").plate, watts) == reads


@pytest.mark.parametrize("percent", range(1, 27))
def test_a_written_rate_reads_back_as_wanted(percent: int) -> None:
    """ceil(n·capacity/100), floored by the real software to 1 %, is n again."""
    cache = parsed(THREE, "here")
    wanted = rate(cache.plate, percent * 95.2)
    found = [
        w for w in writes(cache, {"charge_rate": wanted}, time(12, 0), dead_band=False) if w.setting == "charge_rate"
    ]
    sent = found[0].body["chargeRate"] if found else wanted
    assert isinstance(sent, int)
    assert wanted == 2600 or int(sent / 95.2) == percent


def test_what_the_cache_does_not_show_is_not_written() -> None:
    body = copy.deepcopy(THREE)
    del body["Control"]["Battery_pause_mode"]
    cache = parsed(body, "here")
    assert same(cache, "pause", "PauseBoth")
    assert writes(cache, {"pause": "PauseBoth", "target": 57}, time(12, 0)) == []


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just({}) | st.just([])


@settings(max_examples=at_least(200))
@given(st.sampled_from([THREE, version_2()]), st.data())
def test_mutated_bodies_never_escape_and_never_invent(body: dict[str, Any], data: st.DataObject) -> None:
    mutated = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(1, 4))):
        inner = mutated
        while True:
            key = data.draw(st.sampled_from(sorted(inner)))
            if isinstance(inner[key], dict) and inner[key] and data.draw(st.integers(0, 3)):
                inner = inner[key]
                continue
            inner[key] = data.draw(VALUES)
            break
    try:
        cache = parsed(mutated, "here")
    except DeviceError:
        return
    sample = cache.sample("cellar", 7.0)
    kept = snapshot(cache)
    writes(cache, kept, time(12, 0))
    cache.clock(60.0)
    assert sample.grid is not None
    if sample.grid.power_w.value is not None:
        assert sample.grid.power_w.value == -float(mutated["Power"]["Power"]["Grid_Power"])
    soc = sample.batteries[0].soc_percent.value
    assert soc is None or soc == float(mutated["Power"]["Power"]["SOC"])
    for name, value in kept.items():
        assert same(cache, name, value)
