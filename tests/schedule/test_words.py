"""The sentences of a schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from optimizer.model.schedule import BatterySlot, Schedule
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.problem import clipped
from optimizer.schedule.solve import solve
from optimizer.schedule.words import assumed_texts, battery_text, car_text, differences, outcome_text
from optimizer.words.language import ENGLISH, language_of
from optimizer.words.text import in_language
from tests.schedule.problems import NIGHT, battery, car, problem_of, steps_of

GERMAN = language_of("de") or ENGLISH


def clock(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%H:%M}"


def made(**changes: object) -> Schedule:
    return solve_greedily(*clipped(problem_of(steps_of(NIGHT), cars=(car(**changes),))))  # type: ignore[arg-type]


def texts(schedule: Schedule, mode: str) -> list[str]:
    return [
        car_text(schedule, index, "carport", clock)
        for index, slot in enumerate(schedule.slots)
        if "carport" in slot.cars and slot.cars["carport"].mode == mode
    ]


def test_every_slot_has_a_reason() -> None:
    schedule = made()
    fast, surplus = texts(schedule, "fast"), texts(schedule, "surplus")
    assert fast
    assert surplus
    assert fast[0].startswith("It buys for ")
    assert "before it leaves at" in fast[0]
    assert "will be done at" in fast[0]
    assert surplus[0].startswith("It follows the surplus; ")
    assert " It buys from " in surplus[0]


def test_each_mode_of_the_battery_has_a_sentence() -> None:
    schedule = made()
    slot = schedule.slots[0]
    battery = BatterySlot(mode="auto", power_w=0.0, energy_wh=5000.0, worth_ct=31.0)
    found = [
        battery_text(schedule, slot, replace(battery, mode=mode))
        for mode in ("auto", "hold", "charge", "no_charge", "discharge")  # type: ignore[arg-type]
    ]
    assert all("a stored kWh is worth 31.0 ct" in text for text in found)
    assert len(set(found)) == 5
    guess = battery_text(schedule, replace(slot, is_known=False), replace(battery, mode="hold"))
    assert guess.endswith("This price is a guess from the known ones.")


def test_without_any_price_nothing_is_called_a_guess() -> None:
    steps = tuple(replace(step, is_known=False, import_ct=30.0, feed_in_ct=0.0) for step in steps_of(NIGHT))
    problem = problem_of(steps, cars=(car(),), battery=battery(), assumed=("import_price", "feed_in_price", "home"))
    for schedule in (solve(problem), solve_greedily(*clipped(problem))):
        texts = [
            car_text(schedule, index, name, clock) for index, slot in enumerate(schedule.slots) for name in slot.cars
        ]
        texts += [battery_text(schedule, slot, slot.battery) for slot in schedule.slots if slot.battery is not None]
        held = BatterySlot(mode="hold", power_w=0.0, energy_wh=5000.0, worth_ct=31.0)
        texts.append(battery_text(schedule, schedule.slots[0], held))
        assert not any("guess" in text for text in texts)
        assert sum(text.endswith("No price is known; this one is assumed.") for text in texts) > 1
        assert list(assumed_texts(schedule)) == [
            "No import price is known: 30.0 ct are assumed for every kWh.",
            "No payment for feed-in is known: 0.0 ct are assumed.",
            "No consumption of the past is known: 400 W are assumed.",
        ]
        assert all(in_language(text, GERMAN) != text for text in assumed_texts(schedule))
    assert list(assumed_texts(made())) == []


def test_the_end_of_a_goal_is_said() -> None:
    (outcome,) = made().outcomes
    assert "It needs " in outcome_text(outcome, clock)
    assert "will be missing at" in outcome_text(replace(outcome, lack_wh=3000.0), clock)
    assert "after the end of the schedule" in outcome_text(replace(outcome, ready_at_s=None), clock)
    reached = replace(outcome, goal=replace(outcome.goal, need_wh=0.0))
    assert outcome_text(reached, clock) == "The goal is reached."


def test_the_difference_to_the_schedule_before() -> None:
    before = made()
    assert list(differences(None, before, clock)) == []
    assert list(differences(before, before, clock)) == []
    darker = replace(before, slots=tuple(replace(slot, pv_w=slot.pv_w + 1000.0) for slot in before.slots))
    assert any(
        text.startswith("Expected sun: ") and text.endswith(" more.") for text in differences(before, darker, clock)
    )
    waits = replace(before, slots=tuple(replace(slot, cars={}) for slot in before.slots), solver="modes")
    found = list(differences(before, waits, clock))
    assert found[0].startswith("carport buys nothing; before: ")
    assert "The solver is `modes`; before: `cheapest`." in found


def test_the_reasons_can_be_read_in_another_language() -> None:
    schedule = made()
    index = next(i for i, slot in enumerate(schedule.slots) if "carport" in slot.cars)
    text = in_language(car_text(schedule, index, "carport", clock), GERMAN)
    assert text.startswith(("Es kauft für ", "Es folgt dem Überschuss; "))
    assert "," in text
    assert in_language(outcome_text(schedule.outcomes[0], clock), GERMAN).startswith("Es braucht ")
