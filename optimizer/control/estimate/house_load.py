"""The load of the house on each phase without cars and without batteries at a forced power.

A battery of unknown phase can be on any phase. The load is computed for each case: with the power of the battery
subtracted from the phase, and without. The guard holds every case (`guard/batteries.py`).

Meter, chargers, and batteries are not read at the same time. A reading may not show the present power of a device yet,
after a new command or a rise of the phase. Then the largest power that the device may have is subtracted, so that it
does not count as house load. A charger that is to reduce its current is an exception: only its reading or its new
order is subtracted. Otherwise its reduction would make room for others although it may never have drawn the current.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import BatteryCommanded, Lost, may_charge_w, may_feed_w, w_per_a
from optimizer.control.estimate.worst_case import WorstCase
from optimizer.model.decision import EvOrder
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Ev, Grid, State
from optimizer.model.value import maker, value

PEAK_HOLD_S = 30.0
"""A phase counts with its peak over this time. The time is longer with a battery that follows slowly."""
OVERLOAD_S = 15.0
"""A charger that was commanded to rise this long ago is not taken for the cause of an overload. Only its reading is
subtracted then, so that the load is not underestimated for its whole settling time."""
RISEN_A = 1.0
"""A phase has risen if its load exceeds its peak by more than this."""

PhaseAmps = tuple[float, float, float]
PHASES = (0, 1, 2)
NEVER_S: PhaseAmps = (-math.inf, -math.inf, -math.inf)
NOTHING_A: PhaseAmps = (0.0, 0.0, 0.0)
NEVER_A: PhaseAmps = (-math.inf, -math.inf, -math.inf)


class HouseLoad(NamedTuple):
    """The peaks of the house by phase. Part of the memory. Grid export is negative."""

    peak_a: PhaseAmps = (0.0, 0.0, 0.0)
    """The largest measured load of a time."""
    at_s: PhaseAmps = NEVER_S
    risen_s: PhaseAmps = NEVER_S
    """Since when the load of the phase exceeds its peak. -inf while it does not."""
    ahead_a: PhaseAmps = NEVER_A
    """A peak with the load that orders were about to add. -inf without such orders."""
    ahead_s: PhaseAmps = NEVER_S
    """When the last such order was given."""
    unseen_a: PhaseAmps = (0.0, 0.0, 0.0)
    """The part of `ahead_a` that the orders add."""

    @property
    def load_a(self) -> PhaseAmps:
        """The load that counts. Grid export counts as 0, because the surplus can end before a car has followed."""
        first, second, third = self.most_a
        return (first if first > 0.0 else 0.0, second if second > 0.0 else 0.0, third if third > 0.0 else 0.0)

    @property
    def most_a(self) -> PhaseAmps:
        """The measured peak, or the one with the load of orders."""
        if self.ahead_a is NEVER_A:
            return self.peak_a
        (first, second, third), (one, two, three) = self.peak_a, self.ahead_a
        return (first if first > one else one, second if second > two else two, third if third > three else three)

    def ahead(self, lost: Lost, now_s: float) -> HouseLoad:
        """The load plus a load that an order will add. It counts before a measurement shows it. Small additions do not
        count. Further additions soon after it count together, because a measurement may show none of them yet, but
        never more than batteries can supply. Later ones count from the measured peak. Otherwise orders that alternate
        would add up without end."""
        more_a, seen_s, most_a = lost
        if max(more_a) < RISEN_A:
            return self
        ahead_a, ahead_s, unseen_a = list(self.ahead_a), list(self.ahead_s), list(self.unseen_a)
        for phase in PHASES:
            if more_a[phase] > 0.0:
                before_a = unseen_a[phase] if now_s - ahead_s[phase] <= seen_s else 0.0
                unseen_a[phase] = min(before_a + more_a[phase], max(most_a[phase], more_a[phase]))
                ahead_a[phase], ahead_s[phase] = self.peak_a[phase] + unseen_a[phase], now_s
        return self._replace(
            ahead_a=(ahead_a[0], ahead_a[1], ahead_a[2]),
            ahead_s=(ahead_s[0], ahead_s[1], ahead_s[2]),
            unseen_a=(unseen_a[0], unseen_a[1], unseen_a[2]),
        )


Cases = Mapping[tuple[str, ...], HouseLoad]
"""The load by case. The key names the batteries of unknown phase that are assumed on the phase, so that their part is
subtracted. The key () assumes none."""
NO_CASES: Cases = MappingProxyType({})
NO_ORDERS: Mapping[str, EvOrder] = MappingProxyType({})


@value
class LoadInputs:
    """The inputs of the load estimate and of the fuse guard in one tick."""

    state: State
    site: Site
    worst_case: Mapping[str, WorstCase]
    """The largest current of each charger."""
    commanded: Mapping[str, BatteryCommanded]
    """The last command to each battery."""
    doubted_a: tuple[float, ...] = ()
    """Grid current of L1..L3 by a meter that is not believed, + import. Empty without a doubt, or if not measured."""
    reserved_a: PhaseAmps | None = None
    """Current of L1..L3 that switchable loads may draw beyond the measured one. None: the house has none."""
    before_a: Mapping[str, tuple[float, ...]] | None = None
    """The phase currents of each charger at the reading before its last one. None: not known."""
    late_s: float = 0.0
    """How late the grid meter is at most. 0: not late, or not known."""
    shown_a: PhaseAmps | None = None
    """The largest current of all cars on L1..L3 that a late meter may show. None: the meter is not late."""


make_load_inputs = maker(LoadInputs)


class Loads(NamedTuple):
    """The load of the phases without controlled devices."""

    house: HouseLoad = HouseLoad()
    """Nothing is subtracted for batteries of unknown phase."""
    cases: Cases = NO_CASES
    """Such batteries are subtracted, for each choice of them."""
    feed_in: Cases = NO_CASES
    """The export of the house, for all choices. Only while a battery is forced to discharge."""


make_loads = maker(Loads)


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
    unknown = _unknown(inputs)
    if not unknown:
        return NO_CASES
    amps = measured_a(inputs.state.grid)
    if amps is None:
        return dict.fromkeys(_subsets(unknown), base)
    hold_s = _subtract_batteries(amps, inputs) + inputs.late_s
    _subtract_cars(amps, inputs, wanted)
    may_w = partial(may_charge_w, overload_s=overload_s(inputs))
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in _subsets(unknown):
        taken_a = sum(_forced_a(name, inputs, may_w) for name in case)
        less = [one - taken_a - ended_a for one, ended_a in zip(amps, fallen_a, strict=True)]
        cases[case] = _held(less, before.get(case, base), inputs, wanted, hold_s)
    return cases


def feed_in_cases(inputs: LoadInputs, before: Cases) -> Cases:
    """The export of the house on each phase (+ export) without forced discharge, for all cases. The load of cars and
    house gives no room, because it may end at once. Without phase measurement, PV counts evenly on the phases."""
    state, choices = inputs.state, ((), *_subsets(_unknown(inputs)))
    amps = measured_a(state.grid)
    if amps is None:
        pv_w = sum(max(0.0, pv.power_w.value or 0.0) for pv in state.pvs.values())
        amp = pv_w / (3.0 * NOMINAL_VOLTAGE_V)
        return {case: HouseLoad((amp, amp, amp)) for case in choices}
    hold_s = _subtract_batteries(amps, inputs, export=True)
    _subtract_cars(amps, inputs, NO_ORDERS)  # as if none were to change: what stops drawing is exported
    amps = [-one for one in amps]
    may_w = partial(may_feed_w, overload_s=overload_s(inputs))
    cases: dict[tuple[str, ...], HouseLoad] = {}
    for case in choices:
        taken_a = sum(_forced_a(name, inputs, may_w) for name in case)
        memory = before.get(case, before.get((), HouseLoad()))
        cases[case] = _peaked([one - taken_a for one in amps], memory, state.mono_s, hold_s, memory.risen_s)
    return cases


def overload_s(inputs: LoadInputs) -> float:
    """The moment that the measured phase currents show, if one is above the fuse, import or export, monotonic s. -inf
    if none is, or if they are not measured."""
    amps = measured_a(inputs.state.grid)
    if amps is None or max(map(abs, amps)) <= inputs.site.fuse_a:
        return -math.inf
    return inputs.state.grid.phase_current_a[0].at_s - inputs.late_s


def measured_a(grid: Grid) -> list[float] | None:
    """The grid current of L1..L3, + import. None if a phase is not measured."""
    measured = grid.phase_current_a
    if len(measured) != 3:
        return None
    amps = [reading.value for reading in measured if reading.value is not None]
    return amps if len(amps) == 3 else None


def house_load(inputs: LoadInputs, memory: HouseLoad, wanted: Mapping[str, EvOrder]) -> tuple[HouseLoad, bool]:
    """The load with its peaks held, and whether it is measured. Without a measurement it is the configured reserve,
    or more by a meter that is not believed.
    Nothing is subtracted for a battery of unknown phase. `wanted` are the orders to the chargers before the guard."""
    amps = measured_a(inputs.state.grid)
    if amps is None:
        return _unmeasured(inputs, wanted), False
    hold_s = (_subtract_batteries(amps, inputs) if inputs.commanded else PEAK_HOLD_S) + inputs.late_s
    _subtract_cars(amps, inputs, wanted)
    return _held(amps, memory, inputs, wanted, hold_s), True


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
    hold_s = (_subtract_batteries(amps, inputs) if inputs.commanded else PEAK_HOLD_S) + inputs.late_s
    _subtract_cars(amps, inputs, wanted)
    less = [one - ended_a for one, ended_a in zip(amps, fallen_a, strict=True)]
    for phase, unread_a in enumerate(_unread(inputs)):
        if unread_a > 0.0:  # a fall of the meter can be the car, so the house is not smaller than before
            less[phase] = max(less[phase], min(amps[phase], memory.most_a[phase]))
    return _held(less, memory, inputs, wanted, hold_s)


def without_unread(house: HouseLoad, settled: HouseLoad, inputs: LoadInputs) -> PhaseAmps:
    """The load of the house beside which chargers that do not answer count with their worst case. The load of
    `house_load` contains what their cars still draw, and this must not count twice. `settled` is the one of
    `settled_load`."""
    load_a = house.load_a
    if settled is house or not any(drawn := _unread(inputs)):
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


def _unread(inputs: LoadInputs) -> PhaseAmps:
    """The current on L1..L3 at the last readings of chargers that do not answer, A."""
    unread_a = [0.0, 0.0, 0.0]
    for name, before_a in (inputs.before_a or {}).items():
        ev, charger = inputs.state.evs.get(name), inputs.site.chargers[name]
        for phase, reading, drawn_a in zip(charger.phase_map, ev.phase_current_a if ev else (), before_a, strict=False):
            unread_a[phase - 1] += drawn_a if reading.value is None else 0.0
    return (unread_a[0], unread_a[1], unread_a[2])


def fallen(inputs: LoadInputs) -> PhaseAmps:
    """By how much the cars fell between the last two readings of chargers that were read after the meter, A, and what
    the cars drew at the last readings of chargers that do not answer. 0 for little."""
    fallen_a = [0.0, 0.0, 0.0]
    for name, before_a in (inputs.before_a or {}).items():
        ev, charger = inputs.state.evs.get(name), inputs.site.chargers[name]
        for phase, reading, drawn_a in zip(charger.phase_map, ev.phase_current_a if ev else (), before_a, strict=False):
            now_a, meter_s = reading.value, inputs.state.grid.phase_current_a[phase - 1].at_s
            if now_a is None:
                fallen_a[phase - 1] += drawn_a
            elif reading.at_s > meter_s and drawn_a > now_a:
                fallen_a[phase - 1] += drawn_a - now_a
    return (fallen_a[0], fallen_a[1], fallen_a[2]) if max(fallen_a) >= RISEN_A else NOTHING_A


def _held(
    amps: list[float], memory: HouseLoad, inputs: LoadInputs, wanted: Mapping[str, EvOrder], hold_s: float
) -> HouseLoad:
    """The load after this tick's reading. A rise that a car may have caused does not count as house load."""
    peak_a, risen_s = memory.most_a, memory.risen_s
    for phase in PHASES:
        if amps[phase] > peak_a[phase] + RISEN_A or risen_s[phase] > -math.inf:
            risen_s = _exclude_cars(amps, memory, inputs, wanted)
            break
    return _peaked(amps, memory, inputs.state.mono_s, hold_s, risen_s)


