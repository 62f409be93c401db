"""What the house draws on each phase beside what we control: its cars, and batteries that we force to charge.

Meter, chargers and batteries are not read at the same instant. Where the reading of one cannot tell yet what it takes
(it was just told something else, or the phase has risen since), the most that it may be taking is taken off: the house
is then not blamed for it, and house and orders together are still no less than what the meter shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.counted import Counted
from optimizer.control.standing import Standing, may_charge_w, w_per_a
from optimizer.model.site import Site
from optimizer.model.state import Ev, State

PEAK_HOLD_S = 30.0
"""A phase counts at its peak of this long; longer beside a battery that follows slowly."""
RISEN_A = 1.0
"""A phase that shows this much more than its peak has risen."""

PhaseAmps = tuple[float, float, float]
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
        return (max(0.0, first), max(0.0, second), max(0.0, third))

    def ahead(self, more_a: float, now_s: float) -> HouseLoad:
        """With a load that an order is about to add: it counts before it can be measured. A little is left to that."""
        if more_a < RISEN_A:
            return self
        first, second, third = self.peak_a
        return HouseLoad((first + more_a, second + more_a, third + more_a), (now_s, now_s, now_s), self.risen_s)


def house_load(
    state: State, site: Site, memory: HouseLoad, counted: Mapping[str, Counted], standing: Mapping[str, Standing]
) -> tuple[HouseLoad, bool]:
    """The load with its peaks held, and whether it is measured; where it is not, the configured reserve."""
    measured = state.grid.phase_current_a
    if len(measured) != 3 or any(r.value is None for r in measured):
        reserve_a = site.house_max_a
        return HouseLoad((reserve_a, reserve_a, reserve_a)), False
    now_s = state.mono_s
    exact = [r.value or 0.0 for r in measured]
    hold_s = PEAK_HOLD_S
    for name, order in standing.items():
        battery, cells = state.batteries.get(name), site.batteries.get(name)
        if battery is None or cells is None:
            continue
        if order.charge_w + order.before_w > 0.0:
            charging_a = may_charge_w(order, battery, cells) / w_per_a(cells)
            exact = [amps - charging_a for amps in exact]
        hold_s = max(hold_s, PEAK_HOLD_S + 2.0 * cells.min_interval_s)
    least = list(exact)
    doubted_s = [math.inf, math.inf, math.inf]
    for name, ev in state.evs.items():
        if name in counted:
            _take_off(ev, site, name, counted[name], exact, least, doubted_s)
    peak, at_s, risen_s = list(memory.peak_a), list(memory.at_s), list(memory.risen_s)
    for phase in range(3):
        amps = exact[phase]
        if amps <= peak[phase] + RISEN_A or at_s[phase] == -math.inf:
            risen_s[phase] = -math.inf
        else:
            if risen_s[phase] == -math.inf:
                risen_s[phase] = now_s
            if doubted_s[phase] < risen_s[phase]:
                amps = max(least[phase], min(amps, peak[phase]))
        if amps >= peak[phase] or now_s - at_s[phase] > hold_s:
            peak[phase], at_s[phase] = amps, now_s
    return HouseLoad(
        (peak[0], peak[1], peak[2]), (at_s[0], at_s[1], at_s[2]), (risen_s[0], risen_s[1], risen_s[2])
    ), True


def _take_off(
    ev: Ev, site: Site, name: str, counted: Counted, exact: list[float], least: list[float], doubted_s: list[float]
) -> None:
    """Takes one charger off the phases: off `exact` what it draws by its reading, off `least` the most that it may be
    drawing. `doubted_s`: until when (monotonic s) the oldest reading of a phase that leaves a doubt can tell."""
    charger, told = site.chargers[name], ev.told
    for index, reading in enumerate(ev.phase_current_a[: len(charger.phase_map)]):
        phase = charger.phase_map[index] - 1
        drawn_a = most_a = reading.value or 0.0
        if reading.value is not None and index < counted.phases and counted.current_a > drawn_a:
            most_a = counted.current_a
            if told is not None and reading.at_s < told.at_s + charger.settle_s:
                drawn_a = most_a
            else:
                doubted_s[phase] = min(doubted_s[phase], reading.at_s - charger.settle_s)
        exact[phase] -= drawn_a
        least[phase] -= most_a
