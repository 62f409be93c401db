"""Sharing: what there is for all chargers together, and how it is divided.

Higher priority first; equal ones share evenly, as many of them as can run at 6 A. What a charger would take counts
as taken for those after it at once, so that they make room; but nobody rises into it before it is idle, which is
when the others have been seen to draw less.
"""

from __future__ import annotations

import math

from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.surplus import Surplus, reserved_w
from optimizer.control.plan import Plan
from optimizer.control.targets import Targets
from optimizer.model.decision import Cause
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import State
from optimizer.model.value import value


@value
class Available:
    """What is left, W; reduced as chargers are served."""

    sun_w: float | None
    """Surplus for cars; None while unknown."""
    idle_w: float
    """The part of it that no car is using yet; negative while the cars take more than there is."""
    target_w: float
    """Grid power aimed at."""
    power_w: float
    """What chargers may still draw (import limit, dimming); infinite without a limit."""


@value
class Allocation:
    """What one charger leaves to the others, W."""

    wanted_w: float
    """What it would take if it had its share at once, as far as its car takes it."""
    ordered_w: float
    drawn_w: float


def available_to_all(state: State, targets: Targets, surplus: Surplus, plan: Plan, causes: list[Cause]) -> Available:
    """What there is before the first charger is served."""
    drawn_w = sum(surplus.drawn_w.values())
    power_w = math.inf
    limit = targets.import_w
    if limit is not None:
        power_w = 0.0
        if state.grid.power_w.value is not None:
            discharge_w = sum(max(0.0, b.power_w.value or 0.0) for b in state.batteries.values())
            power_w = max(0.0, limit.value + drawn_w - state.grid.power_w.value - discharge_w)
        numbers = (("limit_w", limit.value), ("room_w", power_w))
        causes.append(Cause("limit.import", "grid.import_w", limit.rule, numbers))
    if state.grid.dimmed.value:
        power_w = min(power_w, plan.site.dimmed_w)
        causes.append(Cause("grid.dimmed", "grid.dimmed", numbers=(("limit_w", plan.site.dimmed_w),)))
    if surplus.total_w is None:
        return Available(None, 0.0, 0.0, power_w)
    target_w = targets.grid_target_w if targets.grid_target_w is not None else plan.params.grid_target_w
    sun_w = surplus.total_w + target_w
    if targets.battery_first:
        kept_w = reserved_w(state, plan.site, plan.params, sun_w)
        if kept_w > 0.0:
            kept = (("kept_w", kept_w),)
            causes.append(Cause("surplus.battery_first", "surplus.priority", targets.priority_rule, kept))
        sun_w -= kept_w
    return Available(sun_w, sun_w - drawn_w, target_w, power_w)


def sharing_chargers(followers: list[ChargerInfo], available: Available) -> list[ChargerInfo]:
    """Those of equal chargers that share the surplus: as many as can run at 6 A on an even part, but one at least.
    `followers` come with those that run already first."""
    if available.sun_w is None or len(followers) < 2:
        return followers
    for count in range(len(followers), 1, -1):
        if all(available.sun_w / count >= least_w(info.site) for info in followers[:count]):
            return followers[:count]
    return followers[:1]


def least_w(charger: ChargerSite) -> float:
    """Power of 6 A on the fewest phases that the charger can be set to."""
    phases = 1 if charger.can_switch_phases else len(charger.phase_map)
    return phases * NOMINAL_VOLTAGE_V * MIN_CURRENT_A


def free_w(available: Available, share_w: float, drawn_w: float) -> float:
    """What a charger may use of its share now, W. Less than it draws is free at once; more only as far as nobody else
    uses it yet."""
    most_w = drawn_w + available.idle_w if available.idle_w > 0.0 else drawn_w
    return most_w if most_w < share_w else share_w


def remaining(available: Available, taken: Allocation) -> Available:
    """What is left after one charger."""
    sun_w = None if available.sun_w is None else available.sun_w - taken.wanted_w
    idle_w = available.idle_w - max(0.0, taken.ordered_w - taken.drawn_w)
    power_w = max(0.0, available.power_w - max(taken.ordered_w, taken.drawn_w))
    return Available(sun_w, idle_w, available.target_w, power_w)
