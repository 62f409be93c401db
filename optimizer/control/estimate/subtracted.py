"""The current of cars and of batteries at a forced power, subtracted from the current of the phases.

Meter, chargers, and batteries are not read at the same time. A reading may not show the present power of a device yet,
after a new command. Then the largest power that the device may have is subtracted, so that it does not count as house
load. A charger that is to reduce its current is an exception: only its reading or its new order is subtracted.
Otherwise its reduction would make room for others although it may never have drawn the current.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.estimate.battery_commanded import may_charge_w, may_feed_w, w_per_a
from optimizer.control.estimate.load_inputs import LoadInputs, overload_s
from optimizer.control.estimate.offered_currents import offered_now_a, power_part
from optimizer.control.estimate.peaks import PEAK_HOLD_S, PhaseAmps
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.decision import EvOrder
from optimizer.model.site import ChargerSite
from optimizer.model.state import Ev

OVERLOAD_S = 15.0
"""A charger that was commanded to rise this long ago is not taken for the cause of an overload. Only its reading is
subtracted then, so that the load is not underestimated for its whole settling time."""


def counted_cars(inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> PhaseAmps:
    """The current of all cars on L1..L3 that counts now, A."""
    amps = [0.0, 0.0, 0.0]
    subtract_cars(amps, inputs, wanted)
    return (-amps[0], -amps[1], -amps[2])


def subtract_cars(amps: list[float], inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> None:
    """Subtract what each car counts with now from the current of L1..L3. `wanted` are the orders before the guard."""
    chargers, evs = inputs.site.chargers, inputs.state.evs
    overloaded_s = overload_s(inputs)
    if inputs.shown_a is not None:
        part = power_part(evs.values()) if overloaded_s > -math.inf else 1.0
        for phase, shown_a in enumerate(inputs.shown_a):
            amps[phase] -= part * shown_a
        return
    for name, worst in inputs.worst_case.items():
        _subtract_car(amps, chargers[name], evs[name], worst, wanted.get(name), overloaded_s)


def _subtract_car(
    amps: list[float], charger: ChargerSite, ev: Ev, worst: WorstCase, wanted: EvOrder | None, overloaded_s: float
) -> None:
    """Subtract a charger from the phases: the current of its reading. If it was commanded since, subtract the largest
    current that it may draw and continue to draw, unless an overload remains long after the command."""
    commanded, wired = ev.commanded, charger.phase_map
    settled_s = -math.inf if commanded is None else commanded.at_s + charger.settle_s
    part, most_a = 1.0, math.inf
    if overloaded_s > -math.inf:
        part = power_part((ev,))
        if commanded is not None and overloaded_s >= commanded.at_s + OVERLOAD_S:
            settled_s, most_a = -math.inf, offered_now_a(ev)
    for phase, reading in zip(wired, ev.phase_current_a, strict=False):
        if (read_a := reading.value) is None:
            continue
        drawn_a = min(part * read_a, most_a)
        unsettled = reading.at_s < settled_s and phase in wired[: worst.used]
        amps[phase - 1] -= max(drawn_a, lasting_a(worst, wanted)) if unsettled else drawn_a


def lasting_a(worst: WorstCase, wanted: EvOrder | None) -> float:
    """The largest current of a charger that it may draw now and may continue to draw."""
    return worst.current_a if wanted is None else min(worst.current_a, wanted.current_a)


def subtract_batteries(amps: list[float], inputs: LoadInputs, *, export: bool = False) -> float:
    """Subtract forced charging from the known phases of batteries. Returns how long peaks are held, s. With `export`,
    forced discharge is subtracted too, because it would count twice there."""
    hold_s = PEAK_HOLD_S
    for name, command in inputs.commanded.items():
        battery, site = inputs.state.batteries.get(name), inputs.site.batteries.get(name)
        if battery is None or site is None:
            continue
        hold_s = max(hold_s, PEAK_HOLD_S + 2.0 * site.min_interval_s)
        if not command.idle:
            overloaded_s = overload_s(inputs)
            forced_w = may_charge_w(command, battery, site, overloaded_s)
            if export:
                forced_w -= may_feed_w(command, battery, site, overloaded_s)
            for phase in site.phase_map:
                amps[phase - 1] -= forced_w / w_per_a(site)
    return hold_s
