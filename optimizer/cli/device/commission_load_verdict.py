"""Checks the settings of a switchable load with the readings of its trial: relay, power, meter, and phases. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.cli.device.commission_verdict import Check
from optimizer.model.site import NOMINAL_VOLTAGE_V, SwitchSite
from optimizer.words.text import Text

SETTLED_S = 20.0
"""The power of the last seconds counts. A meter may be late, and a motor needs time to start."""
DRAWS_W = 20.0
"""Below this power the load does not run."""
ROOM = 0.15
"""Part by which the measured power may differ from the settings, or from the grid meter."""
LEAST_W = 50.0
"""A smaller difference is none: the load of the house changes too."""
CARRIES = 0.4
"""Part of its current from which a phase of the house carries the load."""


@dataclass(frozen=True, slots=True)
class LoadLook:
    """All readings at one moment. None if unknown."""

    t_s: float
    """Time since the relay was switched on. Negative before."""
    on: bool | None = None
    power_w: float | None = None
    """By the meter of the relay."""
    supply_w: float | None = None
    """Grid, battery, and PV together: what the house consumes."""
    house_a: tuple[float | None, ...] = ()
    battery_w: float | None = 0.0
    """The sum of all batteries, + discharge. None if one is unknown, 0 without a battery."""


@dataclass(frozen=True, slots=True)
class LoadTrial:
    """The observations of a trial."""

    before: tuple[LoadLook, ...]
    during: tuple[LoadLook, ...]


def judge_load(trial: LoadTrial, site: SwitchSite) -> tuple[Check, ...]:
    """All checks, in the order of the report. Pure."""
    own_w = _last(trial, lambda look: look.power_w)
    rise_w = _rise(trial, lambda look: look.supply_w)
    measured_w = rise_w if own_w is None else own_w
    return _follows(trial), _power(measured_w, site, own=own_w is not None), _meter(own_w, rise_w), _phases(trial, site)


def _follows(trial: LoadTrial) -> Check:
    what = Text("the relay follows")
    seen_s = next((look.t_s for look in trial.during if look.on), None)
    if seen_s is None:
        advice = Text("check its channel in the settings, and whether its app or a schedule switches it")
        return Check(what, "differs", Text("commanded on, it reports off"), advice)
    return Check(what, "as configured", Text("it reported on after {seen_0d} s", seen_0d=seen_s))


def _power(measured_w: float | None, site: SwitchSite, *, own: bool) -> Check:
    what = Text("its power")
    if measured_w is None:
        return Check(what, "no result", Text("neither the relay nor the grid meter measures it"))
    by = Text("the relay") if own else Text("the grid meter")
    if measured_w < DRAWS_W:
        return Check(
            what,
            "no result",
            Text("{measured_0d} W by {by}", measured_0d=measured_w, by=by),
            Text("its thermostat may be open. Try again later"),
        )
    seen = f"{measured_w:.0f} W by {by} (power_w: {site.power_w:g})"
    if abs(measured_w - site.power_w) <= max(LEAST_W, ROOM * site.power_w):
        return Check(what, "as configured", seen)
    why = (
        Text(", because the fuses count it")
        if measured_w > site.power_w
        else Text(", unless it can draw more at other times")
    )
    return Check(
        what,
        "differs",
        seen,
        Text("set `power_w: {measured}`{why}", measured=10 * round(measured_w / 10.0), why=why),
    )


def _meter(own_w: float | None, rise_w: float | None) -> Check:
    what = Text("the grid meter")
    if rise_w is None or own_w is None or own_w < DRAWS_W:
        return Check(what, "no result", Text("the relay or the grid meter did not measure the load"))
    seen = Text(
        "the relay measures {own_0d} W, the consumption of the house rose by {rise_0d} W", own_0d=own_w, rise_0d=rise_w
    )
    room_w = max(LEAST_W, 2.0 * ROOM * own_w)
    if abs(rise_w - own_w) <= room_w:
        return Check(what, "as configured", seen)
    if abs(rise_w + own_w) <= room_w:
        return Check(
            what,
            "differs",
            seen,
            Text("the meter has the opposite sign. Import must be + (set `inverted: true`)"),
        )
    return Check(
        what,
        "no result",
        seen,
        Text("another load changed at the same time, or the load is behind another meter"),
    )


def _phases(trial: LoadTrial, site: SwitchSite) -> Check:
    what = "phases"
    rises = [_rise(trial, _at(phase)) for phase in range(3)]
    known = [rise for rise in rises if rise is not None]
    if len(known) < 3:
        return Check(what, "no result", Text("the grid meter does not measure single phases"))
    own_w = _last(trial, lambda look: look.power_w)
    power_w = site.power_w if own_w is None else own_w
    battery_w = _rise(trial, lambda look: look.battery_w)
    if battery_w is None:
        return Check(what, "no result", Text("the power of a battery is not known"))
    if power_w < DRAWS_W or abs(battery_w) > ROOM * power_w:
        why = Text("a battery supplied the load, or it drew nothing")
        return Check(what, "no result", why, Text("try again with a battery at rest"))
    share_a = power_w / NOMINAL_VOLTAGE_V
    moved = tuple(at + 1 for at, rise in enumerate(known) if abs(rise) >= CARRIES * share_a / 3.0)
    if len([rise for rise in known if abs(rise) >= CARRIES * share_a]) == 1:
        moved = (max(range(3), key=lambda at: abs(known[at])) + 1,)
    if len(moved) not in (1, 3):
        return Check(what, "no result", Text("another load changed at the same time"), Text("try again"))
    names = ", ".join(f"L{phase}" for phase in moved)
    seen = Text("the current rose on {names}", names=names)
    if not site.phase_map:
        return Check(
            what,
            "as configured",
            seen,
            Text("set `phases: [{names}]`. Without it, it counts on each phase", names=names),
        )
    if set(moved) == set(site.phase_map):
        return Check(what, "as configured", seen)
    return Check(what, "differs", seen, Text("set `phases: [{names}]`", names=names))


def _at(phase: int) -> Callable[[LoadLook], float | None]:
    return lambda look: look.house_a[phase] if phase < len(look.house_a) else None


def _last(trial: LoadTrial, pick: Callable[[LoadLook], float | None]) -> float | None:
    """The mean of the last seconds. None without a value."""
    if not trial.during:
        return None
    return _mean(trial.during, pick, trial.during[-1].t_s - SETTLED_S)


def _rise(trial: LoadTrial, pick: Callable[[LoadLook], float | None]) -> float | None:
    before, during = _mean(trial.before, pick), _last(trial, pick)
    return None if before is None or during is None else during - before


def _mean(
    looks: Sequence[LoadLook], pick: Callable[[LoadLook], float | None], from_s: float = float("-inf")
) -> float | None:
    values = [value for look in looks if look.t_s >= from_s and (value := pick(look)) is not None]
    return sum(values) / len(values) if values else None
