"""The cost of late, averaged, frozen, inverted, and missing readings: a table of the whole control on a small plant.

    python -m bench.readings [--hours 6] [--only "delay"] [--json]

The plant is one house: a clear sky with some clouds, or a broken one, a home, one car on a switchable charger of 16 A,
and, in some cases, a battery that balances the house. The controller is the product's own: decide() at its normal tick
with the shipped parameters and the car in mode surplus. Each case changes only the readings.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from optimizer.control.decide import decide
from optimizer.control.limiter import READ_BACK_S, next_write
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import MIN_CURRENT_A, BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.files import book_from_texts

NAME = "carport"
BOOK = "version: 1\ndefaults: {ev.mode: surplus, surplus.priority: ev_first}\nrules: []\n"
DAWN = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
TICK_S = 5
PEAK_W = 9000.0
HOME_W = 450.0
VOLTAGE_V = 230.0
DEAD_S, LAG_S = 3, 4.0
"""The car follows a current after this time, with this time constant."""
START_S = 12
"""The car begins to draw this long after its offer."""
BATTERY_W, BATTERY_LAG_S = 2500.0, 3.0
ALLOWED_W = 500.0
"""A car may draw this much more than the surplus, and at least its smallest power, without counting as too much."""


@dataclass(frozen=True)
class Case:
    """One kind of readings."""

    name: str
    delay_s: int = 0
    mean_s: int = 1
    """The meter reports the mean of this time."""
    hold_s: int = 1
    """The meter has a new value at this interval only."""
    frozen_from_s: float = math.inf
    """From here on, the meter repeats its value with a fresh time."""
    sign: float = 1.0
    gap_s: int = 0
    """The meter does not answer for this time …"""
    gap_every_s: int = 1
    """… at this interval."""
    battery_age_s: int | None = None
    """The house has a battery, and its reading is this old."""
    charges_w: float = 200.0
    """The battery charges with this power at most: little if it is nearly full."""
    step_w: float = 0.0
    """The meter shows multiples of this. 0: it shows every watt."""
    charger: float = 1.0
    """The power of the charger is read with this factor."""
    broken: bool = False
    """Clouds of half a minute to some minutes cover the sun all day."""
    pv_delay_s: int = 0
    """PV is read this late."""


CASES = (
    Case("undisturbed"),
    *(Case(f"delay {delay_s} s", delay_s=delay_s) for delay_s in (5, 10, 15, 20, 30, 45, 60)),
    *(Case(f"mean of {mean_s} s", mean_s=mean_s) for mean_s in (15, 30, 60)),
    *(Case(f"held for {hold_s} s", hold_s=hold_s) for hold_s in (15, 30, 60)),
    Case("frozen after 3 h", frozen_from_s=10800.0),
    Case("inverted sign", sign=-1.0),
    Case("gaps of 20 s every 10 min", gap_s=20, gap_every_s=600),
    Case("gaps of 60 s every 30 min", gap_s=60, gap_every_s=1800),
    *(Case(f"battery, {age_s} s old", battery_age_s=age_s) for age_s in (0, 5, 10, 30)),
    *(
        Case(f"battery, steps of {step_w} W", battery_age_s=0, charges_w=BATTERY_W, step_w=step_w)
        for step_w in (1, 10, 100)
    ),
    Case("broken sky", broken=True),
    *(Case(f"broken sky, delay {delay_s} s", broken=True, delay_s=delay_s) for delay_s in (10, 20, 45)),
    Case("broken sky, all 20 s late", broken=True, delay_s=20, pv_delay_s=20),
    *(Case(f"broken sky, mean of {mean_s} s", broken=True, mean_s=mean_s) for mean_s in (30, 60)),
    *(Case(f"broken sky, held for {hold_s} s", broken=True, hold_s=hold_s) for hold_s in (30, 60)),
    Case("broken sky, mean of a minute", broken=True, mean_s=60, hold_s=60),
    *(Case(f"charger power x {factor}", charger=factor) for factor in (0.001, 0.333, 3.0, 1000.0)),
)


class Cover:
    """The part of the sun that clouds of 20 to 200 s leave."""

    def __init__(self, seed: int) -> None:
        self._chance, self._part, self._until_s = random.Random(seed + 1), 1.0, 0

    def at(self, second: int) -> float:
        """The part at this second. The seconds must rise."""
        if second >= self._until_s:
            self._part, self._until_s = self._chance.uniform(0.2, 1.0), second + self._chance.randint(20, 200)
        return self._part


class Sky:
    """PV and home power by second, the same for every case of a clear or of a broken sky."""

    def __init__(self, hours: float, seed: int = 7, *, broken: bool = False) -> None:
        chance = random.Random(seed)
        self.seconds = int(hours * 3600)
        self.pv_w: list[float] = []
        self.home_w: list[float] = []
        clouds, part, kettle_s, cover = 0.0, 1.0, 0, Cover(seed)
        for second in range(self.seconds):
            if clouds <= 0.0 and chance.random() < 1.0 / 2400.0:
                clouds = chance.uniform(60.0, 400.0)
            clouds -= 1.0
            part += ((0.35 if clouds > 0.0 else 1.0) - part) / 25.0
            if broken:
                part += (cover.at(second) - part) / 8.0
            if kettle_s <= 0 and chance.random() < 1.0 / 3000.0:
                kettle_s = 150
            kettle_s -= 1
            day = math.sin(math.pi * (0.2 + 0.6 * second / max(1, self.seconds)))
            self.pv_w.append(PEAK_W * day * part)
            self.home_w.append(HOME_W + chance.gauss(0.0, 12.0) + (2000.0 if kettle_s > 0 else 0.0))


@dataclass
class Car:
    """A charger with its car."""

    factor: float = 1.0
    """Of its power."""
    current_a: float = 6.0
    paused: bool = True
    phases: int = 1
    at_s: float = -60.0
    """Time of the last write."""
    offered_s: float = math.inf
    power_w: float = 0.0
    starts: int = 0
    told: deque[tuple[float, float]] = field(default_factory=lambda: deque([(-60.0, 0.0)]))
    reported: tuple[float, bool, int] = (6.0, True, 1)

    def step(self, now_s: float) -> None:
        """One second."""
        if now_s >= self.at_s + READ_BACK_S:
            self.reported = (self.current_a, self.paused, self.phases)
        while len(self.told) > 1 and self.told[1][0] <= now_s - DEAD_S:
            self.told.popleft()
        wanted_w = self.told[0][1]
        if wanted_w <= 0.0 or now_s - self.offered_s < START_S:
            self.power_w = 0.0
            return
        if self.power_w <= 0.0:
            self.starts += 1
        self.power_w += (wanted_w - self.power_w) / LAG_S

    def write(self, order: EvOrder, charger: ChargerSite, now_s: float) -> None:
        """All writes that the limits allow now."""
        for _ in range(4):
            write = next_write(order, self.ev(now_s), charger, now_s)
            if write is None:
                return
            self.at_s = now_s
            if write.kind == "current":
                self.current_a = write.value
            elif write.kind == "phases":
                self.phases = int(write.value)
            else:
                self.paused = write.kind == "pause"
                self.offered_s = math.inf if self.paused else now_s
            self.told.append((now_s, 0.0 if self.paused else self.current_a * self.phases * VOLTAGE_V))

    def ev(self, now_s: float) -> Ev:
        """The report of the charger at monotonic time `now_s`."""
        current_a, paused, phases = self.reported
        confirmed = now_s >= self.at_s + READ_BACK_S
        open_a = 0.0 if confirmed else max(self.current_a, current_a)
        return Ev(
            NAME,
            status=known(EvStatus.CHARGING if self.power_w > 0.0 else EvStatus.CONNECTED, now_s),
            power_w=known(self.factor * self.power_w, now_s),
            offered_a=known(current_a, now_s),
            paused=known(paused, now_s),
            phases=known(phases, now_s),
            rated_a=known(16.0, now_s),
            commanded=Commanded(self.current_a, self.paused, self.phases, self.at_s, 0.0 if self.paused else open_a),
        )


class Meter:
    """The grid meter of a case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._true_w: deque[float] = deque(maxlen=case.delay_s + case.mean_s)
        self._shown_w = 0.0

    def step(self, second: int, grid_w: float) -> None:
        """One second of the true power."""
        self._true_w.append(grid_w)
        if second % self._case.hold_s == 0 and second < self._case.frozen_from_s:
            oldest = list(self._true_w)[: self._case.mean_s]
            self._shown_w = self._case.sign * sum(oldest) / len(oldest)
            if self._case.step_w:
                self._shown_w = round(self._shown_w / self._case.step_w) * self._case.step_w

    def reading(self, second: int) -> Reading[float]:
        """The reading of this moment."""
        case = self._case
        missing_s = second % case.gap_every_s if case.gap_s and second >= case.gap_every_s else case.gap_s
        if missing_s < case.gap_s:
            return unknown("the meter does not answer", float(second - missing_s))
        return known(self._shown_w, float(second))


