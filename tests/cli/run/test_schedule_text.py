"""`optimizer why --schedule`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from optimizer.cli.run.schedule_text import schedule_lines
from optimizer.journal.writer import Journal
from optimizer.model.scheduling import ScheduleReport
from optimizer.model.series import Series
from optimizer.schedule.document import to_json
from optimizer.schedule.from_state import problem_of
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.outlook import Outlook
from optimizer.schedule.problem import clipped
from optimizer.serve.web.schedule import report_document
from tests.cli.program import Runner, application
from tests.runtime.scheduler.house import BERLIN, EVENING_S, PLAN, state
from tests.serve.web.test_schedule import SCHEDULE


def run(folder: Path, *arguments: str) -> Result:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text("site: {time_zone: Europe/Berlin}\nserve: {status: }\n")
    return Runner().invoke(application(), ["why", "--schedule", "-c", str(config), *arguments])


def test_slots_with_the_same_modes_are_one_line() -> None:
    document = dict(report_document(ScheduleReport(schedule=SCHEDULE, reason="a new hour"), EVENING_S, BERLIN))
    lines = list(schedule_lines(document, full=False))
    assert lines[0] == "Made Sun 19:00 (a new hour), good until Mon 19:00."
    assert lines[1].startswith("Prices are known until Tue 01:00. Expected cost: ")
    assert lines[2].startswith("  carport leaves Mon 07:00. It needs 5.4 kWh")
    assert any(line.startswith("Mon 04:15  carport fast, battery auto · 20.0 ct · sun 0 W") for line in lines)
    assert len(list(schedule_lines(document, full=True))) > len(lines)


def test_a_recorded_schedule_is_shown(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal.db")
    journal.remember_schedule(round(EVENING_S * 1000.0), "{}", to_json(SCHEDULE))
    journal.flush()
    journal.close()
    result = run(tmp_path, "--at", "2026-11-29 20:00")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Made Sun 19:00 (recorded)")
    (tmp_path / "other").mkdir()
    before = Runner().invoke(
        application(), ["why", "--schedule", "-c", str(tmp_path / "site.yaml"), "--at", "2026-11-29 18:00", "--json"]
    )
    assert json.loads(before.stdout)["why"] == "none is recorded before this moment"


def test_without_a_journal_the_command_says_so(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "there is no journal at" in result.output


def test_without_any_price_the_schedule_says_what_it_assumes() -> None:
    bare = Outlook(imports=Series(), feed_in=Series())
    schedule = solve_greedily(*clipped(problem_of(PLAN, state(), bare, {}, None)))
    document = dict(report_document(ScheduleReport(schedule=schedule, reason="a new hour"), EVENING_S, BERLIN))
    assert document["prices_known_until"] is None
    assert document["assumed"] == ["import_price", "feed_in_price", "home"]
    lines = list(schedule_lines(document, full=False))
    assert lines[1].startswith("No price from now on is known. Expected cost: ")
    assert "  No import price is known: 30.0 ct are assumed for every kWh." in lines
    assert any("30.0 ct (assumed)" in line for line in lines)
    assert not any("guess" in line for line in lines)


def test_the_parts_of_the_cost_are_shown() -> None:
    document = dict(report_document(ScheduleReport(schedule=SCHEDULE, reason="a new hour"), EVENING_S, BERLIN))
    costs = document["costs"]
    parts = costs["import_ct"] - costs["feed_in_ct"] + costs["wear_ct"] + costs["changes_ct"]
    assert parts == pytest.approx(document["cost_ct"], abs=0.03)
    assert ", starts and other changes 4.0 ct)" in list(schedule_lines(document, full=False))[1]
    del document["costs"]
    assert list(schedule_lines(document, full=False))[1].endswith(" ct.")
