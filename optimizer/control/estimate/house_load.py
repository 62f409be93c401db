"""What the house draws on each phase beside what we control: its cars, and batteries that we force.

A battery of unknown phase may sit on any phase. The load is worked out for each case: with nothing of it taken off the
phase, and with all of it. The guard holds every case (`guard/batteries.py`).

Meter, chargers and batteries are not read at the same instant. Where the reading of one cannot tell yet what it takes
(it was just commanded something else, or the phase has risen since), the most that it may be taking is taken off: the
house is then not blamed for it. A charger that is to take less than that is an exception: only its reading or its new
order is taken off. Otherwise its reduction would make room for others although it may never have drawn the current.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded, may_charge_w, may_feed_w, w_per_a
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.decision import EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Ev, State

PEAK_HOLD_S = 30.0
"""A phase counts at its peak of this long; longer beside a battery that follows slowly."""
RISEN_A = 1.0
"""A phase that shows this much more than its peak has risen."""

PhaseAmps = tuple[float, float, float]
PHASES = (0, 1, 2)
NEVER_S: PhaseAmps = (-math.inf, -math.inf, -math.inf)


class HouseLoad(NamedTuple):
    """The house's peaks, by phase; part of the memory. Feed-in is negative."""

    peak_a: PhaseAmps = (0.0, 0.0, 0.0)
    at_s: PhaseAmps = NEVER_S
    risen_s: PhaseAmps = NEVER_S
    """Since when the phase shows more than the peak explains; -inf while it does not."""

    @property
    def load_a(self) -> PhaseAmps:
        """What counts. Feed-in never counts as room: the sun can be gone before a car has followed."""
        first, second, third = self.peak_a
        return (first if first > 0.0 else 0.0, second if second > 0.0 else 0.0, third if third > 0.0 else 0.0)

    def ahead(self, more_a: PhaseAmps, now_s: float) -> HouseLoad:
        """With a load that an order is about to add: it counts before it can be measured. A little is left to that."""
        if max(more_a) < RISEN_A:
            return self
        (first, second, third), (one_s, two_s, three_s) = self.peak_a, self.at_s
        return HouseLoad(
            (first + more_a[0], second + more_a[1], third + more_a[2]),
            (now_s if more_a[0] else one_s, now_s if more_a[1] else two_s, now_s if more_a[2] else three_s),
            self.risen_s,
        )


Cases = Mapping[tuple[str, ...], HouseLoad]
"""The load by the batteries of unknown phase that are assumed to sit on the phase: their part is taken off. The key ()
assumes none."""
NO_CASES: Cases = MappingProxyType({})


class Loads(NamedTuple):
    """The load of the phases beside what we control."""

    house: HouseLoad = HouseLoad()
    """With nothing taken off for batteries of unknown phase."""
    cases: Cases = NO_CASES
    """With such batteries taken off, for each choice of them."""
    feed_in: Cases = NO_CASES
    """What the house feeds in, for all choices; only while a battery is forced to discharge."""


def house_cases(
    state: State,
    site: Site,
    before: Cases,
    base: HouseLoad,
    worst_case: Mapping[str, WorstCase],
    commanded: Mapping[str, BatteryCommanded],
    wanted: Mapping[str, EvOrder],
) -> Cases:
    """The load for each case beside `base`, which assumes none. Empty in houses whose batteries' phases are known, and
    while no battery of unknown phase is forced."""
    if not commanded:
        return NO_CASES
    unknown = _unknown(site, commanded)
    if not unknown:
        return NO_CASES
    amps = measured_a(state)
    if amps is None:
        return dict.fromkeys(_subsets(unknown), base)
    hold_s = _take_off_known(amps, state, site, commanded)
    lasting_a = _lasting_a(worst_case, wanted)
    _take_off_cars(amps, state, site, worst_case, lasting_a)
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in _subsets(unknown):
        taken_a = sum(_forced_a(name, state, site, commanded, may_charge_w) for name in case)
        less = [one - taken_a for one in amps]
        cases[case] = _held(less, before.get(case, base), state, site, worst_case, lasting_a, hold_s)
    return cases