def _peaked(amps: list[float], memory: HouseLoad, now_s: float, hold_s: float, risen_s: PhaseAmps) -> HouseLoad:
    (first_a, second_a, third_a), held_since_s = memory.peak_a, min(memory.at_s)
    none_ahead = memory.ahead_a is NEVER_A
    if (
        amps[0] < first_a and amps[1] < second_a and amps[2] < third_a
        and now_s - held_since_s <= hold_s and risen_s == memory.risen_s and none_ahead
    ):  # fmt: skip
        return memory  # as in most ticks
    peaks, peaked_s = list(memory.peak_a), list(memory.at_s)
    for phase in PHASES:
        if amps[phase] >= peaks[phase] or now_s - peaked_s[phase] > hold_s:
            peaks[phase], peaked_s[phase] = amps[phase], now_s
    peak_a, at_s = (peaks[0], peaks[1], peaks[2]), (peaked_s[0], peaked_s[1], peaked_s[2])
    if none_ahead:
        return HouseLoad(peak_a, at_s, risen_s)
    one_a, two_a, three_a = (
        level_a if now_s - since_s <= hold_s else -math.inf
        for level_a, since_s in zip(memory.ahead_a, memory.ahead_s, strict=True)
    )
    ahead_a = (one_a, two_a, three_a)
    if ahead_a == NEVER_A:
        return HouseLoad(peak_a, at_s, risen_s)
    return memory._replace(peak_a=peak_a, at_s=at_s, risen_s=risen_s, ahead_a=ahead_a)


