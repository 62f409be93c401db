"""The load of the house on each phase without cars and without batteries at a forced power.

A rise of a phase that a car may have caused does not count as house load while the charger was not read since.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from optimizer.control.estimate.load_inputs import LoadInputs, measured_a, overload_s
from optimizer.control.estimate.peaks import PEAK_HOLD_S, PHASES, RISEN_A, HouseLoad, PhaseAmps, peaked
from optimizer.control.estimate.subtracted import OVERLOAD_S, lasting_a, subtract_batteries, subtract_cars
from optimizer.control.estimate.unread import fallen, unread
from optimizer.model.decision import EvOrder


def house_load(inputs: LoadInputs, memory: HouseLoad, wanted: Mapping[str, EvOrder]) -> tuple[HouseLoad, bool]:
    """The load with its peaks held, and whether it is measured. Without a measurement it is the configured reserve,
    or more by a meter that is not believed.
    Nothing is subtracted for a battery of unknown phase. `wanted` are the orders to the chargers before the guard."""
    amps = measured_a(inputs.state.grid)
    if amps is None:
        return _unmeasured(inputs, wanted), False
    hold_s = (subtract_batteries(amps, inputs) if inputs.commanded else PEAK_HOLD_S) + inputs.late_s
    subtract_cars(amps, inputs, wanted)
    return held_load(amps, memory, inputs, wanted, hold_s), True


def settled_load(inputs: LoadInputs, memory: HouseLoad, wanted: Mapping[str, EvOrder], house: HouseLoad) -> HouseLoad:
    """The measured load to remember, and to switch loads off for. `house` is the one of `house_load`.

    If a car reduced its current after the meter was read, and its charger was read since, the meter still shows a
    current that no charger reports. While a charger does not answer, the current of its car is such a current too. It
    counts in this tick, because it may be a load of the house. It is not held, because the next reading of the meter,
    or of the charger, tells."""
    fallen_a = fallen(inputs)
    if inputs.shown_a is not None or not any(fallen_a):
        return house
    amps = measured_a(inputs.state.grid)
    assert amps is not None
    hold_s = (subtract_batteries(amps, inputs) if inputs.commanded else PEAK_HOLD_S) + inputs.late_s
    subtract_cars(amps, inputs, wanted)
    less = [one - ended_a for one, ended_a in zip(amps, fallen_a, strict=True)]
    for phase, unread_a in enumerate(unread(inputs)):
        if unread_a > 0.0:  # a fall of the meter can be the car, so the house is not smaller than before
            less[phase] = max(less[phase], min(amps[phase], memory.most_a[phase]))
    return held_load(less, memory, inputs, wanted, hold_s)


def held_load(
    amps: list[float], memory: HouseLoad, inputs: LoadInputs, wanted: Mapping[str, EvOrder], hold_s: float
) -> HouseLoad:
    """The load after this tick's reading. A rise that a car may have caused does not count as house load."""
    peak_a, risen_s = memory.most_a, memory.risen_s
    for phase in PHASES:
        if amps[phase] > peak_a[phase] + RISEN_A or risen_s[phase] > -math.inf:
            risen_s = _exclude_cars(amps, memory, inputs, wanted)
            break
    return peaked(amps, memory, inputs.state.mono_s, hold_s, risen_s)


def _exclude_cars(amps: list[float], memory: HouseLoad, inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> PhaseAmps:
    """Lower the load of a risen phase while a charger may have caused the rise, because its reading is older. The
    largest current of that charger is subtracted. Returns since when each phase has risen."""
    least_a, oldest_s = list(amps), [math.inf, math.inf, math.inf]
    state, chargers = inputs.state, inputs.site.chargers
    overloaded_s = overload_s(inputs)
    for name, worst in inputs.worst_case.items():
        charger, ev, most_a = chargers[name], state.evs[name], lasting_a(worst, wanted.get(name))
        settled_s = -math.inf if ev.commanded is None else ev.commanded.at_s + charger.settle_s
        if ev.commanded is not None and overloaded_s >= ev.commanded.at_s + OVERLOAD_S:
            continue
        for phase, reading in zip(charger.phase_map[: worst.used], ev.phase_current_a, strict=False):
            if reading.value is not None and reading.at_s >= settled_s and most_a > reading.value:
                least_a[phase - 1] -= most_a - reading.value
                oldest_s[phase - 1] = min(oldest_s[phase - 1], reading.at_s - charger.settle_s)
    risen_s = list(memory.risen_s)
    peaks_a = memory.most_a
    for phase in PHASES:
        peak_a = peaks_a[phase]
        if amps[phase] <= peak_a + RISEN_A or memory.at_s[phase] == -math.inf:
            risen_s[phase] = -math.inf
            continue
        if risen_s[phase] == -math.inf:
            risen_s[phase] = state.mono_s
        if oldest_s[phase] < risen_s[phase]:
            amps[phase] = max(least_a[phase], peak_a)
    return (risen_s[0], risen_s[1], risen_s[2])


def _unmeasured(inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> HouseLoad:
    """The configured reserve. A meter that is not believed can still be right, so a higher load by it counts."""
    reserve = _reserve(inputs.site.house_max_a)
    if not inputs.doubted_a:
        return reserve
    amps = list(inputs.doubted_a)
    subtract_cars(amps, inputs, wanted)
    first, second, third = (max(one, reserve_a) for one, reserve_a in zip(amps, reserve.peak_a, strict=True))
    return HouseLoad((first, second, third))


@lru_cache(maxsize=16)
def _reserve(house_max_a: float) -> HouseLoad:
    return HouseLoad((house_max_a, house_max_a, house_max_a))
