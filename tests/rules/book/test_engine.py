"""Claims, limits, defaults and the life cycle, as a book of rules plays them out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.book.engine import EMPTY_MEMORY, adopt, evaluate
from optimizer.rules.book.verdict import Claimed, Limited
from optimizer.rules.language.errors import RuleErrors
from tests.rules.expressions import conditions, givens
from tests.rules.scene import Run, book, codes, house

TWO = """
- id: low
  when: battery.soc > 20%
  claim: {ev.mode: surplus}
- id: high
  when: battery.soc > 50%
  priority: 5
  claim: {ev.mode: fast}
"""


def test_the_highest_priority_wins_and_the_loser_is_named() -> None:
    run = Run(TWO)
    verdict = run.tick(0, battery__soc="60%")
    assert verdict.claims["ev.carport.mode"] == Claimed("fast", "high")
    assert codes(verdict, "low") == {"rule.lost", "rule.active"}
    assert codes(verdict, "high") == {"rule.won", "rule.active"}
    verdict = run.tick(5, battery__soc="30%")
    assert verdict.claims["ev.carport.mode"] == Claimed("surplus", "low")


def test_without_a_claim_the_default_holds_for_every_charger() -> None:
    run = Run(book(TWO, "{ev.mode: min_surplus, ev.garage.mode: 'off'}"))
    verdict = run.tick(0, battery__soc="10%")
    assert verdict.claims["ev.carport.mode"] == Claimed("min_surplus", "defaults")
    assert verdict.claims["ev.garage.mode"] == Claimed("off", "defaults")


def test_a_target_that_nobody_claims_is_absent() -> None:
    assert Run(TWO).tick(0, battery__soc="10%").claims == {}


def test_the_smallest_limit_holds_whatever_the_priority() -> None:
    run = Run("""
- id: wide
  priority: 100
  limit: {grid.import_w: 11kW}
- id: narrow
  when: battery.soc < 50%
  limit: {grid.import_w: 5kW}
""")
    verdict = run.tick(0, battery__soc="40%")
    assert verdict.limits["grid.import_w"] == Limited(5000.0, "narrow")
    assert "rule.looser" in codes(verdict, "wide")
    assert run.tick(5, battery__soc="60%").limits["grid.import_w"] == Limited(11000.0, "wide")


def test_unknown_releases_claims_and_applies_limits() -> None:
    run = Run("""
- id: both
  when: battery.soc > 50%
  claim: {ev.mode: fast}
  limit: {battery.discharge_w: 0W}
""")
    verdict = run.tick(0)
    assert verdict.claims == {}
    assert verdict.limits["battery.discharge_w"] == Limited(0.0, "both")
    details = [cause.detail for cause in verdict.causes if cause.code == "rule.unknown"]
    assert details == ["battery.soc: not given"]


@pytest.mark.parametrize(("choice", "from_on", "from_off"), [("release", 0, 0), ("apply", 1, 1), ("hold", 1, 0)])
def test_if_unknown_can_be_chosen(choice: str, from_on: int, from_off: int) -> None:
    rule = f"- id: one\n  when: battery.soc > 50%\n  if_unknown: {choice}\n  claim: {{ev.mode: fast}}"
    for before, expected in (("60%", from_on), ("40%", from_off)):
        run = Run(rule)
        run.tick(0, battery__soc=before)
        assert len(run.tick(5).claims) == expected


def test_a_limit_of_unknown_value_is_at_its_strictest() -> None:
    run = Run("- id: one\n  limit: {ev.power_w: surplus.power_w}")
    verdict = run.tick(0)
    assert verdict.limits["ev.carport.power_w"] == Limited(0.0, "one")
    assert "rule.strictest" in codes(verdict, "one")


def test_a_claim_of_unknown_value_gives_way_or_holds() -> None:
    rules = """
- id: follow
  priority: 5
  if_unknown: {choice}
  claim: {{battery.power_w: "-min(3kW, grid.export_w)"}}
- id: rest
  claim: {{battery.power_w: 0W}}
