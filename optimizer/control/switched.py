"""The switchable loads in one decision: their begin, their guard, and their leases. A house without one runs none."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.control.after_switches import remember_switch
from optimizer.control.descriptors import SwitchInfo
from optimizer.control.estimate.load_inputs import LoadInputs, Loads
from optimizer.control.estimate.peaks import PhaseAmps
from optimizer.control.estimate.switch_load import SwitchMemories
from optimizer.control.guard.chargers import worst_a
from optimizer.control.guard.fuses import without_cars
from optimizer.control.guard.switches import guard_switches, reserved_a
from optimizer.control.plan import Plan
from optimizer.control.request.switches import Switching
from optimizer.control.targets import SwitchTargets
from optimizer.model.decision import BatteryOrder, Cause, Command, EvOrder, make_command
from optimizer.model.state import State


def begin(
    infos: tuple[SwitchInfo, ...],
    memories: SwitchMemories,
    state: State,
    targets: Mapping[str, SwitchTargets],
    causes: list[Cause],
) -> Switching | None:
    """The switches of this tick, or None if the house has none."""
    if not infos:
        return None
    return Switching(infos=infos, memories=memories, state=state, targets=targets, causes=causes)


def reserved(switching: Switching | None, plan: Plan, state: State) -> PhaseAmps | None:
    """The current of loads that may be on, beyond what the grid meter shows. None if the house has none."""
    return None if switching is None else reserved_a(plan.switches, switching.memories, state)


def finish(
    switching: Switching,
    plan: Plan,
    load_inputs: LoadInputs,
    cars: Mapping[str, EvOrder],
    batteries: Mapping[str, BatteryOrder],
    loads: Loads,
    commands: dict[str, Command],
    causes: list[Cause],
) -> SwitchMemories:
    """Apply the guard. Add the leases to `commands`, and the reasons to `causes`. Returns the memory of the next tick.

    `cars` and `batteries` are the orders after their guard, and `loads` the loads that it found.
    """
    memories, state = switching.memories, load_inputs.state
    house_a, cars_a = without_cars(batteries, load_inputs, loads), worst_a(cars, load_inputs)
    guarded = guard_switches(plan.switches, switching.requests, memories, load_inputs, house_a, cars_a)
    causes += guarded.causes
    after = {}
    for info in plan.switches:
        if info.name not in memories:
            continue
        order = guarded.orders[info.name]
        after[info.name] = remember_switch(
            memories[info.name],
            state.switches[info.name],
            info.site,
            order,
            switching.requests[info.name],
            guarded.cut_w.get(info.name),
        )
        commands[info.device] = make_command(info.device, order, state.mono_s, state.mono_s + info.site.lease_s)
    return after
