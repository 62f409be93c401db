"""Entities: everything that is published over MQTT. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from optimizer.model.kinds import SWITCH_STATE
from optimizer.model.site import Site
from optimizer.serve.outputs.charger import charger_entities, vehicle_entities
from optimizer.serve.outputs.entity import AUTO, Entity, choice, claimed, energy, override, percent, power
from optimizer.serve.outputs.goals import pause_entity
from optimizer.serve.outputs.house import house_entities, pv_entities
from optimizer.serve.outputs.inputs import input_entity
from optimizer.serve.outputs.why import why
from optimizer.sources.inputs.port import InputPlan

UNCLAIMED = "none"
"""The active state of a load that no rule claims. Its relay is left as it is."""


def entities(
    site: Site,
    inputs: tuple[InputPlan, ...],
    *,
    pvs: tuple[str, ...],
    currency: str,
    commands: bool,
    vehicles: tuple[str, ...] = (),
    repeating: Collection[str] = (),
) -> tuple[Entity, ...]:
    """All values of a house. `commands`: whether they can be set over MQTT. `vehicles`: the cars of the settings.
    `repeating`: the chargers with goals that repeat."""
    return (
        *house_entities(currency),
        *(entity for name in pvs if len(pvs) > 1 for entity in pv_entities(name)),
        *(entity for name in site.chargers for entity in charger_entities(name, commands)),
        *(pause_entity(name, commands) for name in site.chargers if name in repeating),
        *(entity for name in site.chargers if vehicles for entity in vehicle_entities(name, vehicles, commands)),
        *(entity for name in site.batteries for entity in _battery(name)),
        *(entity for name in site.switches for entity in _load(name, commands)),
        *(input_entity(plan, commands) for plan in inputs),
    )


def _battery(name: str) -> Iterator[Entity]:
    part = f"battery.{name}"
    yield power(part, "power_w", "Power", lambda view: view.report.shown.batteries[name].power_w.value)
    yield percent(
        part, "soc_percent", "State of charge", lambda view: view.report.shown.batteries[name].soc_percent.value
    )
    yield why(part)


def _load(name: str, commands: bool) -> Iterator[Entity]:
    part = f"switch.{name}"
    target, states = f"{part}.state", [*map(str, SWITCH_STATE.words)]
    yield Entity(
        part=part,
        key="on",
        platform="binary_sensor",
        name="On",
        read=lambda view: view.report.shown.switches[name].on.value,
    )
    yield power(part, "power_w", "Power", lambda view: view.report.shown.switches[name].power_w.value)
    yield energy(part, "energy_kwh", "Energy", lambda view: view.report.shown.switches[name].energy_total_wh.value)
    yield choice(part, "state", "State", [*states, AUTO], lambda view: override(view, target), settable=commands)
    active = [*states, UNCLAIMED]
    yield choice(part, "active_state", "Active state", active, lambda view: claimed(view, target, UNCLAIMED))
    yield why(part)
