"""What the house draws on each phase beside what we control: its cars, and batteries that we force to charge.

Meter, chargers and batteries are not read at the same instant. Where the reading of one cannot tell yet what it takes
(it was just told something else, or the phase has risen since), the most that it may be taking is taken off: the house
is then not blamed for it, and house and orders together are still no less than what the meter shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded, may_charge_w, w_per_a
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.site import ChargerSite, Site
from optimizer.model.state import Ev, State

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

    def ahead(self, more_a: float, now_s: float) -> HouseLoad:
        """With a load that an order is about to add: it counts before it can be measured. A little is left to that."""
        if more_a < RISEN_A:
            return self
        first, second, third = self.peak_a
        return HouseLoad((first + more_a, second + more_a, third + more_a), (now_s, now_s, now_s), self.risen_s)


def house_load(
    state: State,
    site: Site,
    memory: HouseLoad,
    worst_case: Mapping[str, WorstCase],
    commanded: Mapping[str, BatteryCommanded],
) -> tuple[HouseLoad, bool]:
    """The load with its peaks held, and whether it is measured; where it is not, the configured reserve."""
    measured = state.grid.phase_current_a
    if len(measured) != 3:
        return _reserve(site.house_max_a), False
    amps = [r.value for r in measured if r.value is not None]
    if len(amps) != 3:
        return _reserve(site.house_max_a), False
    now_s, hold_s = state.mono_s, PEAK_HOLD_S
    if commanded:
        hold_s = _take_off_batteries(amps, state, site, commanded)
    for name, observed in worst_case.items():
        _take_off(amps, site.chargers[name], state.evs[name], observed)
    peak_a, at_s, risen_s = memory
    for phase in PHASES:
        if amps[phase] > peak_a[phase] + RISEN_A or risen_s[phase] > -math.inf:
            risen_s = _doubt(amps, state, site, memory, worst_case)
            break
    peaks, peaked_s = list(peak_a), list(at_s)
    for phase in PHASES:
        if amps[phase] >= peaks[phase] or now_s - peaked_s[phase] > hold_s:
            peaks[phase], peaked_s[phase] = amps[phase], now_s
    return HouseLoad((peaks[0], peaks[1], peaks[2]), (peaked_s[0], peaked_s[1], peaked_s[2]), risen_s), True


@lru_cache(maxsize=16)
def _reserve(house_max_a: float) -> HouseLoad:
    return HouseLoad((house_max_a, house_max_a, house_max_a))


def _take_off(amps: list[float], charger: ChargerSite, ev: Ev, worst_case: WorstCase) -> None:
    """Takes a charger off the phases: what it draws by its reading, or the most that it may be drawing where it was
    told something since."""
    commanded, wired = ev.commanded, charger.phase_map
    told_s = -math.inf if commanded is None else commanded.at_s + charger.settle_s
    for phase, reading in zip(wired, ev.phase_current_a, strict=False):
        drawn_a = reading.value
        if drawn_a is None:
            continue
        if reading.at_s < told_s and phase in wired[: worst_case.phases]:
            drawn_a = worst_case.current_a
        amps[phase - 1] -= drawn_a


def _doubt(
    amps: list[float], state: State, site: Site, memory: HouseLoad, worst_case: Mapping[str, WorstCase]
) -> PhaseAmps:
    """Lowers what a phase that has risen shows, while that may be a charger whose reading is older than the rise, by
    the most that this may be drawing. Since when each phase has been risen."""
    least_a, oldest_s = list(amps), [math.inf, math.inf, math.inf]
    for name, observed in worst_case.items():
        charger, ev = site.chargers[name], state.evs[name]
        told_s = -math.inf if ev.commanded is None else ev.commanded.at_s + charger.settle_s
        for phase, reading in zip(charger.phase_map[: observed.phases], ev.phase_current_a, strict=False):
            if reading.value is not None and reading.at_s >= told_s and observed.current_a > reading.value:
                least_a[phase - 1] -= observed.current_a - reading.value
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


def _take_off_batteries(
    amps: list[float], state: State, site: Site, commanded: Mapping[str, BatteryCommanded]
) -> float:
    """Takes forced charging off the phases; how long peaks are held beside these batteries, s."""
    hold_s = PEAK_HOLD_S
    for name, order in commanded.items():
        battery, cells = state.batteries.get(name), site.batteries.get(name)
        if battery is None or cells is None:
            continue
        hold_s = max(hold_s, PEAK_HOLD_S + 2.0 * cells.min_interval_s)
        if order.charge_w + order.before_w > 0.0:
            charging_a = may_charge_w(order, battery, cells) / w_per_a(cells)
            for phase in PHASES:
                amps[phase] -= charging_a
    return hold_s
