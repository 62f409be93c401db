"""Memory: all that decisions carry from tick to tick. Bounded, immutable, serialisable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded
from optimizer.control.estimate.house_load import NO_CASES, Cases, HouseLoad, Loads
from optimizer.control.estimate.observation import Observation
from optimizer.rules.book.engine import RulesMemory
from optimizer.rules.book.overrides import Override

NOTHING_COMMANDED: Mapping[str, BatteryCommanded] = MappingProxyType({})


class Ramp(NamedTuple):
    """The slope of the sun."""

    pv_w: float = 0.0
    at_s: float = -math.inf
    slope_w_s: float = 0.0


FLAT = Ramp()


class Earned(NamedTuple):
    """What running on one and on three phases earns: now, and averaged, W."""

    one_w: float = 0.0
    three_w: float = 0.0
    one_fast_w: float = 0.0
    three_fast_w: float = 0.0
    one_slow_w: float = 0.0
    three_slow_w: float = 0.0
    sun_slow_w: float = 0.0
    """The surplus itself, averaged slowly."""


class FollowMemory(NamedTuple):
    """What the follower carries from tick to tick."""

    phases: int = 0
    """The mode: 0 off, 1 or 3."""
    at_s: float = -math.inf
    """Time of the last tick."""
    changed_at_s: float = -math.inf
    """Time of the last change of mode."""
    ramp: Ramp = Ramp()
    earned: Earned = Earned()
    trim_w: float = 0.0
    """Integral of the PID."""
    starts_used: float = 0.5
    switches_used: float = 0.5
    """Parts of the allowances used up; at first half, neither a spree on day one nor a famine."""


class BoundMemory(NamedTuple):
    """The standing bound on discharge, and what the batteries have lent the cars."""

    bound_w: float | None = None
    """None: no bound in force."""
    needed_at_s: float = float("-inf")
    """When a bound was last needed."""
    to_cars_wh: float = 0.0
    at_s: float = float("-inf")
    """Time of the last tick."""


class EvMemory(NamedTuple):
    """What is remembered of one charger."""

    observed: Observation = Observation()
    follow: FollowMemory = FollowMemory()
    running: bool = False
    idle_since_s: float = math.inf
    """Since when the car draws nothing although it is offered current; infinite while it draws or is paused."""
    idled_at_s: float = -math.inf
    """When the car was last found to draw nothing although it had been offered current for long."""
    cut_at_s: float = -math.inf
    """When a limit or the guard last ended a charge."""
    phases: int = 0
    """Phases last ordered; 0 before the first order."""
    started_at_s: tuple[float, ...] = ()
    switched_at_s: tuple[float, ...] = ()
    limits_energy: bool = False
    """Whether we have set its energy limit and so must clear it."""


class Memory(NamedTuple):
    """The memory of all."""

    rules: RulesMemory
    evs: Mapping[str, EvMemory]
    house: HouseLoad = HouseLoad()
    bound: BoundMemory = BoundMemory()
    overrides: tuple[Override, ...] = ()
    """What the owner holds by hand; put in from outside between two ticks, dropped here when over."""
    commanded: Mapping[str, BatteryCommanded] = NOTHING_COMMANDED
    """What batteries were told, by name."""
    metered_s: float = -math.inf
    """Monotonic s at which the grid power was last known."""
    cases: Cases = NO_CASES
    """The load of the house for each case of where batteries of unknown phase sit, beside `house`."""
    feed_in: Cases = NO_CASES
    """What the house feeds into the phases, by case; kept while a battery is forced to discharge."""
    dimmed: bool = False
    """Whether the grid operator dimmed the house when that was last known."""

    @property
    def loads(self) -> Loads:
        """What is remembered of the load of the phases."""
        return Loads(self.house, self.cases, self.feed_in)
