"""What all chargers are wanted to do, before the guard: who is served when, and what is left for the next."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.charger import Tick, Wanted, idles_less_than_wake, wish_of
from optimizer.control.memory import EvMemory
from optimizer.control.seen import Seen
from optimizer.control.sharing import Taken, after, room_for_all, served
from optimizer.model.decision import EvMode
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import EvStatus, State
from optimizer.rules.verdict import Verdict

MODES: dict[float | str, EvMode] = {mode.value: mode for mode in EvMode}
FOLLOWING = frozenset((EvMode.SURPLUS, EvMode.MIN_SURPLUS))


def want(tick: Tick, evs: Mapping[str, EvMemory], seen: Mapping[str, Seen]) -> dict[str, Wanted]:
    """The wishes of all chargers that the snapshot knows, those of higher priority served first."""
    state, verdict, surplus, plan, causes = tick
    chargers = plan.site.chargers
    wanted: dict[str, Wanted] = {}
    room = room_for_all(state, verdict, surplus, plan, causes)
    for group in plan.priorities:
        names = [name for name in group if name in state.evs]
        modes = {name: _mode(verdict, name) for name in names}
        sharing = names
        if len(names) > 1:
            names.sort(key=lambda name: state.evs[name].status.value is not EvStatus.CHARGING)
            followers = [name for name in names if modes[name][0] in FOLLOWING and _may_take(state, name, evs[name])]
            sharing = served(followers, room, chargers)
        left = len(sharing)
        for name in names:
            part = 1.0
            if name in sharing:
                part, left = 1.0 / left, left - 1
            wanted[name] = wish_of(tick, name, *modes[name], evs[name], seen[name], room, part)
            if len(chargers) > 1:
                room = after(room, _taken(wanted[name], surplus.drawn_w.get(name, 0.0), seen[name]))
    return wanted if len(wanted) < 2 else {name: wanted[name] for name in chargers if name in wanted}


def _may_take(state: State, name: str, memory: EvMemory) -> bool:
    """Whether a share would not be wasted on this charger's car."""
    ev = state.evs[name]
    if ev.blocked or ev.status.value in (None, EvStatus.DISCONNECTED, EvStatus.ERROR):
        return False
    return not memory.running or idles_less_than_wake(ev, memory, state.mono_s)


def _taken(wanted: Wanted, drawn_w: float, seen: Seen) -> Taken:
    """What a charger leaves: a car at a limit of its own leaves all but one more ampere."""
    order = wanted.order
    ordered_w = order.current_a * order.phases * NOMINAL_VOLTAGE_V
    if not wanted.draws and not wanted.waits:
        return Taken(drawn_w, drawn_w, drawn_w)
    wants_w = min(wanted.wants_w, seen.car.most_w + order.phases * NOMINAL_VOLTAGE_V)
    return Taken(wants_w, min(ordered_w, max(wants_w, drawn_w)), drawn_w)


def _mode(verdict: Verdict, name: str) -> tuple[EvMode, str]:
    """(mode, rule) that the rules want of a charger; off where nobody claims it."""
    claim = verdict.claims.get(f"ev.{name}.mode")
    return (MODES[claim.value], claim.rule) if claim is not None else (EvMode.OFF, "")
