"""The currents that a charger can be set to: its upper limit, its steps, and the minimum of 6 A."""

from __future__ import annotations

from optimizer.model.site import CURRENT_STEP_A, MIN_CURRENT_A, ChargerSite
from optimizer.model.state import Ev


def ceiling_a(ev: Ev, site: ChargerSite) -> float:
    """The upper limit of the charger, A: the smallest of the owner's limit, the rating, and the connector's limit."""
    rated = ev.rated_a.value
    return site.max_current_a if rated is None or rated > site.max_current_a else rated


def floor_to_step(current_a: float, step_a: float, least_a: float = MIN_CURRENT_A) -> float:
    """The current rounded down to a multiple of the charger's step, A. Below `least_a` it is 0, which means pause."""
    if not current_a >= least_a - 1e-6:  # also true for NaN
        return 0.0
    steps = int(current_a / step_a + 1e-6)
    stepped = steps / 10.0 if step_a == CURRENT_STEP_A else round(steps * step_a, 1)  # a tenth of an ampere is no float
    return stepped if stepped >= least_a - 1e-6 else 0.0
