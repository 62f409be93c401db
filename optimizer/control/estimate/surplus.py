"""Surplus: PV − home at one time, and the part that is reserved for batteries."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.estimate.car_model import CarModel, power_at_w
from optimizer.control.estimate.observation import Observation
from optimizer.control.params import Params
from optimizer.model.site import Site
from optimizer.model.state import Battery, State
from optimizer.model.value import maker, value

TAPER_PERCENT = 2.0
"""Range of the state of charge below full in which the reserve for a battery shrinks to 0."""
_UNTOLD = CarModel()


@value
class Surplus:
    """PV − home at the time of the grid reading, with the power of each car at that time."""

    total_w: float | None
    """PV − home without cars. None while a necessary reading is unknown."""
    why: str
    """Why it is unknown."""
    supplied_w: float
    """Grid import plus battery discharge, minus grid export. 0 while unknown."""
    drawn_w: Mapping[str, float]
    """Power of each car at the time of the grid reading. Cars of unknown power are absent."""


make_surplus = maker(Surplus)


def surplus_now(state: State, observed: Mapping[str, Observation]) -> Surplus:
    """The surplus from the grid, batteries, and cars at one time."""
    grid_w, grid_at_s, grid_why = state.grid.power_w
    drawn: dict[str, float] = {}
    why = "" if grid_w is not None else f"grid power: {grid_why}"
    for name, ev in state.evs.items():
        known = observed.get(name)
        power_w = power_at_w(known.car if known is not None else _UNTOLD, ev, grid_at_s)
        if power_w is None:
            why = why or f"power of ev.{name}: {ev.power_w.why}"
        else:
            drawn[name] = power_w
    discharge_w = 0.0
    for name, battery in state.batteries.items():
        power_w = battery.power_w.value
        if power_w is None:
            why = why or f"power of battery.{name}: {battery.power_w.why}"
        else:
            discharge_w += power_w
    if grid_w is None or why:
        return make_surplus(None, why, 0.0, drawn)
    total_w = sum(drawn.values()) - grid_w - discharge_w
    return make_surplus(total_w, "", grid_w + discharge_w if discharge_w > 0.0 else grid_w, drawn)


def reserved_w(state: State, site: Site, params: Params, surplus_w: float) -> float:
    """Surplus that is reserved for batteries with priority, W ≥ 0: the power that they can take."""
    total = 0.0
    for name, battery in state.batteries.items():
        if name in site.batteries:
            total += _appetite_w(battery, site.batteries[name].max_charge_w, params)
    if params.battery_reserved_w is not None:
        total = min(total, params.battery_reserved_w)
    return min(total, max(0.0, surplus_w))


def _appetite_w(battery: Battery, configured_w: float, params: Params) -> float:
    """The power that a battery can take now, W. It shrinks near full. An unknown state of charge counts as not full."""
    most_w = configured_w
    if battery.max_charge_w.value is not None:
        most_w = min(most_w, battery.max_charge_w.value)
    soc = battery.soc_percent.value
    if soc is None:
        return most_w
    return most_w * min(1.0, max(0.0, (params.battery_full_percent - soc) / TAPER_PERCENT))
