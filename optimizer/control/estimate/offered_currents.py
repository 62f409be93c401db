"""Phase currents of a charger beyond what its car was offered.

A car draws at most what it is offered. A charger whose unit is wrong (tenths of an ampere), or that shows the sum of
all phases on each, reports more. The load of the house is what the grid meter shows less the cars. So it would look too
small, and the guard would overload a fuse. Therefore a phase current counts with at most the largest offer of the last
half minute. While a fuse is overloaded, it counts with no more than the offer of now and the power of the charger
allow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from optimizer.control.estimate.observation import Observation
from optimizer.model.reading import Reading
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev, State
from optimizer.model.value import changed
from optimizer.words.text import Text

FOLLOWS_S = 30.0
"""A car follows a lower offer within this time."""
MOST_TAKEN, ERROR_A = 1.15, 1.0
"""A phase current is implausible above this multiple of the largest offer, and this."""
AGREES = 0.8
"""If the power allows this part of the phase currents, both are right: the car does not obey its offer."""


def most_offered_a(ev: Ev, observed: Observation, now_s: float) -> float:
    """The largest current that the car was offered in the last half minute, A. Infinite if nothing tells it."""
    commanded, offered_a = ev.commanded, ev.offered_a.value
    if commanded is None and offered_a is None:
        return math.inf
    most_a = max(observed.last_offer_a, offered_a or 0.0)
    if commanded is None:
        return most_a
    most_a = max(most_a, commanded.offer_a, commanded.unconfirmed_a)
    for step in reversed(observed.car.steps):
        most_a = max(most_a, step.power_w / (NOMINAL_VOLTAGE_V * step.phases))
        if step.at_s < now_s - FOLLOWS_S:
            return most_a
    return max(most_a, observed.car.base_w / NOMINAL_VOLTAGE_V)


def within_offers(ev: Ev, observed: Observation, now_s: float) -> Ev:
    """The charger with no phase current above the largest offer, for the control. The same object without such one."""
    most_a = most_offered_a(ev, observed, now_s)
    for amps in ev.phase_current_a:
        if amps.value is not None and amps.value > most_a:
            return changed(ev, phase_current_a=tuple([_at_most(one, most_a) for one in ev.phase_current_a]))
    return ev


def power_part(evs: Iterable[Ev]) -> float:
    """The part of the phase currents of these chargers that their powers allow, 0 to 1. It counts while a fuse is
    overloaded. A power that is not known allows everything."""
    read_a = allowed_a = 0.0
    for ev in evs:
        sum_a = sum([one.value for one in ev.phase_current_a if one.value is not None])
        power_w = ev.power_w.value
        read_a += sum_a
        allowed_a += sum_a if power_w is None else min(sum_a, max(0.0, power_w) / NOMINAL_VOLTAGE_V)
    return allowed_a / read_a if read_a > 0.0 else 1.0


def offered_now_a(ev: Ev) -> float:
    """The largest current that the car is offered now, A. Infinite if nothing tells it."""
    offered_a, commanded = ev.offered_a.value, ev.commanded
    if commanded is None:
        return math.inf if offered_a is None else offered_a
    return max(offered_a or 0.0, commanded.offer_a, commanded.unconfirmed_a)


def without_impossible(state: State, read: Mapping[str, Ev]) -> State:
    """The snapshot for the rules and the page: the phase currents as they were read, without those that are clearly
    above the offers and contradict the power. In `state` they are `within_offers`, `read` are the chargers as read."""
    evs = dict(state.evs)
    for name, ev in state.evs.items():
        one = read[name]
        if (amps := one.phase_current_a) is ev.phase_current_a:
            continue
        if not one.power_w.known or power_part((one,)) < AGREES:
            amps = tuple([_shown(*pair) for pair in zip(amps, ev.phase_current_a, strict=True)])
        evs[name] = changed(ev, phase_current_a=amps)
    return changed(state, evs=evs)


def _at_most(amps: Reading[float], most_a: float) -> Reading[float]:
    read_a, at_s, _ = amps
    return amps if read_a is None or read_a <= most_a else Reading(most_a, at_s)


def _shown(read: Reading[float], within: Reading[float]) -> Reading[float]:
    """A phase current for the rules and the page."""
    if read.value is None or within.value is None or read.value <= MOST_TAKEN * within.value + ERROR_A:
        return read
    why = Text(
        "implausible: the charger shows {read_a} on a phase, and its car was offered {offered_a} at most: the unit or "
        "the phases of its current are wrong",
        read_a=read.value,
        offered_a=within.value,
    )
    return Reading(None, read.at_s, why)