@dataclass
class Result:
    """The figures of one case."""

    name: str
    starts: int = 0
    car_kwh: float = 0.0
    imported_kwh: float = 0.0
    """Energy of the car that came from the grid."""
    longest_s: int = 0
    """Longest time in which the car drew ALLOWED_W more than the surplus and more than 6 A."""


def plan_of(case: Case) -> Plan:
    """The plan of the house."""
    charger = ChargerSite(NAME, max_current_a=16.0, can_switch_phases=True)
    batteries = {} if case.battery_age_s is None else {"cellar": BatterySite("cellar", controllable=False)}
    site = Site(chargers={NAME: charger}, batteries=batteries)
    names = DeviceNames(evs=(NAME,), batteries=tuple(batteries), pvs=("roof",))
    return Plan(site, book_from_texts({"bench.yaml": BOOK}, names, site.zone), Params())


def run(case: Case, sky: Sky) -> Result:
    """One case."""
    plan = plan_of(case)
    memory, car, meter, result = initial_memory(plan), Car(case.charger), Meter(case), Result(case.name)
    battery_w, batteries_w, above_s = 0.0, deque[float](maxlen=(case.battery_age_s or 0) + 1), 0
    for second in range(sky.seconds):
        now_s = float(second)
        car.step(now_s)
        pv_w, home_w = sky.pv_w[second], sky.home_w[second]
        surplus_w = pv_w - home_w - car.power_w
        if case.battery_age_s is not None:
            # It serves the house, and takes what the car leaves.
            wanted_w = max(-case.charges_w, min(BATTERY_W, -surplus_w))
            battery_w += (wanted_w - battery_w) / BATTERY_LAG_S
            batteries_w.append(battery_w)
        grid_w = -surplus_w - battery_w
        meter.step(second, grid_w)
        imported_w = min(car.power_w, max(0.0, grid_w))
        least_w = MIN_CURRENT_A * car.phases * VOLTAGE_V
        above_s = above_s + 1 if car.power_w > max(least_w, pv_w - home_w) + ALLOWED_W else 0
        result.longest_s = max(result.longest_s, above_s)
        result.car_kwh += car.power_w / 3.6e6
        result.imported_kwh += imported_w / 3.6e6
        if second % TICK_S == 0:
            shown_w = sky.pv_w[max(0, second - case.pv_delay_s)]
            state = _state(case, second, meter.reading(second), shown_w, batteries_w, car)
            outcome = decide(state, memory, plan)
            memory = outcome.memory
            order = outcome.decision.commands[f"ev.{NAME}"].order
            assert isinstance(order, EvOrder)
            car.write(order, plan.site.chargers[NAME], now_s)
    result.starts = car.starts
    return result


