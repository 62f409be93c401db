"""The requests of switchable loads: on, off, or as the surplus allows, in their place among cars and battery.

The cars and the loads are served by priority. The surplus contains the power of loads that already follow it, because
they would be switched off for something of higher priority. Least times and the budget of operations hold for every
request. Only dimming, an island, and the guard of the fuses end a least time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from optimizer.control.budget import Allowance, due_in_s, may_spend
from optimizer.control.descriptors import SwitchInfo
from optimizer.control.estimate.switch_load import (
    FRESH,
    SwitchMemories,
    SwitchMemory,
    drawn_w,
    hidden_w,
    observe_switch,
)
from optimizer.control.request.sharing import Available
from optimizer.control.targets import SwitchTargets
from optimizer.model.decision import (
    SWITCH_LEAVE,
    SWITCH_OFF,
    SWITCH_OFF_NOW,
    SWITCH_ON,
    Cause,
    SwitchAction,
    SwitchOrder,
)
from optimizer.model.site import SwitchSite
from optimizer.model.state import State, Switch

SURPLUS_STATE = "surplus"


class SwitchRequest(NamedTuple):
    """The request of one switch before the guard."""

    order: SwitchOrder
    enough_s: float = math.inf
    short_s: float = math.inf


def allowance(site: SwitchSite) -> Allowance:
    """The allowed number of starts of a load."""
    return Allowance(site.starts_per_hour, site.starts_per_day)


class Switching:
    """The switches of one tick. `before` and `rest` give each one its place, the highest priority first."""

    def __init__(
        self,
        infos: tuple[SwitchInfo, ...],
        memories: SwitchMemories,
        state: State,
        targets: Mapping[str, SwitchTargets],
        causes: list[Cause],
    ) -> None:
        """`infos` are sorted by priority. A switch without a snapshot is left out."""
        self.requests: dict[str, SwitchRequest] = {}
        self.memories: dict[str, SwitchMemory] = {}
        self._state = state
        self._targets = targets
        self._causes = causes
        self._infos = [info for info in infos if info.name in state.switches]
        self._next = 0
        for info in self._infos:
            before, switch = memories.get(info.name, FRESH), state.switches[info.name]
            claim = targets[info.name].state
            self.memories[info.name] = observe_switch(before, switch, info.site, state, claim)

    def opened(self, available: Available) -> Available:
        """The power at the beginning: the surplus, with the power of loads that follow it."""
        if available.sun_w is None:
            return available
        more_w = sum(self._drawn_w(info) for info in self._infos if self._follows(info))
        return replace(available, sun_w=available.sun_w + more_w) if more_w else available

    def before(self, priority: int, available: Available) -> Available:
        """Serve the loads that come before chargers of this priority. Returns the power that remains."""
        while self._next < len(self._infos) and self._infos[self._next].site.priority > priority:
            info = self._infos[self._next]
            self._next += 1
            self.requests[info.name], available = self._served(info, available)
        return available

    def rest(self, available: Available) -> None:
        """Serve the other loads."""
        self.before(-1_000_000, available)

    def ordered_w(self) -> float:
        """The largest power of the loads that are requested on, W."""
        return sum(
            info.site.power_w for info in self._infos if self.requests[info.name].order.action is SwitchAction.ON
        )

    def _follows(self, info: SwitchInfo) -> bool:
        held = self._state.mono_s < self.memories[info.name].hand_until_s
        return self._targets[info.name].state == SURPLUS_STATE and not held

    def _drawn_w(self, info: SwitchInfo) -> float:
        return drawn_w(self.memories[info.name], self._state.switches[info.name], info.site, self._state)

    def _served(self, info: SwitchInfo, available: Available) -> tuple[SwitchRequest, Available]:
        """The request of one load, and the power that remains for the next."""
        memory, switch = self.memories[info.name], self._state.switches[info.name]
        request = self._request(info, memory, switch, available)
        if request.order.action is not SwitchAction.ON:
            waits = self._follows(info) and request.enough_s < math.inf and self._barred(info, memory, switch) is None
            return request, _less(available, info.site.power_w, 0.0, 0.0) if waits else available
        pending_w = hidden_w(memory, switch, info.site, self._state) if not memory.followed else 0.0
        dimmed_w = info.site.power_w if self._state.grid.dimmed.value else pending_w
        taken_w = max(self._drawn_w(info), pending_w) if self._follows(info) else pending_w
        return request, _less(available, taken_w, pending_w, dimmed_w)

    def _request(self, info: SwitchInfo, memory: SwitchMemory, switch: Switch, available: Available) -> SwitchRequest:
        state, site, subject, target = self._state, info.site, info.subject, self._targets[info.name]
        now_s = state.mono_s
        if not target.state and not _is_ours(memory, switch):
            self._say("switch.unclaimed", subject)
            return SwitchRequest(SWITCH_LEAVE)
        if state.grid.on_grid.value is False:
            self._say("switch.island", subject)
            return SwitchRequest(SWITCH_OFF_NOW)
        if now_s < memory.hand_until_s:
            self._say("switch.hand", subject, "", ("left_s", memory.hand_until_s - now_s))
            return SwitchRequest(SWITCH_LEAVE)
        if state.grid.dimmed.value and site.power_w > available.power_w:
            if target.state != "off" or memory.on:
                self._say("switch.dimmed", subject, "", ("power_w", site.power_w), ("room_w", available.power_w))
            return SwitchRequest(SWITCH_OFF_NOW)
        wanted, enough_s, short_s = self._wanted(info, memory, available)
        if wanted and not memory.on:
            cause = self._barred(info, memory, switch)
            if cause is None and site.power_w > available.power_w:
                cause = Cause(
                    "switch.limit", subject, numbers=(("power_w", site.power_w), ("room_w", available.power_w))
                )
            if cause is not None:
                self._causes.append(cause)
                return SwitchRequest(SWITCH_OFF, enough_s, short_s)
        if not wanted and memory.on and (rest_s := memory.changed_s + site.min_on_s - now_s) > 0.0:
            self._say("switch.min_on", subject, target.rule, ("rest_s", rest_s))
            wanted = True
        return SwitchRequest(SWITCH_ON if wanted else SWITCH_OFF, enough_s, short_s)

    def _wanted(self, info: SwitchInfo, memory: SwitchMemory, available: Available) -> tuple[bool, float, float]:
        """Whether it is to be on, and since when the surplus is enough, and too small."""
        site, subject, target, now_s = info.site, info.subject, self._targets[info.name], self._state.mono_s
        if target.state != SURPLUS_STATE:
            self._say(f"switch.{target.state or 'released'}", subject, target.rule)
            return target.state == "on", math.inf, math.inf
        level_w = -math.inf
        if available.sun_w is not None:
            level_w = available.sun_w + (available.kept_w if site.before_battery else 0.0)
            if site.after_battery:
                level_w -= available.later_w
        enough_s = min(memory.enough_s, now_s) if level_w >= site.start_w else math.inf
        short_s = min(memory.short_s, now_s) if level_w < site.stop_w else math.inf
        if level_w == -math.inf:
            self._say("switch.sun_unknown", subject, target.rule)
        numbers = (("surplus_w", max(0.0, level_w)), ("start_w", site.start_w), ("stop_w", site.stop_w))
        if memory.on:
            stays = now_s - short_s < site.delay_s
            self._say("switch.follows" if stays else "switch.lack", subject, target.rule, *numbers)
            return stays, enough_s, short_s
        starts = now_s - enough_s >= site.delay_s
        code = "switch.starts" if starts else "switch.wait" if enough_s < math.inf else "switch.low"
        self._say(code, subject, target.rule, *numbers)
        return starts, enough_s, short_s

    def _barred(self, info: SwitchInfo, memory: SwitchMemory, switch: Switch) -> Cause | None:
        """The cause why it may not be switched on now, or None."""
        site, subject, now_s = info.site, info.subject, self._state.mono_s
        if switch.blocked:
            return Cause("switch.blocked", subject, detail=switch.blocked)
        if switch.on.value is None:
            return Cause("switch.unknown", subject, detail=switch.on.why)
        if (rest_s := memory.changed_s + site.min_off_s - now_s) > 0.0:
            return Cause("switch.min_off", subject, numbers=(("rest_s", rest_s),))
        budget = allowance(site)
        if not may_spend(memory.started_at_s, budget, now_s):
            rest_s = due_in_s(memory.started_at_s, budget, now_s)
            numbers = (("per_hour", budget.per_hour), ("per_day", budget.per_day), ("rest_s", rest_s))
            return Cause("switch.budget", subject, numbers=numbers)
        return None

    def _say(self, code: str, subject: str, rule: str = "", *numbers: tuple[str, float]) -> None:
        self._causes.append(Cause(code, subject, rule, numbers))


def _is_ours(memory: SwitchMemory, switch: Switch) -> bool:
    """Whether the service has switched the load on. It then switches it off when no rule claims it any more."""
    return memory.on and switch.commanded is not None and switch.commanded.on


def _less(available: Available, sun_w: float, idle_w: float, limited_w: float) -> Available:
    """The power that remains for the next after one load."""
    return replace(
        available,
        sun_w=None if available.sun_w is None else available.sun_w - sun_w,
        idle_w=available.idle_w - idle_w,
        power_w=max(0.0, available.power_w - limited_w),
    )
