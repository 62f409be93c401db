"""Entities of a charger, of the car at it, and what a person may set there. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from optimizer.model.decision import EvMode, EvOrder
from optimizer.model.kinds import GUEST
from optimizer.model.state import EvStatus
from optimizer.serve.outputs.entity import (
    AUTO,
    COUNTER,
    Entity,
    View,
    choice,
    claimed,
    energy,
    kwh,
    override,
    percent,
    power,
)
from optimizer.serve.outputs.goals import goal_entity
from optimizer.serve.outputs.payloads import Payload
from optimizer.serve.outputs.why import why

NOT_SET = "not_set"
VEHICLE = "vehicle"
"""The key of the car that is set by hand."""
MODES = (*(mode.value for mode in EvMode), AUTO)


def charger_entities(name: str, commands: bool) -> Iterator[Entity]:
    """The readings of a charger and of the car at it, its mode, its goal, its setpoint, and why it does that."""
    part = f"ev.{name}"
    target = f"{part}.mode"
    yield power(part, "power_w", "Power", lambda view: view.report.shown.evs[name].power_w.value)
    yield energy(part, "energy_kwh", "Energy", lambda view: _consumed(view, part))
    statuses, modes = [status.value for status in EvStatus], [mode.value for mode in EvMode]
    yield choice(part, "status", "Status", statuses, lambda view: _word(view.report.shown.evs[name].status.value))
    yield choice(part, "mode", "Mode", MODES, lambda view: override(view, target), settable=commands)
    yield choice(part, "active_mode", "Active mode", modes, lambda view: claimed(view, target, EvMode.OFF.value))
    yield goal_entity(name, commands)
    current = {"device_class": "current", "state_class": "measurement", "unit_of_measurement": "A"}
    yield Entity(
        part=part,
        key="setpoint_a",
        platform="sensor",
        name="Setpoint",
        read=lambda view: _offer_a(view, part),
        config=current,
        decimals=1,
    )
    yield Entity(
        part=part,
        key="session_kwh",
        platform="sensor",
        name="Energy of the session",
        read=lambda view: kwh(view.report.shown.evs[name].session_energy_wh.value),
        config=COUNTER,
        decimals=2,
        band=0.05,
    )
    yield percent(part, "soc_percent", "State of charge", lambda view: view.report.shown.evs[name].soc_percent.value)
    distance = {"device_class": "distance", "state_class": "measurement", "unit_of_measurement": "km"}
    yield Entity(
        part=part,
        key="range_km",
        platform="sensor",
        name="Range",
        read=lambda view: view.report.shown.evs[name].range_km.value,
        config=distance,
        decimals=0,
        band=1.0,
    )
    yield why(part)


def vehicle_entities(charger: str, vehicles: tuple[str, ...], commands: bool) -> Iterator[Entity]:
    """The car at a charger: what is set by hand, and what holds."""
    part = f"ev.{charger}"
    target, words, none = f"{part}.{VEHICLE}", list(dict.fromkeys((*vehicles, GUEST))), released_by(VEHICLE, vehicles)
    yield choice(part, VEHICLE, "Vehicle", [*words, none], lambda view: override(view, target, none), settable=commands)
    yield choice(
        part, "active_vehicle", "Active vehicle", words, lambda view: view.report.shown.evs[charger].vehicle or None
    )


def released_by(key: str, vehicles: Collection[str]) -> str:
    """The word of a choice that ends what is set by hand. A vehicle may have the name `auto`."""
    return NOT_SET if key == VEHICLE and AUTO in vehicles else AUTO


def _consumed(view: View, consumer: str) -> float:
    found = view.books.consumed.get(consumer)
    return 0.0 if found is None else found.total


def _word(status: EvStatus | None) -> Payload:
    return None if status is None else status.value


def _offer_a(view: View, part: str) -> Payload:
    command = view.report.decision.commands.get(part)
    return command.order.current_a if command is not None and isinstance(command.order, EvOrder) else None
