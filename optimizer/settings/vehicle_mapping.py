"""Converts the settings of vehicles and of the dimming input into what the service adds to each snapshot."""

from __future__ import annotations

from optimizer.runtime.inputs.completion import Wiring
from optimizer.settings.input_mapping import all_inputs
from optimizer.settings.inputs import EntityInput, HttpInput, MqttInput
from optimizer.settings.root import Settings
from optimizer.settings.vehicles import VehicleSettings
from optimizer.sources.vehicles.estimate import Vehicle


def to_wiring(settings: Settings) -> Wiring:
    """The connections from the settings to inputs."""
    return Wiring(
        dimmed=settings.site.dimmed_by or "",
        vehicles={name: _vehicle(name, one, settings) for name, one in settings.vehicles.items()},
        usual={
            one.charger: name
            for name, one in settings.vehicles.items()
            if one.charger is not None and one.charger not in settings.vehicle_at
        },
        chosen=settings.vehicle_at,
    )


def given_by_vehicles(settings: Settings) -> frozenset[str]:
    """The fields that vehicles give, as rules write them: `ev.carport.soc`."""
    return frozenset(
        f"ev.{charger}.{quantity}"
        for charger, vehicles in _possible(settings).items()
        for vehicle in vehicles
        for quantity in _quantities(vehicle)
    )


def _possible(settings: Settings) -> dict[str, list[VehicleSettings]]:
    """The vehicles that can be at each charger."""
    found: dict[str, list[VehicleSettings]] = {}
    for vehicle in settings.vehicles.values():
        if vehicle.charger is not None and vehicle.charger not in settings.vehicle_at:
            found.setdefault(vehicle.charger, []).append(vehicle)
    for charger, name in settings.vehicle_at.items():
        found[charger] = [settings.vehicles[one] for one in settings.inputs[name].options if one in settings.vehicles]
    return found


def _quantities(vehicle: VehicleSettings) -> tuple[str, ...]:
    soc = bool(vehicle.soc_input("x")) or vehicle.start_soc_percent is not None
    return (
        "vehicle",
        *(("soc", "soc_estimated") if soc else ()),
        *(("limit_soc",) if vehicle.limit_input("x") else ()),
        *(("range_km",) if vehicle.range_input("x") else ()),
        *(("capacity_wh",) if vehicle.capacity_wh is not None else ()),
    )


def _vehicle(name: str, one: VehicleSettings, settings: Settings) -> Vehicle:
    soc = one.soc_input(name)
    return Vehicle(
        name,
        soc=soc,
        limit_soc=one.limit_input(name),
        range_km=one.range_input(name),
        capacity_wh=one.capacity_wh,
        start_soc_percent=one.start_soc_percent,
        efficiency=one.charge_efficiency,
        min_current_a=one.min_current_a,
        phases=one.phases,
        timed=bool(soc) and _timed(soc, settings),
    )


def _timed(name: str, settings: Settings) -> bool:
    """Whether each value of an input has the time of its measurement."""
    source = all_inputs(settings)[name].source
    match source:
        case None:
            return True
        case MqttInput():
            return not source.retained
        case HttpInput() | EntityInput():
            return bool(source.time)
        case _:
            return False