def _unmeasured(inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> HouseLoad:
    """The configured reserve. A meter that is not believed can still be right, so a higher load by it counts."""
    reserve = _reserve(inputs.site.house_max_a)
    if not inputs.doubted_a:
        return reserve
    amps = list(inputs.doubted_a)
    _subtract_cars(amps, inputs, wanted)
    first, second, third = (max(one, reserve_a) for one, reserve_a in zip(amps, reserve.peak_a, strict=True))
    return HouseLoad((first, second, third))


@lru_cache(maxsize=16)
def _reserve(house_max_a: float) -> HouseLoad:
    return HouseLoad((house_max_a, house_max_a, house_max_a))


def _lasting_a(worst: WorstCase, wanted: EvOrder | None) -> float:
    """The largest current of a charger that it may draw now and may continue to draw."""
    return worst.current_a if wanted is None else min(worst.current_a, wanted.current_a)


def counted_cars(inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> PhaseAmps:
    """The current of all cars on L1..L3 that counts now, A."""
    amps = [0.0, 0.0, 0.0]
    _subtract_cars(amps, inputs, wanted)
    return (-amps[0], -amps[1], -amps[2])


def _subtract_cars(amps: list[float], inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> None:
    if inputs.shown_a is not None:
        for phase, shown_a in enumerate(inputs.shown_a):
            amps[phase] -= shown_a
        return
    chargers, evs = inputs.site.chargers, inputs.state.evs
    overloaded_s = overload_s(inputs)
    for name, worst in inputs.worst_case.items():
        _subtract_car(amps, chargers[name], evs[name], worst, wanted.get(name), overloaded_s)


def _subtract_car(
    amps: list[float], charger: ChargerSite, ev: Ev, worst: WorstCase, wanted: EvOrder | None, overloaded_s: float
) -> None:
    """Subtract a charger from the phases: the current of its reading. If it was commanded since, subtract the largest
    current that it may draw and continue to draw, unless an overload remains long after the command."""
    commanded, wired = ev.commanded, charger.phase_map
    settled_s = -math.inf if commanded is None else commanded.at_s + charger.settle_s
    if commanded is not None and overloaded_s >= commanded.at_s + OVERLOAD_S:
        settled_s = -math.inf
    for phase, reading in zip(wired, ev.phase_current_a, strict=False):
        drawn_a = reading.value
        if drawn_a is None:
            continue
        if reading.at_s < settled_s and phase in wired[: worst.used]:
            drawn_a = max(drawn_a, _lasting_a(worst, wanted))
        amps[phase - 1] -= drawn_a


def _exclude_cars(amps: list[float], memory: HouseLoad, inputs: LoadInputs, wanted: Mapping[str, EvOrder]) -> PhaseAmps:
    """Lower the load of a risen phase while a charger may have caused the rise, because its reading is older. The
    largest current of that charger is subtracted. Returns since when each phase has risen."""
    least_a, oldest_s = list(amps), [math.inf, math.inf, math.inf]
    state, chargers = inputs.state, inputs.site.chargers
    overloaded_s = overload_s(inputs)
    for name, worst in inputs.worst_case.items():
        charger, ev, most_a = chargers[name], state.evs[name], _lasting_a(worst, wanted.get(name))
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


def _subtract_batteries(amps: list[float], inputs: LoadInputs, *, export: bool = False) -> float:
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


def _unknown(inputs: LoadInputs) -> tuple[str, ...]:
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
