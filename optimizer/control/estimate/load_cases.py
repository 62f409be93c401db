"""The load of the house for each phase on which a battery of unknown phase may be.

The load is computed for each case: with the power of the battery subtracted from the phase, and without. The guard
holds every case (`guard/batteries.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import combinations

from optimizer.control.estimate.battery_commanded import BatteryCommanded, may_charge_w, may_feed_w, w_per_a
from optimizer.control.estimate.house_load import held_load
from optimizer.control.estimate.load_inputs import NO_ORDERS, LoadInputs, measured_a, overload_s
from optimizer.control.estimate.peaks import NO_CASES, Cases, HouseLoad, peaked
from optimizer.control.estimate.subtracted import subtract_batteries, subtract_cars
from optimizer.model.decision import EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite
from optimizer.model.state import Battery


def house_cases(
    inputs: LoadInputs,
    before: Cases,
    base: HouseLoad,
    wanted: Mapping[str, EvOrder],
    fallen_a: Sequence[float] = (0.0, 0.0, 0.0),
) -> Cases:
    """The load for each case beside `base`, which assumes none. Empty if the phases of all batteries are known, and
    while no battery of unknown phase has a forced power. `fallen_a` is subtracted (`settled_load`)."""
    if not inputs.commanded:
        return NO_CASES
    unknown = __of_unknown_phase(inputs)
    if not unknown:
        return NO_CASES
    amps = measured_a(inputs.state.grid)
    if amps is None:
        return dict.fromkeys(_subsets(unknown), base)
    hold_s = subtract_batteries(amps, inputs) + inputs.late_s
    subtract_cars(amps, inputs, wanted)
    may_w = partial(may_charge_w, overload_s=overload_s(inputs))
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in _subsets(unknown):
        taken_a = sum(_forced_a(name, inputs, may_w) for name in case)
        less = [one - taken_a - ended_a for one, ended_a in zip(amps, fallen_a, strict=True)]
        cases[case] = held_load(less, before.get(case, base), inputs, wanted, hold_s)
    return cases


def feed_in_cases(inputs: LoadInputs, before: Cases) -> Cases:
    """The export of the house on each phase (+ export) without forced discharge, for all cases. The load of cars and
    house gives no room, because it may end at once. Without phase measurement, PV counts evenly on the phases."""
    state, choices = inputs.state, ((), *_subsets(__of_unknown_phase(inputs)))
    amps = measured_a(state.grid)
    if amps is None:
        pv_w = sum(max(0.0, pv.power_w.value or 0.0) for pv in state.pvs.values())
        amp = pv_w / (3.0 * NOMINAL_VOLTAGE_V)
        return {case: HouseLoad((amp, amp, amp)) for case in choices}
    hold_s = subtract_batteries(amps, inputs, export=True)
    subtract_cars(amps, inputs, NO_ORDERS)  # as if none were to change: what stops drawing is exported
    amps = [-one for one in amps]
    may_w = partial(may_feed_w, overload_s=overload_s(inputs))
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in choices:
        taken_a = sum(_forced_a(name, inputs, may_w) for name in case)
        memory = before.get(case, before.get((), HouseLoad()))
        cases[case] = peaked([one - taken_a for one in amps], memory, state.mono_s, hold_s, memory.risen_s)
    return cases


def __of_unknown_phase(inputs: LoadInputs) -> tuple[str, ...]:
    """The batteries of unknown phase with a forced power."""
    sites = inputs.site.batteries
    return tuple(
        name
        for name, command in inputs.commanded.items()
        if not command.idle and name in sites and not sites[name].phase_map
    )


@lru_cache(maxsize=64)
def _subsets(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """All choices of at least one name. Houses have one or two such batteries."""
    return tuple(case for count in range(1, len(names) + 1) for case in combinations(names, count))


def _forced_a(
    name: str, inputs: LoadInputs, forced_w: Callable[[BatteryCommanded, Battery, BatterySite], float]
) -> float:
    """The current of a battery of unknown phase because of a command, A. `forced_w` gives the power to count."""
    battery = inputs.state.batteries.get(name)
    if battery is None:
        return 0.0
    site = inputs.site.batteries[name]
    return forced_w(inputs.commanded[name], battery, site) / w_per_a(site)
