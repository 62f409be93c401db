"""The simulated FEMS: sums, the one timer, what a write means, and its own control."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.twin.battery import BatterySpec
from optimizer.twin.fems_control import Pid, effective
from tests.twin.fems_client import EQUALS, GREATER, LESS, edge

HALF = BatterySpec(initial_soc_percent=50.0)
HYBRID = BatterySpec(initial_soc_percent=50.0, dc_pv_share=1.0)


async def test_one_match_is_an_object_and_several_are_an_array() -> None:
    async with edge() as e:
        assert await e.get("_sum/EssSoc") == {
            "address": "_sum/EssSoc",
            "type": "INTEGER",
            "accessMode": "RO",
            "text": "Range 0..100",
            "unit": "%",
            "value": 50,
        }
        several = await e.get("_sum/(GridActivePower%7CEssSoc%7CGridMode)")
        assert {c["address"]: c["value"] for c in several} == {
            "_sum/GridActivePower": 500,
            "_sum/EssSoc": 50,
            "_sum/GridMode": 1,
        }
        assert len(await e.get("ess%5B0-9%5D/Allowed.*")) == 2
        assert (await e.http.get("/rest/channel/_sum/EssSo")).status_code == 404
        assert (await e.http.get("/rest/channel/_sum/%28")).status_code == 400


async def test_sums_of_a_self_consuming_house() -> None:
    async with edge(pv_w=3000.0, load_w=800.0) as e:
        e.scene.pass_s(30.0)
        values = {c["address"][5:]: c["value"] for c in await e.get("_sum/.*")}
        assert values["ProductionActivePower"] == values["ProductionAcActivePower"] == 3000
        assert values["ProductionDcActualPower"] is None
        assert values["ConsumptionActivePower"] == pytest.approx(800, abs=2)
        assert values["EssDischargePower"] == values["EssActivePower"] == pytest.approx(-2200, abs=2)
        assert values["GridActivePower"] == pytest.approx(0, abs=2)
        assert (values["EssCapacity"], values["State"]) == (10_000, 0)
        assert sum(values[f"GridActivePowerL{i}"] for i in (1, 2, 3)) == pytest.approx(values["GridActivePower"], abs=2)


async def test_energies_are_null_for_the_first_seconds() -> None:
    async with edge(pv_w=3000.0) as e:
        assert await e.value("_sum/ProductionActiveEnergy") is None
        e.scene.pass_s(3600.0)
        assert await e.value("_sum/ProductionActiveEnergy") == pytest.approx(3000, abs=3)
        assert await e.value("_sum/EssDcChargeEnergy") == pytest.approx(2500, abs=10)


async def test_write_only_channels_have_no_value() -> None:
    async with edge() as e:
        assert (await e.post(EQUALS, -1500)).json() == {}
        shown = await e.get(f"ess0/{EQUALS}")
        assert shown["accessMode"] == "WO"
        assert "value" not in shown
        assert await e.battery_after() == -1500
        assert await e.value("ess0/DebugSetActivePower") == -1500


async def test_the_timer_drops_everything_at_once_after_a_minute() -> None:
    async with edge() as e:
        await e.post(GREATER, -1000)
        e.scene.pass_s(40.0)
        await e.post(LESS, -500)
        assert await e.battery_after(55.0) == -500
        assert await e.battery_after(60.0) == pytest.approx(500, abs=1)
        assert e.scene.fems.written == {}
        summary = e.scene.house.summary()
        assert (summary.longest_gap_s, summary.lapses) == ({"fems": 60.0}, {"fems": 1})


async def test_any_write_by_anyone_restarts_the_timer() -> None:
    async with edge() as e:
        await e.post(EQUALS, 0)
        for _ in range(5):
            e.scene.pass_s(50.0)
            await e.post("SetReactivePowerEquals", 0)
        assert await e.battery_after(5.0) == 0
        assert e.scene.house.ledger.longest_gap_s == {"fems": 50.0}
        assert not e.scene.house.ledger.lapses


async def test_a_timeout_of_zero_is_never() -> None:
    async with edge(api_timeout_s=0.0) as e:
        await e.post(EQUALS, 700)
        assert await e.battery_after(2000.0) == 700


async def test_null_withdraws_at_once() -> None:
    async with edge() as e:
        await e.post(EQUALS, 3000)
        assert await e.battery_after() == 3000
        assert (await e.post(EQUALS, None)).json() == {}
        assert await e.battery_after() == pytest.approx(500, abs=5)
        assert e.scene.house.summary().writes == {"fems": {"setpoint": 1, "withdraw": 1}}


async def test_equals_beside_bounds_stays_in_force_and_is_booked() -> None:
    async with edge() as e:
        await e.post(EQUALS, 500)
        await e.post(LESS, 300)
        assert await e.battery_after() == 300
        assert e.scene.incidents == ["ess0: Equals stands together with bounds"]


@pytest.mark.parametrize("value", ["abc", 3_000_000_000, {"a": 1}])
async def test_a_value_that_is_no_number_stops_the_map_and_nobody_is_told(value: Any) -> None:
    """Values before it in the map are applied, those after it are not. The log stays as it was."""
    async with edge() as e:
        await e.post(EQUALS, 1000)
        await e.battery_after()
        await e.post(EQUALS, value)
        assert await e.battery_after() == pytest.approx(500, abs=5)
        assert await e.value("_sum/State") == 0
        assert await e.value("ctrlApiRest0/RunFailed") == 0
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == "ess0/SetActivePowerEquals:1000"
        await e.post(LESS, 100)
        assert await e.battery_after() == 100
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == "ess0/SetActivePowerEquals:1000"
        await e.post(EQUALS, None)
        e.scene.pass_s(2.0)
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == "ess0/SetActivePowerLessOrEquals:100"
        assert len(e.scene.incidents) == 2


@pytest.mark.parametrize(
    ("value", "power", "log"),
    [
        ("700", 700, "700"),
        (1200.9, 1200, "1200.9"),
        (-1200.9, -1201, "-1200.9"),
        (1e3, 1000, "1000.0"),
        (True, 0, "true"),
        ([5], 5, "[I@"),
    ],
)
async def test_what_an_integer_channel_makes_of_other_values(value: Any, power: int, log: str) -> None:
    async with edge() as e:
        await e.post(EQUALS, value)
        assert await e.battery_after() == power
        assert (await e.value("ctrlApiRest0/ApiWorkerLog")).startswith(f"ess0/SetActivePowerEquals:{log}")


async def test_a_list_of_several_is_ignored_and_an_empty_text_withdraws() -> None:
    async with edge() as e:
        await e.post(EQUALS, [5, 6])
        assert await e.battery_after() == pytest.approx(500, abs=5)
        await e.post(EQUALS, 800)
        assert await e.battery_after() == 800
        await e.post(EQUALS, "")
        assert e.scene.fems.written == {}


async def test_a_write_is_in_force_after_one_to_two_seconds() -> None:
    """So are its withdrawal and what the log says; the solver's setpoint jumps where the power follows."""
    async with edge() as e:
        e.scene.pass_s(60.4)
        await e.post(EQUALS, -2000)
        e.scene.pass_s(0.9)
        assert await e.value("ess0/DebugSetActivePower") == pytest.approx(500, abs=5)
        e.scene.pass_s(1.1)
        assert await e.value("ess0/DebugSetActivePower") == -2000
        assert await e.value("ess0/ActivePower") > -2000
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == "ess0/SetActivePowerEquals:-2000"
        await e.post(EQUALS, None)
        e.scene.pass_s(0.5)
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == "ess0/SetActivePowerEquals:-2000"
        e.scene.pass_s(1.5)
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == ""


