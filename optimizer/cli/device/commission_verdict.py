"""Checks the settings with the readings of a trial: meter sign and delay, phase map, current steps, and lag. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from optimizer.cli.device.commission_delay import Moment, delay_of
from optimizer.control.judge.answers import LATE_S
from optimizer.model.site import ChargerSite
from optimizer.words.text import Text

Verdict = Literal["as configured", "differs", "no result"]

DRAWS_W = 500.0
"""Above this power a car charges. 6 A on one phase are about 1400 W."""
ROOM = 0.4
"""Part of the expected change by which the house load may change meanwhile."""
CARRIES_A = 3.0
"""The car does not use a phase with less current at 6 A."""
FOLLOWED = 0.85
"""Part of its final power from which a car counts as following."""
SAME_A = 0.05
LAST_LOOKS_S = 20.0
SPARE_S = 2.0
SAME_DELAY_S = 5.0
"""A delay in the settings may differ from the measured one by this. The trial reads every 2 s."""


@dataclass(frozen=True, slots=True)
class Look:
    """All readings at one moment. None if unknown. The signs are those of the model."""

    t_s: float
    """Time since the start of charging. Negative before."""
    ev_w: float | None = None
    ev_a: tuple[float | None, ...] = ()
    """Current of each charger phase."""
    offered_a: float | None = None
    grid_w: float | None = None
    house_a: tuple[float | None, ...] = ()
    """Current of each house phase, + import. Empty if not measured."""
    battery_w: float | None = None
    """The sum of all batteries, + discharge. None if one is unknown."""
    pv_w: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """The observations of a trial."""

    before: tuple[Look, ...]
    """During the pause."""
    during: tuple[Look, ...]
    """At 6 A, from the start of charging."""
    step: tuple[Look, ...]
    """After the current was raised by one step."""
    step_to_a: float
    stopping: tuple[Look, ...] = ()
    """While the car stopped, before the pause. A late meter shows it during the pause."""

    @property
    def meter_delay_s(self) -> float | None:
        """The delay with which the grid meter shows the car, s. None if it did not show it."""
        moments = []
        for look in (*self.stopping, *self.before, *self.during):
            if look.ev_w is not None and look.grid_w is not None:
                supply_w = look.grid_w + (look.battery_w or 0.0) + (look.pv_w or 0.0)
                moments.append(Moment(look.t_s, look.ev_w, supply_w))
        return delay_of(moments)


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check."""

    what: str
    verdict: Verdict
    seen: str
    advice: str = ""


def judge(trial: Trial, site: ChargerSite, meter: str = "", set_delay_s: float | None = None) -> tuple[Check, ...]:
    """All checks, in the order of the report. `meter` is the device of the grid meter, `set_delay_s` its setting."""
    final_w = _mean(trial.during, lambda look: look.ev_w, last=True)
    if final_w is None or final_w < DRAWS_W:
        seen = Text("the car did not charge") if final_w is not None else Text("the charger does not report its power")
        why = Text("check whether it is full, on a timer, or locked by its app")
        return (
            *(
                Check(what, "no result", seen, why)
                for what in (Text("the meter's sign"), Text("the meter's delay"), Text("phase map"))
            ),
            _step(trial, site),
            Check(Text("the car's lag"), "no result", seen, why),
        )
    return (
        _sign(trial),
        _delay(trial, meter, set_delay_s),
        _phases(trial, site),
        _step(trial, site),
        _lag(trial, site, final_w),
    )


def _sign(trial: Trial) -> Check:
    what = Text("the meter's sign")
    change_w = _change(trial, lambda look: look.grid_w)
    car_w = _change(trial, lambda look: look.ev_w)
    if change_w is None or car_w is None:
        return Check(what, "no result", Text("grid power was unknown"))
    # A change of battery or PV power in the same time did not come from the grid.
    others_w = (_change(trial, lambda look: look.battery_w) or 0.0) + (_change(trial, lambda look: look.pv_w) or 0.0)
    expected_w = car_w - others_w
    seen = Text(
        "the car drew {car_0ds} W, the grid meter changed by {change_0ds} W", car_0ds=car_w, change_0ds=change_w
    )
    if others_w:
        seen += Text(", battery and PV by {others_0ds} W", others_0ds=others_w)
    if expected_w < 0.5 * car_w:
        advice = Text("battery or PV supplied the car. Try again when they are steady")
        return Check(what, "no result", seen, advice)
    if abs(change_w - expected_w) <= ROOM * expected_w:
        return Check(what, "as configured", seen)
    if abs(change_w + expected_w) <= ROOM * expected_w:
        return Check(
            what,
            "differs",
            seen,
            Text("the meter has the opposite sign. Import must be + (set `inverted: true`)"),
        )
    return Check(what, "no result", seen, Text("another load changed at the same time, or this is another meter"))


