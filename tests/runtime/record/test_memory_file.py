"""A restart during a wait of a rule continues the wait; a broken file is renamed."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.control.budget import Allowance, may_spend, spend
from optimizer.control.decide import decide
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.model.clock import Clock
from optimizer.model.site import ChargerSite, Site, SwitchSite
from optimizer.runtime.record.memory_file import FILE_NAME, MemoryFile
from tests.rules.scene import BERLIN, NOON, book, house
from tests.serve.house import HandClock, report

RULES = book("- id: one\n  when: ev.connected\n  for: 10min\n  claim: {ev.mode: fast}")
PLAN = Plan(Site(BERLIN, chargers={"carport": ChargerSite("carport")}), RULES)


class House:
    """One process: its monotonic clock begins at 1000 s, whatever the time of day."""

    def __init__(self, folder: Path, start_s: float) -> None:
        self.start = NOON + timedelta(seconds=start_s)
        clock: Clock = HandClock(self.start)
        self.recollection = MemoryFile(folder, clock, Params())
        self.memory: Memory = self.recollection.recall(initial_memory(PLAN))

    def tick(self, after_s: float) -> bool:
        """Whether the rule is active after a tick."""
        state = house(after_s, self.start, ev__connected="true")
        outcome = decide(state, self.memory, PLAN)
        self.memory = outcome.memory
        self.recollection.on_tick(
            TickReport(state, outcome.decision, outcome.verdict, 0.0, 1, 0, memory=outcome.memory)
        )
        return "ev.carport.mode" in outcome.verdict.claims


def test_a_wait_goes_on_over_a_restart(tmp_path: Path) -> None:
    before = House(tmp_path, 0.0)
    for after_s in range(0, 301, 5):
        assert not before.tick(after_s)
    before.recollection.close()
    after = House(tmp_path, 330.0)
    assert not after.tick(0.0)
    assert not after.tick(265.0)
    assert after.tick(270.0)


def test_after_a_kill_the_last_minute_counts_as_well(tmp_path: Path) -> None:
    before = House(tmp_path, 0.0)
    for after_s in range(0, 301, 5):
        before.tick(after_s)
    after = House(tmp_path, 310.0)
    assert not after.tick(285.0)
    assert after.tick(290.0)


def test_a_service_that_is_killed_again_and_again_gets_no_fresh_relays(tmp_path: Path) -> None:
    params = Params(starts=Allowance(per_hour=3, per_day=10, spacing_s=0.0))
    plan = Plan(PLAN.site, book("- id: one\n  when: ev.connected\n  claim: {ev.mode: fast}"), params)
    starts = 0
    for run in range(20):
        begin = NOON + timedelta(minutes=run)
        recollection = MemoryFile(tmp_path, HandClock(begin), Params())
        memory = recollection.recall(initial_memory(plan))
        for tick in range(3):
            state = house(tick * 5.0, begin, ev__connected="true")
            outcome = decide(state, memory, plan)
            starts += outcome.memory.evs["carport"].running and not memory.evs["carport"].running
            memory = outcome.memory
            recollection.on_tick(TickReport(state, outcome.decision, outcome.verdict, 0.0, 1, 0, memory=outcome.memory))
    assert starts == 3


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=25), timedelta(days=730)])
def test_a_wrong_clock_at_the_start_frees_nothing(jump: timedelta, tmp_path: Path) -> None:
    before = House(tmp_path, 0.0)
    before.memory = before.memory._replace(
        evs={"carport": before.memory.evs["carport"]._replace(started_at_s=(505.0, 905.0))}
    )
    before.tick(0.0)
    before.recollection.close()
    after = House(tmp_path, jump.total_seconds())
    ages_s = [1000.0 - at_s for at_s in after.memory.evs["carport"].started_at_s]
    assert ages_s == pytest.approx([495.0, 95.0])


def assert_spent(file: MemoryFile) -> None:
    """The budgets count as used up: no start and no switch now, one of each when one is a day old."""
    ev = file.recall(initial_memory(PLAN)).evs["carport"]
    params, now_s = Params(), 1000.0
    for at_s, allowance in ((ev.started_at_s, params.starts), (ev.switched_at_s, params.switches)):
        assert not may_spend(at_s, allowance, now_s)
        later_s = now_s + 86400.0 / allowance.per_day + 1.0
        assert may_spend(at_s, allowance, later_s)
        assert not may_spend(spend(at_s, allowance, later_s), allowance, later_s + 60.0)


def test_a_lost_file_counts_as_budgets_used_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert_spent(MemoryFile(tmp_path, HandClock(), Params(), ran_before=True))
    assert "lost" in caplog.text


def test_the_first_start_has_its_budgets(tmp_path: Path) -> None:
    assert MemoryFile(tmp_path, HandClock(), Params()).recall(initial_memory(PLAN)) == initial_memory(PLAN)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "[" * 100_000])
def test_a_broken_file_is_set_aside(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert_spent(MemoryFile(tmp_path, HandClock(), Params()))
    assert (tmp_path / "memory.broken").read_text() == text
    assert "renamed to" in caplog.text


def test_without_a_disk_the_service_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    house_ = House(tmp_path / "file" / "below", 0.0)
    house_.tick(0.0)
    house_.tick(70.0)
    assert "cannot be saved for a restart" in caplog.text
    assert "Errno" not in house_.recollection.failed and "memory.json: " in house_.recollection.failed


def test_a_fifo_in_its_place_does_not_hang_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    assert_spent(MemoryFile(tmp_path, HandClock(), Params()))
    assert "not a regular file" in caplog.text


def test_a_load_that_was_just_switched_on_counts_after_a_kill(tmp_path: Path) -> None:
    plan = Plan(Site(BERLIN, switches={"boiler": SwitchSite("boiler", power_w=2000.0)}), RULES)
    recollection = MemoryFile(tmp_path, HandClock(NOON), Params())
    memory, tick = recollection.recall(initial_memory(plan)), report()
    for started in ((), (5.0,)):
        load = memory.switches["boiler"]._replace(on=bool(started), changed_s=5.0, started_at_s=started)
        recollection.on_tick(
            replace(
                tick, memory=memory._replace(switches={"boiler": load}), state=house(5.0, NOON, ev__connected="true")
            )
        )
    recalled = MemoryFile(tmp_path, HandClock(NOON), Params()).recall(initial_memory(plan))
    assert len(recalled.switches["boiler"].started_at_s) == 1
