"""Current that the grid meter still shows, or that no charger reports any more."""

from __future__ import annotations

from optimizer.control.estimate.load_inputs import LoadInputs
from optimizer.control.estimate.peaks import NOTHING_A, RISEN_A, HouseLoad, PhaseAmps


def fallen(inputs: LoadInputs) -> PhaseAmps:
    """By how much the cars fell between the last two readings of chargers that were read after the meter, A, and what
    the cars drew at the last readings of chargers that do not answer. 0 for little."""
    fallen_a = [0.0, 0.0, 0.0]
    for name, one in (inputs.observed or {}).items():
        ev, charger, before_a = inputs.state.evs.get(name), inputs.site.chargers[name], one.before_a
        for phase, reading, drawn_a in zip(charger.phase_map, ev.phase_current_a if ev else (), before_a, strict=False):
            now_a, meter_s = reading.value, inputs.state.grid.phase_current_a[phase - 1].at_s
            if now_a is None:
                fallen_a[phase - 1] += drawn_a
            elif reading.at_s > meter_s and drawn_a > now_a:
                fallen_a[phase - 1] += drawn_a - now_a
    return (fallen_a[0], fallen_a[1], fallen_a[2]) if max(fallen_a) >= RISEN_A else NOTHING_A


def unread(inputs: LoadInputs) -> PhaseAmps:
    """The current on L1..L3 at the last readings of chargers that do not answer, A."""
    unread_a = [0.0, 0.0, 0.0]
    for name, one in (inputs.observed or {}).items():
        ev, charger, before_a = inputs.state.evs.get(name), inputs.site.chargers[name], one.before_a
        for phase, reading, drawn_a in zip(charger.phase_map, ev.phase_current_a if ev else (), before_a, strict=False):
            unread_a[phase - 1] += drawn_a if reading.value is None else 0.0
    return (unread_a[0], unread_a[1], unread_a[2])


def without_unread(house: HouseLoad, settled: HouseLoad, inputs: LoadInputs) -> PhaseAmps:
    """The load of the house beside which chargers that do not answer count with their worst case. The load of
    `house_load` contains what their cars still draw, and this must not count twice. `settled` is the one of
    `settled_load`."""
    load_a = house.load_a
    if settled is house or not any(drawn := unread(inputs)):
        return load_a
    worst = [0.0, 0.0, 0.0]
    for name, one in inputs.worst_case.items():
        if inputs.state.evs[name].offered_a.value is None:
            for phase in inputs.site.chargers[name].phase_map[: one.phases]:
                worst[phase - 1] += one.current_a
    rest = [
        now_a - max(0.0, min(drawn_a, worst_a, now_a - then_a))
        for now_a, then_a, drawn_a, worst_a in zip(load_a, settled.load_a, drawn, worst, strict=True)
    ]
    return (rest[0], rest[1], rest[2])