def feed_in_cases(
    state: State,
    site: Site,
    before: Cases,
    worst_case: Mapping[str, WorstCase],
    commanded: Mapping[str, BatteryCommanded],
) -> Cases:
    """What the house feeds into each phase (+ export) beside forced discharge, with all cases. The load of cars and
    house never counts as room, since it may end at once. Where the phases are not measured, PV counts evenly."""
    amps = measured_a(state)
    if amps is None:
        pv_w = sum(max(0.0, pv.power_w.value or 0.0) for pv in state.pvs.values())
        amp = pv_w / (3.0 * NOMINAL_VOLTAGE_V)
        return {case: HouseLoad((amp, amp, amp)) for case in ((), *_subsets(_unknown(site, commanded)))}
    hold_s = _take_off_known(amps, state, site, commanded, export=True)
    _take_off_cars(amps, state, site, worst_case, {name: worst.current_a for name, worst in worst_case.items()})
    amps = [-one for one in amps]
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in ((), *_subsets(_unknown(site, commanded))):
        taken_a = sum(_forced_a(name, state, site, commanded, may_feed_w) for name in case)
        memory = before.get(case, before.get((), HouseLoad()))
        cases[case] = _peaked([one - taken_a for one in amps], memory, state.mono_s, hold_s, memory.risen_s)
    return cases


def measured_a(state: State) -> list[float] | None:
    """The grid current of L1..L3, + import; None where a phase is not measured."""
    measured = state.grid.phase_current_a
    if len(measured) != 3:
        return None
    amps = [reading.value for reading in measured if reading.value is not None]
    return amps if len(amps) == 3 else None


def house_load(
    state: State,
    site: Site,
    memory: HouseLoad,
    worst_case: Mapping[str, WorstCase],
    commanded: Mapping[str, BatteryCommanded],
    wanted: Mapping[str, EvOrder],
) -> tuple[HouseLoad, bool]:
    """The load with its peaks held, and whether it is measured; where it is not, the configured reserve. Nothing is
    taken off for a battery of unknown phase. `wanted` are the orders to the chargers before the guard."""
    amps = measured_a(state)
    if amps is None:
        return _reserve(site.house_max_a), False
    hold_s = _take_off_known(amps, state, site, commanded) if commanded else PEAK_HOLD_S
    lasting_a = _lasting_a(worst_case, wanted)
    _take_off_cars(amps, state, site, worst_case, lasting_a)
    return _held(amps, memory, state, site, worst_case, lasting_a, hold_s), True


def _held(
    amps: list[float],
    memory: HouseLoad,
    state: State,
    site: Site,
    worst_case: Mapping[str, WorstCase],
    lasting_a: Mapping[str, float],
    hold_s: float,
) -> HouseLoad:
    """The load after this tick's reading; a rise that may be a car's is not taken for the house's."""
    peak_a, _, risen_s = memory
    for phase in PHASES:
        if amps[phase] > peak_a[phase] + RISEN_A or risen_s[phase] > -math.inf:
            risen_s = _doubt(amps, state, site, memory, worst_case, lasting_a)
            break
    return _peaked(amps, memory, state.mono_s, hold_s, risen_s)


def _peaked(amps: list[float], memory: HouseLoad, now_s: float, hold_s: float, risen_s: PhaseAmps) -> HouseLoad:
    peaks, peaked_s = list(memory.peak_a), list(memory.at_s)
    for phase in PHASES:
        if amps[phase] >= peaks[phase] or now_s - peaked_s[phase] > hold_s:
            peaks[phase], peaked_s[phase] = amps[phase], now_s
    return HouseLoad((peaks[0], peaks[1], peaks[2]), (peaked_s[0], peaked_s[1], peaked_s[2]), risen_s)


@lru_cache(maxsize=16)
def _reserve(house_max_a: float) -> HouseLoad:
    return HouseLoad((house_max_a, house_max_a, house_max_a))


def _lasting_a(worst_case: Mapping[str, WorstCase], wanted: Mapping[str, EvOrder]) -> dict[str, float]:
    """The most that each charger may be drawing and is to go on drawing."""
    return {
        name: min(worst.current_a, wanted[name].current_a) if name in wanted else worst.current_a
        for name, worst in worst_case.items()
    }


def _take_off_cars(
    amps: list[float],
    state: State,
    site: Site,
    worst_case: Mapping[str, WorstCase],
    lasting_a: Mapping[str, float],
) -> None:
    for name, worst in worst_case.items():
        _take_off(amps, site.chargers[name], state.evs[name], worst.used, lasting_a[name])


