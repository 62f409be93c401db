"""The judge of the grid meter: whether it answers when a car changes its power, and how late its answer comes.

PV + grid + discharge − cars is the power of the home. It does not depend on a car: when a car rises, the meter must
rise by the same power. With a meter that stands still, counts the other way, or does not see the charger, the home
falls when the car rises. The judge compares the home before and after each move of the cars:

- The answer comes: its delay is the delay of the meter. With a late meter the control uses only values of times at
  which the cars have been steady for longer than the delay.
- No answer yet: no car raises its power until the meter has shown the last raise.
- No answer within the longest possible delay: the next raises are small. After a repetition the meter is implausible.
- The home stays below zero while a car draws, or the value of the meter stands still after a move: implausible.

An implausible meter is unknown, so the cars pause. The pause is a test too. After a rest the meter is believed again,
and each repetition makes the rest longer.
"""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple

MOVE_W = 500.0
"""A change of the cars by this power must show in the meter."""
GONE_W = 250.0
"""A move ends without an answer if the cars are back within this power."""
ANSWERED, ANSWERED_W = 0.15, 150.0
"""The meter has answered if no more than this part of the move, or this power, is missing."""
LONGEST_DELAY_S = 60.0
"""Longest delay of a meter that can be used."""
UNKNOWN_LIMIT_S = LONGEST_DELAY_S + 10.0
"""Time for an answer of a meter of unknown delay."""
LEAST_LIMIT_S = 20.0
MARGIN_S = 20.0
"""Time for an answer beyond the known delay."""
GRACE_S = 15.0
"""A meter that has answered before may take this long until raises wait for it."""
LATE_S = 8.0
"""A meter with a longer delay is late. A shorter one needs no correction, because a car takes some seconds too."""
SETTLES_S = 5.0
"""Time after an answer until the values are steady."""
MOST_DELAYS = 5
"""Number of stored delays. Their median counts, because an appliance can look like an answer."""
RESTS_W = 100.0
"""The cars are at rest if they change by less than this between two readings. The values before a move are those of the
last rest: a home that falls lets the cars rise, and only its later changes tell something about the meter."""
STEADY_W = 150.0
"""The cars are steady while their power changes by less than this."""
LONGEST_STEP_S = 15.0
"""Values that are farther apart are not compared."""
IDLE_WEIGHT, IDLE_RISE_WEIGHT = 0.3, 0.01
"""Weights of a new value of the home without cars. It falls quickly and rises slowly."""
BELOW_ZERO_W = 300.0
"""A home below zero by this power and the following part of the load is impossible."""
BELOW_ZERO_PART = 0.15
IDLE_W = 100.0
"""Below this the cars draw nothing."""
UNANSWERED = 3
"""Number of moves without an answer that make the meter implausible. An appliance can hide one."""
PROBE_W = 700.0
"""Largest raise while an answer is missing."""
FIRST_REST_S, LONGEST_REST_S, REST_FACTOR = 60.0, 3600.0, 4.0
"""Time until an implausible meter is believed again. Each repetition within a day multiplies it."""
FORGIVEN_S, MOST_STRIKES = 86400.0, 10


class Doubt(NamedTuple):
    """Why the meter is not believed."""

    why: str
    since_s: float
    until_s: float
    """When it is believed again. Infinite: when its value changes."""


class MeterMemory(NamedTuple):
    """What the judge knows about the grid meter. Part of the memory."""

    value_w: float = math.nan
    at_s: float = -math.inf
    """Time of the last reading."""
    changed_s: float = -math.inf
    """Time of the reading that last changed the value."""
    interval_s: float = UNKNOWN_LIMIT_S
    """Longest usual time between two changes."""
    delays_s: tuple[float, ...] = ()
    """The last observed delays."""
    drawn_w: float = 0.0
    """Power of the cars before the move."""
    home_w: float = 0.0
    """Power of the home before the move."""
    referred: bool = False
    """Whether there are such values."""
    last_drawn_w: float = 0.0
    """Power of the cars at the last reading."""
    moved_s: float = math.inf
    """Since when a move waits for its answer. Infinite: none waits."""
    unanswered: int = 0
    """Number of moves without an answer since the last answer."""
    unseen_s: float = math.inf
    """Since when a move is missing in a value that stands still."""
    idle_home_w: float = 0.0
    """Power of the home while the cars draw nothing. Negative in a house with PV that is not measured."""
    negative_s: float = math.inf
    """Since when the home is impossibly low."""
    doubt: Doubt | None = None
    strikes: int = 0
    """How often the meter was implausible, until it was plausible for a day."""
    struck_s: float = -math.inf
    """When it was last found implausible."""

    judged_s: float = -math.inf
    """The moment of the last comparison."""
    steady_w: float = 0.0
    steady_s: float = -math.inf
    """The power of the cars, and since when it is steady."""

    @property
    def delay_s(self) -> float | None:
        """The delay of the meter, s. None until it has answered once."""
        return median(self.delays_s) if self.delays_s else None

    @property
    def wait_s(self) -> float:
        """How long the cars must be steady until the values of a late meter are true, s. 0: the meter is not late."""
        delays = self.delays_s
        if not delays or median(delays) < LATE_S:
            return 0.0
        return max(delays) + SETTLES_S

    @property
    def answer_limit_s(self) -> float:
        """Time within which the meter must answer, s."""
        if not self.delays_s:
            return UNKNOWN_LIMIT_S
        return min(UNKNOWN_LIMIT_S, max(LEAST_LIMIT_S, max(self.delays_s) + MARGIN_S))


