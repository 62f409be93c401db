"""The decision for batteries: what they leave to cars, their leases, and the fuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.control.decide import decide
from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.control.plan import initial_memory
from optimizer.control.sentences import answer
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import Grid
from tests.control.deciding import CHARGE, FAST, plan_for, says, settle
from tests.control.house import battery, ev, site, state
from tests.control.ruled import ruled_by


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
