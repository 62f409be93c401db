"""Explanations: winners, losers, timers, and each term with its value."""

from typing import Any

from hypothesis import given

from optimizer.rules.book.engine import EMPTY_MEMORY, evaluate
from optimizer.rules.book.sentences import RULE_SENTENCES
from optimizer.rules.tools.explain import explain
from optimizer.rules.tools.explain_text import explanation_text
from tests.rules.expressions import conditions, givens
from tests.rules.scene import Run, book, house

RULES = """
- id: sun
  about: Charges from the sun.
  when: battery.soc >= 60% and avg(grid.export_w, 5min) > 1kW
  for: 2min
  claim: {ev.mode: surplus}
- id: fast
  when: ev.charging and not time.now between 22:00 and 06:00
  keep_for: 1min
  priority: 9
  claim: {ev.mode: fast}
  limit: {battery.discharge_w: 0W}
- id: night
  schedule: {cron: "0 22 * * *", lasts: 8h}
  claim: {ev.mode: min_surplus}
  priority: -1
- id: later
  enabled: false
  claim: {ev.mode: fast}
- id: trial
  enabled: dry-run
  limit: {battery.discharge_w: "min(500W, home.power_w)"}
"""


def test_the_text_says_who_wins_and_why() -> None:
    run = Run(RULES)
    run.tick(0, battery__soc="55%", ev__charging="true")
    state = house(30, battery__soc="55%", ev__charging="true")
    text = explanation_text(explain(run.book, state, run.memory))
    for line in (
        "At Sat 2025-06-21 12:00:30 CEST",
        "ev.carport.mode: fast  ← fast",
        "● fast (fast): active, priority 9",
        "○ sun (surplus): its condition is not met",
        "○ night (min_surplus): its schedule is closed",
        "battery.discharge_w: at most 0W  ← fast",
        "○ trial (min(500W, home.power_w)): only on a dry run",
        "fast: active since 12:00:00, waits for its condition to end",
        "window: 22:00:00 to Sun 2025-06-22 06:00",
        "later: disabled, waits for enabled: true",
        "✗ battery.soc (55%) >= 60%",
        "? avg(grid.export_w (unknown), 5min) (unknown) > 1kW",
        "grid.export_w: not given",
        "✓ ev.carport.charging",
        "✗ time.now (12:00:30) between 22:00 and 06:00",
        "Charges from the sun.",
    ):
        assert line in text, text


def test_a_waiting_rule_says_until_when() -> None:
    run = Run("- id: one\n  when: ev.connected\n  for: 5min\n  claim: {ev.mode: fast}")
    run.tick(0, ev__connected="true")
    text = explanation_text(explain(run.book, house(60, ev__connected="true"), run.memory))
    assert "one: pending since 12:00:00, waits for its condition to hold for long enough, until 12:05:00" in text
    assert "waits until its condition has held for long enough" in text


def test_an_ending_rule_says_until_when() -> None:
    run = Run("- id: one\n  when: ev.connected\n  keep_for: 5min\n  claim: {ev.mode: fast}")
    run.tick(0, ev__connected="true")
    run.tick(60, ev__connected="false")
    text = explanation_text(explain(run.book, house(90, ev__connected="false"), run.memory))
    assert "one: ending since 12:01:00" in text
    assert "until 12:06:00" in text


def test_every_cause_has_a_sentence() -> None:
    seen: set[str] = set()
    run = Run(RULES)
    for index in range(40):
        values = {
            "battery__soc": ("55%", "65%", "missing")[index % 3],
            "ev__charging": ("true", "false")[index // 5 % 2],
        }
        seen |= {cause.code for cause in run.tick(index * 10.0, **values).causes}
    assert seen <= set(RULE_SENTENCES)
    assert len(seen) >= 8


@given(conditions(2), givens(), givens())
def test_explaining_agrees_with_the_engine(text: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    try:
        rules = book(f"- id: one\n  when: >-\n    {text}\n  claim: {{ev.mode: fast}}")
    except Exception as error:
        assert type(error).__name__ == "RuleErrors"
        return
    _, memory = evaluate(rules, house(0, **before), EMPTY_MEMORY)
    state = house(10, **now)
    explanation = explain(rules, state, memory)
    verdict, after = evaluate(rules, state, memory)
    assert explanation.verdict == verdict
    when = explanation.rules[0].when
    assert when is not None
    assert when.value is after.conditions[0]
    assert (explanation.targets[0].winner == "one") is ("ev.carport.mode" in verdict.claims)
    explanation_text(explanation)


def test_a_rule_keeps_its_place_when_it_is_switched_off() -> None:
    """The page finds its card by the rule and by whether it limits."""

    def cards(enabled: str) -> set[tuple[str, bool]]:
        run = Run(
            f"- id: one\n  enabled: {enabled}\n  limit: {{battery.discharge_w: 0W}}\n"
            f"- id: two\n  enabled: {enabled}\n  claim: {{ev.mode: fast}}"
        )
        return {(one.rule.id, one.limits) for one in explain(run.book, house(0), run.memory).rules}

    assert cards("true") == cards("dry-run") == cards("false") == {("one", True), ("two", False)}
