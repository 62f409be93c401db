"""Combines the latest samples into one State. A reading that is too old is unknown, with its age and the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from optimizer.devices.port import Sample
from optimizer.model.condition import ChargerCondition
from optimizer.model.holidays import holiday_on
from optimizer.model.reading import Reading, known
from optimizer.model.site import Site
from optimizer.model.state import (
    NO_FORECAST,
    Battery,
    Commanded,
    Ev,
    Forecast,
    Grid,
    InputValue,
    Prices,
    Pv,
    State,
    Switch,
    SwitchCommanded,
)
from optimizer.model.sun import sun_times
from optimizer.model.value import changed
from optimizer.runtime.parts import Device
from optimizer.words.text import Text

Part = TypeVar("Part", Grid, Pv, Battery, Ev, ChargerCondition, Switch)

NO_PRICES = Prices()
NOT_SWITCHED: Mapping[str, SwitchCommanded | None] = MappingProxyType({})
NO_INPUTS: Mapping[str, Reading[InputValue]] = MappingProxyType({})

LASTING = frozenset({"rated_a", "capacity_wh"})
"""Facts about hardware. A reading of them is valid at any age."""
SLOW_S = {"signal_dbm": 900.0}
"""Readings that adapters renew rarely, with their own limit of age, s."""

Problem = Callable[[str], str]
"""Returns the problem of a device by its name. Empty while it answers."""


def snapshot(
    devices: Sequence[Device],
    latest: Mapping[str, Sample | None],
    site: Site,
    *,
    now: datetime,
    mono_s: float,
    problem_of: Problem,
    commanded: Mapping[str, Commanded | None],
    grid_history: tuple[tuple[float, float], ...] = (),
    prices: Prices = NO_PRICES,
    inputs: Mapping[str, Reading[InputValue]] = NO_INPUTS,
    forecast: Forecast = NO_FORECAST,
    switched: Mapping[str, SwitchCommanded | None] = NOT_SWITCHED,
) -> State:
    """The house at `mono_s`. `commanded` is by charger name, `switched` by switch name, `latest` by device name."""
    grid = Grid()
    pvs: dict[str, Pv] = {}
    meters: dict[str, Reading[float]] = {}
    # Decisions cover the whole site, so a charger or battery without a device is included as unknown.
    batteries = {name: Battery(name) for name in site.batteries}
    evs = {name: Ev(name) for name in site.chargers}
    switches = {name: Switch(name) for name in site.switches}
    for device in devices:
        sample = latest.get(device.name)
        problem = problem_of(device.name)
        if device.grid:
            limit_s = max(device.max_age_s, site.grid_max_age_s)
            seen = _aged(sample.grid if sample else None, Grid(), mono_s, limit_s, problem)
            grid = replace(seen, history=grid_history)
        if device.side_meter:
            side = _aged(sample.grid if sample else None, Grid(), mono_s, device.max_age_s, problem)
            meters[device.name] = side.power_w
        for name in device.pvs:
            pvs[name] = _aged(_named(sample.pvs if sample else (), name), Pv(name), mono_s, device.max_age_s, problem)
        for name in device.batteries:
            found = _named(sample.batteries if sample else (), name)
            battery = _aged(found, Battery(name), mono_s, device.max_age_s, problem)
            batteries[name] = _with_capacity(battery, site, mono_s)
        for name in device.evs:
            ev = aged_ev(device, sample, name, mono_s, problem)
            evs[name] = replace(ev, commanded=commanded.get(name))
        for name in device.switches:
            found_switch = _named(sample.switches if sample else (), name)
            switch = _aged(found_switch, Switch(name), mono_s, device.max_age_s, problem)
            switches[name] = replace(switch, commanded=switched.get(name))
    local = now.astimezone(site.zone)
    return State(
        now=now,
        local=local,
        mono_s=mono_s,
        grid=grid,
        pvs=pvs,
        batteries=batteries,
        evs=evs,
        prices=prices,
        forecast=forecast,
        sun=sun_times(site.latitude, site.longitude, local),
        holiday=holiday_on(site.holidays, local.toordinal()),
        meters=meters,
        inputs=inputs,
        switches=switches,
    )


def aged_ev(device: Device, sample: Sample | None, name: str, mono_s: float, problem: str) -> Ev:
    """One charger of the State, without `commanded`."""
    return _aged(_named(sample.evs if sample else (), name), Ev(name), mono_s, device.max_age_s, problem)


def _with_capacity(battery: Battery, site: Site, mono_s: float) -> Battery:
    """The battery with the capacity of the settings, if the device itself reports none."""
    wired = site.batteries.get(battery.name)
    if battery.capacity_wh.known or wired is None or wired.capacity_wh is None:
        return battery
    return replace(battery, capacity_wh=known(wired.capacity_wh, mono_s))


Named = TypeVar("Named", Pv, Battery, Ev, Switch)


def _named(parts: tuple[Named, ...], name: str) -> Named | None:
    return next((part for part in parts if part.name == name), None)


def _aged(part: Part | None, blank: Part, mono_s: float, limit_s: float, problem: str) -> Part:
    """The part with every reading older than `limit_s` unknown. All are unknown if it was never read."""
    if part is None:
        return _without(blank, mono_s, problem or "not read yet")
    changes: dict[str, Any] = {}
    for name in type(part).__slots__:  # type: ignore[attr-defined]
        before, limit = getattr(part, name), SLOW_S.get(name, limit_s)
        now = _now(before, mono_s, limit, problem) if name not in LASTING else before
        if now is not before:
            changes[name] = now
    return changed(part, **changes) if changes else part


def _now(value: Any, mono_s: float, limit_s: float, problem: str) -> Any:
    """The value of a field with each reading that is older than `limit_s` unknown, or `value` itself."""
    if isinstance(value, Reading):
        return _explained(value.fresh(mono_s, limit_s), value, problem)
    if isinstance(value, tuple) and value and isinstance(value[0], Reading):
        now = tuple([_explained(one.fresh(mono_s, limit_s), one, problem) for one in value])
        return now if any(one is not before for one, before in zip(now, value, strict=True)) else value
    if isinstance(value, ChargerCondition):
        return _aged(value, ChargerCondition(), mono_s, limit_s, problem)
    return value


def _explained(now: Reading[Any], before: Reading[Any], problem: str) -> Reading[Any]:
    """The reading with the problem of its device, if it has just become unknown by age."""
    return (
        now._replace(why=Text("{why}; {problem}", why=now.why, problem=problem))
        if now is not before and problem
        else now
    )


def _without(blank: Part, mono_s: float, why: str) -> Part:
    missing: Reading[Any] = Reading(None, mono_s, why)
    changes: dict[str, Any] = {i.name: missing for i in fields(blank) if isinstance(getattr(blank, i.name), Reading)}
    if isinstance(blank, Ev):
        changes["condition"] = _without(blank.condition, mono_s, why)
    return replace(blank, **changes)
