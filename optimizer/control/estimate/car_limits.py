"""Car limits: the least current and the phases of a car that decisions use. Settings overrule what was learned."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.estimate.car_facts import CarFacts, next_a, offered_least_a
from optimizer.control.estimate.observation import Observation
from optimizer.model.site import MIN_CURRENT_A, ChargerSite

TRIAL_S = 3600.0
"""A car that was silent is offered more for this long. Then it is offered its least current again."""


class CarLimits(NamedTuple):
    """The needs of a car, from the settings of the charger or of a vehicle, and from the learned facts."""

    least_a: float
    """Least current, A, 6–32. Below it, control pauses."""
    trial_a: float
    """Current to offer next to a car that was silent at lower ones, A. 0: none."""
    phases: int
    """Number of phases that the car uses when it is offered all."""
    certain_phases: int
    """The phases that the car was seen to use in this session, or all. Limits of power use it, because they must hold
    for any car: another one than the car of the settings may be plugged in."""


USUAL = tuple(CarLimits(MIN_CURRENT_A, 0.0, phases, phases) for phases in range(4))
"""The limits of a car of which nothing special is known, by the number of phases."""


def car_limits(observed: Observation, site: ChargerSite, now_s: float) -> CarLimits:
    """The limits of the car at this charger."""
    facts, seen, wired = observed.facts, observed.car_phases, len(site.phase_map)
    session = facts.session
    set_phases, set_a = observed.set_phases or site.car_phases, observed.set_a or site.car_min_current_a
    if not facts.least_a and not session.silent_a and seen == facts.phases and set_phases is None and set_a is None:
        return USUAL[seen if 0 < seen < wired else wired]
    phases = seen if set_phases is None or set_phases < seen else set_phases  # a car can use more phases than set
    if not seen and set_phases is None and not site.can_switch_phases:
        phases = facts.phases
    certain = seen if 0 < seen < wired else wired
    phases = phases if 0 < phases < wired else wired
    if set_a is not None:
        return CarLimits(_stepped_a(set_a, site), 0.0, phases, certain)
    least_a, trial_a = MIN_CURRENT_A, 0.0
    if facts.least_a > 0.0 and (session.tried or not session.drawing):
        least_a = _stepped_a(offered_least_a(facts), site)
    if 0.0 < session.silent_a < session.draws_a and now_s - session.silent_at_s < TRIAL_S:
        # It works at `draws_a`, and perhaps at less.
        offer_a = min(next_a(session.silent_a, facts.start_s) or session.draws_a, session.draws_a)
        if offer_a < math.inf:
            trial_a = _stepped_a(offer_a, site)
    return CarLimits(least_a, trial_a if trial_a > least_a else 0.0, phases, certain)


def least_a_of(site: ChargerSite, facts: CarFacts, set_a: float | None = None) -> float:
    """The least current of the car by the settings of the vehicle (`set_a`) or the charger, or as learned, A. 6 if none
    is known."""
    set_a = set_a or site.car_min_current_a
    if set_a is not None:
        return set_a
    return max(MIN_CURRENT_A, offered_least_a(facts)) if facts.least_a > MIN_CURRENT_A else MIN_CURRENT_A


def _stepped_a(current_a: float, site: ChargerSite) -> float:
    """The current rounded up to a step of the charger, A."""
    return round(math.ceil(current_a / site.current_step_a - 1e-6) * site.current_step_a, 1)
