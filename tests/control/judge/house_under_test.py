"""A house in a closed loop with the core, whose meter can be late, wrong, or silent, and whose battery is read late."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random
from types import MappingProxyType

from optimizer.control.decide import decide
from optimizer.control.judge.soc_sign import in_doubt
from optimizer.control.limiter import next_write
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import BatteryOrder, EvOrder
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import EvStatus, Pv
from optimizer.rules.book.verdict import Claimed, Verdict
from optimizer.runtime.dispatch.commanded import ChargerWrites, read_back, sending, taken
from tests.control.house import battery, ev, site, state
from tests.control.judge.car_under_test import Car
from tests.control.ruled import ruled_by

TICK_S, CAR_POLL_S, MAX_AGE_S = 5, 5, 15.0
START_S, SWITCH_S = 8, 18
"""Dead times of the car: a start, and another number of phases."""
BATTERY_LAG_S = 2.0
BATTERY_W = 5000.0
HOME_W, NOISE_W = 400.0, 15.0
SHARE, MARGIN_W = 0.5, 150.0
CHARGER = ChargerSite("carport", can_switch_phases=True)
FOLLOWS = Verdict(
    {"ev.carport.mode": Claimed("surplus", "a-rule"), "surplus.priority": Claimed("car_first", "a-rule")}, {}, ()
)

Watts = Callable[[int], float]
"""A power by second."""


@dataclass(frozen=True, slots=True)
class Meter:
    """The faults of a grid meter. Without one it shows the power of this second."""

    delay_s: int = 0
    window_s: int = 1
    """The value is the average over this time."""
    renew_s: int = 1
    """The value is held for this time."""
    frozen: tuple[int, int] = (-1, -1)
    """From when until when its value stands still."""
    frozen_w: float | None = None
    """The value that stands still. None: the last one."""
    factor: float = 1.0
    """-1: it counts the other way. 1000: it reports kW as W."""
    current_factor: float = 1.0
    """The same for its phase currents alone."""
    sees_charger: bool = True
    spikes: Mapping[int, float] = field(default_factory=dict)
    """False values of one second."""
    step_w: float = 0.0
    """The sum of the phases is rounded to a multiple of this. 0: it is not rounded."""
    gaps: tuple[tuple[int, int], ...] = ()
    """From when until when it does not answer."""

    def shown_w(self, second: int, past_w: list[tuple[float, float, float]]) -> tuple[float, ...] | None:
        """The power of each phase that it shows, after the true ones of all seconds up to now. None: no answer."""
        if any(start <= second < end for start, end in self.gaps):
            return None
        if second in self.spikes:
            return (self.spikes[second] / 3.0,) * 3
        start, end = self.frozen
        if start <= second < end:
            if self.frozen_w is not None:
                return (self.frozen_w / 3.0,) * 3
            second = start
        last = max(0, second - second % self.renew_s - self.delay_s)
        rows = past_w[max(0, last - self.window_s + 1) : last + 1]
        shown_w = tuple(self.factor * sum(row[phase] for row in rows) / len(rows) for phase in range(3))
        if self.step_w:
            return (round(sum(shown_w) / self.step_w) * self.step_w / 3.0,) * 3
        return shown_w


TRUE = Meter()


@dataclass(frozen=True, slots=True)
class Cells:
    """A house battery that brings the grid power to zero by itself."""

    every_s: int = 5
    """It is read this often."""
    age_s: int = 0
    """Its reading is this old when it comes."""
    soc: Callable[[int], float] = lambda second: 50.0
    capacity_wh: float = math.inf
    """Unless it is infinite, the state of charge follows the power, in whole percent."""
    gaps: tuple[tuple[int, int], ...] = ()
    """From when until when it does not answer."""
    frozen: tuple[int, int] = (-1, -1)
    """From when until when its reading stands still."""
    held_w: float | None = None
    """The constant power that it gives, + discharge. None: it follows the home."""
    lag_s: float = BATTERY_LAG_S
    factor: float = 1.0
    """-1: its reading has the opposite sign."""
    controllable: bool = True
    """Whether it takes orders."""
    charge_w: float = BATTERY_W
    """Its largest charge. It is small if the battery is nearly full."""


@dataclass
class Story:
    """The result of a run, by second."""

    car_w: list[float] = field(default_factory=list)
    grid_w: list[float] = field(default_factory=list)
    """+ import."""
    phases: list[int] = field(default_factory=list)
    started_s: list[int] = field(default_factory=list)
    """Seconds of a release of the charger."""
    soc: list[float | None] = field(default_factory=list)
    """The state of charge that counts, by tick."""
    counted_w: list[float | None] = field(default_factory=list)
    """The grid power that the judge believes, by tick. None: unknown."""
    battery_w: list[float] = field(default_factory=list)
    """+ discharge."""
    frozen: list[bool] = field(default_factory=list)
    """Whether the judge takes the battery for frozen, by tick."""
    turned: list[bool] = field(default_factory=list)
    """Whether the judge takes its sign for wrong by the moves of cars and PV, by tick."""
    against_soc: list[bool] = field(default_factory=list)
    """Whether it takes its sign for wrong by its state of charge, by tick."""
    charger_doubted: list[bool] = field(default_factory=list)
    """Whether the judge does not believe the power of the charger, by tick."""
    memory: Memory | None = None

    def starts(self, from_s: int = 0, until_s: int = 10**9) -> int:
        """The number of starts in this time."""
        return sum(from_s <= second < until_s for second in self.started_s)

    def switches(self) -> int:
        """The number of switches of phases."""
        return sum(before != after for before, after in pairwise(self.phases))

    def energy_kwh(self, from_s: int = 0) -> float:
        """The energy of the car."""
        return sum(self.car_w[from_s:]) / 3.6e6

    def imported_kwh(self, from_s: int = 0) -> float:
        """The energy that the house has bought while the car was charging."""
        charging = zip(self.grid_w[from_s:], self.car_w[from_s:], strict=True)
        return sum(max(0.0, min(grid_w, car_w)) for grid_w, car_w in charging) / 3.6e6

    def over(self, second: int) -> bool:
        """Whether the car imports more than the grid share of its least power allows."""
        least_w = 6.0 * 230.0 * self.phases[second]
        return self.car_w[second] > 100.0 and self.grid_w[second] > SHARE * least_w + MARGIN_W

    def longest_over_s(self, from_s: int = 0, until_s: int = 10**9) -> int:
        """The longest time in which the car imported more than the grid share allows."""
        longest_s = over_s = 0
        for second in range(from_s, min(until_s, len(self.car_w))):
            over_s = over_s + 1 if self.over(second) else 0
            longest_s = max(longest_s, over_s)
        return longest_s

    def longest_charge_s(self) -> int:
        """The longest time in which the car drew power without a pause."""
        longest_s = charged_s = 0
        for power_w in self.car_w:
            charged_s = charged_s + 1 if power_w > 100.0 else 0
            longest_s = max(longest_s, charged_s)
        return longest_s

    def drew_in(self, from_s: int, until_s: int) -> bool:
        """Whether the car drew power in this time."""
        return any(power_w > 100.0 for power_w in self.car_w[from_s:until_s])


def run(
    sun_w: Watts,
    seconds: int,
    *,
    meter: Meter = TRUE,
    cells: Cells | None = None,
    home_w: Watts = lambda second: HOME_W,
    noise_w: float = NOISE_W,
    fuse_a: float = 25.0,
    delay_s: float | None = None,
    pv_measured: bool = True,
    pv_late_s: int = 0,
    pv_metered: bool = False,
    pv_gaps: tuple[tuple[int, int], ...] = (),
    pv_spikes: Mapping[int, float] = MappingProxyType({}),
    switch_s: int = SWITCH_S,
    start_s: int = START_S,
    poll_s: int = CAR_POLL_S,
    charger_factor: float = 1.0,
    charger_right_s: float = math.inf,
    current_factor: float = 1.0,
    rules: Verdict = FOLLOWS,
    car_a: float = 32.0,
    car_phases: int = 3,
    car_part: float = 1.0,
    charger: ChargerSite = CHARGER,
    seed: int = 1,
) -> Story:
    """`seconds` of a house under this sun. `delay_s` is the delay of the meter in the settings, `switch_s` and
    `start_s` the dead times of the car, `poll_s` how often it is read, `charger_factor` 1000 if it reports kW as W,
    until `charger_right_s`, `current_factor` the same for its currents, `car_a` and `car_phases` the most that the
    car uses, `car_part` what it draws of its offer at 230 V, `pv_late_s` how late the PV power is, `pv_gaps` from when
    until when it is unknown, and `pv_spikes` are false values of it. `pv_metered`: a meter of the same kind reports
    it."""
    own = (BatterySite("cellar", controllable=cells.controllable),) if cells is not None else ()
    where = replace(site(charger, batteries=own, fuse_a=fuse_a), grid_delay_s=delay_s)
    plan, chance = Plan(where, None, Params(grid_share=SHARE)), Random(seed)  # type: ignore[arg-type]
    memory, writings, car, story = (
        initial_memory(plan),
        ChargerWrites(),
        Car(switch_s, start_s, car_a, car_phases, car_part),
        Story(),
    )
    battery_w, most_discharge_w, battery_past_w = 0.0, BATTERY_W, []  # type: float, float, list[float]
    filled_percent = 0.0
    metered_w: list[tuple[float, float, float]] = []
    suns_w: list[tuple[float, float, float]] = []
    grid: Reading[float] = unknown("not read yet")
    grid_a: tuple[Reading[float], ...] = ()
    seen = ev(phases=1, status=EvStatus.CONNECTED)
    again: set[int] = set()
    with ruled_by(rules):
        for second in range(seconds):
            now_s = float(second)
            car.step(second)
            need_w = home_w(second) + chance.uniform(-noise_w, noise_w) + car.power_w - sun_w(second)
            if cells is not None:
                soc_percent = cells.soc(second) + filled_percent
                may_charge_w = cells.charge_w if soc_percent < 100.0 else 0.0
                wanted_w = max(-may_charge_w, min(need_w, most_discharge_w if soc_percent > 5.0 else 0.0))
                battery_w += (wanted_w - battery_w) * (1.0 - math.exp(-1.0 / cells.lag_s))
                battery_w = battery_w if cells.held_w is None else cells.held_w
                filled_percent -= battery_w / 36.0 / cells.capacity_wh
            battery_past_w.append(battery_w)
            story.car_w.append(car.power_w)
            story.grid_w.append(need_w - battery_w)
            story.phases.append(car.wired)
            rest_w = (story.grid_w[-1] - car.power_w) / 3.0
            each_w = car.power_w / car.wired if meter.sees_charger else 0.0
            suns_w.append((sun_w(second) / 3.0,) * 3)
            metered_w.append((rest_w + each_w, rest_w + each_w * (car.wired > 1), rest_w + each_w * (car.wired > 2)))
            if second % poll_s == 3 or (second in again and poll_s == CAR_POLL_S):
                status = EvStatus.CHARGING if car.power_w > 100.0 else EvStatus.CONNECTED
                amps = car.power_w / car.wired / 230.0
                seen = ev(
                    at_s=now_s,
                    status=status,
                    power_w=car.power_w * (charger_factor if second < charger_right_s else 1.0),
                    offered_a=car.set_a,
                    paused=car.paused,
                    phases=car.phases,
                    drawn_a=tuple(current_factor * amps if phase < car.wired else 0.0 for phase in range(3)),
                )
                writings = read_back(writings, seen, (2.0, 8.0))
            if second % TICK_S:
                continue
            shown_w = meter.shown_w(second, metered_w)
            if shown_w is not None:
                grid = known(sum(shown_w), now_s)
                grid_a = tuple(known(meter.current_factor * power_w / 230.0, now_s) for power_w in shown_w)
            batteries = ()
            if cells is not None:
                read_s = shown_s = max(0, second - second % cells.every_s - cells.age_s)
                if cells.frozen[0] <= read_s < cells.frozen[1]:
                    shown_s = cells.frozen[0]
                told_w = cells.factor * battery_past_w[shown_s]
                told_percent = cells.soc(second) + (0.0 if cells.capacity_wh == math.inf else filled_percent // 1.0)
                batteries = (battery(at_s=float(read_s), power_w=told_w, soc=told_percent),)
                for start, end in cells.gaps:
                    if start <= second < end:
                        batteries = (battery(at_s=float(start), power_w=None, soc=None),)
            pv_w = sum(meter.shown_w(second, suns_w) or ()) if pv_metered else sun_w(max(0, second - pv_late_s))
            snapshot = state(
                mono_s=now_s,
                pv_w=pv_w if pv_measured else None,
                evs=(replace(seen, commanded=writings.exposed()),),
                batteries=batteries,
            )
            if second in pv_spikes:
                snapshot = replace(snapshot, pvs={"roof": Pv("roof", known(pv_spikes[second], now_s))})
            if any(start <= second < end for start, end in pv_gaps):
                snapshot = replace(snapshot, pvs={"roof": Pv("roof", unknown("no answer", now_s))})
            fresh = grid.fresh(now_s, MAX_AGE_S)
            currents = tuple(phase.fresh(now_s, MAX_AGE_S) for phase in grid_a)
            snapshot = replace(snapshot, grid=replace(snapshot.grid, power_w=fresh, phase_current_a=currents))
            outcome = decide(snapshot, memory, plan)
            memory, commands = outcome.memory, outcome.decision.commands
            story.charger_doubted.append(outcome.judged.evs["carport"].power_w.implausible)
            known_now = fresh.value is not None and not memory.judge.meter.doubts.why
            story.counted_w.append(memory.judge.look.power_w.value if known_now else None)
            if cells is not None:
                story.soc.append(memory.judge.socs["cellar"].soc.value)
                story.frozen.append(bool(memory.judge.still.names))
                story.turned.append(bool(memory.judge.turns.names))
                story.against_soc.append(in_doubt(memory.judge.signs))
                if cells.controllable:
                    order = commands["battery.cellar"].order
                    assert isinstance(order, BatteryOrder)
                    most_discharge_w = BATTERY_W if order.max_discharge_w is None else order.max_discharge_w
            wanted = commands["ev.carport"].order
            assert isinstance(wanted, EvOrder)
            while True:
                observed = replace(seen, commanded=writings.exposed())
                write = next_write(wanted, observed, charger, now_s)
                if write is None:
                    break
                writings = taken(sending(writings, observed, write, charger, now_s), observed, write, charger, now_s)
                if write.kind == "release":
                    story.started_s.append(second)
                car.write(second, write.kind, write.value)
                again |= {second + 3, second + 9}
    story.memory, story.battery_w = memory, battery_past_w
    return story


def steady(power_w: float) -> Watts:
    """The same sun all the time."""
    return lambda second: power_w


def stepped(*steps: tuple[int, float]) -> Watts:
    """A sun that changes at these seconds to these powers."""

    def power_w(second: int) -> float:
        return [watts for start_s, watts in ((0, steps[0][1]), *steps) if start_s <= second][-1]

    return power_w


def swinging(least_w: float, most_w: float, wave_s: float) -> Watts:
    """A sun between these powers, which rises and falls in this time."""
    return lambda second: least_w + (most_w - least_w) * (1.0 - math.cos(2.0 * math.pi * second / wave_s)) / 2.0
