from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import DAY_S, Allowance, may_spend
from optimizer.control.estimate.car_facts import NO_FACTS, CarFacts
from optimizer.control.estimate.switch_load import SwitchMemory
from optimizer.control.judge.answers import UNKNOWN_LIMIT_S, Answers
from optimizer.control.judge.doubt import LONGEST_REST_S, MOST_STRIKES, Doubts, doubted
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.memory import BoundMemory, EvMemory, Memory, Observation
from optimizer.control.params import RESUMES, Params
from optimizer.control.persist import MOST_LENT_WH, USUAL_STARTS, from_record, to_record, without_record
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
    after = from_record(record, initial_memory(PLAN), 5.0)
    carport = after.evs["carport"]
    assert carport.started_at_s == pytest.approx((5.0 - 500.0, 5.0 - 100.0))
    assert carport.switched_at_s == pytest.approx((5.0 - 50.0,))
    assert carport.resumed_at_s == pytest.approx((5.0 - 300.0, 5.0 - 20.0))
    assert not may_spend(carport.started_at_s, Allowance(per_hour=2, per_day=10), 5.0)
    assert (carport.observed.last_offer_a, carport.limits_energy, after.bound.to_cars_wh) == (9.5, True, 42.0)


def test_what_was_learned_about_the_car_is_kept() -> None:
    record = json.loads(json.dumps(to_record(MEMORY, NOON, 1000.0)))
    after = from_record(record, initial_memory(PLAN), 5.0)
    assert after.evs["carport"].observed.facts == USED.observed.facts
    record["chargers"]["carport"]["car"] = {"least_a": 40.0, "fails_a": 7.0, "phases": 9, "start_s": -3.0}
    assert from_record(record, initial_memory(PLAN), 5.0).evs["carport"].observed.facts == NO_FACTS
    del record["chargers"]["carport"]["car"]  # written by an earlier version
    assert from_record(record, initial_memory(PLAN), 5.0).evs["carport"].observed.facts == NO_FACTS


def test_what_is_older_than_a_day_is_forgotten_and_new_chargers_begin_anew() -> None:
    record = to_record(MEMORY, NOON, 100_000.0)
    assert from_record(record, initial_memory(PLAN), 0.0).evs["carport"].started_at_s == ()
    record["chargers"] = {}
    after = from_record(record, initial_memory(PLAN), 0.0)
    assert after == initial_memory(PLAN)._replace(bound=MEMORY.bound, judge=after.judge)


def test_a_restart_keeps_the_delay_of_the_meter_and_the_number_of_its_doubts() -> None:
    record = json.loads(json.dumps(to_record(MEMORY, NOON, 1000.0)))
    meter = from_record(record, initial_memory(PLAN), 5.0).judge.meter
    assert meter.answers.delays_s == (18.0, 31.0, 22.5)
    assert meter.answers.delay_s == 22.5
    assert meter.doubts == Doubts("", float("-inf"), 3, 5.0 - 60.0)
    rest_s = doubted(meter.doubts, 10.0, "again").until_s - 10.0
    assert rest_s == LONGEST_REST_S


def test_a_record_of_an_earlier_version_is_read() -> None:
    record = to_record(MEMORY, NOON, 1000.0)
    del record["meter"], record["chargers"]["carport"]["resumed"]
    record["chargers"]["carport"] |= {"starts_used": 0.8, "switches_used": 0.9}  # shares of a monthly budget
    after = from_record(record, initial_memory(PLAN), 5.0)
    assert after.judge == JudgeMemory()
    assert after.evs["carport"].resumed_at_s == ()
    assert len(after.evs["carport"].started_at_s) == 2


def with_load(**recorded: object) -> tuple[Memory, Memory]:
    """A new memory of a house with a boiler, and one with this record of the boiler."""
    fresh = MEMORY._replace(switches={"boiler": SwitchMemory()})
    used = fresh._replace(switches={"boiler": SwitchMemory(**recorded)})  # type: ignore[arg-type]
    return fresh, from_record(json.loads(json.dumps(to_record(used, NOON, 1000.0))), fresh, 5.0)


@pytest.mark.parametrize(("on", "changed_s"), [(False, 5.0 - 300.0), (True, 5.0)])
def test_a_load_that_was_on_counts_as_switched_off_now(on: bool, changed_s: float) -> None:
    """Its hand-back switched it off at an unknown time, so its least time off begins at the start."""
    _, after = with_load(on=on, changed_s=700.0, started_at_s=(400.0, 700.0))
    boiler = after.switches["boiler"]
    assert boiler.changed_s == pytest.approx(changed_s)
    assert boiler.started_at_s == pytest.approx((5.0 - 600.0, 5.0 - 300.0))


def test_without_a_record_no_start_of_any_kind_is_left() -> None:
    fresh, _ = with_load()
    boiler = without_record(fresh, Params(), 5.0).switches["boiler"]
    assert not may_spend(boiler.started_at_s, USUAL_STARTS, 5.0)
    assert boiler.changed_s == 5.0
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
        after = from_record(record, initial_memory(PLAN), 5.0)
    except ValueError:
        return
    carport = after.evs["carport"]
    assert all(at_s <= 5.0 for at_s in (*carport.started_at_s, *carport.switched_at_s, *carport.resumed_at_s))
    meter = after.judge.meter
    assert all(0.0 <= delay_s <= UNKNOWN_LIMIT_S for delay_s in meter.answers.delays_s)
    assert meter.doubts.struck_s <= 5.0
    assert carport.observed.last_offer_a >= 0.0


NUMBERS = (
    "at",
    "lent_wh",
    "started",
    "switched",
    "resumed",
    "last_offer_a",
    "delays_s",
    "strikes",
    "struck",
    "changed",
)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -1.0, -1e12, 1e300])
@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_out_of_range_is_refused_or_clamped(key: str, number: float) -> None:
    fresh, _ = with_load()
    record = to_record(fresh, NOON, 1000.0)
    places = (record, record["chargers"]["carport"], record["meter"], record["switches"]["boiler"])
    assert any(key in part for part in places)
    for part in places:
        if key in part:
            part[key] = [number] if isinstance(part[key], list) else number
    if not math.isfinite(number):
        with pytest.raises(ValueError, match="not a finite number"):
            from_record(record, fresh, 5.0)
        return
    after = from_record(record, fresh, 5.0)
    carport, boiler = after.evs["carport"], after.switches["boiler"]
    times_s = (*carport.started_at_s, *carport.switched_at_s, *carport.resumed_at_s, *boiler.started_at_s)
    assert all(5.0 - DAY_S <= at_s <= 5.0 for at_s in times_s)
    assert boiler.changed_s <= 5.0
    assert 0.0 <= after.bound.to_cars_wh <= MOST_LENT_WH
    assert carport.observed.last_offer_a >= 0.0
    assert 0 <= after.judge.meter.doubts.strikes <= MOST_STRIKES