class House(NamedTuple):
    """The values of one moment that the judge compares, W."""

    at_s: float
    """The moment of these values, monotonic s."""
    drawn_w: float
    """Power of the cars."""
    home_w: float
    """PV + grid + discharge − cars."""
    charging_w: float
    """Charge power of the batteries."""
    pv_measured: bool


def new_value(memory: MeterMemory, value_w: float, at_s: float) -> MeterMemory:
    """The memory after one more reading of the meter. The value of a live meter changes with nearly every reading."""
    if at_s <= memory.at_s:
        return memory
    if value_w == memory.value_w:
        return memory._replace(at_s=at_s)
    interval_s = at_s - memory.changed_s
    usual_s = memory.interval_s
    if interval_s < math.inf:
        usual_s = min(UNKNOWN_LIMIT_S, interval_s if interval_s > usual_s else usual_s + 0.05 * (interval_s - usual_s))
    doubt = memory.doubt
    if doubt is not None and doubt.until_s == math.inf:
        memory = _believed(memory)
    return memory._replace(value_w=value_w, at_s=at_s, changed_s=at_s, interval_s=usual_s, unseen_s=math.inf)


def still_limit_s(memory: MeterMemory) -> float:
    """How long the value may stand still after a move, s."""
    return min(UNKNOWN_LIMIT_S, max(memory.answer_limit_s, 3.0 * memory.interval_s))


def judged(memory: MeterMemory, house: House, unseen_w: float) -> MeterMemory:
    """The memory after a comparison. `unseen_w` is the move of the cars since the value of the meter last changed."""
    at_s = house.at_s
    if at_s <= memory.judged_s:
        return memory
    sparse = at_s - memory.judged_s > LONGEST_STEP_S
    memory = memory._replace(judged_s=at_s)
    if memory.doubt is not None:
        if at_s < memory.doubt.until_s:
            return memory
        memory = _believed(memory)
    if not -STEADY_W < house.drawn_w - memory.steady_w < STEADY_W:
        memory = memory._replace(steady_w=house.drawn_w, steady_s=at_s)
    if unseen_w >= MOVE_W or unseen_w <= -MOVE_W:
        unseen_s = min(memory.unseen_s, at_s)
        if at_s - unseen_s > still_limit_s(memory):
            return _doubted(memory, at_s, math.inf, _stands_still(memory, at_s, unseen_w))
        if unseen_s < memory.unseen_s:
            memory = memory._replace(unseen_s=unseen_s)
    moved_w = house.drawn_w - memory.drawn_w
    if sparse:
        memory = _referred(memory, house)  # the home can have changed since, so a comparison says nothing
    elif memory.moved_s < math.inf:
        memory = _answer(memory, house, moved_w)
    elif moved_w >= MOVE_W or moved_w <= -MOVE_W:
        memory = _answer(memory._replace(moved_s=at_s), house, moved_w)
    elif not memory.referred or -RESTS_W < house.drawn_w - memory.last_drawn_w < RESTS_W:
        memory = _referred(memory, house)
    memory = memory._replace(last_drawn_w=house.drawn_w)
    return _below_zero(memory, house)


def set_wait_s(delay_s: float) -> float:
    """How long the cars must be steady if the settings give the delay of the meter, s."""
    return delay_s + SETTLES_S if delay_s >= LATE_S else 0.0


