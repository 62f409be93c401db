"""A restart in the middle of a timer goes on with it; a damaged record is refused."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.book.engine import EMPTY_MEMORY, evaluate
from optimizer.rules.book.persist import MAX_GAP_S, from_record, to_record
from tests.rules.scene import NOON, Run, book, house

WAITING = "- id: one\n  when: ev.connected\n  for: 10min\n  claim: {ev.mode: fast}"


def restarted(run: Run, after_s: float, gap_s: float) -> Run:
    """Another process, whose monotonic clock begins elsewhere."""
    record = json.loads(json.dumps(to_record(run.memory, NOON + timedelta(seconds=after_s), 1000.0 + after_s)))
    later = Run(run.book, start=NOON + timedelta(seconds=after_s + gap_s))
    later.memory = from_record(record, later.start, 1000.0)
    return later


def test_a_wait_goes_on_after_a_restart() -> None:
    run = Run(WAITING)
    run.tick(0, ev__connected="true")
    run.tick(300, ev__connected="true")
    later = restarted(run, 300.0, gap_s=60.0)
    assert not later.tick(0, ev__connected="true").claims
    assert not later.tick(230, ev__connected="true").claims
    assert later.tick(240, ev__connected="true").claims


def test_a_long_pause_is_not_counted() -> None:
    run = Run(WAITING)
    run.tick(0, ev__connected="true")
    later = restarted(run, 300.0, gap_s=MAX_GAP_S + 1.0)
    assert not later.tick(0, ev__connected="true").claims
    assert later.tick(300, ev__connected="true").claims


def test_an_active_rule_with_until_stays_active() -> None:
    run = Run("- id: one\n  when: battery.soc < 55%\n  until: battery.soc >= 60%\n  claim: {ev.mode: fast}")
    run.tick(0, battery__soc="50%")
    assert restarted(run, 10.0, 30.0).tick(0, battery__soc="57%").claims


KEPT = "- id: one\n  when: ev.connected\n  keep_for: 30s\n  claim: {ev.mode: fast}"
KEPT_UNTIL = "- id: one\n  when: ev.connected\n  until: battery.soc < 50%\n  keep_for: 30s\n  claim: {ev.mode: fast}"


@pytest.mark.parametrize("gap_s", [31.0, 960.0, 86_400.0])
@pytest.mark.parametrize("text", [KEPT, KEPT_UNTIL])
def test_keep_for_does_not_run_again_after_a_restart_that_was_longer(text: str, gap_s: float) -> None:
    """As seen: stopped at 23:58, started at 00:14, and the battery was held for another 30 s."""
    run = Run(text)
    run.tick(0, ev__connected="true", battery__soc="60%")
    later = restarted(run, 10.0, gap_s)
    assert not later.tick(0, ev__connected="false", battery__soc="40%").claims


def test_the_rest_of_keep_for_runs_after_a_short_restart() -> None:
    run = Run(KEPT)
    run.tick(0, ev__connected="true")
    later = restarted(run, 10.0, 20.0)
    assert later.tick(0, ev__connected="false").claims
    assert later.tick(9, ev__connected="false").claims
    assert not later.tick(10, ev__connected="false").claims


def test_a_condition_that_still_holds_after_a_restart_is_kept_from_its_own_end() -> None:
    run = Run(KEPT)
    run.tick(0, ev__connected="true")
    later = restarted(run, 10.0, 960.0)
    assert later.tick(0, ev__connected="true").claims
    assert later.tick(100, ev__connected="false").claims
    assert later.tick(129, ev__connected="false").claims
    assert not later.tick(130, ev__connected="false").claims


def test_a_condition_that_is_unknown_at_first_is_judged_when_it_is_known() -> None:
    run = Run(KEPT)
    run.tick(0, ev__connected="true")
    ended = restarted(run, 10.0, 960.0)
    assert ended.tick(0).claims
    assert not ended.tick(5, ev__connected="false").claims
    holds = restarted(run, 10.0, 960.0)
    assert holds.tick(0).claims
    assert holds.tick(5, ev__connected="true").claims
    assert holds.tick(100, ev__connected="false").claims


@given(gap_s=st.floats(0.0, 1e6), keep_s=st.integers(1, 3600), waited_s=st.floats(0.0, 4000.0))
def test_a_rule_is_never_kept_longer_than_keep_for_after_it_was_last_known_to_hold(
    gap_s: float, keep_s: int, waited_s: float
) -> None:
    run = Run(KEPT.replace("30s", f"{keep_s}s"))
    run.tick(0, ev__connected="true")
    later = restarted(run, 0.0, gap_s)
    later.tick(0, ev__connected="false")
    claims = later.tick(waited_s, ev__connected="false").claims
    assert bool(claims) == (gap_s + waited_s < keep_s) or abs(gap_s + waited_s - keep_s) < 0.01


def test_averages_and_the_last_mode_go_on() -> None:
    run = Run("""
- id: one
  when: avg(grid.export_w, 5min) > 1kW or ev.mode == fast
  claim: {ev.mode: fast}
- id: changed
  when: changed_within(ev.connected, 10min)
  claim: {surplus.priority: ev_first}
""")
    for at_s in range(0, 300, 10):
        run.tick(at_s, grid__export_w="2kW", ev__connected="true" if at_s > 100 else "false")
    later = restarted(run, 300.0, 5.0)
    verdict = later.tick(0, ev__connected="true")
    assert verdict.claims["ev.carport.mode"].value == "fast"
    assert verdict.claims["surplus.priority"].value == "ev_first"


def test_a_reload_keeps_the_timers_of_unchanged_rules_only() -> None:
    run = Run(WAITING + "\n- id: two\n  when: ev.connected\n  for: 10min\n  claim: {surplus.priority: ev_first}")
    run.tick(0, ev__connected="true")
    changed = run.book.rules[1].when
    assert changed is not None
    run.book = book(
        "- id: two\n  when: ev.connected\n  for: 9min\n  claim: {surplus.priority: ev_first}\n"
        "- id: one\n  about: moved, with another value\n  when: ev.connected\n  for: 10min\n  claim: {ev.mode: surplus}"
    )
    run.tick(300, ev__connected="true")
    verdict = run.tick(600, ev__connected="true")
    assert set(verdict.claims) == {"ev.carport.mode"}
    assert set(run.tick(840, ev__connected="true").claims) == {"ev.carport.mode", "surplus.priority"}


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {"format": 2},
        {"format": 1},
        {"format": 1, "at": "x", "timers": {}, "modes": {}, "histories": {}},
        {"format": 1, "at": 0, "timers": {"a": [9, 1]}, "modes": {}, "histories": {}},
        {"format": 1, "at": 0, "timers": {"a": [1, float("nan")]}, "modes": {}, "histories": {}},
        {"format": 1, "at": 0, "timers": [], "modes": {}, "histories": {}},
        {"format": 1, "at": 0, "timers": {}, "modes": {}, "histories": {"a": {"buckets": [[1]]}}},
    ],
)
def test_what_is_no_record_is_refused(record: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_record(record, NOON, 0.0)


def test_an_empty_memory_survives() -> None:
    record = to_record(EMPTY_MEMORY, NOON, 5.0)
    verdict, _ = evaluate(book(WAITING), house(), from_record(record, NOON, 7.0))
    assert verdict.claims == {}