def test_the_filter_does_what_a_real_edge_did_after_a_withdrawal() -> None:
    """From an Equals of 1500 W to a need of -2500 W: setpoints of an Edge whose storage follows within a cycle."""
    pid = Pid(last_input_w=-2499.0, error_sum_w=-2499.0 / 0.3)
    ess_w, setpoints = 1500.0, []
    for _ in range(6):
        ess_w = float(round(pid.step(ess_w, -2499.0, -5000.0, 5000.0)))
        setpoints.append(ess_w)
    assert setpoints == pytest.approx([-4099, -2659, -3315, -2861, -2863, -2708], abs=3)


async def test_without_the_filter_its_own_control_is_there_at_once() -> None:
    async with edge(pid=False) as e:
        e.scene.source.load_w = 3000.0
        e.scene.pass_s(3.0)
        assert await e.value("ess0/DebugSetActivePower") == 3000


async def test_with_the_filter_its_own_control_overshoots_and_settles() -> None:
    async with edge() as e:
        e.scene.pass_s(60.0)
        e.scene.source.load_w = 4000.0
        seen = []
        for _ in range(60):
            e.scene.pass_s(1.0)
            seen.append(await e.value("ess0/DebugSetActivePower"))
        assert max(seen) > 4100
        assert seen[-1] == pytest.approx(4000, abs=20)


