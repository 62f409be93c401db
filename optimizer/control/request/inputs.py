"""The inputs of one tick for the follower of one charger."""

from __future__ import annotations

from optimizer.control.request.wear import Relays
from optimizer.model.site import MIN_CURRENT_A
from optimizer.model.value import maker, value


@value
class SiteInputs:
    """The inputs of one tick that all chargers share."""

    now_s: float
    pv_w: float | None
    """PV power of all systems. None while unknown or not measured."""
    pv_at_s: float
    grid_share: float


make_site_inputs = maker(SiteInputs)


@value
class FollowerInputs:
    """The inputs of one tick for one charger."""

    site_inputs: SiteInputs
    surplus_w: float
    """Power that it can draw without import, including its present power."""
    free_w: float
    """The part of `surplus_w` that no other charger still uses."""
    trims: bool
    """Whether the trim may learn: the car has followed the last write, to a current between the limits."""
    modes: tuple[int, ...]
    """The allowed numbers of phases: (1,), (3,), or (1, 3)."""
    one_w_per_a: float
    """Power of one ampere of the offer on one phase: 230 W, or what this car usually draws."""
    three_w_per_a: float
    """The same on three phases, or on those that the car uses."""
    max_a: float
    """The largest current now, A."""
    lasting_a: float
    """The largest current of the next minutes, A. The gain of a mode rests on it."""
    step_a: float
    keep_on: bool
    """At least `least_a` at any surplus (`min_surplus`)."""
    cover_w: float
    """The surplus with the part that is reserved for batteries. A car that has just started stays on while this covers
    the least current, if import on purpose is not allowed."""
    may_start: bool
    starts: Relays
    """The starts of the last day, and their budget."""
    switches: Relays
    """The phase switches of the last day, and their budget."""
    coming_w: float
    """Power that the car will draw when a write of now takes effect, by the model, W. 0 while it starts, switches its
    phases, or draws nothing."""
    ahead_s: float
    """Time over which the PV ramp is followed, s."""
    least_a: float = MIN_CURRENT_A
    """The least current that the car charges with."""
    behind: bool = False
    """Whether other chargers take the surplus first. What they leave changes with each of their steps. A car starts on
    it only if the average of the last minutes pays for the start as well."""
    start_s: float = 0.0
    """Time from an offer until the car draws, s. 0: not learned."""


make_follower_inputs = maker(FollowerInputs)
