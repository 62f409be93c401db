"""Late phase currents: the load of the house beside what the cars drew at the moment that the meter shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from optimizer.control.estimate.late_currents import NO_COURSE, Course, Lateness, shown_cars, with_cars
from optimizer.control.estimate.load_inputs import LoadInputs, measured_a
from optimizer.control.estimate.subtracted import counted_cars
from optimizer.control.judge.answers import wait_s
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.memory import EvMemory
from optimizer.model.decision import EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V
from optimizer.model.state import State
from optimizer.model.value import changed

NEAR_A = 1.0
"""Readings of one moment differ by up to this."""
SPREAD = 2.0
"""This multiple of the median difference of the answers from their median covers a value that is held for some time."""


def lateness(judge: JudgeMemory, set_s: float | None) -> Lateness | None:
    """The delay of the grid meter, as set or as learned. None: it is not late, or this is not known yet."""
    delays_s = judge.meter.answers.delays_s
    if not wait_s(delays_s, set_s):
        return None
    windows = judge.window.known
    if windows:
        return Lateness(0.0, max(begin_s for _, begin_s in windows), windows)
    if set_s is not None:
        return Lateness(set_s, set_s)
    # An appliance can look like a late answer. So one or two answers of five do not count.
    delay_s = median(delays_s)
    spread_s = SPREAD * median([abs(one - delay_s) for one in delays_s])
    return Lateness(delay_s - spread_s, delay_s + spread_s)


def beside_late_currents(
    inputs: LoadInputs,
    wanted: Mapping[str, EvOrder],
    evs: Mapping[str, EvMemory],
    course: Course,
    judge: JudgeMemory,
) -> tuple[LoadInputs, Course]:
    """The inputs of the guard with the cars that a late meter may show, and the course of the cars. `wanted` are the
    orders to the chargers before the guard, `evs` the memories of the chargers before this tick."""
    late, amps = lateness(judge, inputs.site.grid_delay_s), measured_a(inputs.state.grid)
    if late is None or amps is None:
        return inputs, NO_COURSE if late is None else course
    since_s = min((one.observed.read_at_s for one in evs.values()), default=math.inf)
    course = with_cars(course, inputs.state.mono_s, counted_cars(inputs, wanted), since_s, late)
    more_a = fed_a(inputs.state)
    most_a = (amps[0] + more_a, amps[1] + more_a, amps[2] + more_a)
    shown_a = shown_cars(course, inputs.state.grid.phase_current_a[0].at_s, late, most_a)
    return changed(inputs, late_s=late.most_s, shown_a=shown_a), course


def fed_a(state: State) -> float:
    """The largest current that PV and batteries may feed into one phase, A. Infinite if PV is not measured."""
    powers = [pv.power_w.value for pv in state.pvs.values()] + [one.power_w.value for one in state.batteries.values()]
    if not state.pvs or None in powers:
        return math.inf
    return NEAR_A + sum(max(0.0, power_w) for power_w in powers if power_w is not None) / NOMINAL_VOLTAGE_V