def raise_limit_w(memory: MeterMemory, house: House, unseen_w: float, wait_s: float) -> float:
    """The largest raise of a car that the meter allows now, W. Infinite without a missing answer. `wait_s` is how long
    the cars must be steady."""
    if memory.doubt is not None:
        return 0.0
    at_s = house.at_s
    if at_s - memory.steady_s < wait_s:
        return 0.0
    if unseen_w > MOVE_W / 2.0 and at_s - memory.changed_s > GRACE_S:
        return 0.0
    rises = memory.moved_s < math.inf and house.drawn_w > memory.drawn_w
    if rises and (not memory.delays_s or memory.unanswered or at_s - memory.moved_s > GRACE_S):
        return 0.0
    return PROBE_W if memory.unanswered or not memory.delays_s else math.inf


def _referred(memory: MeterMemory, house: House) -> MeterMemory:
    return memory._replace(drawn_w=house.drawn_w, home_w=house.home_w, referred=True, moved_s=math.inf)


def _answer(memory: MeterMemory, house: House, moved_w: float) -> MeterMemory:
    """The memory while a move waits for its answer."""
    if -GONE_W < moved_w < GONE_W:
        return memory._replace(moved_s=math.inf)
    missing = (memory.home_w - house.home_w) / moved_w
    waited_s = house.at_s - memory.moved_s
    if missing < ANSWERED or missing * abs(moved_w) < ANSWERED_W:
        delays = (*memory.delays_s, waited_s)[-MOST_DELAYS:]
        return _referred(memory._replace(delays_s=delays, unanswered=0), house)
    if waited_s <= memory.answer_limit_s:
        return memory
    unanswered = memory.unanswered + 1
    memory = _referred(memory._replace(unanswered=unanswered), house)
    if unanswered < UNANSWERED:
        return memory
    return _doubted(
        memory, house.at_s, _rest_until_s(memory, house.at_s),
        f"implausible: the meter did not change when the cars changed by {_kw(moved_w)}",
    )  # fmt: skip


def _below_zero(memory: MeterMemory, house: House) -> MeterMemory:
    """The memory after a look at the sign of the home."""
    if memory.doubt is not None or not house.pv_measured:
        return memory
    if house.drawn_w < IDLE_W:
        weight = IDLE_WEIGHT if house.home_w < memory.idle_home_w else IDLE_RISE_WEIGHT
        idle_w = memory.idle_home_w + weight * (house.home_w - memory.idle_home_w)
        return memory._replace(idle_home_w=min(0.0, idle_w), negative_s=math.inf)
    load_w = house.drawn_w + house.charging_w
    least_w = memory.idle_home_w - BELOW_ZERO_W - BELOW_ZERO_PART * load_w
    if load_w < MOVE_W or house.home_w > least_w:
        return memory if memory.negative_s == math.inf else memory._replace(negative_s=math.inf)
    negative_s = min(memory.negative_s, house.at_s)
    if house.at_s - negative_s <= memory.answer_limit_s:
        return memory if negative_s == memory.negative_s else memory._replace(negative_s=negative_s)
    return _doubted(
        memory, house.at_s, _rest_until_s(memory, house.at_s),
        f"implausible: PV, grid, batteries, and cars leave {_kw(house.home_w)} for the home",
    )  # fmt: skip


def _stands_still(memory: MeterMemory, at_s: float, unseen_w: float) -> str:
    return (
        f"implausible: the meter has shown {memory.value_w:.0f} W for {at_s - memory.changed_s:.0f} s, while the cars "
        f"changed by {_kw(unseen_w)}"
    )


def _rest_until_s(memory: MeterMemory, at_s: float) -> float:
    return at_s + min(LONGEST_REST_S, FIRST_REST_S * REST_FACTOR ** _strikes(memory, at_s))


def _strikes(memory: MeterMemory, at_s: float) -> int:
    return memory.strikes if at_s - memory.struck_s < FORGIVEN_S else 0


def _doubted(memory: MeterMemory, at_s: float, until_s: float, why: str) -> MeterMemory:
    strikes = min(_strikes(memory, at_s) + 1, MOST_STRIKES)
    return memory._replace(doubt=Doubt(why, at_s, until_s), strikes=strikes, struck_s=at_s)


def _believed(memory: MeterMemory) -> MeterMemory:
    """The memory when the meter is believed again. Everything but its delay is observed anew."""
    return memory._replace(
        doubt=None, referred=False, moved_s=math.inf, unanswered=0, negative_s=math.inf, unseen_s=math.inf
    )


def _kw(power_w: float) -> str:
    return f"{power_w / 1000.0:.1f} kW"
