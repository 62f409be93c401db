"""Sharing: the power for all chargers together, and its division.

Higher priority comes first. Chargers of equal priority share evenly, as many as can run with their least current. The
request of a charger reduces the share of the later ones at once, so that they reduce their power. A charger rises only
into idle power, after the readings show that the others draw less.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_limits import CarLimits
from optimizer.control.estimate.surplus import Surplus, reserved_w
from optimizer.control.plan import Plan
from optimizer.control.targets import Targets
from optimizer.model.decision import Cause
from optimizer.model.site import NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import State
from optimizer.model.value import maker, value


@value
class Available:
    """The remaining power, W. Each charger reduces it."""

    sun_w: float | None
    """Surplus for cars. None while unknown."""
    idle_w: float
    """The part of the surplus that no car uses yet. Negative while the cars draw more than the surplus."""
    target_w: float
    """Target of the grid power."""
    power_w: float
    """Power that chargers may still draw (import limit, dimming). Infinite without a limit."""
    kept_w: float = 0.0
    """Surplus that is reserved for batteries and not part of `sun_w`."""
    behind: bool = False
    """Whether a charger before it follows the surplus."""
    later_w: float = 0.0
    """The same power of batteries while cars come before them: only what comes after the battery leaves it."""


make_available = maker(Available)


@value
class Allocation:
    """The power that one charger uses, W."""

    wanted_w: float
    """The power that it would draw with its full share, limited by its car."""
    ordered_w: float
    drawn_w: float
    follows: bool = False
    """Whether it takes the surplus first, now or as soon as there is enough."""


make_allocation = maker(Allocation)


def available_to_all(state: State, targets: Targets, surplus: Surplus, plan: Plan, causes: list[Cause]) -> Available:
    """The power before the first charger gets its share."""
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
        return make_available(None, 0.0, 0.0, power_w)
    target_w = targets.grid_target_w if targets.grid_target_w is not None else plan.params.grid_target_w
    sun_w, kept_w, later_w = surplus.total_w + target_w, 0.0, 0.0
    if not targets.battery_first and plan.behind_battery:
        later_w = reserved_w(state, plan.site, plan.params, sun_w)
    if targets.battery_first:
        kept_w = reserved_w(state, plan.site, plan.params, sun_w)
        if kept_w > 0.0:
            kept = (("kept_w", kept_w),)
            causes.append(Cause("surplus.battery_first", "surplus.priority", targets.priority_rule, kept))
        sun_w -= kept_w
    return make_available(
        sun_w=sun_w, idle_w=sun_w - drawn_w, target_w=target_w, power_w=power_w, kept_w=kept_w, later_w=later_w
    )


def after_batteries(available: Available, causes: list[Cause]) -> Available:
    """The power for what comes after the batteries in the order of the settings."""
    causes.append(Cause("surplus.battery_first", "surplus.priority", numbers=(("kept_w", available.later_w),)))
    return make_available(
        sun_w=None if available.sun_w is None else available.sun_w - available.later_w,
        idle_w=available.idle_w - available.later_w,
        target_w=available.target_w,
        power_w=available.power_w,
        kept_w=available.later_w,
        behind=available.behind,
    )


def sharing_chargers(
    followers: list[ChargerInfo], available: Available, least_w: Mapping[str, float]
) -> list[ChargerInfo]:
    """The chargers of equal priority that share the surplus: as many as can run with their `least_w`, and at least one.
    The running ones come first in `followers`."""
    if available.sun_w is None or len(followers) < 2:
        return followers
    for count in range(len(followers), 1, -1):
        if all(available.sun_w / count >= least_w[info.name] for info in followers[:count]):
            return followers[:count]
    return followers[:1]


def least_w(charger: ChargerSite, car: CarLimits) -> float:
    """Power at the least current of the car on the fewest phases that the charger supports."""
    phases = 1 if charger.can_switch_phases else car.phases
    return phases * NOMINAL_VOLTAGE_V * car.least_a


def free_w(available: Available, share_w: float, drawn_w: float) -> float:
    """The part of its share that a charger may use now, W. It may fall at once. It may rise only into idle power."""
    most_w = drawn_w + available.idle_w if available.idle_w > 0.0 else drawn_w
    return most_w if most_w < share_w else share_w


def remaining(available: Available, taken: Allocation) -> Available:
    """The power that remains after one charger."""
    sun_w = None if available.sun_w is None else available.sun_w - taken.wanted_w
    idle_w = available.idle_w - max(0.0, taken.ordered_w - taken.drawn_w)
    power_w = max(0.0, available.power_w - max(taken.ordered_w, taken.drawn_w))
    return make_available(
        sun_w=sun_w,
        idle_w=idle_w,
        target_w=available.target_w,
        power_w=power_w,
        kept_w=available.kept_w,
        behind=available.behind or taken.follows,
        later_w=available.later_w,
    )