"""
    for choice, expected in (("release", Claimed(0.0, "rest")), ("hold", Claimed(-2000.0, "follow"))):
        run = Run(rules.format(choice=choice))
        assert run.tick(0, grid__export_w="2kW").claims["battery.power_w"] == Claimed(-2000.0, "follow")
        assert run.tick(5, grid__export_w="5kW").claims["battery.power_w"] == Claimed(-3000.0, "follow")
        assert run.tick(10, grid__export_w="2kW").claims["battery.power_w"] == Claimed(-2000.0, "follow")
        assert run.tick(15).claims["battery.power_w"] == expected


def test_calculated_values_stay_within_the_target() -> None:
    run = Run("- id: one\n  claim: {ev.current_a: grid.export_w / 230V}")
    assert run.tick(0, grid__export_w="23kW").claims["ev.carport.current_a"].value == 32.0
    assert run.tick(5, grid__export_w="230W").claims["ev.carport.current_a"].value == 6.0


def test_for_and_keep_for() -> None:
    run = Run("- id: one\n  when: ev.connected\n  for: 1min\n  keep_for: 30s\n  claim: {ev.mode: fast}")
    seen = []
    for at_s in range(0, 200, 10):
        connected = "true" if at_s < 120 else "false"
        seen.append("ev.carport.mode" in run.tick(at_s, ev__connected=connected).claims)
    assert [index * 10 for index, on in enumerate(seen) if on] == list(range(60, 150, 10))


def test_an_interruption_starts_the_wait_again() -> None:
    run = Run("- id: one\n  when: ev.connected\n  for: 1min\n  claim: {ev.mode: fast}")
    for at_s, connected in ((0, "true"), (50, "false"), (55, "true"), (100, "true")):
        assert not run.tick(at_s, ev__connected=connected).claims
    assert run.tick(115, ev__connected="true").claims


def test_a_rule_whose_until_is_true_already_does_not_start() -> None:
    run = Run("- id: one\n  when: battery.soc < 70%\n  until: battery.soc >= 60%\n  claim: {ev.mode: fast}")
    assert run.tick(0, battery__soc="65%").claims == {}
    assert run.tick(5, battery__soc="50%").claims != {}
    assert run.tick(10, battery__soc="65%").claims == {}
    assert run.tick(15, battery__soc="65%").claims == {}


@pytest.mark.parametrize(("if_unknown", "idle", "active"), [("hold", False, True), ("release", False, False)])
def test_an_unknown_until_holds_the_rule_as_it_is_or_ends_it(if_unknown: str, idle: bool, active: bool) -> None:
    run = Run(
        "- id: one\n  when: battery.soc < 70%\n  until: pv.power_w > 1kW\n  claim: {ev.mode: fast}\n"
        f"  if_unknown: {if_unknown}"
    )
    assert bool(run.tick(0, battery__soc="50%").claims) is idle
    assert run.tick(5, battery__soc="50%", pv__power_w="0W").claims != {}
    assert bool(run.tick(10, battery__soc="50%").claims) is active


def test_until_ends_and_keeps_from_starting() -> None:
    run = Run("- id: one\n  when: battery.soc < 55%\n  until: battery.soc >= 60%\n  claim: {ev.mode: fast}")
    got = [len(run.tick(i * 5.0, battery__soc=soc).claims) for i, soc in enumerate(("57%", "54%", "57%", "60%", "57%"))]
    assert got == [0, 1, 1, 0, 0]


def test_a_window_opens_and_closes_at_once() -> None:
    run = Run("""
- id: one
  schedule:
    - {cron: "1 12 * * *", lasts: 1min}
    - {cron: "5 12 * * *", lasts: 1min}
  keep_for: 1h
  claim: {ev.mode: fast}
""")
    got = [at_s for at_s in range(0, 400, 20) if run.tick(at_s).claims]
    assert got == [60, 80, 100, 300, 320, 340]


def test_a_dry_run_appears_in_the_causes_only() -> None:
    verdict = Run("- id: one\n  enabled: dry-run\n  claim: {ev.mode: fast}").tick(0)
    assert verdict.claims == {}
    assert codes(verdict, "one") == {"rule.dry_run", "rule.active"}


def test_rules_see_the_mode_of_the_tick_before() -> None:
    run = Run("""
- id: fast
  when: ev.connected
  claim: {ev.mode: fast}
- id: hold
  when: ev.mode == fast
  limit: {battery.discharge_w: 0W}
