from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import Allowance, may_spend
from optimizer.control.estimate.car_facts import NO_FACTS, CarFacts
from optimizer.control.judge.answers import UNKNOWN_LIMIT_S, Answers
from optimizer.control.judge.doubt import LONGEST_REST_S, Doubts, doubted
from optimizer.control.judge.judge import JudgeMemory
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.memory import BoundMemory, EvMemory, Observation
from optimizer.control.params import RESUMES, Params
from optimizer.control.persist import from_record, to_record, without_record
from optimizer.control.plan import Plan, initial_memory
from tests.control.house import NOON, site

PLAN = Plan(site(), None, Params())  # type: ignore[arg-type]  # no rule is looked at
USED = EvMemory(
    started_at_s=(500.0, 900.0),
    switched_at_s=(950.0,),
    resumed_at_s=(700.0, 980.0),
    observed=Observation(last_offer_a=9.5, facts=CarFacts(least_a=8.0, fails_a=7.0, phases=1, start_s=42.0)),
    limits_energy=True,
)
METER = MeterMemory(
    answers=Answers(delays_s=(18.0, 31.0, 22.5)), doubts=Doubts("implausible: stands still", 1060.0, 3, 940.0)
)
MEMORY = initial_memory(PLAN)._replace(
    evs={"carport": USED}, bound=BoundMemory(to_cars_wh=42.0), judge=JudgeMemory(meter=METER)
)


def test_a_restart_gives_no_fresh_budget() -> None:
    record = json.loads(json.dumps(to_record(MEMORY, NOON, 1000.0)))
    after = from_record(record, initial_memory(PLAN), NOON + timedelta(seconds=30), 5.0)
    carport = after.evs["carport"]
    assert carport.started_at_s == pytest.approx((5.0 - 500.0, 5.0 - 100.0))
    assert carport.switched_at_s == pytest.approx((5.0 - 50.0,))
    assert carport.resumed_at_s == pytest.approx((5.0 - 300.0, 5.0 - 20.0))
    assert not may_spend(carport.started_at_s, Allowance(per_hour=2, per_day=10), 5.0)
    assert (carport.observed.last_offer_a, carport.limits_energy, after.bound.to_cars_wh) == (9.5, True, 42.0)


def test_what_was_learned_about_the_car_is_kept() -> None:
    record = json.loads(json.dumps(to_record(MEMORY, NOON, 1000.0)))
    after = from_record(record, initial_memory(PLAN), NOON, 5.0)
    assert after.evs["carport"].observed.facts == USED.observed.facts
    record["chargers"]["carport"]["car"] = {"least_a": 40.0, "fails_a": 7.0, "phases": 9, "start_s": -3.0}
    assert from_record(record, initial_memory(PLAN), NOON, 5.0).evs["carport"].observed.facts == NO_FACTS
    del record["chargers"]["carport"]["car"]  # written by an earlier version
    assert from_record(record, initial_memory(PLAN), NOON, 5.0).evs["carport"].observed.facts == NO_FACTS


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=25), timedelta(days=730)])
def test_a_wrong_clock_at_the_start_frees_nothing(jump: timedelta) -> None:
    record = to_record(MEMORY, NOON, 1000.0)
    after = from_record(record, initial_memory(PLAN), NOON + jump, 5.0)
    assert after.evs["carport"].started_at_s == pytest.approx((5.0 - 500.0, 5.0 - 100.0))


def test_what_is_older_than_a_day_is_forgotten_and_new_chargers_begin_anew() -> None:
    record = to_record(MEMORY, NOON, 100_000.0)
    assert from_record(record, initial_memory(PLAN), NOON, 0.0).evs["carport"].started_at_s == ()
    record["chargers"] = {}
    after = from_record(record, initial_memory(PLAN), NOON, 0.0)
    assert after == initial_memory(PLAN)._replace(bound=MEMORY.bound, judge=after.judge)


def test_a_restart_keeps_the_delay_of_the_meter_and_the_number_of_its_doubts() -> None:
    record = json.loads(json.dumps(to_record(MEMORY, NOON, 1000.0)))
    meter = from_record(record, initial_memory(PLAN), NOON, 5.0).judge.meter
    assert meter.answers.delays_s == (18.0, 31.0, 22.5)
    assert meter.answers.delay_s == 22.5
    assert meter.doubts == Doubts("", float("-inf"), 3, 5.0 - 60.0)
    rest_s = doubted(meter.doubts, 10.0, "again").until_s - 10.0
    assert rest_s == LONGEST_REST_S


def test_a_record_of_an_earlier_version_is_read() -> None:
    record = to_record(MEMORY, NOON, 1000.0)
    del record["meter"], record["chargers"]["carport"]["resumed"]
    record["chargers"]["carport"] |= {"starts_used": 0.8, "switches_used": 0.9}  # shares of a monthly budget
    after = from_record(record, initial_memory(PLAN), NOON, 5.0)
    assert after.judge == JudgeMemory()
    assert after.evs["carport"].resumed_at_s == ()
    assert len(after.evs["carport"].started_at_s) == 2


def test_without_a_record_no_start_of_any_kind_is_left() -> None:
    carport = without_record(initial_memory(PLAN), Params(), 5.0).evs["carport"]
    assert not may_spend(carport.started_at_s, Params().starts, 5.0)
    assert not may_spend(carport.resumed_at_s, RESUMES, 5.0)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    value=json_values,
    key=st.sampled_from(
        [
            *("format", "at", "lent_wh", "chargers", "carport", "started", "switched", "last_offer_a", "resumed"),
            *("meter", "delays_s", "strikes", "struck"),
        ]
    ),
)
def test_a_damaged_record_is_a_value_error_and_never_nonsense(value: object, key: str) -> None:
    record = to_record(MEMORY, NOON, 1000.0)
    for part in (record, record["chargers"], record["chargers"]["carport"], record["meter"]):
        if isinstance(part, dict) and key in part:
            part[key] = value
    try:
        after = from_record(record, initial_memory(PLAN), NOON, 5.0)
    except ValueError:
        return
    carport = after.evs["carport"]
    assert all(at_s <= 5.0 for at_s in (*carport.started_at_s, *carport.switched_at_s, *carport.resumed_at_s))
    meter = after.judge.meter
    assert all(0.0 <= delay_s <= UNKNOWN_LIMIT_S for delay_s in meter.answers.delays_s)
    assert meter.doubts.struck_s <= 5.0
    assert carport.observed.last_offer_a >= 0.0
