"""The state of a moment from the journal, as the rules got it."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from optimizer.cli.run.assemble import JOURNAL_FILE
from optimizer.cli.study.recorded import recorded_scene
from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.model.site import ChargerSite, Site
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.tools.explain import explain
from tests.rules.scene import BERLIN, NAMES, NOON, house

TEXTS = {
    "r.yaml": "version: 1\nrules:\n  - {id: one, when: ev.connected, for: 10min, claim: {ev.mode: fast}}\n",
}


def recorded(folder: Path) -> Any:
    """Settings of a house whose last hour is in its journal."""
    book = book_from_texts(TEXTS, NAMES, BERLIN)
    plan = Plan(Site(BERLIN, chargers={"carport": ChargerSite("carport")}), book)
    memory = initial_memory(plan)
    journal = Journal(folder / JOURNAL_FILE)
    journal.remember_book(book.version, TEXTS, round(NOON.timestamp() * 1000))
    for after_s in range(0, 3600, 5):
        state = house(after_s, ev__connected="true")
        outcome = decide(state, memory, plan)
        memory = outcome.memory
        journal.on_tick(
            TickReport(
                state, outcome.decision, outcome.verdict, 0.0, 1, 0, memory=outcome.memory, book_version=book.version
            )
        )
        if after_s % 600 == 0:
            assert journal.flush()  # an hour at once is more than waits in its queue
    journal.close()
    return SimpleNamespace(state_dir=folder, site=SimpleNamespace(zone=BERLIN))


def test_a_timer_of_then_is_seen_again(tmp_path: Path) -> None:
    settings = recorded(tmp_path)
    found = recorded_scene(settings, NAMES, NOON + timedelta(minutes=5, seconds=2))
    assert found is not None
    book, state, memory = found
    assert state.now == NOON + timedelta(minutes=5)
    rule = explain(book, state, memory).rules[0]
    assert (rule.phase, f"{rule.since:%H:%M}", f"{rule.due:%H:%M}") == ("pending", "12:00", "12:10")
    later = recorded_scene(settings, NAMES, NOON + timedelta(minutes=55))
    assert later is not None
    assert explain(*later).targets[0].winner == "one"


@pytest.mark.parametrize(("after_s", "known"), [(3595.0, True), (3595.0 + 600.0, True), (3595.0 + 601.0, False)])
def test_why_and_explain_know_the_same_moments(tmp_path: Path, after_s: float, known: bool) -> None:
    settings, at = recorded(tmp_path), NOON + timedelta(seconds=after_s)
    found = recorded_scene(settings, NAMES, at)
    tick = JournalReader(tmp_path / JOURNAL_FILE).tick_at(at)
    assert (found is not None, tick is not None) == (known, known)


def test_what_was_not_recorded_is_not_invented(tmp_path: Path) -> None:
    assert recorded_scene(recorded(tmp_path), NAMES, NOON - timedelta(days=1)) is None
    empty: Any = SimpleNamespace(state_dir=tmp_path / "none", site=None)
    assert recorded_scene(empty, NAMES, NOON) is None
