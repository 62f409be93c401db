"""The write limiter: computes the next write from the order and the known state of a charger. Pure.

The dispatcher, the simulation, and the benchmark use it, so that all three have the same intervals. It returns one
write at a time. The caller carries it out, records it in `Ev.commanded`, and calls again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

from optimizer.model.decision import EvOrder
from optimizer.model.reading import Reading
from optimizer.model.site import MIN_CURRENT_A, ChargerSite
from optimizer.model.state import Commanded, Ev

READ_BACK_S = 2.0
"""A charger's report lags a write by up to this. An older report says nothing about the write."""
SAME_A = 0.05
"""Two currents that differ by less than this (half a step) count as equal."""

SMALL_A = 0.5
"""A change below this is small. Changes by the noise of the PV power are small."""
SMALL_S = 10.0
"""A small change waits until the last write is this long ago. A reduction that the guard requires never waits."""

AFTER_FALL_S = 4.0
"""A raise waits until the last write is this long ago, also if the last raise is longer ago than the write interval. A
charger has confirmed its write by then."""

Kind = Literal["current", "pause", "release", "phases", "energy_limit"]


class ChargerWrite(NamedTuple):
    """One write. `value` is A for current, a count for phases, Wh for energy_limit, and 0 otherwise."""

    kind: Kind
    value: float = 0.0


PAUSE = ChargerWrite("pause")
RELEASE = ChargerWrite("release")


class AssumedState(NamedTuple):
    """The setting of the charger, as far as it is known. None means unknown."""

    current_a: float | None
    paused: bool | None
    phases: int | None
    confirmed: bool
    """True if the charger has reported all of it since the last write."""


def assumed_state(ev: Ev) -> AssumedState:
    """The charger's own report, or the last write if that is newer."""
    commanded = ev.commanded
    if (
        commanded is not None
        and not _reports_since(ev.offered_a, commanded)
        and ev.offered_a.at_s < commanded.at_s + READ_BACK_S
    ):
        return AssumedState(commanded.current_a, commanded.paused, commanded.phases, confirmed=False)
    phases = ev.phases.value
    if phases is None and commanded is not None:
        phases = commanded.phases
    known = ev.offered_a.value is not None and ev.paused.value is not None
    return AssumedState(ev.offered_a.value, ev.paused.value, phases, confirmed=known)


def _reports_since(reading: Reading[float], commanded: Commanded) -> bool:
    return reading.value is not None and reading.at_s >= commanded.at_s + READ_BACK_S


def applied(before: Commanded, write: ChargerWrite, now_s: float) -> Commanded:
    """The setting after a write at monotonic `now_s`. A higher current is a raise, and so is the end of a pause."""
    current_a, paused, phases, raised_at_s = before.current_a, before.paused, before.phases, before.raised_at_s
    match write.kind:
        case "current":
            raised_at_s = now_s if write.value > current_a else raised_at_s
            current_a = write.value
        case "pause":
            paused = True
        case "release":
            raised_at_s = now_s if paused else raised_at_s
            paused = False
        case "phases":
            phases = int(write.value)
        case "energy_limit":
            return before
    return replace(before, current_a=current_a, paused=paused, phases=phases, at_s=now_s, raised_at_s=raised_at_s)


def next_write(order: EvOrder, ev: Ev, site: ChargerSite, now_s: float) -> ChargerWrite | None:
    """The write that brings the charger one step closer to `order`. None if nothing is to do, or if it must wait.

    Phases are written alone, because combined writes fail together. Up: 6 A, read back, phases, read back, current.
    Down: phases come first. A current is set before a pause is released.
    """
    if ev.blocked:
        return None
    assumed = assumed_state(ev)
    if assumed.current_a is None or assumed.paused is None:
        return None
    if order.current_a <= 0.0:
        if not assumed.paused:
            return PAUSE
        return _phase_write(order, assumed, site) or _energy_write(order, ev)
    switch = site.can_switch_phases and assumed.phases is not None and order.phases != assumed.phases
    if switch and assumed.confirmed and ev.commanded is not None and ev.commanded.phases == order.phases:
        switch = False  # written but not done: the check of obedience repeats it, and the current changes meanwhile
    up = switch and order.phases > (assumed.phases or 0)
    if up and not order.urgent and not assumed.paused and assumed.current_a > MIN_CURRENT_A + SAME_A:
        return ChargerWrite("current", MIN_CURRENT_A)
    fall_a = 0.0 if assumed.paused else assumed.current_a - order.current_a
    if fall_a > SAME_A and (order.urgent or (not up and _may_change(fall_a, ev, 0.0, now_s))):
        return ChargerWrite("current", order.current_a)
    if switch:
        return _phase_write(order, assumed, site)
    return (
        _current_write(order, assumed, ev, site, now_s)
        or (RELEASE if assumed.paused else None)
        or _energy_write(order, ev)
    )


def _phase_write(order: EvOrder, assumed: AssumedState, site: ChargerSite) -> ChargerWrite | None:
    if not site.can_switch_phases or assumed.phases is None or assumed.phases == order.phases or not assumed.confirmed:
        return None
    return ChargerWrite("phases", float(order.phases))


def _current_write(
    order: EvOrder, assumed: AssumedState, ev: Ev, site: ChargerSite, now_s: float
) -> ChargerWrite | None:
    assert assumed.current_a is not None  # next_write has checked it
    change_a = abs(order.current_a - assumed.current_a)
    if change_a < SAME_A:
        return None
    if assumed.paused or _may_change(change_a, ev, site.write_interval_s, now_s):
        return ChargerWrite("current", order.current_a)
    return None


def _may_change(change_a: float, ev: Ev, interval_s: float, now_s: float) -> bool:
    """Whether the last raise is `interval_s` ago, the last write AFTER_FALL_S, and SMALL_S before a small change. An
    `interval_s` of 0 is for a fall: only a small one waits."""
    commanded = ev.commanded
    if commanded is None:
        return True
    since_s = now_s - commanded.at_s
    if since_s < SMALL_S and change_a < SMALL_A - SAME_A:
        return False
    raised_at_s = commanded.at_s if commanded.raised_at_s is None else commanded.raised_at_s
    return interval_s <= 0.0 or (now_s - raised_at_s >= interval_s and since_s >= min(interval_s, AFTER_FALL_S))


def _energy_write(order: EvOrder, ev: Ev) -> ChargerWrite | None:
    limit_wh = order.energy_limit_wh
    commanded_wh = ev.energy_limit_wh.value
    if limit_wh is None or commanded_wh is None or abs(commanded_wh - limit_wh) < 1.0:
        return None
    return ChargerWrite("energy_limit", float(limit_wh))
