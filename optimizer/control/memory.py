"""Memory: the values that decisions carry from tick to tick. Bounded, immutable, and serializable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import NOTHING_COMMANDED, BatteryCommanded
from optimizer.control.estimate.late_currents import NO_COURSE, Course
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.peaks import NO_CASES, Cases, HouseLoad
from optimizer.control.estimate.switch_load import NO_SWITCHES, SwitchMemories
from optimizer.control.judge.judged import JudgeMemory
from optimizer.model.value import maker
from optimizer.rules.book.engine import RulesMemory
from optimizer.rules.book.overrides import Override


class Ramp(NamedTuple):
    """The slope of the PV power, and how much of it came true in the last minutes."""

    pv_w: float = 0.0
    at_s: float = -math.inf
    slope_w_s: float = 0.0
    from_w: float = 0.0
    """PV power, time, and slope at the beginning of the comparison."""
    from_s: float = -math.inf
    from_slope_w_s: float = 0.0
    came_w2: float = 0.0
    """Mean product of the promised change and the change that came."""
    promised_w2: float = 0.0
    """Mean square of the promised change."""


make_ramp = maker(Ramp)


FLAT = Ramp()


class Earned(NamedTuple):
    """The gain of running on one and on three phases, W: of the last seconds, and as fast and slow averages."""

    one_w: float = 0.0
    three_w: float = 0.0
    one_fast_w: float = 0.0
    three_fast_w: float = 0.0
    one_slow_w: float = 0.0
    three_slow_w: float = 0.0
    sun_slow_w: float = 0.0
    """The slow average of the surplus."""
    cover_w: float = 0.0
    """The surplus of the last seconds, with the part that is reserved for batteries."""
    one_side: float = 0.0
    """Whether running brought more than it cost when it last did clearly: 1 or −1. 0: not yet."""
    one_turns: float = 0.0
    """How often this has changed in about the last half hour."""
    three_side: float = 0.0
    """The same for three phases instead of one."""
    three_turns: float = 0.0


make_earned = maker(Earned)


class FollowMemory(NamedTuple):
    """The values that the follower carries from tick to tick."""

    phases: int = 0
    """The mode: 0 (off), 1, or 3."""
    at_s: float = -math.inf
    """Time of the last tick."""
    changed_at_s: float = -math.inf
    """Time of the last change of mode."""
    ramp: Ramp = Ramp()
    earned: Earned = Earned()
    trim_w: float = 0.0
    """Integral of the PID."""
    on_at_s: float = -math.inf
    """Time of the last change from off to on."""
    silent_w: float = -math.inf
    """The surplus at the last reading of a car that draws nothing of its offer. -inf for any other car."""


make_follow_memory = maker(FollowMemory)


class BoundMemory(NamedTuple):
    """The discharge limit in force, and the energy that the batteries have supplied to the cars."""

    bound_w: float | None = None
    """The limit. None: no limit in force."""
    needed_at_s: float = float("-inf")
    """When a limit was last needed."""
    to_cars_wh: float = 0.0
    at_s: float = float("-inf")
    """Time of the last tick."""


make_bound_memory = maker(BoundMemory)


class EvMemory(NamedTuple):
    """The memory of one charger."""

    observed: Observation = Observation()
    follow: FollowMemory = FollowMemory()
    running: bool = False
    idle_since_s: float = math.inf
    """Since when the car draws nothing although it is offered current. Infinite while it draws or is paused."""
    idled_at_s: float = -math.inf
    """When the car last drew nothing after a long offer of current."""
    cut_at_s: float = -math.inf
    """When a limit or the guard last stopped charging."""
    phases: int = 0
    """The phases of the last order. 0 before the first order."""
    started_at_s: tuple[float, ...] = ()
    switched_at_s: tuple[float, ...] = ()
    resumed_at_s: tuple[float, ...] = ()
    """Starts after a stop that a missing reading has caused."""
    gapped: bool = False
    """Whether a missing reading has caused the last stop."""
    limits_energy: bool = False
    """Whether the service has set its energy limit and must clear it."""


make_ev_memory = maker(EvMemory)


class Memory(NamedTuple):
    """The whole memory of control."""

    rules: RulesMemory
    evs: Mapping[str, EvMemory]
    house: HouseLoad = HouseLoad()
    bound: BoundMemory = BoundMemory()
    overrides: tuple[Override, ...] = ()
    """The owner's overrides. The service adds them between two ticks. A decision removes an override that has ended."""
    commanded: Mapping[str, BatteryCommanded] = NOTHING_COMMANDED
    """The commands to batteries, by name."""
    metered_s: float = -math.inf
    """Monotonic s at which the grid power was last known."""
    cases: Cases = NO_CASES
    """The load of the house for each assumption about the phase of batteries of unknown phase, beside `house`."""
    feed_in: Cases = NO_CASES
    """The export of the house on each phase, by case. Kept while a battery is forced to discharge."""
    judge: JudgeMemory = JudgeMemory()
    counter_flow_s: float = math.inf
    """Since when one battery charges from another. Infinite: none does."""
    dimmed: bool = False
    """The last known dimming by the grid operator."""
    switches: SwitchMemories = NO_SWITCHES
    course: Course = NO_COURSE
    """The current of the cars in the time by which the grid meter is late."""


make_memory = maker(Memory)