def _take_off(amps: list[float], charger: ChargerSite, ev: Ev, used: int, lasting_a: float) -> None:
    """Takes a charger off the phases: what it draws by its reading, or the most that it may be drawing and goes on
    drawing where it was commanded something since."""
    commanded, wired = ev.commanded, charger.phase_map
    settled_s = -math.inf if commanded is None else commanded.at_s + charger.settle_s
    for phase, reading in zip(wired, ev.phase_current_a, strict=False):
        drawn_a = reading.value
        if drawn_a is None:
            continue
        if lasting_a > drawn_a and reading.at_s < settled_s and phase in wired[:used]:
            drawn_a = lasting_a
        amps[phase - 1] -= drawn_a


def _doubt(
    amps: list[float],
    state: State,
    site: Site,
    memory: HouseLoad,
    worst_case: Mapping[str, WorstCase],
    lasting_a: Mapping[str, float],
) -> PhaseAmps:
    """Lowers what a phase that has risen shows, while that may be a charger whose reading is older than the rise, by
    the most that this may be drawing. Since when each phase has been risen."""
    least_a, oldest_s = list(amps), [math.inf, math.inf, math.inf]
    for name, worst in worst_case.items():
        charger, ev, most_a = site.chargers[name], state.evs[name], lasting_a[name]
        settled_s = -math.inf if ev.commanded is None else ev.commanded.at_s + charger.settle_s
        for phase, reading in zip(charger.phase_map[: worst.used], ev.phase_current_a, strict=False):
            if reading.value is not None and reading.at_s >= settled_s and most_a > reading.value:
                least_a[phase - 1] -= most_a - reading.value
                oldest_s[phase - 1] = min(oldest_s[phase - 1], reading.at_s - charger.settle_s)
    risen_s = list(memory.risen_s)
    for phase in PHASES:
        peak_a = memory.peak_a[phase]
        if amps[phase] <= peak_a + RISEN_A or memory.at_s[phase] == -math.inf:
            risen_s[phase] = -math.inf
            continue
        if risen_s[phase] == -math.inf:
            risen_s[phase] = state.mono_s
        if oldest_s[phase] < risen_s[phase]:
            amps[phase] = max(least_a[phase], peak_a)
    return (risen_s[0], risen_s[1], risen_s[2])


def _take_off_known(
    amps: list[float], state: State, site: Site, commanded: Mapping[str, BatteryCommanded], *, export: bool = False
) -> float:
    """Takes forced charging off the phases that batteries are known to sit on; how long peaks are held beside all of
    them, s. With `export` forced discharge is taken off too: only there it would count twice."""
    hold_s = PEAK_HOLD_S
    for name, order in commanded.items():
        battery, cells = state.batteries.get(name), site.batteries.get(name)
        if battery is None or cells is None:
            continue
        hold_s = max(hold_s, PEAK_HOLD_S + 2.0 * cells.min_interval_s)
        if not order.idle:
            forced_w = may_charge_w(order, battery, cells)
            if export:
                forced_w -= may_feed_w(order, battery, cells)
            for phase in cells.phase_map:
                amps[phase - 1] -= forced_w / w_per_a(cells)
    return hold_s


def _unknown(site: Site, commanded: Mapping[str, BatteryCommanded]) -> tuple[str, ...]:
    """The forced batteries of unknown phase."""
    return tuple(
        name
        for name, order in commanded.items()
        if not order.idle and name in site.batteries and not site.batteries[name].phase_map
    )


@lru_cache(maxsize=64)
def _subsets(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """All choices of at least one name. Houses have one or two such batteries."""
    return tuple(case for count in range(1, len(names) + 1) for case in combinations(names, count))


def _forced_a(
    name: str,
    state: State,
    site: Site,
    commanded: Mapping[str, BatteryCommanded],
    forced_w: Callable[[BatteryCommanded, Battery, BatterySite], float],
) -> float:
    """The current of a battery of unknown phase because of a command, A. `forced_w` gives the power to count."""
    battery = state.batteries.get(name)
    if battery is None:
        return 0.0
    cells = site.batteries[name]
    return forced_w(commanded[name], battery, cells) / w_per_a(cells)