def _delay(trial: Trial, meter: str, set_s: float | None) -> Check:
    what = Text("the meter's delay")
    delay_s = trial.meter_delay_s
    if delay_s is None:
        why = Text("another load changed at the same time, or the meter is later than 60 s. Try again")
        return Check(what, "no result", Text("the grid meter did not show the car"), why)
    seen = Text("the grid meter showed the car after {delay_0d} s", delay_0d=delay_s)
    line = Text("set `delay_s: {delay_0d}`", delay_0d=delay_s) + (
        Text(" in devices.{meter}", meter=meter) if meter else ""
    )
    if set_s is not None and abs(set_s - delay_s) > SAME_DELAY_S:
        return Check(what, "differs", seen, Text("{line} (now {set})", line=line, set=set_s))
    if set_s is None and delay_s >= LATE_S:
        return Check(what, "as configured", seen, Text("{line}, or let the service learn it", line=line))
    return Check(what, "as configured", seen)


def _phases(trial: Trial, site: ChargerSite) -> Check:
    what = Text("phase map")
    count = max((len(look.ev_a) for look in trial.during), default=0)
    carried = [_mean(trial.during, _at("ev_a", line), last=True) for line in range(count)]
    lines = [line for line, current_a in enumerate(carried) if current_a is not None and current_a >= CARRIES_A]
    if not lines:
        return Check(what, "no result", Text("the charger does not measure its phases"))
    rises = [_change(trial, _at("house_a", phase)) for phase in range(3)]
    known = [rise for rise in rises if rise is not None]
    if len(known) < 3:
        return Check(what, "no result", Text("the grid meter does not measure single phases"))
    # A meter with the wrong sign still shows which phases changed.
    upside = 1.0 if sum(known) >= 0 else -1.0
    moved = {phase + 1 for phase, rise in enumerate(known) if rise * upside >= CARRIES_A}
    wanted = {site.phase_map[line] for line in lines if line < len(site.phase_map)}
    drawn, house = _named([line + 1 for line in lines]), _named(sorted(moved))
    seen = Text("the car draws on {drawn} of the charger, the house on {house}", drawn=drawn, house=house)
    if len(lines) > len(site.phase_map):
        return Check(
            what,
            "differs",
            seen,
            Text("{count} phase is configured, {loaded} carry current", count=len(site.phase_map), loaded=len(lines)),
        )
    if moved == wanted:
        if len(lines) == 3:
            return Check(
                what, "as configured", seen + Text(". The order gives no result while all three carry the same current")
            )
        return Check(what, "as configured", seen)
    if len(lines) == 1 and len(moved) == 1:
        return Check(
            what, "differs", seen, Text("the charger's {drawn} is the house's {house}", drawn=drawn, house=house)
        )
    return Check(
        what, "no result", seen, Text("battery, PV, or house load changed too. Try again when they are steady")
    )


def _step(trial: Trial, site: ChargerSite) -> Check:
    what = Text("current steps")
    offers = [look.offered_a for look in trial.step if look.offered_a is not None]
    if not offers:
        return Check(what, "no result", Text("the charger does not report its setting"))
    seen = Text("commanded {step_to} A, reported {offers} A", step_to=trial.step_to_a, offers=offers[-1])
    if abs(offers[-1] - trial.step_to_a) <= SAME_A:
        return Check(
            what,
            "as configured",
            Text("{seen} (steps of {current_step} A)", seen=seen, current_step=site.current_step_a),
        )
    return Check(
        what, "differs", seen, Text("the charger does not accept such small steps, or another program sets it")
    )


def _lag(trial: Trial, site: ChargerSite, final_w: float) -> Check:
    drawing = [look.t_s for look in trial.during if look.ev_w is not None and look.ev_w >= DRAWS_W]
    late = [look.t_s for look in trial.during if look.ev_w is not None and look.ev_w < FOLLOWED * final_w]
    after = [look.t_s for look in trial.during if look.ev_w is not None and look.t_s > max(late, default=-math.inf)]
    seen = Text(
        "charging started after {drawing_0d} s and reached {final_0d} W after {after_0d} s",
        drawing_0d=drawing[0],
        final_0d=final_w,
        after_0d=after[0],
    )
    # A start takes longer than a change. Only the reaction must come in time.
    if drawing[0] <= site.settle_s + SPARE_S:
        return Check(
            Text("the car's lag"),
            "as configured",
            Text("{seen} (settle_s: {settle})", seen=seen, settle=site.settle_s),
        )
    return Check(
        Text("the car's lag"),
        "differs",
        seen,
        Text("set settle_s: {ceil} (now {settle})", ceil=math.ceil(after[0] + SPARE_S), settle=site.settle_s),
    )


def _at(name: str, index: int) -> Callable[[Look], float | None]:
    def pick(look: Look) -> float | None:
        values: tuple[float | None, ...] = getattr(look, name)
        return values[index] if index < len(values) else None

    return pick


def _mean(looks: Sequence[Look], pick: Callable[[Look], float | None], *, last: bool = False) -> float | None:
    """The mean of known values. Only the last looks count after the car has settled. None without a value."""
    from_s = looks[-1].t_s - LAST_LOOKS_S if last and looks else -math.inf
    values = [value for look in looks if look.t_s >= from_s and (value := pick(look)) is not None]
    return sum(values) / len(values) if values else None


def _change(trial: Trial, pick: Callable[[Look], float | None]) -> float | None:
    """The change from the pause to the settled charge."""
    before, during = _mean(trial.before, pick), _mean(trial.during, pick, last=True)
    return None if before is None or during is None else during - before


def _named(phases: Sequence[int]) -> str:
    return ", ".join(f"L{phase}" for phase in phases) or "none"
