"""Entities of the house: its powers, its counters, its price, its problems, and each PV system. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.devices.words import printable
from optimizer.serve.energy import home_power
from optimizer.serve.outputs.entity import HOUSE, Entity, View, energy, power
from optimizer.serve.outputs.payloads import Payload


def house_entities(currency: str) -> Iterator[Entity]:
    """The powers and counters of the house, its import price, and its problems."""
    yield power(HOUSE, "grid_power_w", "Grid power", lambda view: view.report.shown.grid.power_w.value)
    yield power(HOUSE, "home_power_w", "Home power", lambda view: home_power(view.report.shown).value)
    yield power(HOUSE, "pv_power_w", "PV power", _pv_total)
    yield energy(HOUSE, "grid_import_kwh", "Grid import", lambda view: view.books.import_wh)
    yield energy(HOUSE, "grid_export_kwh", "Grid export", lambda view: view.books.export_wh)
    yield energy(HOUSE, "pv_energy_kwh", "PV energy", lambda view: view.books.pv_wh)
    yield energy(HOUSE, "battery_charged_kwh", "Battery charged", lambda view: view.books.charged_wh)
    yield energy(HOUSE, "battery_discharged_kwh", "Battery discharged", lambda view: view.books.discharged_wh)
    price = {"state_class": "measurement", "unit_of_measurement": f"{currency}/kWh"}
    yield Entity(
        part=HOUSE, key="import_price", platform="sensor", name="Import price", read=_price, config=price, decimals=4
    )
    yield Entity(part=HOUSE, key="dimmed", platform="binary_sensor", name="Dimmed by the grid operator", read=_dimmed)
    yield Entity(
        part=HOUSE,
        key="problem",
        platform="binary_sensor",
        name="Problem",
        read=lambda view: bool(view.troubles),
        config={"device_class": "problem", "entity_category": "diagnostic"},
        attributes=lambda view: {"problems": [printable(one.text) for one in view.troubles]},
        occasion=lambda view: tuple(one.key for one in view.troubles),
    )


def _pv_total(view: View) -> Payload:
    powers = [pv.power_w.value for pv in view.report.shown.pvs.values()]
    return None if not powers or None in powers else sum(power for power in powers if power is not None)


def _price(view: View) -> Payload:
    ct = view.report.shown.prices.import_ct.value
    return None if ct is None else ct / 100.0


def _dimmed(view: View) -> Payload:
    return view.report.shown.grid.dimmed.value


def pv_entities(name: str) -> Iterator[Entity]:
    """The power of one PV system."""
    yield power(f"pv.{name}", "power_w", f"PV {name} power", lambda view: view.report.shown.pvs[name].power_w.value)
