"""Switchable loads through the whole decision: least times, the budget of operations, and the fuses, for any house."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.decide import decide
from optimizer.control.memory import Memory
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.sentences import answer
from optimizer.model.decision import EvOrder, SwitchAction, SwitchOrder
from optimizer.model.site import BatterySite, ChargerSite, Site, SwitchSite
from optimizer.model.state import Battery, Ev, EvStatus, State, Switch, SwitchCommanded
from optimizer.rules.book.assemble import empty_book
from optimizer.rules.book.verdict import Claimed, Verdict
from tests.control.house import battery, ev, reading, state
from tests.control.ruled import ruled_by
from tests.examples import one_in

TICK_S = 5.0
BOILER = SwitchSite("boiler", power_w=3000.0, phase_map=(1,), start_w=3000.0, stop_w=1500.0)


def claims(**states: str) -> Verdict:
    """Rules that claim the state of each switch, and surplus charging."""
    own = {f"switch.{name}.state": Claimed(value, "test") for name, value in states.items() if value}
    return Verdict({**own, "ev.carport.mode": Claimed("surplus", "test")}, {}, ())


@dataclass
class Load:
    """A relay and its load in the simulated house."""

    site: SwitchSite
    on: bool = False
    closed: bool = True
    """Whether its thermostat lets it draw."""
    since_s: float = -math.inf
    commanded: SwitchCommanded | None = None
    ons: list[float] = field(default_factory=list)
    offs: list[tuple[float, bool]] = field(default_factory=list)
    """When it was switched off, and whether the guard asked for it."""

    @property
    def power_w(self) -> float:
        return self.site.power_w if self.on and self.closed else 0.0

    def obey(self, order: SwitchOrder, now_s: float) -> None:
        wanted = order.action is SwitchAction.ON
        if order.action is SwitchAction.LEAVE or wanted == self.on:
            return
        self.on, self.commanded = wanted, SwitchCommanded(wanted, now_s)
        self.ons += [now_s] if wanted else []
        self.offs += [] if wanted else [(now_s, order.urgent)]


class House:
    """PV, a base load, and switchable loads, with a car that follows its offer at once."""

    def __init__(self, *loads: SwitchSite, fuse_a: float = 35.0, measured: bool = True, car: bool = False) -> None:
        chargers = {"carport": ChargerSite("carport", priority=0)} if car else {}
        self.site = Site(fuse_a=fuse_a, switches={one.name: one for one in loads}, chargers=chargers)
        self.plan = Plan(self.site, empty_book())
        self.memory: Memory = initial_memory(self.plan)
        self.loads = {one.name: Load(one) for one in loads}
        self.measured = measured
        self.now_s = 1000.0
        self.car_a = 0.0
        self.why: dict[str, str] = {}
        self.orders: dict[str, SwitchOrder] = {}
        self.batteries: tuple[Battery, ...] = ()

    def snapshot(self, pv_w: float, base_w: float, known: bool = True, power: bool = True, **more: object) -> State:
        load_w = base_w + sum(one.power_w for one in self.loads.values())
        phases = self.phases_a(base_w, pv_w)
        cars: tuple[Ev, ...] = ()
        if self.site.chargers:
            cars = (
                ev(at_s=self.now_s, power_w=self.car_a * 690.0, offered_a=self.car_a or 6.0, paused=not self.car_a,
                   drawn_a=(self.car_a,) * 3, status=EvStatus.CHARGING if self.car_a else EvStatus.CONNECTED),
            )  # fmt: skip
        made = state(
            mono_s=self.now_s, grid_w=load_w - pv_w + self.car_a * 690.0, grid_at_s=self.now_s, pv_w=pv_w, evs=cars,
            grid_a=tuple(phases) if self.measured else (), batteries=self.batteries, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        switches = {
            name: Switch(
                name,
                on=reading(one.on if known else None, self.now_s),
                power_w=reading(one.power_w if power else None, self.now_s),
                commanded=one.commanded,
            )
            for name, one in self.loads.items()
        }
        return replace(made, switches=switches)

    def phases_a(self, base_w: float, pv_w: float = 0.0) -> list[float]:
        amps = [(base_w - pv_w) / 690.0 + self.car_a] * 3
        for one in self.loads.values():
            for phase in one.site.phase_map or (1,):
                amps[phase - 1] += one.power_w / 230.0 / max(1, len(one.site.phase_map))
        return amps

    def tick(self, verdict: Verdict, pv_w: float, base_w: float = 300.0, **more: bool) -> None:
        snapshot = self.snapshot(pv_w, base_w, **more)
        with ruled_by(verdict):
            outcome = decide(snapshot, self.memory, self.plan)
        self.memory = outcome.memory
        for name, load in self.loads.items():
            order = outcome.decision.commands[f"switch.{name}"].order
            assert isinstance(order, SwitchOrder)
            self.orders[name] = order
            self.why[name] = answer(outcome.decision, f"switch.{name}")
            load.obey(order, self.now_s)
        if self.site.chargers:
            car = outcome.decision.commands["ev.carport"].order
            assert isinstance(car, EvOrder)
            self.car_a = car.current_a
        self.now_s += TICK_S

    def run(self, seconds: float, verdict: Verdict, pv_w: float, base_w: float = 300.0, **more: bool) -> None:
        for _ in range(int(seconds / TICK_S)):
            self.tick(verdict, pv_w, base_w, **more)


def test_it_follows_the_surplus_and_stops_after_its_least_time() -> None:
    house = House(BOILER)
    house.run(300, claims(boiler="surplus"), 2000.0)
    assert not house.loads["boiler"].on
    assert house.why["boiler"] == "boiler is off: the surplus is 1.7 kW. From 3.0 kW it is switched on (rule `test`)."
    house.run(90, claims(boiler="surplus"), 4000.0)
    assert house.loads["boiler"].on
    house.run(200, claims(boiler="surplus"), 0.0)
    assert house.loads["boiler"].on, "its least time on is 300 s"
    assert house.why["boiler"].startswith("boiler stays on for another ")
    house.run(120, claims(boiler="surplus"), 0.0)
    assert not house.loads["boiler"].on


def test_without_a_rule_it_is_left_as_it_is() -> None:
    house = House(BOILER)
    house.loads["boiler"].on = True
    house.run(60, claims(), 0.0)
    assert house.orders["boiler"].action is SwitchAction.LEAVE
    assert house.loads["boiler"].on


def test_a_hand_at_the_switch_is_respected_for_an_hour() -> None:
    house = House(BOILER)
    house.run(60, claims(boiler="off"), 0.0)
    house.loads["boiler"].on = True
    house.run(3000, claims(boiler="off"), 0.0)
    assert house.loads["boiler"].on
    assert house.why["boiler"].startswith("boiler was switched by hand.")
    house.run(700, claims(boiler="off"), 0.0)
    assert not house.loads["boiler"].on


def test_a_load_that_ended_without_an_order_waits_for_its_least_time_off() -> None:
    house = House(BOILER)
    house.run(60, claims(boiler="on"), 0.0)
    load = house.loads["boiler"]
    assert load.on
    load.on, load.commanded = False, SwitchCommanded(False, house.now_s)
    house.run(BOILER.min_off_s - 10.0, claims(boiler="on"), 0.0)
    assert not load.on
    assert house.why["boiler"].startswith("boiler stays off for another ")
    house.run(30, claims(boiler="on"), 0.0)
    assert load.on
    assert len(house.memory.switches["boiler"].started_at_s) == 2, "both count in the budget"


@pytest.mark.parametrize("on", [True, False])
def test_least_times_begin_when_the_relay_follows(on: bool) -> None:
    house = House(BOILER)
    house.run(400, claims(boiler="off" if on else "on"), 0.0)
    load, wanted = house.loads["boiler"], claims(boiler="on" if on else "off")
    load.obey = lambda order, now_s: None  # type: ignore[method-assign]  # its writes are lost
    house.run(200, wanted, 0.0)
    assert load.on is not on
    del load.obey
    house.tick(wanted, 0.0)
    assert load.on is on
    least_s = BOILER.min_on_s if on else BOILER.min_off_s
    house.run(least_s - 2 * TICK_S, claims(boiler="off" if on else "on"), 0.0)
    assert load.on is on
    house.run(4 * TICK_S, claims(boiler="off" if on else "on"), 0.0)
    assert load.on is not on


def test_a_new_claim_ends_what_a_hand_has_set() -> None:
    house = House(BOILER)
    house.run(400, claims(boiler="on"), 0.0)
    house.loads["boiler"].on = False
    house.run(60, claims(boiler="on"), 0.0)
    assert not house.loads["boiler"].on
    house.run(400, claims(boiler="surplus"), 9000.0)
    assert house.loads["boiler"].on


def test_a_relay_of_unknown_state_is_not_switched_on() -> None:
    house = House(BOILER)
    house.run(400, claims(boiler="on"), 0.0, known=False)
    assert not house.loads["boiler"].on
    assert house.why["boiler"].startswith("boiler is not switched on: the state of its relay is unknown")


def test_a_load_of_higher_priority_gets_the_surplus_before_the_car() -> None:
    first = replace(BOILER, priority=1)
    house = House(first, car=True)
    house.run(900, claims(boiler="surplus"), 6000.0)
    assert house.loads["boiler"].on
    assert house.car_a <= 6.0, "a part of its least current may come from the grid"


def test_a_load_of_lower_priority_gets_what_the_car_leaves() -> None:
    house = House(BOILER, car=True)
    house.run(900, claims(boiler="surplus"), 8000.0)
    assert not house.loads["boiler"].on, "the car takes all of it"
    house.run(900, claims(boiler="surplus"), 15000.0)
    assert house.loads["boiler"].on
    assert house.car_a == pytest.approx(16.0)


def test_it_gives_way_to_a_car_of_higher_priority() -> None:
    house = House(BOILER, car=True)
    house.run(900, claims(boiler="surplus"), 15000.0)
    assert house.loads["boiler"].on
    house.run(900, claims(boiler="surplus"), 6500.0)
    assert not house.loads["boiler"].on
    assert house.car_a > 8.0


def test_a_satisfied_thermostat_leaves_the_surplus_to_the_next() -> None:
    rod, next_one = replace(BOILER, name="rod", priority=2), replace(BOILER, name="next", priority=1)
    house = House(rod, next_one)
    house.run(400, claims(rod="surplus", next="surplus"), 4000.0)
    assert house.loads["rod"].on
    assert not house.loads["next"].on
    house.loads["rod"].closed = False
    house.run(400, claims(rod="surplus", next="surplus"), 4000.0)
    assert house.loads["next"].on


@pytest.mark.parametrize(("after", "on"), [(False, True), (True, False)])
def test_a_load_after_the_battery_leaves_it_its_part_while_the_cars_come_first(after: bool, on: bool) -> None:
    house = House(replace(BOILER, after_battery=after))
    house.site = replace(house.site, batteries={"cellar": BatterySite("cellar")}, cars_first=True)
    house.plan = Plan(house.site, empty_book())
    house.batteries = (battery(soc=50.0),)
    house.run(200, claims(boiler="surplus"), 4000.0)
    assert house.loads["boiler"].on is on


def test_elements_of_a_heating_rod_follow_the_surplus_in_steps() -> None:
    rods = [SwitchSite(f"rod{n}", 1000.0, (n,), priority=-n, start_w=1000.0, stop_w=500.0) for n in (1, 2, 3)]
    house, follow = House(*rods), claims(rod1="surplus", rod2="surplus", rod3="surplus")
    for surplus_w, most in ((2400.0, 2), (3400.0, 3), (1400.0, 1), (0.0, 0)):
        house.run(1500, follow, 300.0 + surplus_w)
        assert [house.loads[f"rod{n}"].on for n in (1, 2, 3)] == [n <= most for n in (1, 2, 3)]


def test_dimming_switches_off_what_does_not_fit() -> None:
    house = House(replace(BOILER, power_w=5000.0))
    house.run(60, claims(boiler="on"), 0.0)
    assert house.loads["boiler"].on
    with ruled_by(claims(boiler="on")):
        outcome = decide(house.snapshot(0.0, 300.0, dimmed=reading(True, house.now_s)), house.memory, house.plan)
    order = outcome.decision.commands["switch.boiler"].order
    assert order == SwitchOrder(SwitchAction.OFF, urgent=True)


def test_a_load_without_room_under_the_fuse_stays_off() -> None:
    house = House(BOILER, fuse_a=25.0)
    house.run(400, claims(boiler="on"), 0.0, 10000.0)
    assert not house.loads["boiler"].on
    assert "no room for 3.0 kW" in house.why["boiler"]


def test_a_load_in_an_unmeasured_house_counts_beside_the_reserve() -> None:
    house = House(replace(BOILER, phase_map=()), fuse_a=25.0, measured=False)
    house.run(400, claims(boiler="on"), 0.0)
    assert not house.loads["boiler"].on, "16 A of reserve and 13 A exceed 25 A"


def test_an_overload_switches_it_off_at_once() -> None:
    house = House(BOILER, fuse_a=25.0)
    house.run(60, claims(boiler="on"), 0.0, 3000.0)
    assert house.loads["boiler"].on
    house.tick(claims(boiler="on"), 0.0, 12000.0)
    assert not house.loads["boiler"].on
    assert house.loads["boiler"].offs[-1][1]


@pytest.mark.parametrize("power", [True, False])
def test_one_overload_switches_off_one_load_only(power: bool) -> None:
    """A load without a measurement of its own counts with its largest power."""
    first, second = replace(BOILER, name="first", priority=2), replace(BOILER, name="second", priority=1)
    house = House(first, second, fuse_a=35.0)
    house.run(120, claims(first="on", second="on"), 0.0, 3000.0, power=power)
    assert house.loads["first"].on
    assert house.loads["second"].on
    house.run(40, claims(first="on", second="on"), 0.0, 9000.0, power=power)
    assert house.loads["first"].on
    assert not house.loads["second"].on


def test_a_car_gets_no_current_that_a_load_may_still_draw() -> None:
    """The thermostat may close at any moment, so its power is not free for the car."""
    house = House(BOILER, fuse_a=25.0, car=True)
    house.loads["boiler"].closed = False
    fast = Verdict({"switch.boiler.state": Claimed("on", "test"), "ev.carport.mode": Claimed("fast", "test")}, {}, ())
    house.run(600, fast, 0.0)
    house.loads["boiler"].closed = True
    assert max(house.phases_a(300.0)) <= 25.0 + 1e-6


STEP = st.tuples(
    st.sampled_from(("", "off", "on", "surplus")),
    st.sampled_from((0.0, 1500.0, 3500.0, 9000.0)),
    st.sampled_from((300.0, 4000.0, 9000.0)),
    st.integers(1, 120),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(STEP, min_size=1, max_size=12), st.booleans(), st.booleans(), st.integers(1, 4))
@settings(max_examples=one_in(2), deadline=None)
def test_least_times_and_budget_hold_for_any_day(
    steps: list[tuple[str, float, float, int, bool, bool]], measured: bool, car: bool, per_hour: int
) -> None:
    sparse = replace(BOILER, starts_per_hour=per_hour, starts_per_day=5)
    house = House(sparse, measured=measured, car=car, fuse_a=63.0)
    for claim, pv_w, base_w, ticks, known, power in steps:
        house.run(ticks * TICK_S, claims(boiler=claim), pv_w, base_w, known=known, power=power)
    load = house.loads["boiler"]
    for on_s in load.ons:
        assert not any(0.0 <= on_s - off_s < sparse.min_off_s for off_s, _ in load.offs)
        assert sum(1 for other in load.ons if 0.0 <= on_s - other < 3600.0) <= per_hour
        assert not any(0.0 <= off_s - on_s < sparse.min_on_s for off_s, urgent in load.offs if not urgent)
    assert len(load.ons) <= 5


@given(st.lists(STEP, min_size=1, max_size=10), st.booleans(), st.booleans(), st.sampled_from((20.0, 25.0, 35.0)))
@settings(max_examples=one_in(2), deadline=None)
def test_no_switching_on_exceeds_a_fuse(
    steps: list[tuple[str, float, float, int, bool, bool]], two: bool, car: bool, fuse_a: float
) -> None:
    second = replace(BOILER, name="pump", phase_map=(), power_w=2000.0, priority=2)
    house = House(BOILER, *([second] if two else []), fuse_a=fuse_a, car=car)
    for claim, pv_w, base_w, ticks, known, power in steps:
        for _ in range(ticks):
            before = {name: one.on for name, one in house.loads.items()}
            house.tick(claims(boiler=claim, pump=claim), pv_w, base_w, known=known, power=power)
            if any(one.on and not before[name] for name, one in house.loads.items()):
                assert max(house.phases_a(base_w, pv_w)) <= fuse_a + 1e-6