def _state(case: Case, second: int, grid: Reading[float], pv_w: float, batteries_w: deque[float], car: Car) -> State:
    now_s, now = float(second), DAWN + timedelta(seconds=second)
    batteries = {}
    if case.battery_age_s is not None:
        read_s = max(0.0, now_s - case.battery_age_s)
        batteries["cellar"] = Battery("cellar", known(batteries_w[0], read_s), known(98.0, read_s))
    return State(
        now=now,
        local=now,
        mono_s=now_s,
        grid=Grid(grid),
        pvs={"roof": Pv("roof", known(pv_w, now_s))},
        batteries=batteries,
        evs={NAME: car.ev(now_s)},
    )


def rows(hours: float, only: str = "") -> Iterator[Result]:
    """The results of all cases whose name contains `only`."""
    skies = {broken: Sky(hours, broken=broken) for broken in (False, True)}
    for case in CASES:
        if only in case.name:
            yield run(case, skies[case.broken])


def line(result: Result) -> str:
    """One row of the table."""
    return (
        f"{result.name:28} {result.starts:6d} {result.car_kwh:8.2f} {result.imported_kwh:12.2f} {result.longest_s:12d}"
    )


HEADER = f"{'case':28} {'starts':>6} {'car kWh':>8} {'imported kWh':>12} {'longest s':>12}"


def main() -> None:
    """Print the table or JSON lines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=6.0, help="length of the day")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the cases whose name contains this")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    show: Callable[[Result], Any] = (lambda one: json.dumps(vars(one))) if args.json else line
    if not args.json:
        print(HEADER)
    for result in rows(args.hours, args.only):
        print(show(result), flush=True)


if __name__ == "__main__":
    main()
