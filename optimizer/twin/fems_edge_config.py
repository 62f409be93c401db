"""The list of components that the simulated Edge returns by JSON-RPC (`getEdgeConfig`)."""

from __future__ import annotations

from typing import Any

from optimizer.twin.fems_channels import Channels
from optimizer.twin.fems_unit import FemsUnit

API = "io.openems.edge"
FACTORIES: dict[str, tuple[str, ...]] = {
    "Ess.Generic.ManagedSymmetric": (
        f"{API}.ess.api.SymmetricEss", f"{API}.ess.api.ManagedSymmetricEss", f"{API}.ess.api.HybridEss",
    ),
    "Simulator.EssSymmetric.Reacting": (f"{API}.ess.api.SymmetricEss", f"{API}.ess.api.ManagedSymmetricEss"),
    "GoodWe.Grid-Meter": (f"{API}.meter.api.ElectricityMeter",),
    "SolarEdge.PV-Inverter": (f"{API}.meter.api.ElectricityMeter", f"{API}.pvinverter.api.ManagedSymmetricPvInverter"),
    "GoodWe.Charger.Mppt.Two-String": (f"{API}.ess.dccharger.api.EssDcCharger",),
    "Controller.Api.Rest.ReadWrite": (f"{API}.controller.api.Controller",),
    "Core.Sum": (),
    "Core.Meta": (),
}  # fmt: skip
"""By factory: the natures of what it makes."""
CORE = {"_sum": "Core.Sum", "_meta": "Core.Meta", "ctrlApiRest0": "Controller.Api.Rest.ReadWrite"}


def edge_config(unit: FemsUnit, channels: Channels) -> dict[str, Any]:
    """Components by id, and the factories with their natures."""
    components = {one: _component(unit, one) for one in channels.components()}
    return {
        "components": components,
        "factories": {name: {"natureIds": list(natures)} for name, natures in FACTORIES.items()},
    }


def _component(unit: FemsUnit, component: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"enabled": True}
    if component in CORE:
        factory = CORE[component]
    elif component.startswith("ess"):
        hybrid = unit.batteries()[component].spec.dc_pv_share > 0.0
        factory = "Ess.Generic.ManagedSymmetric" if hybrid else "Simulator.EssSymmetric.Reacting"
    elif component.startswith("charger"):
        factory, properties["essOrBatteryInverter.id"] = "GoodWe.Charger.Mppt.Two-String", "ess0"
    else:
        grid = component == "meter0"
        factory = "GoodWe.Grid-Meter" if grid else "SolarEdge.PV-Inverter"
        properties["type"] = "GRID" if grid else "PRODUCTION"
    return {"alias": component, "factoryId": factory, "properties": properties}