""")
    assert not run.tick(0, ev__connected="true").limits
    assert run.tick(5, ev__connected="true").limits
    assert run.tick(10, ev__connected="false").limits
    assert not run.tick(15, ev__connected="false").limits


def test_averages_over_time() -> None:
    run = Run("- id: one\n  when: avg(grid.export_w, 5min) > 1kW\n  claim: {ev.mode: fast}")
    got = {}
    for at_s in range(0, 900, 10):
        got[at_s] = bool(run.tick(at_s, grid__export_w="3kW" if at_s >= 300 else "0W").claims)
    first = next(at_s for at_s, on in got.items() if on)
    assert 390 <= first <= 420
    assert all(on for at_s, on in got.items() if at_s >= first)


def test_nothing_new_gives_back_the_same_objects() -> None:
    run = Run(TWO)
    first = run.tick(0, battery__soc="60%")
    memory = run.memory
    assert run.tick(5, battery__soc="61%") is first
    assert run.memory is memory


def test_the_same_tick_gives_the_same_answer_with_and_without_what_is_cached() -> None:
    run = Run(TWO)
    run.tick(0, battery__soc="60%")
    state = house(5, battery__soc="30%")
    cached = evaluate(run.book, state, run.memory)
    bare = run.memory._replace(version="", conditions=(), values=(), verdict=None, notes=())
    fresh = evaluate(run.book, state, adopt(run.book, bare))
    assert cached[0].claims == fresh[0].claims
    assert cached[1].phases == fresh[1].phases


def test_an_empty_book_says_nothing() -> None:
    verdict, memory = evaluate(book("[]"), house(), EMPTY_MEMORY)
    assert (verdict.claims, verdict.limits, verdict.causes) == ({}, {}, ())
    assert evaluate(book("[]"), house(5), memory)[0] is verdict


def test_the_only_battery_is_one_target_whatever_it_is_called() -> None:
    run = Run("- id: a\n  priority: 1\n  claim: {battery.cellar.mode: charge}\n- id: b\n  claim: {battery.mode: auto}")
    assert dict(run.tick(0).claims) == {"battery.mode": Claimed("charge", "a")}


@given(
    st.lists(conditions(2), min_size=1, max_size=4),
    st.lists(st.tuples(givens(), st.sampled_from((5.0, 30.0, 600.0, 40000.0))), min_size=2, max_size=8),
    st.sampled_from((0, 10, 60)),
)
def test_what_is_cached_never_changes_an_answer(texts: list[str], ticks: list[tuple[Any, float]], wait_s: int) -> None:
    """The same ticks with and without everything that is only there for speed."""
    rules = "\n".join(
        f"- id: r{i}\n  when: >-\n    {text}\n  for: {wait_s * i}s\n  keep_for: {wait_s}s\n  priority: {i}\n"
        f"  schedule: {{cron: '0 {i * 5} * * *', lasts: 9h}}\n"
        f"  claim: {{ev.mode: fast}}\n  limit: {{ev.power_w: 'max(0W, surplus.power_w) + {i}kW'}}"
        for i, text in enumerate(texts)
    )
    try:
        compiled = book(rules)
    except RuleErrors:
        return
    fast, slow, at_s = EMPTY_MEMORY, EMPTY_MEMORY, 0.0
    for values, step_s in ticks:
        at_s += step_s
        state = house(at_s, **values)
        quick, fast = evaluate(compiled, state, fast)
        slow = slow._replace(version="", conditions=(), values=(), openings=(), verdict=None)
        plain, slow = evaluate(compiled, state, slow)
        assert (quick.claims, quick.limits) == (plain.claims, plain.limits)
        assert (fast.phases, fast.since_s, fast.modes) == (slow.phases, slow.since_s, slow.modes)


def test_a_rule_holds_only_a_value_of_its_own() -> None:
    run = Run("""
- id: low
  when: battery.soc < 50%
  claim: {battery.power_w: 1kW}
- id: high
  when: battery.soc >= 50%
  if_unknown: hold
  priority: 5
  claim: {battery.power_w: pv.power_w}
""")
    assert run.tick(0, battery__soc="40%").claims["battery.power_w"] == Claimed(1000.0, "low")
    assert run.tick(5, battery__soc="60%").claims == {}, "the value of the other rule does not go on under its name"
    assert run.tick(10, battery__soc="60%", pv__power_w="2kW").claims["battery.power_w"] == Claimed(2000.0, "high")
    assert run.tick(15, battery__soc="60%").claims["battery.power_w"] == Claimed(2000.0, "high")
