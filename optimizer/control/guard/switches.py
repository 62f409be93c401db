"""The guard of switchable loads: none is switched on without room, and some are switched off if a fuse is overloaded.

Invariants for any input:
- A load is switched on only if every phase has room for its largest power beside the house, the cars at their worst
  case, batteries, and every other load that may be on.
- If the measured house without cars exceeds a fuse, loads on that phase are switched off, the lowest priority first.
  Least times do not delay this. Without phase measurement, the reserve and the largest powers count instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.descriptors import SwitchInfo
from optimizer.control.estimate.load_inputs import LoadInputs, measured_a
from optimizer.control.estimate.peaks import PEAK_HOLD_S, PHASES, PhaseAmps
from optimizer.control.estimate.switch_load import SwitchMemory, amps_of, counts, hidden_w, plus
from optimizer.control.request.switches import SwitchRequest
from optimizer.model.decision import SWITCH_OFF, SWITCH_OFF_NOW, Cause, SwitchAction, SwitchOrder
from optimizer.model.state import State

NOTHING: PhaseAmps = (0.0, 0.0, 0.0)
LEAVING_S = 15.0
"""A load that the guard has switched off counts no more than this after the end of the held peak."""


class GuardedSwitches(NamedTuple):
    """The orders that keep the fuses, and the loads that the guard switched off, W."""

    orders: dict[str, SwitchOrder]
    causes: list[Cause]
    cut_w: dict[str, float]


def reserved_a(infos: tuple[SwitchInfo, ...], memories: Mapping[str, SwitchMemory], state: State) -> PhaseAmps:
    """The current of loads that may be on, beyond what the grid meter shows, A."""
    total_a = NOTHING
    for info in infos:
        if info.name in memories:
            power_w = hidden_w(memories[info.name], state.switches[info.name], info.site, state)
            if power_w > 0.0:
                total_a = plus(total_a, amps_of(power_w, info.site))
    return total_a


def guard_switches(
    infos: tuple[SwitchInfo, ...],
    requests: Mapping[str, SwitchRequest],
    memories: Mapping[str, SwitchMemory],
    inputs: LoadInputs,
    house_a: PhaseAmps,
    cars_a: PhaseAmps,
) -> GuardedSwitches:
    """The orders within the fuses. `house_a` is the load without cars, with batteries and `reserved_a`. `cars_a` are
    the cars at their worst case after this tick."""
    state, fuse_a = inputs.state, inputs.site.fuse_a
    guarded = GuardedSwitches({name: request.order for name, request in requests.items()}, [], {})
    present = [info for info in infos if info.name in requests]
    load_a = list(house_a)
    if inputs.reserved_a is not None and measured_a(state.grid) is not None:
        _subtract(load_a, inputs.reserved_a)  # the meter shows an overload by itself
    for info in present:
        if state.mono_s < memories[info.name].cut_s + PEAK_HOLD_S + LEAVING_S:
            _subtract(load_a, amps_of(memories[info.name].cut_w, info.site))
    for info in reversed(present):
        memory = memories[info.name]
        over = [phase for phase in PHASES if load_a[phase] > fuse_a and info.site.current_a[phase] > 0.0]
        if not over or not counts(memory, state.switches[info.name]) or info.name in guarded.cut_w:
            continue
        if state.mono_s < memory.cut_s + PEAK_HOLD_S + LEAVING_S:
            guarded.orders[info.name] = SWITCH_OFF_NOW
            continue
        drawn_w = _drawn_w(info, state)
        guarded.orders[info.name] = SWITCH_OFF_NOW
        guarded.cut_w[info.name] = drawn_w
        counted_a = max(load_a[phase] for phase in over)
        exceeded = (("power_w", info.site.power_w), ("fuse_a", fuse_a), ("counted_a", counted_a))
        guarded.causes.append(Cause("guard.switch_off", info.subject, numbers=exceeded))
        _subtract(load_a, amps_of(drawn_w, info.site))
    beside_a = plus(house_a, cars_a)
    for info in present:
        memory, order = memories[info.name], guarded.orders[info.name]
        if order.action is not SwitchAction.ON or counts(memory, state.switches[info.name]):
            continue
        with_a = plus(beside_a, info.site.current_a)
        if max(with_a[phase] for phase in PHASES if info.site.current_a[phase] > 0.0) > fuse_a:
            guarded.orders[info.name] = SWITCH_OFF
            numbers = (("power_w", info.site.power_w), ("fuse_a", fuse_a))
            guarded.causes.append(Cause("guard.switch_room", info.subject, numbers=numbers))
        else:
            beside_a = with_a
    return guarded


def _subtract(load_a: list[float], amps: PhaseAmps) -> None:
    for phase in PHASES:
        load_a[phase] -= amps[phase]


def _drawn_w(info: SwitchInfo, state: State) -> float:
    """The power that ends with the load, W: its measured power, or its largest without a measurement."""
    power_w = state.switches[info.name].power_w.value
    return info.site.power_w if power_w is None else min(power_w, info.site.power_w)
