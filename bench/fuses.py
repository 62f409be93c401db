"""Phases under random houses, in a closed loop: cars, batteries, and PV on one or three phases under one fuse.

Each house hour has chargers with random wiring, batteries whose phase is known or not, loads that jump on single
phases, and rules that change their claims. Devices follow late, and batteries are read late. An hour is bad if
a phase carries more than its fuse, import or export, for longer than 30 s after the last step of the house, although
the house alone would not.

    python -m bench.fuses --hours 2000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from optimizer.control import decide as decide_module
from optimizer.control.decide import decide
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import known
from optimizer.model.site import NOMINAL_VOLTAGE_V, BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.engine import Book
from optimizer.rules.book.verdict import Claimed, Verdict

TICK_S = 5.0
TICKS = 720
LONGEST_S = 30.0
"""Time after a change of the house load until all devices have followed, s."""
MARGIN_A = 0.5
STEP_A = 2.0
"""A larger change on a phase is a step of the house load. The time starts again."""
START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
WIRINGS = ((1, 2, 3), (2, 3, 1), (1,), (2,), (3,))
PLACES = ((1, 2, 3), (1,), (2,), (3,))


@dataclass(slots=True)
class Cells:
    """The real battery. It may differ from its settings."""

    site: BatterySite
    place: tuple[int, ...]
    """Its real phases."""
    late_ticks: int
    read_ticks: int
    orders: list[float] = field(default_factory=list)
    """Forced power, W, + discharge. The newest is last."""
    reading: tuple[float, float] = (0.0, 0.0)

    @property
    def power_w(self) -> float:
        """Its present power."""
        return self.orders[-1 - self.late_ticks] if len(self.orders) > self.late_ticks else 0.0


@dataclass(slots=True)
class Car:
    """A charger with its car."""

    site: ChargerSite
    uses: int
    """The phases that the car uses."""
    late_ticks: int
    offers: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 1)])
    commanded: Commanded | None = None

    @property
    def drawn(self) -> tuple[float, int]:
        """(current, phases) that it draws now."""
        current_a, phases = self.offers[max(0, len(self.offers) - 1 - self.late_ticks)]
        return current_a, min(phases, self.uses)


@dataclass(slots=True)
class Hour:
    """The result of an hour."""

    longest_s: float = 0.0
    """The longest time for which a phase carried more than its fuse because of cars and batteries."""
    worst_a: float = 0.0
    fuse_a: float = 0.0
    house: str = ""

    @property
    def bad(self) -> bool:
        """Whether that was too long."""
        return self.longest_s > LONGEST_S


def run_hour(seed: int) -> Hour:
    """One random house for one hour."""
    chance = random.Random(seed)
    fuse_a = chance.choice((20.0, 25.0, 35.0))
    cars = [_car(chance, name) for name in "abc"[: chance.choice((1, 2, 3))]]
    batteries = [_cells(chance, name) for name in "xyz"[: chance.choice((1, 1, 2, 2, 3))]]
    pv_place, pv_most_a = chance.choice(PLACES), chance.choice((0.0, 10.0, fuse_a - 4.0))
    site = Site(
        fuse_a=fuse_a,
        chargers={car.site.name: car.site for car in cars},
        batteries={one.site.name: one.site for one in batteries},
    )
    plan = Plan(site, Book("bench", None, None), Params())  # type: ignore[arg-type]  # the verdicts are given
    hour = Hour(fuse_a=fuse_a, house=f"{[c.site for c in cars]} {[(b.site, b.place, b.late_ticks) for b in batteries]}")
    memory = initial_memory(plan)
    over_s = [0.0, 0.0, 0.0]
    loads = _loads(chance, fuse_a)
    verdicts = _verdicts(chance, [car.site.name for car in cars])
    sun_a, before_a = 0.0, [0.0, 0.0, 0.0]
    for tick in range(TICKS):
        now_s = tick * TICK_S
        house_a, verdict = next(loads), next(verdicts)
        if tick % 13 == 0:
            sun_a = chance.choice((0.0, 0.4, 0.7, 1.0)) * pv_most_a
        alone_a = [load - (sun_a if phase in pv_place else 0.0) for phase, load in enumerate(house_a, 1)]
        amps = list(alone_a)
        for car in cars:
            current_a, phases = car.drawn
            for phase in car.site.phase_map[:phases]:
                amps[phase - 1] += current_a
        for one in batteries:
            for phase in one.place:
                amps[phase - 1] -= one.power_w / NOMINAL_VOLTAGE_V / len(one.place)
        for phase in range(3):
            beyond_a = abs(amps[phase]) - fuse_a
            steady = abs(alone_a[phase] - before_a[phase]) < STEP_A
            over = steady and beyond_a > MARGIN_A and abs(alone_a[phase]) <= fuse_a
            over_s[phase] = over_s[phase] + TICK_S if over else 0.0
            if over_s[phase] > hour.longest_s:
                hour.longest_s, hour.worst_a = over_s[phase], amps[phase]
        before_a = alone_a
        state = _state(now_s, amps, sun_a * len(pv_place), cars, batteries, tick)
        with patch.object(decide_module, "evaluate", lambda _book, _state, rules, given=verdict: (given, rules)):
            outcome = decide(state, memory, plan)
        memory = outcome.memory
        for car in cars:
            _follow(car, outcome.decision.commands[f"ev.{car.site.name}"].order, now_s)
        for one in batteries:
            order = outcome.decision.commands[f"battery.{one.site.name}"].order
            assert isinstance(order, BatteryOrder)
            one.orders.append(order.power_w if order.action is BatteryAction.POWER else 0.0)
    return hour


def _car(chance: random.Random, name: str) -> Car:
    wiring = chance.choice(WIRINGS)
    site = ChargerSite(
        name,
        max_current_a=chance.choice((16.0, 32.0)),
        phase_map=wiring,
        can_switch_phases=len(wiring) == 3 and chance.random() < 0.4,
        priority=chance.choice((0, 0, 1)),
    )
    return Car(site, chance.choice((1, 3, 3)), chance.choice((0, 1, 2)))


def _cells(chance: random.Random, name: str) -> Cells:
    place = chance.choice(PLACES)
    said = place if len(place) == 3 or chance.random() < 0.5 else ()
    late_ticks = chance.choice((0, 0, 1, 3))
    site = BatterySite(
        name,
        max_charge_w=chance.choice((2500.0, 3600.0, 6000.0)),
        max_discharge_w=chance.choice((2500.0, 6000.0)),
        phases=len(place),
        phase_map=said,
        min_interval_s=chance.choice((0.0, 60.0)),
        can_bound_discharge=chance.random() < 0.5,
    )
    return Cells(site, place, late_ticks, chance.choice((1, 2, 6)))


def _loads(chance: random.Random, fuse_a: float) -> Iterator[list[float]]:
    """The house load on each phase: a base, and appliances that switch on and off."""
    base = [chance.uniform(0.5, 3.0) for _ in range(3)]
    load = list(base)
    while True:
        for _ in range(chance.choice((7, 19, 24, 60))):
            yield [one + chance.uniform(-0.3, 0.3) for one in load]
        load = [chance.choice((one, one, chance.uniform(5.0, fuse_a - 4.0))) for one in base]


def _verdicts(chance: random.Random, names: list[str]) -> Iterator[Verdict]:
    """The claims of rules, each for some time."""
    while True:
        claims: dict[str, Claimed] = {}
        for name in names:
            claims[f"ev.{name}.mode"] = Claimed(chance.choice(("fast", "fast", "off")), "bench")
        mode = chance.choice((None, "charge", "charge", "discharge"))
        if mode is not None:
            claims["battery.mode"] = Claimed(mode, "bench")
            claims["battery.power_w"] = Claimed(chance.choice((2000.0, 6000.0, 12_000.0)), "bench")
        verdict = Verdict(claims, {}, ())
        for _ in range(chance.choice((3, 12, 18, 31, 90))):
            yield verdict


def _state(now_s: float, amps: list[float], sun_a: float, cars: list[Car], batteries: list[Cells], tick: int) -> State:
    evs = {}
    for car in cars:
        offered_a, offered_phases = car.offers[-1]
        drawn_a, phases = car.drawn
        wired = len(car.site.phase_map)
        evs[car.site.name] = Ev(
            car.site.name,
            status=known(EvStatus.CHARGING, now_s),
            power_w=known(drawn_a * phases * NOMINAL_VOLTAGE_V, now_s),
            phase_current_a=tuple(known(drawn_a if index < phases else 0.0, now_s) for index in range(wired)),
            offered_a=known(max(6.0, offered_a), now_s),
            paused=known(offered_a == 0.0, now_s),
            phases=known(offered_phases, now_s),
            rated_a=known(32.0, now_s),
            commanded=car.commanded,
        )
    cells = {}
    for one in batteries:
        if tick % one.read_ticks == 0:
            one.reading = (one.power_w, now_s)
        power_w, at_s = one.reading
        cells[one.site.name] = Battery(one.site.name, known(power_w, at_s), known(60.0, at_s))
    now = START + timedelta(seconds=now_s)
    grid = Grid(known(NOMINAL_VOLTAGE_V * sum(amps), now_s), tuple(known(one, now_s) for one in amps))
    pv = Pv("roof", known(sun_a * NOMINAL_VOLTAGE_V, now_s))
    return State(now=now, local=now, mono_s=now_s, grid=grid, pvs={"roof": pv}, batteries=cells, evs=evs)


def _follow(car: Car, order: object, now_s: float) -> None:
    assert isinstance(order, EvOrder)
    phases = order.phases if car.site.can_switch_phases else len(car.site.phase_map)
    offer = (order.current_a, phases)
    if offer != car.offers[-1]:
        car.commanded = Commanded(order.current_a or 6.0, order.current_a == 0.0, phases, now_s)
    car.offers.append(offer)


def main() -> int:
    """Run the hours and print the bad ones. Returns 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bad, slow = [], 0
    for number in range(options.hours):
        seed = options.seed * 1_000_000 + number
        hour = run_hour(seed)
        slow += hour.longest_s > LONGEST_S / 2
        if hour.bad:
            bad.append((hour, seed))
        if number % 100 == 99:
            print(f"{number + 1} of {options.hours} house hours", flush=True)
    print(f"house hours {options.hours}, seed {options.seed}")
    print(
        f"a phase above its fuse for longer than {LONGEST_S:g} s: {len(bad)}; longer than {LONGEST_S / 2:g} s: {slow}"
    )
    for hour, seed in sorted(bad, key=lambda one: -one[0].longest_s)[:5]:
        print(f"  {hour.longest_s:g} s, {hour.worst_a:.1f} A on {hour.fuse_a:g} A: seed {seed}: {hour.house}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
