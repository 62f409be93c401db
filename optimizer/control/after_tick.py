"""Updates the memory of a charger after a tick. Relay operations count by the orders that the guard returned."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.budget import may_spend, spend
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory, make_ev_memory
from optimizer.control.params import RESUMES, Params
from optimizer.control.request.charger import ChargerRequest, is_idle
from optimizer.model.decision import EvOrder
from optimizer.model.state import CHARGING, DISCONNECTED, Ev


def take_up(memory: EvMemory, ev: Ev) -> EvMemory:
    """The memory before the first order, and when a charger answers again. A charge that already runs continues and
    does not count as a start. A charger that did not answer has not got the pause that was ordered meanwhile."""
    phases, commanded = ev.phases.value, ev.commanded
    if phases is None or (memory.phases and not memory.gapped):
        return memory  # as in most ticks
    running = ev.status.value is CHARGING and ev.paused.value is False
    again = running and commanded is not None and not commanded.paused
    if memory.phases and not again:
        return memory
    mode = 1 if phases == 1 else 3
    follow = memory.follow._replace(phases=mode) if running else memory.follow
    return memory._replace(phases=mode, running=running, follow=follow)


def follows_surplus(evs: Mapping[str, EvMemory], now_s: float) -> bool:
    """Whether a car charges by the surplus after the tick at `now_s`. Such a car gains from frequent ticks."""
    return any(ev.running and ev.follow.phases > 0 and ev.follow.at_s == now_s for ev in evs.values())


def remember(
    memory: EvMemory,
    observed: Observation,
    ev: Ev,
    order: EvOrder,
    request: ChargerRequest,
    params: Params,
    now_s: float,
) -> EvMemory:
    """The memory after this tick's order."""
    (
        before, _, was_running, idle_since_s, idled_at_s, cut_at_s, phases,
        started_at_s, switched_at_s, resumed_at_s, was_gapped, limits_energy,
    ) = memory  # fmt: skip
    running, status = order.current_a > 0.0, ev.status.value
    starts = running and not was_running
    resumes = starts and was_gapped and may_spend(resumed_at_s, RESUMES, now_s)
    restarts = observed.facts is not before.facts and observed.facts.session.restarts > before.facts.session.restarts
    if resumes:
        resumed_at_s = spend(resumed_at_s, RESUMES, now_s)
    elif starts or restarts:
        started_at_s = spend(started_at_s, params.starts, now_s)
    gapped = request.gapped if was_running and not running else was_gapped and not running
    switches = phases not in (0, order.phases)
    if switches:
        switched_at_s = spend(switched_at_s, params.switches, now_s)
    idle_since_s = min(idle_since_s, now_s) if running and status is not CHARGING else math.inf
    if status is CHARGING or status is DISCONNECTED:
        idled_at_s = -math.inf
    elif is_idle(idle_since_s, observed.facts.start_s, now_s):
        idled_at_s = now_s
    followed = request.follow
    if followed.phases and not running and not request.waits:
        followed = followed._replace(phases=0)
    clears = limits_energy and ev.energy_limit_wh.value != 0.0
    return make_ev_memory(
        observed,
        followed,
        running,
        idle_since_s,
        idled_at_s,
        now_s if request.intends and was_running and not running else cut_at_s,
        order.phases,
        started_at_s,
        switched_at_s,
        resumed_at_s,
        gapped,
        clears or (order.energy_limit_wh is not None and order.energy_limit_wh > 0),
    )
