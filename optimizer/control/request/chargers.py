"""The requests of all chargers before the guard: their order, and the surplus that remains for the next."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_limits import car_limits
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory
from optimizer.control.request.charger import ChargerRequest, may_still_draw, request_for
from optimizer.control.request.sharing import (
    Allocation,
    Available,
    after_batteries,
    available_to_all,
    least_w,
    make_allocation,
    remaining,
    sharing_chargers,
)
from optimizer.control.request.tick import Tick
from optimizer.model.decision import MIN_SURPLUS, SURPLUS
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import CHARGING, DISCONNECTED, ERROR, State

FOLLOWING = frozenset((SURPLUS, MIN_SURPLUS))
ALL_OF_IT: Mapping[str, float] = MappingProxyType({})
"""The parts of chargers that do not share the surplus: each gets all that those before it leave."""


def request_all(
    tick: Tick, evs: Mapping[str, EvMemory], observed: Mapping[str, Observation]
) -> dict[str, ChargerRequest]:
    """The requests of all chargers in the snapshot. Higher priority gets the surplus first."""
    state, targets, drawn_w = tick.state, tick.targets.chargers, tick.surplus.drawn_w
    requests: dict[str, ChargerRequest] = {}
    available = available_to_all(state, tick.targets, tick.surplus, tick.plan, tick.causes)
    switching = tick.switching
    if switching is not None:
        available = switching.opened(available)
    alone = len(tick.plan.chargers) == 1 and switching is None
    for group in tick.plan.priorities:
        if switching is not None:
            available = switching.before(group[0].site.priority, available)
        if available.later_w > 0.0 and group[0].site.after_battery and not tick.targets.priority_claimed:
            available = after_batteries(available, tick.causes)
        infos, parts = [info for info in group if info.name in state.evs], ALL_OF_IT
        if len(infos) > 1:
            infos.sort(key=lambda info: state.evs[info.name].status.value is not CHARGING)
            parts = _parts(tick, infos, evs, observed, available)
        for info in infos:
            name = info.name
            requests[name] = request_for(tick, info, evs[name], observed[name], available, parts.get(name, 1.0))
            if not alone:
                follows = targets[name].mode in FOLLOWING and _may_take(state, name, evs[name])
                taken = _allocation(requests[name], drawn_w.get(name, 0.0), observed[name], follows=follows)
                available = remaining(available, taken)
    if switching is not None:
        switching.rest(available)
    return (
        requests if alone else {info.name: requests[info.name] for info in tick.plan.chargers if info.name in requests}
    )


def _parts(
    tick: Tick,
    infos: list[ChargerInfo],
    evs: Mapping[str, EvMemory],
    observed: Mapping[str, Observation],
    available: Available,
) -> Mapping[str, float]:
    """The part of what those before it leave, for each of several chargers of equal priority that share the surplus."""
    state, targets = tick.state, tick.targets.chargers
    followers = [
        info for info in infos if targets[info.name].mode in FOLLOWING and _may_take(state, info.name, evs[info.name])
    ]
    if len(followers) < 2:
        return ALL_OF_IT
    needs_w = {
        info.name: least_w(info.site, car_limits(observed[info.name], info.site, state.mono_s)) for info in followers
    }
    sharing = sharing_chargers(followers, available, needs_w)
    return {info.name: 1.0 / (len(sharing) - before) for before, info in enumerate(sharing)}


def _may_take(state: State, name: str, memory: EvMemory) -> bool:
    """Whether this charger's car can use a share."""
    ev = state.evs[name]
    if ev.blocked or ev.status.value in (None, DISCONNECTED, ERROR):
        return False
    return may_still_draw(ev, memory, state.mono_s)


def _allocation(request: ChargerRequest, drawn_w: float, observed: Observation, *, follows: bool) -> Allocation:
    """The part that a charger uses. A car at its own limit reserves one ampere more than it draws."""
    order = request.order
    one_a_w = order.phases * NOMINAL_VOLTAGE_V
    ordered_w = order.current_a * one_a_w * observed.car.usual_take
    if not request.draws and not request.waits:
        tries = 0.0 < observed.facts.session.silent_a < order.current_a
        return make_allocation(drawn_w, max(drawn_w, ordered_w) if tries else drawn_w, drawn_w)
    wanted_w = min(request.wanted_w, (observed.car.limit.most_a + 1.0) * one_a_w)
    return make_allocation(wanted_w, min(ordered_w, max(wanted_w, drawn_w)), drawn_w, follows)
