"""The whole decision, over any readings, any rules, any sequence of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import DAY_S, HOUR_S, Allowance
from optimizer.control.current import ceiling_a
from optimizer.control.decide import decide
from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.control.estimate.worst_case import worst_case_of
from optimizer.control.judge.answers import Answers
from optimizer.control.judge.judge import JudgeMemory
from optimizer.control.judge.limits import possible_grid
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.limiter import next_write
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.sentences import answer, sentence
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Commanded, Ev, EvStatus, Grid
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from tests.control.house import battery, ev, reading, site, state
from tests.control.ruled import ruled_by

PARAMS = Params(starts=Allowance(6, 20, 20.0), switches=Allowance(4, 10, 30.0))
CHARGERS = (
    ChargerSite("carport", can_switch_phases=True, priority=1),
    ChargerSite("street", max_current_a=32.0, phase_map=(2,), current_step_a=1.0),
)
HOUSE = site(
    *CHARGERS,
    batteries=(
        BatterySite("cellar", max_charge_w=4000.0, max_discharge_w=3000.0, floor_soc_percent=15.0),
        BatterySite("garage", can_bound_discharge=False),
    ),
    fuse_a=35.0,
)

wild = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-40_000.0, 40_000.0)
maybe = st.none() | wild
sensible_w = st.none() | st.floats(-12_000.0, 12_000.0)


def plan_for(where: Site, params: Params = PARAMS) -> Plan:
    """A plan whose rules do not matter: the tests say the verdict."""
    return Plan(where, None, params)  # type: ignore[arg-type]


def says(claims: dict[str, float | str] | None = None, limits: dict[str, float] | None = None) -> Verdict:
    """A verdict of one rule."""
    return Verdict(
        {target: Claimed(value, "a-rule") for target, value in (claims or {}).items()},
        {target: Limited(value, "a-limit") for target, value in (limits or {}).items()},
        (),
    )


SURPLUS = says({"ev.carport.mode": "surplus", "ev.street.mode": "surplus", "surplus.priority": "ev_first"})
FAST = says({"ev.carport.mode": "fast"})
ONE = site(ChargerSite("carport", can_switch_phases=True))


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    """Anything that rules could say, sense or nonsense."""
    claims: dict[str, Any] = {}
    for name in ("carport", "street"):
        claims[f"ev.{name}.mode"] = draw(st.sampled_from(["off", "surplus", "min_surplus", "fast"]))
        claims[f"ev.{name}.current_a"] = draw(st.none() | st.floats(0.0, 100.0))
        claims[f"ev.{name}.phases"] = draw(st.none() | st.sampled_from(["auto", 1.0, 3.0]))
        claims[f"ev.{name}.energy_limit_wh"] = draw(st.none() | st.floats(0.0, 1e7))
    claims["surplus.priority"] = draw(st.sampled_from([None, "battery_first", "ev_first"]))
    claims["surplus.grid_share"] = draw(st.none() | st.floats(-1.0, 2.0))
    claims["surplus.grid_target_w"] = draw(st.none() | st.floats(-3000.0, 3000.0))
    claims["battery.mode"] = draw(st.sampled_from([None, "auto", "charge", "discharge"]))
    claims["battery.power_w"] = draw(maybe)
    limits = {
        target: draw(st.none() | st.floats(0.0, 20_000.0))
        for target in (
            "ev.carport.current_a",
            "ev.street.power_w",
            "battery.charge_w",
            "battery.discharge_w",
            "grid.import_w",
        )
    }
    return says(
        {target: value for target, value in claims.items() if value is not None},
        {target: value for target, value in limits.items() if value is not None},
    )


@st.composite
def moments(draw: st.DrawFn) -> dict[str, Any]:
    """What the devices report at one moment: anything."""
    return {
        "gap_s": draw(st.sampled_from([0.0, 5.0, 5.0, 5.0, 30.0, 700.0, 4000.0])),
        "grid_w": draw(sensible_w | maybe),
        "grid_a": draw(st.sampled_from([(), (10.0, 2.0, -5.0), (30.0, 30.0, 30.0), (50.0, None, 1.0)])),
        "pv_w": draw(st.none() | st.floats(0.0, 15_000.0)),
        "status": draw(st.none() | st.sampled_from(EvStatus)),
        "power_w": draw(sensible_w | maybe),
        "obeys": draw(st.booleans()),
        "silent": draw(st.booleans()),
        "soc": draw(st.none() | st.floats(-10.0, 110.0)),
        "battery_w": draw(sensible_w | maybe),
        "allowed_w": draw(st.none() | st.floats(-100.0, 9000.0)),
        "dimmed": draw(st.none() | st.booleans()),
        "on_grid": draw(st.none() | st.booleans()),
        "blocked": draw(st.sampled_from(["", "", "", "solar charging is active"])),
    }


class Bench:
    """A charger that obeys, or not, or stays silent; the writes go through the limiter."""

    def __init__(self, charger: ChargerSite) -> None:
        self.site = charger
        self.set_a, self.paused, self.phases = 6.0, True, len(charger.phase_map)
        self.commanded: Commanded | None = None

    def report(self, now_s: float, moment: dict[str, Any]) -> Ev:
        if moment["silent"]:
            unheard = dict.fromkeys(("status", "power_w", "offered_a", "paused", "phases"))
            return ev(self.site.name, at_s=now_s, commanded=self.commanded, **unheard)
        return ev(
            self.site.name,
            at_s=now_s,
            status=moment["status"],
            power_w=moment["power_w"],
            offered_a=self.set_a,
            paused=self.paused,
            phases=self.phases,
            blocked=moment["blocked"],
            commanded=self.commanded,
        )

    def obey(self, order: EvOrder, car: Ev, now_s: float, moment: dict[str, Any]) -> None:
        for _ in range(4):
            write = next_write(order, replace(car, commanded=self.commanded), self.site, now_s)
            if write is None or moment["silent"]:
                return
            offered_a = 0.0 if self.paused else self.set_a
            current_a, paused, phases = self.set_a, self.paused, self.phases
            if write.kind == "current":
                assert 6.0 <= write.value <= self.site.max_current_a
                current_a = write.value
            elif write.kind == "phases":
                phases = int(write.value)
            elif write.kind in ("pause", "release"):
                paused = write.kind == "pause"
            else:
                assert 0.0 <= write.value <= 1_000_000.0
                return
            self.commanded = Commanded(current_a, paused, phases, now_s, max(offered_a, 0.0 if paused else current_a))
            if moment["obeys"]:
                self.set_a, self.paused, self.phases = current_a, paused, phases


def _believed(power_w: Reading[float], memory: Memory) -> bool:
    """Whether the judge believes the grid meter."""
    return possible_grid(power_w, HOUSE).value is not None and not memory.judge.meter.doubts.why


@given(st.lists(st.tuples(moments(), verdicts()), min_size=1, max_size=25))
def test_no_input_and_no_rule_makes_an_unsafe_order(story: list[tuple[dict[str, Any], Verdict]]) -> None:
    plan = plan_for(HOUSE)
    memory, now_s, metered_s = initial_memory(plan), 0.0, -math.inf
    benches = {charger.name: Bench(charger) for charger in CHARGERS}
    running = {charger.name: False for charger in CHARGERS}
    phases: dict[str, int] = {}
    starts: dict[str, list[float]] = {charger.name: [] for charger in CHARGERS}
    switches: dict[str, list[float]] = {charger.name: [] for charger in CHARGERS}
    for moment, verdict in story:
        now_s += moment["gap_s"]
        evs = tuple(bench.report(now_s, moment) for bench in benches.values())
        allowed_w = reading(moment["allowed_w"], now_s)
        cells = battery(
            at_s=now_s,
            power_w=moment["battery_w"],
            soc=moment["soc"],
            max_charge_w=allowed_w,
            max_discharge_w=allowed_w,
        )
        snapshot = state(
            mono_s=now_s, grid_w=moment["grid_w"], grid_a=moment["grid_a"], pv_w=moment["pv_w"], evs=evs,
            batteries=(cells, battery("garage", at_s=now_s)), dimmed=reading(moment["dimmed"], now_s),
            on_grid=reading(moment["on_grid"], now_s),
        )  # fmt: skip
        with ruled_by(verdict):
            outcome = decide(snapshot, memory, plan)
            assert repr(decide(snapshot, memory, plan)) == repr(outcome), "decide() is pure"  # NaN equals no NaN
        commands = outcome.decision.commands
        assert set(commands) == {"ev.carport", "ev.street", "battery.cellar", "battery.garage"}

        load = [0.0, 0.0, 0.0]
        for name, bench in benches.items():
            order, charger = commands[f"ev.{name}"].order, HOUSE.chargers[name]
            assert isinstance(order, EvOrder)
            assert order.current_a == 0.0 or 6.0 <= order.current_a <= ceiling_a(snapshot.evs[name], charger)
            assert order.energy_limit_wh is None or 0 <= order.energy_limit_wh <= 1_000_000
            for phase in charger.phase_map[: order.phases]:
                load[phase - 1] += order.current_a
            if snapshot.evs[name].status.value in (None, EvStatus.DISCONNECTED, EvStatus.ERROR):
                assert order.current_a == 0.0
            if moment["on_grid"] is False:
                assert order.current_a == 0.0
                assert commands["battery.cellar"].order == commands["battery.garage"].order == AUTO
            mode = verdict.claims[f"ev.{name}.mode"].value
            grid_w = snapshot.grid.power_w.value
            if mode == "off" or (mode == "surplus" and grid_w is None):
                assert order.current_a == 0.0
            if order.current_a > 0.0 and not running[name]:
                starts[name].append(now_s)
            if phases.get(name, order.phases) != order.phases:
                switches[name].append(now_s)
            running[name], phases[name] = order.current_a > 0.0, order.phases
            bench.obey(order, snapshot.evs[name], now_s, moment)
        assert all(amps <= HOUSE.fuse_a + 1e-6 for amps in load)
        charging_w = sum(charge_w(commands[f"battery.{name}"].order) for name in ("cellar", "garage"))  # type: ignore[arg-type]
        if moment["dimmed"]:
            assert charging_w <= HOUSE.dimmed_w + 1e-6
        for name in ("cellar", "garage"):
            check_battery(commands[f"battery.{name}"].order, snapshot.batteries[name], HOUSE.batteries[name])
        for cause in outcome.decision.causes:
            assert "{" not in sentence(cause)
        for key, command in commands.items():
            assert answer(outcome.decision, key)
            assert command.issued_s == now_s
            metered_s = now_s if _believed(snapshot.grid.power_w, outcome.memory) else metered_s
            if key.startswith("ev.") or command.order == AUTO:
                assert command.expires_s > now_s
            else:
                assert command.expires_s == max(metered_s + 60.0, now_s - 60.0)
        memory = outcome.memory
    for spent, allowance in ((starts, PARAMS.starts), (switches, PARAMS.switches)):
        for times in spent.values():
            for at_s in times:
                assert sum(at_s - HOUR_S < other <= at_s for other in times) <= allowance.per_hour
                assert sum(at_s - DAY_S < other <= at_s for other in times) <= allowance.per_day


def check_battery(order: object, observed: Any, where: BatterySite) -> None:
    """A battery order within its power, above its floor, never on an unknown SoC."""
    assert isinstance(order, BatteryOrder)
    soc = observed.soc_percent.value
    if order.action is BatteryAction.POWER:
        assert -where.max_charge_w <= order.power_w <= where.max_discharge_w
        assert order.power_w <= 0.0 or (soc is not None and soc > where.floor_soc_percent)
    if order.action is BatteryAction.BOUNDS:
        for bound in (order.max_charge_w, order.max_discharge_w):
            assert bound is None or (math.isfinite(bound) and bound >= 0.0)
        if where.can_bound_discharge and soc is not None and soc <= where.floor_soc_percent:
            assert order.max_discharge_w == 0.0


def settle(verdict: Verdict, where: Site = ONE, ticks: int = 60, **house: Any) -> tuple[EvOrder, Any]:
    """The order after some minutes of the same, with a charger that obeys and a car that follows."""
    plan = plan_for(where, Params())
    memory, bench = initial_memory(plan), Bench(where.chargers["carport"])
    sun_w, home_w = house.pop("pv_w", 0.0), house.pop("home_w", 500.0)
    cells = house.pop("batteries", ())
    for tick in range(ticks):
        now_s = 5.0 * tick
        drawn_w = 0.0 if bench.paused else bench.set_a * bench.phases * 230.0
        moment = {"silent": False, "status": EvStatus.CHARGING, "power_w": drawn_w, "blocked": "", "obeys": True}
        moment |= house.get("moment", {})
        car = bench.report(now_s, moment)
        grid_w = home_w + drawn_w - sun_w - sum(b.power_w.value or 0.0 for b in cells)
        snapshot = state(
            mono_s=now_s, grid_w=house.get("grid_w", grid_w), pv_w=sun_w, evs=(car,), batteries=cells,
            grid_a=house.get("grid_a", ()),
        )  # fmt: skip
        with ruled_by(verdict):
            outcome = decide(snapshot, memory, plan)
        order = outcome.decision.commands["ev.carport"].order
        assert isinstance(order, EvOrder)
        bench.obey(order, car, now_s, moment)
        memory = outcome.memory
    return order, outcome.decision


def test_the_car_follows_the_sun() -> None:
    order, decision = settle(SURPLUS, pv_w=8000.0)
    assert (order.current_a, order.phases) == (pytest.approx(10.85, abs=0.1), 3)
    said = answer(decision, "ev.carport")
    assert said.startswith("Car on carport follows the surplus of ")
    assert " with 10." in said


def test_without_enough_sun_it_says_what_is_missing() -> None:
    order, decision = settle(SURPLUS, pv_w=900.0)
    assert order.current_a == 0.0
    assert answer(decision, "ev.carport") == (
        "Car on carport is paused: the surplus of 400 W is too small. Charging starts at 690 W (rule `a-rule`)."
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (known("pe_self_test_failed", 0.0), "the self-test of the protective earth failed"),
        (known("none", 0.0), "it gives no reason; see its app"),
        (unknown("odd"), "its code is unknown; see its app"),
    ],
)
def test_the_reason_of_a_charger_in_error_names_the_error(error: Reading[str], said: str) -> None:
    car = replace(ev(status=EvStatus.ERROR), condition=ChargerCondition(error=error))
    plan = plan_for(site())
    with ruled_by(SURPLUS):
        outcome = decide(state(grid_w=-8000.0, pv_w=8000.0, evs=(car,)), initial_memory(plan), plan)
    assert outcome.decision.commands["ev.carport"].order.current_a == 0.0  # type: ignore[union-attr]
    assert answer(outcome.decision, "ev.carport") == f"Charger carport reports an error: {said}."


def test_the_meter_dies_and_the_car_is_paused() -> None:
    order, decision = settle(SURPLUS, pv_w=8000.0, grid_w=None)
    assert order.current_a == 0.0
    assert "the surplus is unknown (grid power: the test says so)" in answer(decision, "ev.carport")


def test_fast_goes_on_without_a_meter_inside_the_guards_reserve() -> None:
    order, _ = settle(FAST, replace(ONE, fuse_a=25.0, house_max_a=14.0), grid_w=None)
    assert order.current_a == 11.0


def test_battery_first_keeps_the_sun_for_the_battery_until_it_is_full() -> None:
    where = site(*ONE.chargers.values(), batteries=(BatterySite("cellar", max_charge_w=4000.0),))
    verdict = says({"ev.carport.mode": "surplus", "surplus.priority": "battery_first"})
    order, _ = settle(verdict, where, pv_w=4300.0, batteries=(battery(soc=50.0),))
    assert order.current_a == 0.0
    order, _ = settle(verdict, where, pv_w=4300.0, batteries=(battery(soc=99.8),))
    assert order.current_a > 0.0


def test_a_car_on_one_phase_gets_its_amperes_from_one_phase() -> None:
    plan = plan_for(site(ChargerSite("carport")), Params())
    known_meter = JudgeMemory(meter=MeterMemory(answers=Answers(delays_s=(0.0,))))
    memory = initial_memory(plan)._replace(judge=known_meter)
    for tick in range(60):
        now_s = 5.0 * tick
        car = ev(
            at_s=now_s, power_w=2300.0, offered_a=10.0, paused=False, phases=3, drawn_a=(10.0, 0.0, 0.0),
            commanded=Commanded(10.0, False, 3, -100.0),
        )  # fmt: skip
        with ruled_by(SURPLUS):
            outcome = decide(state(mono_s=now_s, grid_w=-460.0 - tick % 2, evs=(car,)), memory, plan)
        memory = outcome.memory
    order = outcome.decision.commands["ev.carport"].order
    assert isinstance(order, EvOrder)
    assert (order.phases, order.current_a) == (3, pytest.approx(13.4, abs=0.4))  # a third of that on three phases


def test_a_limit_on_power_leaves_one_phase_where_three_do_not_fit_at_high_voltage() -> None:
    order, _ = settle(says({"ev.carport.mode": "fast"}), moment={})
    assert order.phases == 3
    plan = plan_for(ONE, Params())
    with ruled_by(FAST):
        snapshot = state(evs=(ev(at_s=0.0),), dimmed=known(True, 0.0))
        outcome = decide(snapshot, initial_memory(plan), plan)
    assert outcome.decision.commands["ev.carport"].order == EvOrder(16.0, 1)


def test_a_limit_on_power_holds_for_another_car_than_the_one_in_the_settings() -> None:
    """The settings say one phase. Until the car is seen to draw, it may use all three."""
    plan = plan_for(site(ChargerSite("carport", max_current_a=16.0, car_phases=1)), Params())
    with ruled_by(FAST):
        snapshot = state(evs=(ev(at_s=0.0),), dimmed=known(True, 0.0))
        order = decide(snapshot, initial_memory(plan), plan).decision.commands["ev.carport"].order
    assert isinstance(order, EvOrder)
    assert 3.0 * order.current_a * plan.params.high_voltage_v <= plan.site.dimmed_w


def test_a_limit_of_a_rule_on_current_and_power() -> None:
    fast = {"ev.carport.mode": "fast"}
    assert settle(says(fast, {"ev.carport.current_a": 9.5}))[0] == EvOrder(9.5, 3)
    assert settle(says(fast, {"ev.carport.current_a": 5.9}))[0].current_a == 0.0
    assert settle(says(fast, {"ev.carport.power_w": 6000.0}))[0] == EvOrder(7.9, 3)
    assert settle(says(fast, {"ev.carport.power_w": 4200.0}))[0] == EvOrder(16.0, 1)
    assert settle(says(fast, {"ev.carport.power_w": 1000.0}))[0].current_a == 0.0


def test_a_limit_on_import_leaves_the_car_what_the_home_does_not_need() -> None:
    order, _ = settle(says({"ev.carport.mode": "fast"}, {"grid.import_w": 5000.0}), home_w=1500.0)
    assert order.current_a * order.phases * 230.0 <= 3500.0
    assert order.current_a >= 6.0
    assert settle(says({"ev.carport.mode": "fast"}, {"grid.import_w": 5000.0}), grid_w=None)[0].current_a == 0.0


def test_the_battery_does_not_feed_a_fast_charging_car() -> None:
    where = site(ChargerSite("carport"), batteries=(BatterySite("cellar"),))
    _, decision = settle(FAST, where, batteries=(battery(power_w=0.0),), home_w=700.0)
    assert decision.commands["battery.cellar"].order == BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=700.0)
    _, decision = settle(says({"ev.carport.mode": "off"}), where, batteries=(battery(),))
    assert decision.commands["battery.cellar"].order == AUTO


def test_a_car_makes_way_before_a_battery_that_covers_the_house_is_told_to_charge() -> None:
    """The phases show 4 A because 6.9 kW of 10 A a phase come from the battery, which is to charge with 2 A."""
    where = site(ChargerSite("carport"), batteries=(BatterySite("cellar"),), fuse_a=25.0)
    charge = says({"ev.carport.mode": "fast", "battery.mode": "charge", "battery.power_w": 1380.0})
    car = ev(paused=False, offered_a=16.0, drawn_a=(16.0, 16.0, 16.0), power_w=11_040.0)
    snapshot = state(grid_a=(20.0, 20.0, 20.0), grid_w=13_800.0, evs=(car,), batteries=(battery(power_w=6900.0),))
    plan = plan_for(where)
    with ruled_by(charge):
        order = decide(snapshot, initial_memory(plan), plan).decision.commands["ev.carport"].order
    assert order == EvOrder(9.0, 3, urgent=True)


CHARGE = says({"ev.carport.mode": "fast", "battery.mode": "charge", "battery.power_w": 5000.0})


def test_when_the_meter_dies_the_leases_of_batteries_run_out() -> None:
    where = site(batteries=(BatterySite("cellar", lease_s=60.0),))
    plan = plan_for(where)
    memory, expires_s, answers = initial_memory(plan), [], []
    for now_s, grid_w in ((0.0, 500.0), (5.0, 500.0), (10.0, None), (15.0, None), (20.0, 500.0)):
        with ruled_by(CHARGE):
            outcome = decide(state(mono_s=now_s, grid_w=grid_w, batteries=(battery(),)), memory, plan)
        memory = outcome.memory
        expires_s.append(outcome.decision.commands["battery.cellar"].expires_s)
        answers.append(answer(outcome.decision, "battery.cellar"))
    assert expires_s == [60.0, 65.0, 65.0, 65.0, 80.0]
    assert "returns to its own control when its lease ends" in answers[2]
    assert "returns to its own control when its lease ends" not in answers[4]


def test_a_meter_that_was_never_read_lets_no_battery_be_steered_but_left_alone() -> None:
    plan = plan_for(site(batteries=(BatterySite("cellar", lease_s=60.0),)))
    for verdict, expires_s in ((CHARGE, -55.0), (says(), 65.0)):
        snapshot = state(mono_s=5.0, grid_w=None, batteries=(battery(),))
        with ruled_by(verdict):
            decision = decide(snapshot, initial_memory(plan), plan).decision
        assert decision.commands["battery.cellar"].expires_s == expires_s


def test_a_house_without_a_meter_steers_its_batteries_all_the_same() -> None:
    plan = plan_for(site(batteries=(BatterySite("cellar", lease_s=60.0),)))
    snapshot = replace(state(batteries=(battery(),)), grid=Grid())
    with ruled_by(CHARGE):
        assert decide(snapshot, initial_memory(plan), plan).decision.commands["battery.cellar"].expires_s == 60.0


def test_off_the_grid_a_battery_is_left_alone() -> None:
    where = site(batteries=(BatterySite("cellar"),))
    plan = plan_for(where)
    with ruled_by(CHARGE):
        decision = decide(state(batteries=(battery(),), on_grid=known(False, 0.0)), initial_memory(plan), plan).decision
    assert decision.commands["battery.cellar"].order == AUTO
    assert answer(decision, "battery.cellar") == "Battery cellar uses its own control: the house is off the grid."


def test_a_dimmed_house_gives_a_battery_what_its_cars_leave_of_the_limit() -> None:
    where = site(ChargerSite("carport", can_switch_phases=True), batteries=(BatterySite("cellar"),))
    plan = plan_for(where)
    for mode, charging_w in (("off", 4200.0), ("fast", 4200.0 - 16.0 * 230.0)):
        charge = says({"ev.carport.mode": mode, "battery.mode": "charge", "battery.power_w": 5000.0})
        snapshot = state(evs=(ev(),), batteries=(battery(),), dimmed=known(True, 0.0))
        with ruled_by(charge):
            decision = decide(snapshot, initial_memory(plan), plan).decision
        order = decision.commands["battery.cellar"].order
        assert isinstance(order, BatteryOrder)
        assert charge_w(order) == pytest.approx(charging_w)
        assert "instead of 5.0 kW: the house is dimmed." in answer(decision, "battery.cellar")


def test_a_forced_charge_fits_the_fuse_beside_the_house() -> None:
    where = site(batteries=(BatterySite("cellar"),), fuse_a=25.0)
    plan = plan_for(where)
    snapshot = state(grid_a=(20.0, 3.0, 3.0), batteries=(battery(power_w=0.0),))
    with ruled_by(CHARGE):
        decision = decide(snapshot, initial_memory(plan), plan).decision
    assert decision.commands["battery.cellar"].order == BatteryOrder(BatteryAction.POWER, pytest.approx(-3105.0))
    assert answer(decision, "battery.cellar") == (
        "The guard charges battery cellar with 3.1 kW instead of 5.0 kW: the fuse of 25.0 A also carries the "
        "house and the cars."
    )


def test_a_forced_charge_takes_the_room_of_a_car_once_it_was_read_back_to_be_lower() -> None:
    """House 5 A, car 16 A, fuse 25 A; 5 kW of charging are 7.2 A. The second rise waits until a reading shows the
    first."""
    where = site(ChargerSite("carport"), batteries=(BatterySite("cellar"),), fuse_a=25.0)
    plan = plan_for(where)
    memory, charged_w, current_a = initial_memory(plan), [], 16.0
    for tick in range(6):
        now_s, amps, charging_w = 5.0 * tick, (current_a,) * 3, charged_w[-1] if charged_w else 0.0
        car = ev(at_s=now_s, offered_a=current_a, paused=False, drawn_a=amps, power_w=690.0 * current_a)
        grid_a = tuple(5.0 + a + charging_w / 690.0 for a in amps)
        cellar = battery(at_s=now_s, power_w=-charging_w)
        snapshot = state(mono_s=now_s, grid_a=grid_a, evs=(car,), batteries=(cellar,))
        with ruled_by(CHARGE):
            outcome = decide(snapshot, memory, plan)
        memory, commands = outcome.memory, outcome.decision.commands
        order, cells = commands["ev.carport"].order, commands["battery.cellar"].order
        assert isinstance(order, EvOrder)
        assert isinstance(cells, BatteryOrder)
        assert order.current_a == pytest.approx(12.7, abs=0.1)
        charged_w.append(-cells.power_w)
        current_a = order.current_a
    assert charged_w == [*[pytest.approx(4.0 * 690.0)] * 3, 5000.0, 5000.0, 5000.0]


def test_beside_a_battery_that_cannot_be_bounded_the_sun_is_followed_strictly() -> None:
    bounded, free = BatterySite("cellar"), BatterySite("cellar", can_bound_discharge=False)
    orders = [
        settle(SURPLUS, site(*ONE.chargers.values(), batteries=(cells,)), batteries=(battery(),), pv_w=1700.0)[0]
        for cells in (bounded, free)
    ]
    assert [order.current_a for order in orders] == [6.0, 0.0]


def test_an_energy_limit_is_cleared_when_nobody_claims_it_any_more() -> None:
    plan = plan_for(ONE)
    snapshot = state(evs=(ev(energy_limit_wh=Reading(0.0, 0.0)),))
    with ruled_by(says({"ev.carport.mode": "fast", "ev.carport.energy_limit_wh": 5000.0})):
        first = decide(snapshot, initial_memory(plan), plan)
    with ruled_by(FAST):
        second = decide(snapshot, first.memory, plan)
    limits = [outcome.decision.commands["ev.carport"].order.energy_limit_wh for outcome in (first, second)]  # type: ignore[union-attr]
    assert limits == [5000, 0]


def test_the_guard_counts_a_silent_charger_at_what_it_was_last_set_to() -> None:
    where = replace(HOUSE, fuse_a=32.0, house_max_a=4.0)
    plan = plan_for(where)
    loud = state(evs=(ev("carport", offered_a=16.0, paused=False), ev("street", offered_a=6.0)))
    both = says({"ev.carport.mode": "fast", "ev.street.mode": "fast"})
    with ruled_by(both):
        memory = decide(loud, initial_memory(plan), plan).memory
        unheard = ev("carport", status=None, power_w=None, offered_a=None, paused=None)
        silent = state(mono_s=5.0, evs=(unheard, ev("street")))
        outcome = decide(silent, memory, plan)
    assert (
        worst_case_of(
            silent.evs["carport"], where.chargers["carport"], memory.evs["carport"].observed.last_offer_a
        ).current_a
        == 16.0
    )
    street = outcome.decision.commands["ev.street"].order
    assert isinstance(street, EvOrder)
    assert street.current_a <= 32.0 - 4.0 - 16.0
