"""The pause of repeating goals over MQTT: shown in the form of its command, set, ended, and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.goal_text import until_of
from optimizer.model.goals import Aim, GoalReport, Pause, RepeatingGoal
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import KeptGoals
from optimizer.schedule.goals import GoalPlan
from optimizer.serve.energy import Books
from optimizer.serve.outputs.commands import Commands
from optimizer.serve.outputs.entity import Entity, View
from tests.serve.house import BERLIN, SITE, HandClock, report, state
from tests.serve.outputs.house import Overrides, published

TOPIC = "ev/carport/goals_paused_until"
SET = f"{TOPIC}/set"
WEEKLY = GoalPlan(SITE, repeating=(RepeatingGoal(Aim(energy_wh=12_000.0), 7 * 3600.0, charger="carport"),))
NOW = state().now


def board(folder: Path, plan: GoalPlan = WEEKLY) -> GoalBoard:
    return GoalBoard(plan, HandClock(), KeptGoals(KeptFiles(folder)))


def pause_of(entities: tuple[Entity, ...]) -> Entity:
    return next(entity for entity in entities if entity.topic == TOPIC)


def text_of(goals: tuple[GoalReport, ...]) -> str:
    """What is published."""
    return str(pause_of(published(repeating=("carport",))).read(View(report(), Books(), goals=goals)))


def test_only_a_charger_with_repeating_goals_has_a_pause() -> None:
    assert TOPIC not in {entity.topic for entity in published()}
    settable, shown = (pause_of(published(commands=on, repeating=("carport",))) for on in (True, False))
    assert (settable.platform, settable.command) == ("text", True)
    assert (shown.platform, shown.command) == ("sensor", False)


def test_goals_pause_and_hold_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    goals = board(tmp_path)
    made = published(repeating=("carport",))
    commands = Commands(made, Overrides(), None, goals)
    assert text_of(goals.reports()) == "none"
    day = (NOW.astimezone(BERLIN) + timedelta(days=14)).date()
    assert commands.take(SET, day.isoformat().encode(), False, state()) == TOPIC
    assert text_of(goals.reports()) == f"{day} 00:00"
    attributes = pause_of(made).attributes
    assert attributes is not None
    assert attributes(View(report(), Books(), goals=goals.reports())) == {"paused_by": "MQTT"}
    commands.take(SET, b"later", False, state())
    assert f"the command on {SET} is refused: “later” is no day" in caplog.text
    assert text_of(goals.reports()) == f"{day} 00:00"
    commands.take(SET, b"none", False, state())
    assert text_of(goals.reports()) == "none"


def test_a_pause_without_repeating_goals_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    goals = board(tmp_path, GoalPlan(SITE))
    commands = Commands(published(repeating=("carport",)), Overrides(), None, goals)
    commands.take(SET, b"sunday", False, state())
    assert "no goal repeats for carport" in caplog.text
    assert goals.reports()[0].pause is None


@given(st.integers(1, 364 * 24 * 60), st.sampled_from([BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]))
@example(int((datetime(2025, 10, 26, 2, 30, tzinfo=BERLIN) - NOW).total_seconds() / 60), BERLIN)
def test_what_is_shown_is_a_command_that_changes_nothing(minutes: int, zone: ZoneInfo) -> None:
    """Of a local time that occurs twice, the first counts, and the text is the same."""
    at_s = NOW.timestamp() + 60.0 * minutes
    now = report(replace(state(), local=NOW.astimezone(zone)))

    def shown(until_s: float) -> str:
        goals = (GoalReport("carport", None, "none", "", pause=Pause(until_s, "me")),)
        return str(pause_of(published(repeating=("carport",))).read(View(now, Books(), goals=goals)))

    text = shown(at_s)
    again_s = until_of(text, NOW.timestamp(), zone)
    assert shown(again_s) == text
    assert abs(again_s - at_s) in (0.0, 1800.0, 3600.0)
