"""Switchable loads: what is remembered of each, and the current that the guard counts for it.

The grid meter shows a load that is on. The guard counts what the meter may not show: a load that was just switched on,
a thermostat that may close at any moment, and a relay of unknown state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.load_inputs import measured_a
from optimizer.control.estimate.peaks import PhaseAmps
from optimizer.model.site import SwitchSite
from optimizer.model.state import State, Switch, SwitchCommanded

HAND_S = 3600.0
"""A switch that a hand has turned is left as it is for this time."""
GAP_S = 30.0
"""After a longer time without a tick, a different state of a relay is no sign of a hand: its own timer may have ended.
"""


class SwitchMemory(NamedTuple):
    """The memory of one switch."""

    at_s: float = -math.inf
    """Time of the last tick. -inf before the first."""
    on: bool = False
    """Whether the last order was on."""
    changed_s: float = -math.inf
    """Time of the last change of the order, or of the relay by a hand."""
    started_at_s: tuple[float, ...] = ()
    """When it was switched on, in the last day."""
    enough_s: float = math.inf
    """Since when the surplus is large enough to start."""
    short_s: float = math.inf
    """Since when the surplus is too small."""
    followed: bool = False
    """Whether the relay has shown the state of the last order."""
    lagged: bool = False
    """Whether it has shown the other state since that order."""
    hand_until_s: float = -math.inf
    """Until when a state that a hand has set is kept."""
    hand_claim: str = ""
    """The claim at that time. Another claim ends the hand's state."""
    counted_since_s: float = math.inf
    """Since when the load counts as on."""
    shown_w: float = 0.0
    """The part of its measured power that the grid meter shows for certain."""
    raised_w: float = 0.0
    raised_s: float = -math.inf
    """A higher power that it has measured, and when. -inf: none is pending."""
    cut_s: float = -math.inf
    """When the guard last switched it off."""
    cut_w: float = 0.0
    """Its power at that time."""


FRESH = SwitchMemory()
SwitchMemories = Mapping[str, SwitchMemory]
NO_SWITCHES: SwitchMemories = MappingProxyType({})


def observe_switch(memory: SwitchMemory, switch: Switch, site: SwitchSite, state: State, claim: str) -> SwitchMemory:
    """The memory with what the relay reports now. It notices a hand at the switch, and how much the meter shows.

    `claim` is the state that the rules claim now. Empty: none.
    """
    now_s, on = state.mono_s, switch.on.value
    if memory.at_s == -math.inf:
        memory = memory._replace(on=bool(on))
    elif _is_over(memory, switch.commanded):
        memory = memory._replace(on=False, changed_s=now_s, followed=False, enough_s=math.inf)
    elif on is None or now_s - memory.at_s > GAP_S:
        memory = memory._replace(followed=False)
    elif on == memory.on and memory.lagged:  # the order has arrived only now, and so least times begin now
        memory = memory._replace(followed=True, lagged=False, changed_s=now_s)
    elif on == memory.on:
        memory = memory._replace(followed=True)
    elif memory.followed:
        memory = memory._replace(
            on=on, changed_s=now_s, followed=False, hand_until_s=now_s + HAND_S, hand_claim=claim, enough_s=math.inf
        )
    else:
        memory = memory._replace(lagged=True)
    if now_s < memory.hand_until_s and claim != memory.hand_claim:
        memory = memory._replace(hand_until_s=-math.inf)
    counted = counts(memory, switch)
    since_s = min(memory.counted_since_s, now_s) if counted else math.inf
    memory = memory._replace(at_s=now_s, counted_since_s=since_s)
    return _with_shown(memory, switch, site, _meter_s(state))


def _is_over(memory: SwitchMemory, commanded: SwitchCommanded | None) -> bool:
    """Whether a load that was ordered on has ended without an order: its timer, a power cut, or a hand-back."""
    return memory.on and commanded is not None and not commanded.on and commanded.at_s > memory.changed_s


def counts(memory: SwitchMemory, switch: Switch) -> bool:
    """Whether the load may be on. One of unknown state counts as on."""
    commanded = switch.commanded
    if switch.on.value is not False or memory.on:
        return True
    return commanded is not None and not commanded.confirmed


def hidden_w(memory: SwitchMemory, switch: Switch, site: SwitchSite, state: State) -> float:
    """The power that the load may draw beyond what the phase currents of the grid meter show, W."""
    if not counts(memory, switch):
        return 0.0
    if measured_a(state.grid) is None:
        return site.power_w
    if switch.power_w.value is not None:
        return max(0.0, site.power_w - memory.shown_w)
    settled = switch.on.value is True and _meter_s(state) >= memory.counted_since_s + site.settle_s
    return 0.0 if settled else site.power_w


def drawn_w(memory: SwitchMemory, switch: Switch, site: SwitchSite, state: State) -> float:
    """The power of the load that the surplus of now already contains as consumption, W."""
    if switch.power_w.value is not None:
        return memory.shown_w
    settled = state.grid.power_w.at_s >= memory.counted_since_s + site.settle_s
    return site.power_w if switch.on.value is True and settled else 0.0


def amps_of(power_w: float, site: SwitchSite) -> PhaseAmps:
    """The current of a part of its power on L1..L3."""
    part = power_w / site.power_w if site.power_w > 0.0 else 0.0
    first, second, third = site.current_a
    return first * part, second * part, third * part


def plus(one: PhaseAmps, other: PhaseAmps) -> PhaseAmps:
    """The sum, phase by phase."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _meter_s(state: State) -> float:
    """The time of the phase currents, or of the grid power, monotonic s."""
    currents = state.grid.phase_current_a
    return currents[0].at_s if currents else state.grid.power_w.at_s


def _with_shown(memory: SwitchMemory, switch: Switch, site: SwitchSite, meter_s: float) -> SwitchMemory:
    """A lower power counts at once. A higher one counts after the grid meter was read later."""
    power_w, at_s, _ = switch.power_w
    if power_w is None:
        return memory._replace(shown_w=0.0, raised_s=-math.inf)
    if power_w <= memory.shown_w:
        return memory._replace(shown_w=power_w, raised_s=-math.inf)
    if memory.raised_s == -math.inf:
        return memory._replace(raised_w=power_w, raised_s=at_s)
    raised_w = min(memory.raised_w, power_w)
    if meter_s >= memory.raised_s + site.settle_s:
        return memory._replace(shown_w=raised_w, raised_s=-math.inf)
    return memory._replace(raised_w=raised_w)
