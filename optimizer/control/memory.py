"""Memory: all that decisions carry from tick to tick. Bounded, immutable, serialisable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.battery import BoundMemory
from optimizer.control.follow import FollowMemory
from optimizer.control.house_load import HouseLoad
from optimizer.control.plan import Plan
from optimizer.control.seen import Seen
from optimizer.control.standing import Standing
from optimizer.rules.engine import EMPTY_MEMORY, RulesMemory
from optimizer.rules.overrides import Override

NOTHING_STANDS: Mapping[str, Standing] = MappingProxyType({})


class EvMemory(NamedTuple):
    """What is remembered of one charger."""

    seen: Seen = Seen()
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
    standing: Mapping[str, Standing] = NOTHING_STANDS
    """What batteries were told, by name."""
    metered_s: float = -math.inf
    """Monotonic s at which the grid power was last known."""


def initial_memory(plan: Plan) -> Memory:
    """The memory before the first tick."""
    return Memory(EMPTY_MEMORY, {name: EvMemory() for name in plan.site.chargers})
