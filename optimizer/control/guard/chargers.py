"""The guard over chargers: it limits every order last. Rules and controllers can tighten it, but never loosen it.

Invariants for any input:
- A charger is paused or gets a current within [6 A, min(owner's limit, rating, connector)].
- The orders plus the house fit the fuse of each phase.
- A charger that does not reduce its current on command (blocked, silent, drawing too much) gets its current first.
  The others reduce theirs.
- A charger is *raised* only if it fits with every other at its largest: its offer, its observed current, and every
  write that it has not confirmed.
- While the grid meter shows import above the fuse of a phase, no charger on it is raised.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

from optimizer.control.current import ceiling_a, floor_to_step
from optimizer.control.estimate.load_inputs import LoadInputs, overload_s, read_a
from optimizer.control.estimate.peaks import PhaseAmps
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.decision import Cause, EvOrder
from optimizer.model.site import MIN_CURRENT_A, ChargerSite
from optimizer.model.state import Ev
from optimizer.model.value import maker

OVERDRAWN_A = 1.0
"""A charger that had time to follow and draws this much more than commanded does not reduce its current."""
RAISE_A = 0.5
"""A current that the fuse limits rises in steps of at least this, because the house load fluctuates."""
DRAWN_A = 2.0
"""The car uses a phase with at least this current. Standby noise is far below."""
CROSSED_A = 0.05
"""Half a step. Smaller differences do not count."""


def comes_down(ev: Ev, site: ChargerSite, worst_case: WorstCase, now_s: float) -> bool:
    """Whether the charger is expected to follow a lower order."""
    if ev.blocked or ev.paused.value is None or ev.offered_a.value is None:
        return False
    commanded = ev.commanded
    return (
        commanded is None
        or now_s - commanded.at_s < site.settle_s
        or worst_case.current_a <= commanded.offer_a + OVERDRAWN_A
    )


class Beside(NamedTuple):
    """The load of L1..L3 without cars, A."""

    now_a: PhaseAmps
    """House and batteries as ordered. Running cars must fit beside it."""
    most_a: PhaseAmps
    """House and the largest power that batteries may still have. Cars that rise must fit beside it."""
    singles_a: PhaseAmps = (0.0, 0.0, 0.0)
    """Only the batteries on fewer than three phases."""


make_beside = maker(Beside)


def clamp_chargers(
    wanted: Mapping[str, EvOrder], inputs: LoadInputs, beside: Beside
) -> tuple[dict[str, EvOrder], list[Cause]]:
    """The orders that fit, higher priority first, and a cause for each changed order."""
    site, worst_case = inputs.site, inputs.worst_case
    now_a, most_a, singles_a = beside
    names = list(wanted)
    if len(names) > 1:
        names.sort(key=lambda name: -site.chargers[name].priority)
    granted_a = _fit_below_fuse(names, wanted, inputs, now_a, singles_a)
    if len(names) > 1 or most_a is not now_a:
        _hold_back_raises(names, granted_a, wanted, inputs, most_a)
        if site.unbalance_a is not None:
            _hold_back_singles(names, granted_a, wanted, inputs, singles_a)
    if overload_s(inputs) > -math.inf:
        _hold_while_overloaded(granted_a, wanted, inputs)
    orders: dict[str, EvOrder] = {}
    causes: list[Cause] = []
    for name in names:
        order, amps = wanted[name], granted_a[name]
        if amps < order.current_a and amps < worst_case[name].least_a:
            amps = 0.0  # the car would ignore it
        urgent = amps < order.current_a - CROSSED_A and amps < worst_case[name].current_a - CROSSED_A
        if amps == order.current_a and urgent == order.urgent:
            orders[name] = order
            continue
        orders[name] = EvOrder(amps, order.phases, order.energy_limit_wh, order.urgent or urgent)
        if order.current_a - amps >= site.chargers[name].current_step_a:
            code = "guard.current" if amps > 0.0 else "guard.pause"
            numbers = (("wanted_a", order.current_a), ("allowed_a", amps), ("fuse_a", site.fuse_a))
            causes.append(Cause(code, f"ev.{name}.current_a", "", numbers))
    return orders, causes


def _used(charger: ChargerSite, phases: int) -> tuple[int, ...]:
    """The house phases of the first `phases` phases of a charger."""
    wired = charger.phase_map
    return wired if phases >= len(wired) else wired[: max(1, phases)]


def _fit_below_fuse(
    names: list[str], wanted: Mapping[str, EvOrder], inputs: LoadInputs, now_a: PhaseAmps, singles_a: PhaseAmps
) -> dict[str, float]:
    """The granted currents by priority, A. House and all grants stay within each fuse and the unbalance limit. A phase
    that a charger may still use counts until a reading shows it off. Grants are in steps of the charger."""
    state, site, worst_case = inputs.state, inputs.site, inputs.worst_case
    load = list(now_a)
    single = list(singles_a) if site.unbalance_a is not None else []
    granted: dict[str, float] = {}
    stuck: Collection[str] = ()
    several = len(names) > 1
    if several:
        stuck = _stuck(names, inputs)
        names = sorted(names, key=lambda name: name not in stuck)
    for name in names:
        charger, order, worst = site.chargers[name], wanted[name], worst_case[name]
        lasting = _used(charger, order.phases if order.phases > worst.phases else worst.phases)
        amps = 0.0
        if order.current_a >= MIN_CURRENT_A:  # false for NaN
            amps = ceiling_a(state.evs[name], charger)
            if order.current_a < amps:
                amps = order.current_a
            room_a = site.fuse_a - (max(load) if len(lasting) == 3 else max([load[phase - 1] for phase in lasting]))
            if room_a < amps:
                amps = worst.current_a if worst.current_a < room_a < worst.current_a + RAISE_A else room_a
            if site.unbalance_a is not None:
                narrow = _narrow(charger, order.phases, state.evs[name])
                for phase in narrow:
                    amps = min(amps, site.unbalance_a - single[phase - 1])
                amps = floor_to_step(amps, charger.current_step_a)
                for phase in narrow:
                    single[phase - 1] += amps
            else:
                amps = floor_to_step(amps, charger.current_step_a)
        granted[name] = amps
        if several:
            taken_a = max(amps, worst.current_a) if name in stuck else amps
            for phase in lasting:
                load[phase - 1] += taken_a
    return granted


def _stuck(names: list[str], inputs: LoadInputs) -> set[str]:
    """The chargers that do not follow a lower order."""
    state, chargers, worst_case = inputs.state, inputs.site.chargers, inputs.worst_case
    return {name for name in names if not comes_down(state.evs[name], chargers[name], worst_case[name], state.mono_s)}


def _hold_back_raises(
    names: list[str],
    granted: dict[str, float],
    wanted: Mapping[str, EvOrder],
    inputs: LoadInputs,
    house_a: PhaseAmps,
) -> None:
    """Let a charger rise only into room that no other charger may still use."""
    site, worst_case = inputs.site, inputs.worst_case
    load = list(house_a)
    for name in names:
        _add_worst(load, site.chargers[name], worst_case[name], granted[name], wanted[name].phases)
    for name in names:
        charger, worst, phases = site.chargers[name], worst_case[name], wanted[name].phases
        used = _used(charger, phases)
        held_a = worst.current_a if worst.phases >= len(used) else 0.0
        if granted[name] <= held_a + CROSSED_A:
            continue
        _add_worst(load, charger, worst, granted[name], phases, sign=-1.0)
        room_a = min(site.fuse_a - load[phase - 1] for phase in used)
        allowed_a = max(room_a, held_a)
        if allowed_a < granted[name]:
            granted[name] = floor_to_step(allowed_a, charger.current_step_a)
        _add_worst(load, charger, worst, granted[name], phases)


def _hold_while_overloaded(granted: dict[str, float], wanted: Mapping[str, EvOrder], inputs: LoadInputs) -> None:
    """Keep the chargers on an overloaded phase at their present offers. What a charger reports of its car may be wrong,
    and then the load of the house looks smaller than it is."""
    amps, site = read_a(inputs), inputs.site
    for name, granted_a in granted.items():
        charger = site.chargers[name]
        if any(amps[phase - 1] > site.fuse_a for phase in _used(charger, wanted[name].phases)):
            held_a = _offered_a(inputs.state.evs[name])
            if held_a < granted_a:
                granted[name] = floor_to_step(held_a, charger.current_step_a)


def _offered_a(ev: Ev) -> float:
    """The largest current that the charger was told to offer, or offers if it was told nothing, A. 0: it pauses."""
    commanded = ev.commanded
    if commanded is None:
        return 0.0 if ev.paused.value else ev.offered_a.value or 0.0
    return max(commanded.offer_a, commanded.unconfirmed_a)


def _hold_back_singles(
    names: list[str],
    granted: dict[str, float],
    wanted: Mapping[str, EvOrder],
    inputs: LoadInputs,
    singles_a: PhaseAmps,
) -> None:
    """Let a car on fewer than three phases rise only into room that the others on its phases may not still use."""
    site, evs = inputs.site, inputs.state.evs
    assert site.unbalance_a is not None
    for name in names:
        charger, worst = site.chargers[name], inputs.worst_case[name]
        narrow = _narrow(charger, wanted[name].phases, evs[name])
        if not narrow or granted[name] <= worst.current_a + CROSSED_A:
            continue
        others = {other: wanted[other] for other in names if other != name}
        taken_a = narrow_a(others, inputs, granted)
        room_a = min(site.unbalance_a - singles_a[phase - 1] - taken_a[phase - 1] for phase in narrow)
        if room_a < granted[name]:
            granted[name] = floor_to_step(max(room_a, worst.current_a), charger.current_step_a)


def _narrow(charger: ChargerSite, phases: int, ev: Ev) -> tuple[int, ...]:
    """The house phases of a car that loads fewer than three. Empty for a load on three phases. A car that is observed
    on fewer phases than it is offered counts with these at once."""
    used = _used(charger, phases)
    if len(used) < 3:
        return used
    amps = [reading.value for reading in ev.phase_current_a[:3]]
    known_a = [a for a in amps if a is not None]
    if len(known_a) < 3 or max(known_a) < DRAWN_A:
        return ()
    drawn = tuple(phase for phase, a in zip(used, known_a, strict=True) if a >= DRAWN_A)
    return drawn if len(drawn) < 3 else ()


def narrow_a(
    orders: Mapping[str, EvOrder], inputs: LoadInputs, granted: Mapping[str, float] | None = None
) -> PhaseAmps:
    """The current of cars on fewer than three phases on L1..L3, A. It is the larger of before and after the orders."""
    load = [0.0, 0.0, 0.0]
    for name, order in orders.items():
        charger, worst, ev = inputs.site.chargers[name], inputs.worst_case[name], inputs.state.evs[name]
        ordered_a = order.current_a if granted is None else granted[name]
        after, before = _narrow(charger, order.phases, ev), _narrow(charger, worst.phases, ev)
        for phase in {*after, *before}:
            after_a, before_a = ordered_a if phase in after else 0.0, worst.current_a if phase in before else 0.0
            load[phase - 1] += max(after_a, before_a)
    return load[0], load[1], load[2]


def _add_worst(
    load: list[float], charger: ChargerSite, worst: WorstCase, granted_a: float, phases: int, sign: float = 1.0
) -> None:
    """Add the current of one charger on each house phase: the larger of before and after its order takes effect."""
    for index, phase in enumerate(charger.phase_map):
        before_a = worst.current_a if index < worst.phases else 0.0
        after_a = granted_a if index < phases else 0.0
        load[phase - 1] += sign * (before_a if before_a > after_a else after_a)


def worst_a(orders: Mapping[str, EvOrder], inputs: LoadInputs) -> PhaseAmps:
    """The largest current of the chargers on L1..L3 until their orders have taken effect, A."""
    load = [0.0, 0.0, 0.0]
    for name, order in orders.items():
        _add_worst(load, inputs.site.chargers[name], inputs.worst_case[name], order.current_a, order.phases)
    return load[0], load[1], load[2]


def stuck_a(inputs: LoadInputs) -> PhaseAmps:
    """The current on L1..L3 of the chargers that do not follow a lower order, A."""
    load = [0.0, 0.0, 0.0]
    state = inputs.state
    for name, worst in inputs.worst_case.items():
        charger = inputs.site.chargers[name]
        if not comes_down(state.evs[name], charger, worst, state.mono_s):
            _add_worst(load, charger, worst, 0.0, 0)
    return load[0], load[1], load[2]