async def test_a_restart_forgets_what_was_written_and_takes_its_time() -> None:
    async with edge() as e:
        await e.post(EQUALS, 1000)
        e.scene.fems.restart()
        assert (await e.http.get("/rest/channel/_sum/State")).status_code == 404
        e.scene.pass_s(4.0)
        assert await e.value("_sum/State") == 3
        assert await e.value("ess0/ActivePower") is None
        e.scene.pass_s(4.0)
        assert (await e.value("_sum/State"), e.scene.fems.written) == (0, {})
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == ""


async def test_a_controller_above_rest_is_stronger_than_what_is_written() -> None:
    async with edge() as e:
        e.scene.fems.dominant["ess0"] = -1200
        await e.post(EQUALS, 500)
        assert await e.battery_after() == -1200


async def test_components_are_told_to_the_owner_by_json_rpc() -> None:
    question = {"method": "getEdgeConfig", "params": {}}
    async with edge(HYBRID) as e:
        answer = (await e.http.post("/jsonrpc", json=question)).json()["result"]
        components, factories = answer["components"], answer["factories"]
        assert {"_sum", "_meta", "ctrlApiRest0", "meter0", "ess0", "charger0"} <= set(components)
        natures = factories[components["ess0"]["factoryId"]]["natureIds"]
        assert any(nature.endswith(".HybridEss") for nature in natures)
    async with edge(password="user") as e:
        answer = await e.http.post("/jsonrpc", json=question, headers={"Accept": "application/json"})
        assert answer.status_code == 500
        assert "[HTTP POST JSON-RPC] is denied for User with Role [GUEST]" in answer.json()["message"]


FULL = BatterySpec(initial_soc_percent=100.0, dc_pv_share=1.0, recharge_soc_percent=98.0)


async def test_a_goodwe_with_a_full_battery_goes_automatic_at_its_surplus() -> None:
    """A limit of just the DC PV is what self-use looks like: the battery serves the house in spite of it."""
    async with edge(FULL, pv_w=6000.0, load_w=8000.0, pid=False) as e:
        await e.post(LESS, 6000)
        e.scene.pass_s(20.0)
        assert e.scene.fems.mode["ess0"] == "AUTO"
        assert await e.value("ess0/DebugSetActivePower") == 6000
        assert await e.value("_sum/EssDischargePower") == pytest.approx(2000, abs=10)
        await e.post(LESS, 6050)
        e.scene.pass_s(20.0)
        assert await e.value("_sum/EssDischargePower") == pytest.approx(50, abs=5)


async def test_an_inverter_that_curtails_at_the_setpoint_keeps_its_pv_there() -> None:
    async with edge(FULL, pv_w=6000.0, load_w=8000.0, pid=False, inverter="curtails") as e:
        await e.post(LESS, 1000)
        e.scene.pass_s(20.0)
        assert await e.value("_sum/ProductionDcActualPower") == 1000
        await e.post(LESS, None)
        e.scene.pass_s(10.0)
        assert await e.value("_sum/ProductionDcActualPower") == 6000


async def test_out_of_range_is_clipped_silently() -> None:
    async with edge() as e:
        assert (await e.post(EQUALS, 99_000)).status_code == 200
        assert await e.battery_after() == 5000
        assert e.scene.incidents == []


async def test_without_self_consumption_the_battery_rests() -> None:
    async with edge(self_consumption=False) as e:
        assert await e.battery_after() == 0
        await e.post(LESS, -2000)
        assert await e.battery_after() == -2000


@pytest.mark.parametrize(
    ("equals", "less", "greater", "expected"),
    [
        (None, None, None, (-5000, 4000)),
        (1000, None, None, (1000, 1000)),
        (9000, None, None, (4000, 4000)),
        (-9000, None, None, (-5000, -5000)),
        (None, 0, None, (-5000, 0)),
        (None, -2000, None, (-5000, -2000)),
        (None, -9000, None, (-5000, -5000)),
        (None, 9000, None, (-5000, 4000)),
        (None, None, -3000, (-3000, 4000)),
        (None, None, 9000, (4000, 4000)),
        (None, None, -9000, (-5000, 4000)),
        (None, -1000, 2000, (-1000, -1000)),
        (2000, 0, None, (0, 0)),
        (2000, None, 3000, (3000, 3000)),
    ],
)
def test_the_effective_order(equals: int | None, less: int | None, greater: int | None, expected: Any) -> None:
    assert effective(-5000, 4000, equals, less, greater) == expected


