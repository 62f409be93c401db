"""The decision for cars: the surplus, the limits, and the readings that are missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.control.decide import decide
from optimizer.control.estimate.worst_case import worst_case_of
from optimizer.control.judge.answers import Answers
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.params import Params
from optimizer.control.plan import initial_memory
from optimizer.control.sentences import answer
from optimizer.model.condition import ChargerCondition
from optimizer.model.decision import EvOrder
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import Commanded, EvStatus
from tests.control.deciding import FAST, HOUSE, ONE, SURPLUS, plan_for, says, settle
from tests.control.house import battery, ev, site, state
from tests.control.ruled import ruled_by


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
