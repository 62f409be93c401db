"""Surplus: PV − home at one time, and the part that is reserved for batteries."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.estimate.car_model import CarModel, power_at_w, power_between_w
from optimizer.control.estimate.history import History, readings_of_car
from optimizer.control.estimate.observation import Observation
from optimizer.control.params import Params
from optimizer.model.site import Site
from optimizer.model.state import Battery, State
from optimizer.model.value import maker, value
from optimizer.words.text import Text

TAPER_PERCENT = 2.0
"""Range of the state of charge below full in which the reserve for a battery shrinks to 0."""
_UNTOLD = CarModel()


@value
class Surplus:
    """PV − home at the time of the grid reading, with the power of each car at that time."""

    total_w: float | None
    """PV − home without cars. None while a necessary reading is unknown."""
    why: str
    """Why it is unknown, or why an earlier one counts in a gap of the grid power."""
    supplied_w: float
    """Grid import plus battery discharge, minus grid export. 0 while unknown."""
    at_s: float
    """The moment of these values, monotonic s."""
    drawn_w: Mapping[str, float]
    """Power of each car at that moment. Cars of unknown power are absent."""
    held: bool = False
    """Whether it is an earlier surplus: the meter does not show the last change of the cars yet, or a battery does not
    answer."""


make_surplus = maker(Surplus)


def drawn_at(state: State, observed: Mapping[str, Observation], at_s: float) -> dict[str, float]:
    """Power of each car at `at_s`, W. Cars of unknown power are absent."""
    drawn: dict[str, float] = {}
    for name, ev in state.evs.items():
        known = observed.get(name)
        power_w = power_at_w(known.car if known is not None else _UNTOLD, ev, at_s)
        if power_w is not None:
            drawn[name] = power_w
    return drawn


def drawn_before(state: State, observed: Mapping[str, Observation], history: History, at_s: float) -> dict[str, float]:
    """Power of each car at an earlier moment `at_s`, W, also by the readings of then. Cars of unknown power are
    absent."""
    drawn: dict[str, float] = {}
    for name, ev in state.evs.items():
        known = observed.get(name)
        model = known.car if known is not None else _UNTOLD
        power_w = power_between_w(model, ev, readings_of_car(history, name), at_s)
        if power_w is not None:
            drawn[name] = power_w
    return drawn


def held_surplus(total_w: float, at_s: float, drawn_w: Mapping[str, float], why: str = "") -> Surplus:
    """An earlier surplus that still counts."""
    return make_surplus(total_w=total_w, why=why, supplied_w=0.0, at_s=at_s, drawn_w=drawn_w, held=True)


def unknown_surplus(state: State, drawn_w: Mapping[str, float]) -> Surplus:
    """The surplus while a necessary reading is unknown, with the reason."""
    return Surplus(
        total_w=None,
        why=_why_unknown(state),
        supplied_w=0.0,
        at_s=state.grid.power_w.at_s,
        drawn_w=drawn_w,
    )


def _why_unknown(state: State) -> str:
    """The first reading that is missing, and why."""
    if state.grid.power_w.value is None:
        return Text("grid power: {why}", why=state.grid.power_w.why)
    for name, ev in state.evs.items():
        if ev.power_w.value is None:
            return Text("power of {device}: {why}", device=f"ev.{name}", why=ev.power_w.why)
    for name, battery in state.batteries.items():
        if battery.power_w.value is None:
            return Text("power of {device}: {why}", device=f"battery.{name}", why=battery.power_w.why)
    return Text("readings are missing")


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
