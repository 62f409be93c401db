"""The worst case of a charger: the largest current that it may draw now."""

from __future__ import annotations

from optimizer.model.site import MIN_CURRENT_A, ChargerSite
from optimizer.model.state import Ev
from optimizer.model.value import maker, value


@value
class WorstCase:
    """The largest current that one charger may draw now, on each phase of its own wiring."""

    current_a: float
    phases: int
    used: int
    """The number of these phases that its car may use. It is lower if readings showed fewer."""
    least_a: float = MIN_CURRENT_A
    """The least current of its car. Below it, only a pause helps."""


make_worst_case = maker(WorstCase)


def worst_case_of(
    ev: Ev, site: ChargerSite, last_offer_a: float, car_phases: int = 0, least_a: float = MIN_CURRENT_A
) -> WorstCase:
    """The largest of the offered, observed, and unconfirmed current. A silent charger counts with its last known
    setting, because a restart may end a pause. A charger without any report counts with its upper limit. `car_phases`
    is the observed number of phases that its car uses, 0 if unknown. `least_a` is the least current of its car."""
    commanded = ev.commanded
    wired = len(site.phase_map)
    paused, offered = ev.paused.value, ev.offered_a.value
    if paused is None or offered is None:
        current_a = max(
            last_offer_a, commanded.current_a if commanded else 0.0, commanded.unconfirmed_a if commanded else 0.0
        )
        return make_worst_case(current_a if current_a > 0.0 else site.max_current_a, wired, wired, least_a)
    current_a = 0.0 if paused else offered
    if commanded is not None:
        for amps in (commanded.unconfirmed_a, commanded.offer_a):
            if amps > current_a:
                current_a = amps
    for reading in ev.phase_current_a:
        if reading.value is not None and reading.value > current_a:
            current_a = reading.value
    if not site.can_switch_phases:
        return make_worst_case(current_a, wired, car_phases if 0 < car_phases < wired else wired, least_a)
    phases = ev.phases.value or wired
    if commanded is not None and commanded.phases > phases:
        phases = commanded.phases
    phases = phases if phases < wired else wired
    return make_worst_case(current_a, phases, car_phases if 0 < car_phases < phases else phases, least_a)
