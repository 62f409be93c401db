"""What a charger counts with: the most that it may be drawing now."""

from __future__ import annotations

from optimizer.model.site import ChargerSite
from optimizer.model.state import Ev
from optimizer.model.value import value


@value
class Counted:
    """The most that one charger may be drawing now, per phase of its own wiring."""

    current_a: float
    phases: int


def count(ev: Ev, site: ChargerSite, last_offer_a: float) -> Counted:
    """The largest of offered, observed and unconfirmed. A silent charger counts at the setting it was last known
    to have (a pause may be lost when it restarts), one never heard of at its ceiling."""
    told = ev.told
    wired = len(site.phase_map)
    paused, offered = ev.paused.value, ev.offered_a.value
    if paused is None or offered is None:
        current_a = max(last_offer_a, told.current_a if told else 0.0, told.unconfirmed_a if told else 0.0)
        return Counted(current_a if current_a > 0.0 else site.max_current_a, wired)
    current_a = 0.0 if paused else offered
    if told is not None:
        for amps in (told.unconfirmed_a, told.offer_a):
            if amps > current_a:
                current_a = amps
    for reading in ev.phase_current_a:
        if reading.value is not None and reading.value > current_a:
            current_a = reading.value
    if not site.can_switch_phases:
        return Counted(current_a, wired)
    phases = ev.phases.value or wired
    if told is not None and told.phases > phases:
        phases = told.phases
    return Counted(current_a, phases if phases < wired else wired)
