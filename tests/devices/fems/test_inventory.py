"""The components of an Edge, and contradictions to the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.devices.fems.config import EssConfig, FemsConfig, ids_of
from optimizer.devices.fems.inventory import Inventory, contradictions, from_channels, from_edge_config
from optimizer.devices.port import SelfCheck
from tests.devices.fems.fake import AC, HYBRID, FakeEdge

ESS = "io.openems.edge.ess.api."
CONFIG: dict[str, Any] = {
    "components": {
        "_sum": {"alias": "Core.Sum", "factoryId": "Core.Sum", "properties": {}},
        "ess0": {"alias": "", "factoryId": "Ess.Generic.ManagedSymmetric", "properties": {"enabled": True}},
        "ess1": {"alias": "", "factoryId": "Simulator.EssSymmetric.Reacting", "properties": {}},
        "ess7": {"alias": "", "factoryId": "Simulator.EssSymmetric.Reacting", "properties": {"enabled": False}},
        "charger0": {"alias": "", "factoryId": "GoodWe.Charger-PV1", "properties": {}},
        "meter0": {"alias": "", "factoryId": "GoodWe.Grid-Meter", "properties": {"type": "GRID"}},
        "meter1": {"alias": "", "factoryId": "Meter.Socomec", "properties": {"type": "PRODUCTION"}},
    },
    "factories": {
        "Core.Sum": {"natureIds": []},
        "Ess.Generic.ManagedSymmetric": {"natureIds": [ESS + "SymmetricEss", ESS + "HybridEss"]},
        "Simulator.EssSymmetric.Reacting": {"natureIds": [ESS + "SymmetricEss", ESS + "ManagedSymmetricEss"]},
        "GoodWe.Charger-PV1": {"natureIds": ["io.openems.edge.ess.dccharger.api.EssDcCharger"]},
        "GoodWe.Grid-Meter": {"natureIds": ["io.openems.edge.meter.api.ElectricityMeter"]},
        "Meter.Socomec": {"natureIds": ["io.openems.edge.meter.api.SymmetricMeter"]},
    },
}
LISTED = Inventory({"ess0": True, "ess1": False}, {"meter0": True, "meter1": False})


def test_components_by_json_rpc() -> None:
    assert from_edge_config(CONFIG) == LISTED
    assert LISTED.storage_words == "ess0 (hybrid), ess1"
    assert LISTED.meter_words == "meter0 (grid), meter1"
    assert LISTED.grid_meter == "meter0"


def test_without_a_dc_charger_no_storage_is_a_hybrid() -> None:
    """The generic storage of OpenEMS has the nature of a hybrid where it is AC-coupled too."""
    components = {key: value for key, value in CONFIG["components"].items() if key != "charger0"}
    assert from_edge_config({**CONFIG, "components": components}).storages == {"ess0": False, "ess1": False}


@pytest.mark.parametrize(
    "result",
    [None, [], "x", {}, {"components": []}, {"components": {"a": 1}, "factories": {}}, {**CONFIG, "factories": {}}],
)  # fmt: skip
def test_an_answer_of_another_shape_lists_nothing(result: object) -> None:
    assert from_edge_config(result) == Inventory()


def test_components_by_their_channels() -> None:
    channels = {
        "ess0/AllowedDischargePower": 1, "ess0/DcDischargePower": 1, "ess1/AllowedDischargePower": 1,
        "charger0/ActualPower": 1, "meter0/CurrentL1": 1,
    }  # fmt: skip
    assert from_channels(channels) == Inventory({"ess0": True, "ess1": False}, {"meter0": False})


async def test_a_missing_storage_is_told_with_the_ids_that_there_are() -> None:
    edge = FakeEdge(components={"jsonrpc": "2.0", "id": "1", "result": CONFIG})
    fems = edge.fems(replace(AC, ess=(EssConfig("cellar", "ess9"),)))
    assert isinstance(fems, SelfCheck)
    (battery,) = (await fems.read()).batteries
    for reading in (battery.power_w, battery.soc_percent, battery.max_charge_w):
        assert reading.why == "FEMS has no storage system “ess9”; it has ess0 (hybrid), ess1"
    assert fems.contradictions == (
        "FEMS has no storage system “ess9”; it has ess0 (hybrid), ess1: set `component` of battery cellar",
    )
    assert edge.questions == [{"jsonrpc": "2.0", "id": "1", "method": "getEdgeConfig", "params": {}}]
    for _ in range(5):
        edge.clock.pass_s(10.0)
        await fems.read()
    assert len(edge.questions) == 1


async def test_where_all_fits_the_components_are_not_asked_for() -> None:
    edge = FakeEdge(components={"result": CONFIG})
    fems = edge.fems(HYBRID)
    await fems.read()
    assert (fems.contradictions, edge.questions) == ((), [])


SINGLE = {"ess0/Soc": 1, "ess0/Capacity": 10_000, "_sum/EssCapacity": 10_000, "_sum/ProductionDcActualPower": None}
DC = {"_sum/ProductionDcActualPower": 0}
TWO = {"_sum/EssCapacity": 15_000}
HAS_DC = {"ess0/DcDischargePower": 0}


@pytest.mark.parametrize(
    ("hybrid", "channels", "words"),
    [
        (False, SINGLE, ()),
        (False, SINGLE | HAS_DC, ()),  # the generic storage, AC-coupled
        (True, SINGLE | HAS_DC | DC, ()),
        (True, SINGLE | DC, ()),  # a cluster
        (True, SINGLE, ("“ess0” has no PV on its own inverter", "`hybrid: false`")),
        (True, SINGLE | DC | TWO, ("“ess0” has no PV on its own inverter", "15000 Wh of storage")),
        (False, SINGLE | DC, ("ProductionDcActualPower", "`hybrid: true`")),
        (False, SINGLE | DC | HAS_DC | TWO, ("`hybrid: true`", "15000 Wh")),
        (False, SINGLE | DC | TWO, ("15000 Wh of storage, and the batteries of the settings have 10000 Wh",)),
    ],
)
def test_a_wrong_flag_and_storage_that_is_left_out_are_noticed(
    hybrid: bool, channels: dict[str, object], words: tuple[str, ...]
) -> None:
    config = replace(AC, ess=(EssConfig("cellar", hybrid=hybrid),))
    found = "; ".join(contradictions(config, channels, Inventory()))
    assert all(word in found for word in words)
    assert bool(found) == bool(words)


def test_an_ac_battery_beside_a_configured_hybrid_is_right() -> None:
    channels = SINGLE | DC | TWO | {"ess1/Capacity": 5_000, "ess1/DcDischargePower": 0}
    config = replace(AC, ess=(EssConfig("cellar"), EssConfig("shed", "ess1", hybrid=True)))
    assert contradictions(config, channels, Inventory()) == ()


def test_what_site_yaml_says_of_the_components() -> None:
    both = FemsConfig(
        "x", "http://f", ess=(EssConfig("x", "ess0", True), EssConfig("ess1", "ess1")), grid_meter="meter0"
    )
    assert ids_of(both) == (
        ("grid_meter", "meter0"),
        ("battery", "{component: ess0, hybrid: true}"),
        ("more_batteries", "{ess1: {component: ess1, hybrid: false}}"),
    )
    assert ids_of(FemsConfig("x", "http://f")) == (("battery", "null"),)
