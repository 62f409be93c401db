"""The components of an Edge, and the ones that contradict the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from optimizer.devices.fems.channels import Channels, has_component, number
from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.words import printable
from optimizer.words.text import Text

MOST_IDS = 20
SAME_CAPACITY = 0.05
"""Share by which the sum of the capacities may differ from that of the configured batteries."""
MOST_WH = 1e15
ESS, HYBRID, META_ESS, CHARGER = (".SymmetricEss", ".HybridEss", ".MetaEss", ".EssDcCharger")
METERS = (".ElectricityMeter", ".SymmetricMeter")
LISTED = ("AllowedDischargePower", "DcDischargePower", "ActualPower", "CurrentL1")
"""Channels by which components are told apart where JSON-RPC is denied."""


class Inventory(NamedTuple):
    """The components of an Edge that settings may name, by id."""

    storages: Mapping[str, bool] = {}
    """id → whether it has DC-coupled PV."""
    meters: Mapping[str, bool] = {}
    """id → whether it is the grid meter, as far as the Edge tells."""

    @property
    def grid_meter(self) -> str:
        """The id of the grid meter; empty where the Edge does not tell which one it is."""
        return next((one for one, is_grid in self.meters.items() if is_grid), "")

    @property
    def storage_words(self) -> str:
        """Its storage systems, for a message."""
        return _words({one: " (hybrid)" if hybrid else "" for one, hybrid in self.storages.items()})

    @property
    def meter_words(self) -> str:
        """Its meters, for a message."""
        return _words({one: " (grid)" if grid else "" for one, grid in self.meters.items()})


def from_edge_config(result: object) -> Inventory:
    """From the answer to `getEdgeConfig`; empty where it is of another shape."""
    if not isinstance(result, Mapping):
        return Inventory()
    components, factories = result.get("components"), result.get("factories")
    if not isinstance(components, Mapping) or not isinstance(factories, Mapping):
        return Inventory()
    storages: dict[str, bool] = {}
    meters: dict[str, bool] = {}
    has_chargers = False
    for key, component in components.items():
        if not isinstance(component, Mapping) or not _enabled(component):
            continue
        natures = _natures(factories, component)
        name = printable(str(key), 60)
        if any(nature.endswith(ESS) for nature in natures):
            storages[name] = any(nature.endswith((HYBRID, META_ESS)) for nature in natures)
        elif any(nature.endswith(METERS) for nature in natures):
            meters[name] = _properties(component).get("type") == "GRID"
        has_chargers |= any(nature.endswith(CHARGER) for nature in natures)
    return Inventory({one: hybrid and has_chargers for one, hybrid in storages.items()}, meters)


def from_channels(channels: Channels) -> Inventory:
    """From the channels LISTED of all components: for a password that may not ask by JSON-RPC."""
    by_name: dict[str, list[str]] = {}
    for address in channels:
        component, _, name = address.partition("/")
        by_name.setdefault(name, []).append(component)
    has_chargers = bool(by_name.get("ActualPower"))
    hybrids = by_name.get("DcDischargePower", ())
    storages = {one: one in hybrids and has_chargers for one in by_name.get("AllowedDischargePower", ())}
    return Inventory(storages, {one: False for one in by_name.get("CurrentL1", ()) if one not in storages})


def contradictions(config: FemsConfig, channels: Channels, inventory: Inventory) -> tuple[str, ...]:
    """Contradictions of the Edge to the settings, as sentences that say what to change. `channels` are complete."""
    return (
        *_missing(config, channels, inventory),
        *(text for ess in config.ess if (text := _wrong_flag(config, ess, channels))),
        *_other_storages(config, channels, inventory),
    )


def is_all_storage(ess: EssConfig, channels: Channels) -> bool:
    """Whether the Edge's sums of storage are this system's own values, as far as capacities tell."""
    own, total = _capacity(channels, f"{ess.component}/Capacity"), _capacity(channels, "_sum/EssCapacity")
    return own is None or total is None or _same(own, total)


def no_storage(component: str, inventory: Inventory) -> str:
    """The Edge has no storage system of this id."""
    missing = Text("FEMS has no storage system “{component}”", component=component)
    return _with_present(missing, inventory.storage_words)


def _with_present(missing: str, present: str) -> str:
    return Text("{missing}; it has {present}", missing=missing, present=present) if present else missing


def _missing(config: FemsConfig, channels: Channels, inventory: Inventory) -> Iterator[str]:
    for ess in config.ess:
        if not has_component(channels, ess.component):
            yield Text(
                "{component}: set `component` of battery {name}",
                component=no_storage(ess.component, inventory),
                name=ess.name,
            )
    if config.grid_meter and not has_component(channels, config.grid_meter):
        missing = Text("FEMS has no meter “{meter}”", meter=config.grid_meter)
        advice = "{missing}: set `grid_meter`. Until then currents are calculated from the power of each phase."
        yield Text(advice, missing=_with_present(missing, inventory.meter_words))


def _wrong_flag(config: FemsConfig, ess: EssConfig, channels: Channels) -> str:
    """The reason why `hybrid` is wrong. Empty if it may be right."""
    if not has_component(channels, ess.component):
        return ""
    has_dc = f"{ess.component}/DcDischargePower" in channels
    has_pv = channels.get("_sum/ProductionDcActualPower") is not None
    if ess.hybrid and not has_dc and not (has_pv and is_all_storage(ess, channels)):
        return Text(
            "“{component}” has no PV on its own inverter: set `hybrid: false` for battery {name}",
            component=ess.component,
            name=ess.name,
        )
    others = any(other.hybrid for other in config.ess)
    if not ess.hybrid and has_pv and not others and (has_dc or is_all_storage(ess, channels)):
        return Text(
            "FEMS measures PV on the inverter of a battery (ProductionDcActualPower): set "
            "`hybrid: true` for battery {name}",
            name=ess.name,
        )
    return ""


def _other_storages(config: FemsConfig, channels: Channels, inventory: Inventory) -> Iterator[str]:
    total = _capacity(channels, "_sum/EssCapacity")
    own = [_capacity(channels, f"{ess.component}/Capacity") for ess in config.ess]
    known = [one for one in own if one is not None]
    if total is None or not known or len(known) < len(own) or _same(sum(known), total):
        return
    configured = {ess.component for ess in config.ess}
    others = Inventory({one: flag for one, flag in inventory.storages.items() if one not in configured}).storage_words
    text = Text(
        "FEMS has {total} Wh of storage, and the batteries of the settings have {known} Wh: "
        "add the others under `more_batteries`",
        total=total,
        known=sum(known),
    )
    yield Text("{text} ({others})", text=text, others=others) if others else text


def _capacity(channels: Channels, address: str) -> float | None:
    return number(channels, address, 0.0, 1.0, MOST_WH).value


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_CAPACITY * max(one, other)


def _enabled(component: Mapping[str, Any]) -> bool:
    return _properties(component).get("enabled") is not False


def _properties(component: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = component.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _natures(factories: Mapping[str, Any], component: Mapping[str, Any]) -> list[str]:
    factory = factories.get(str(component.get("factoryId")))
    natures = factory.get("natureIds") if isinstance(factory, Mapping) else None
    return [str(one) for one in natures] if isinstance(natures, list) else []


def _words(notes: Mapping[str, str]) -> str:
    listed = [f"{one}{note}" for one, note in sorted(notes.items())]
    return ", ".join(listed[:MOST_IDS]) + (", …" if len(listed) > MOST_IDS else "")
