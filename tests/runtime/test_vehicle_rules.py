"""A rule chooses the vehicle at a charger: from decision to decision, by hand, after a restart, and in a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from optimizer.control.decide import decide
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.state import State
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.overrides import Override, OverrideError, checked
from optimizer.runtime.decider import RuleDecider
from optimizer.runtime.inputs.completion import Completion, Wiring
from optimizer.sources.vehicles.estimate import Vehicle
from tests.serve.house import BERLIN, SITE, state

VEHICLES = {
    "zoe": Vehicle("zoe", soc="zoe_soc", capacity_wh=52_000.0),
    "van": Vehicle("van", soc="van_soc", capacity_wh=77_000.0),
}
RULES = """
version: 1
defaults: {ev.mode: surplus}
rules:
  - id: van-in-the-evening
    when: time.weekday between mon and fri and time.now between 18:00 and 06:00
    claim: {ev.vehicle: van}
  - id: nearly-empty
    when: ev.vehicle == van and ev.soc < 30%
    priority: 10
    claim: {ev.mode: fast}
"""
NAMES = DeviceNames(("carport",), ("cellar",), ("roof",), switches=("boiler",), vehicles=tuple(VEHICLES))
MONDAY_17_59 = datetime(2025, 6, 23, 15, 59, 50, tzinfo=UTC)


def evening(second: float) -> State:
    """Monday evening, 18:00 at 10 s. The Zoe has 64 %, the van 20 %."""
    now = MONDAY_17_59 + timedelta(seconds=second)
    inputs = {"zoe_soc": known(64.0, 995.0), "van_soc": known(20.0, 995.0)}
    return replace(state(1000.0 + second), now=now, local=now.astimezone(BERLIN), inputs=inputs)


def decider(rules: str = RULES) -> RuleDecider:
    book = book_from_texts({"rules/mine.yaml": rules}, NAMES, BERLIN)
    books: Any = SimpleNamespace(book=book, version=book.version, error="", failures=0)
    return RuleDecider(SITE, Params(), books)


def run(made: RuleDecider, seconds: Sequence[float]) -> list[tuple[str, float | None, object]]:
    """The vehicle, its state of charge, and the mode that won, in each tick."""
    complete = Completion(Wiring(vehicles=VEHICLES, usual={"carport": "zoe"}), made.vehicles)
    found: list[tuple[str, float | None, object]] = []
    for second in seconds:
        seen = complete(evening(second))
        outcome = made.decide(seen)
        ev = seen.evs["carport"]
        found.append((ev.vehicle, ev.soc_percent.value, outcome.verdict.claims["ev.carport.mode"].value))
    return found


def test_rules_read_the_car_that_a_rule_has_chosen_in_the_decision_before() -> None:
    assert run(decider(), (0, 5, 10, 15, 20)) == [
        # The first decision has none before it.
        ("", None, "surplus"),
        ("zoe", 64.0, "surplus"),
        ("zoe", 64.0, "surplus"),
        ("van", 20.0, "fast"),
        ("van", 20.0, "fast"),
    ]


def test_a_hand_goes_before_the_rule_from_the_next_decision_on() -> None:
    made = decider()
    run(made, (10, 15))
    made.override(Override("ev.carport.vehicle", "zoe", evening(60).now))
    assert run(made, (20,)) == [("zoe", 64.0, "surplus")]
    made.override(Override("ev.carport.vehicle", "guest", evening(60).now))
    assert run(made, (25,)) == [("guest", None, "surplus")]
    # The override has ended, and its last decision too.
    assert run(made, (65, 70))[-1] == ("van", 20.0, "fast")


def test_an_override_names_a_vehicle_of_the_settings() -> None:
    def by_hand(word: str, vehicles: tuple[str, ...] = tuple(VEHICLES)) -> Override:
        return checked(Override("ev.carport.vehicle", word, evening(60).now), evening(0), vehicles)

    assert [by_hand(word).value for word in ("van", "guest")] == ["van", "guest"]
    with pytest.raises(OverrideError, match=r"ev\.carport\.vehicle is one of zoe, van, guest, not 'vam'"):
        by_hand("vam")
    with pytest.raises(OverrideError, match="cannot be overridden"):
        by_hand("van", ())


def test_a_recorded_tick_replays_to_the_same_decision() -> None:
    made = decider()
    complete = Completion(Wiring(vehicles=VEHICLES, usual={"carport": "zoe"}), made.vehicles)
    plan = Plan(SITE, made.books.book, Params())
    memory = initial_memory(plan)
    for second in (0, 5, 10, 15, 20):
        seen = complete(evening(second))
        again = decide(seen, memory, plan)
        assert again.decision == made.decide(seen).decision
        memory = again.memory
