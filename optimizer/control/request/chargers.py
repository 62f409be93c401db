"""What all chargers are wanted to do, before the guard: who is served when, and what is left for the next."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.estimate.observation import Seen
from optimizer.control.memory import EvMemory
from optimizer.control.request.charger import Tick, Wanted, idles_less_than_wake, wish_of
from optimizer.control.request.sharing import Taken, after, room_for_all, served
from optimizer.model.decision import MIN_SURPLUS, SURPLUS
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import CHARGING, DISCONNECTED, ERROR, State

FOLLOWING = frozenset((SURPLUS, MIN_SURPLUS))


def want(tick: Tick, evs: Mapping[str, EvMemory], seen: Mapping[str, Seen]) -> dict[str, Wanted]:
    """The wishes of all chargers that the snapshot knows, those of higher priority served first."""
    state, asked, drawn_w = tick.state, tick.asked.chargers, tick.surplus.drawn_w
    wanted: dict[str, Wanted] = {}
    room = room_for_all(state, tick.asked, tick.surplus, tick.plan, tick.causes)
    alone = len(tick.plan.chargers) == 1
    for group in tick.plan.priorities:
        lines = [line for line in group if line.name in state.evs]
        sharing = lines
        if len(lines) > 1:
            lines.sort(key=lambda line: state.evs[line.name].status.value is not CHARGING)
            followers = [
                line
                for line in lines
                if asked[line.name].mode in FOLLOWING and _may_take(state, line.name, evs[line.name])
            ]
            sharing = served(followers, room)
        left = len(sharing)
        takes_part = {line.name for line in sharing} if left > 1 else ()  # one alone has all of it
        for line in lines:
            name = line.name
            part = 1.0
            if name in takes_part:
                part, left = 1.0 / left, left - 1
            wanted[name] = wish_of(tick, line, evs[name], seen[name], room, part)
            if not alone:
                room = after(room, _taken(wanted[name], drawn_w.get(name, 0.0), seen[name]))
    return wanted if alone else {line.name: wanted[line.name] for line in tick.plan.chargers if line.name in wanted}


def _may_take(state: State, name: str, memory: EvMemory) -> bool:
    """Whether a share would not be wasted on this charger's car."""
    ev = state.evs[name]
    if ev.blocked or ev.status.value in (None, DISCONNECTED, ERROR):
        return False
    return idles_less_than_wake(ev, memory, state.mono_s)


def _taken(wanted: Wanted, drawn_w: float, seen: Seen) -> Taken:
    """What a charger leaves: a car at a limit of its own leaves all but one more ampere."""
    order = wanted.order
    ordered_w = order.current_a * order.phases * NOMINAL_VOLTAGE_V
    if not wanted.draws and not wanted.waits:
        return Taken(drawn_w, drawn_w, drawn_w)
    wants_w = min(wanted.wants_w, seen.car.most_w + order.phases * NOMINAL_VOLTAGE_V)
    return Taken(wants_w, min(ordered_w, max(wants_w, drawn_w)), drawn_w)
