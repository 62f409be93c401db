"""Recorded schedules are solved again, with the same result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from optimizer.journal.reader import JournalReader
from optimizer.journal.writer import Journal
from optimizer.schedule.document import to_json
from optimizer.schedule.from_state import problem_of
from optimizer.schedule.solve import solve
from optimizer.study.report.terminal import schedules_replayed
from optimizer.study.schedules import solve_again
from tests.runtime.scheduler.house import BERLIN, EVENING, PLAN, outlook, state

DAY = timedelta(days=1)


def test_a_schedule_is_solved_again_identically(tmp_path: Path) -> None:
    problem = problem_of(PLAN, state(), outlook(), {}, None)
    text, at_ms = to_json(problem), round(EVENING.timestamp() * 1000.0)
    journal = Journal(tmp_path / "journal.db")
    journal.remember_schedule(at_ms, text, to_json(solve(problem)))
    journal.remember_schedule(at_ms + 60_000, text, "{}")
    journal.remember_schedule(at_ms + 120_000, "{}", "{}")
    journal.flush()
    journal.close()
    reader = JournalReader(tmp_path / "journal.db")
    found = solve_again(reader, EVENING - DAY, EVENING + DAY)
    assert found.schedules == 3
    assert [at for at, _ in found.differing] == [EVENING + timedelta(minutes=1), EVENING + timedelta(minutes=2)]
    lines = schedules_replayed(found, BERLIN, 1)
    assert lines == [
        "2026-11-29 19:01:00  schedule: the schedule is different",
        "3 schedules solved again: 1 identical, 2 different.",
    ]
    assert schedules_replayed(solve_again(reader, EVENING + DAY, EVENING + 2 * DAY), BERLIN, 1) == []
    assert solve_again(reader, EVENING, EVENING + DAY, lambda: True).schedules == 0
    (newest,) = reader.schedules_until(EVENING)
    assert newest.problem == text