@pytest.mark.parametrize(("inverter", "pv_w"), [("goodwe", 7000), ("curtails", 5000)])
async def test_hybrid_setpoints_are_on_the_ac_side(inverter: str, pv_w: int) -> None:
    async with edge(HYBRID, pv_w=3000.0, load_w=500.0, inverter=inverter) as e:
        e.scene.pass_s(30.0)
        values = {c["address"][5:]: c["value"] for c in await e.get("_sum/.*")}
        assert values["ProductionAcActivePower"] is None
        assert values["ProductionActivePower"] == values["ProductionDcActualPower"] == 3000
        assert values["EssActivePower"] == pytest.approx(500, abs=2)
        assert values["EssDischargePower"] == pytest.approx(-2500, abs=2)
        assert await e.value("ess0/AllowedDischargePower") == 8000
        await e.post(EQUALS, 0)
        assert await e.battery_after() == -3000
        await e.post(EQUALS, 3000 - 1000)
        assert await e.battery_after() == -1000
        await e.post(EQUALS, None)
        e.scene.source.load_w = 6000.0
        await e.post(LESS, 3000)
        assert await e.battery_after() == 0
        await e.post(LESS, 0)
        e.scene.source.pv_w = 7000.0
        assert await e.battery_after() == -5000
        assert await e.value("_sum/ProductionDcActualPower") == pv_w


async def test_several_storage_systems_are_written_to_by_name() -> None:
    async with edge(HALF, BatterySpec("second", 5000.0, initial_soc_percent=20.0)) as e:
        assert await e.value("_sum/EssSoc") == 40
        await e.post(EQUALS, 1000, "ess0")
        await e.post(EQUALS, -700, "ess1")
        e.scene.pass_s(30.0)
        assert (await e.value("ess0/ActivePower"), await e.value("ess1/ActivePower")) == (1000, -700)
        assert await e.value("_sum/EssDischargePower") == 300
        assert (await e.post(EQUALS, 1, "ess2")).status_code == 500


async def test_dead_components_are_null_and_left_out_of_sums() -> None:
    async with edge(HALF, BatterySpec("second", 5000.0, initial_soc_percent=50.0), pv_w=2000.0) as e:
        e.scene.fems.dead = {"meter0", "ess1"}
        e.scene.pass_s(10.0)
        assert await e.value("_sum/GridActivePower") is None
        assert await e.value("ess1/Soc") is None
        assert await e.value("_sum/EssCapacity") == 10_000
        assert await e.value("_sum/ConsumptionActivePower") is not None
        assert await e.value("_sum/State") == 3


async def test_grid_mode_and_state_are_switches() -> None:
    async with edge() as e:
        e.scene.fems.grid_mode, e.scene.fems.state = 2, 1
        assert (await e.value("_sum/GridMode"), await e.value("_sum/State")) == (2, 1)


@pytest.mark.parametrize(
    ("writes", "power_w", "log"),
    [
        ([(EQUALS, 9000)], 5000, f"ess0/{EQUALS}:9000"),
        ([(EQUALS, -9000)], -5000, f"ess0/{EQUALS}:-9000"),
        ([(LESS, 0)], 0, f"ess0/{LESS}:0"),
        ([(LESS, 700)], 700, f"ess0/{LESS}:700"),
        ([(LESS, -2000)], -2000, f"ess0/{LESS}:-2000"),
        ([(GREATER, 2500)], 2500, f"ess0/{GREATER}:2500"),
        ([(GREATER, -300)], 1501, f"ess0/{GREATER}:-300"),
        ([(EQUALS, 500), (LESS, 300)], 300, f"ess0/{LESS}:300|ess0/{EQUALS}:500"),
        ([(LESS, 300), (EQUALS, 500)], 300, f"ess0/{LESS}:300|ess0/{EQUALS}:500"),
        ([(LESS, 800), (GREATER, 1000)], 800, f"ess0/{LESS}:800|ess0/{GREATER}:1000"),
        ([("SetReactivePowerEquals", 100)], 1501, "ess0/SetReactivePowerEquals:100"),
    ],
)
async def test_orders_have_the_effect_that_they_had_on_a_real_edge(
    writes: list[tuple[str, int]], power_w: int, log: str
) -> None:
    """A house that needs 1501 W, and a battery of 5 kW."""
    async with edge(load_w=1501.0) as e:
        e.scene.pass_s(60.0)
        for channel, value in writes:
            assert (await e.post(channel, value)).text == "{}"
        e.scene.pass_s(30.0)
        assert await e.value("ess0/DebugSetActivePower") == pytest.approx(power_w, abs=2)
        assert await e.value("ess0/ActivePower") == pytest.approx(power_w, abs=2)
        assert await e.value("_sum/GridActivePower") == pytest.approx(1501 - power_w, abs=3)
        assert await e.value("ctrlApiRest0/ApiWorkerLog") == log
        assert await e.value("_sum/State") == 0
