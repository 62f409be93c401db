"""Commands over MQTT: overrides with an end, values of inputs, and everything that is refused."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.reading import known
from optimizer.model.state import DISCONNECTED
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.goals.kept import KeptGoals
from optimizer.schedule.goals import GoalPlan
from optimizer.serve.outputs.commands import MOST_A_MINUTE, Commands
from optimizer.serve.outputs.entities import entities
from tests.serve.house import SITE, HandClock, state
from tests.serve.outputs.house import Overrides, board, published

MODE = "ev/carport/mode/set"


@pytest.fixture
def overrides() -> Overrides:
    return Overrides()


@pytest.fixture
def commands(overrides: Overrides, tmp_path: Path) -> Commands:
    return Commands(published(), overrides, board(tmp_path, HandClock()))


def test_a_mode_holds_until_the_car_leaves_and_a_day_at_most(commands: Commands, overrides: Overrides) -> None:
    assert commands.take(MODE, b"fast", False, state()) == "ev/carport/mode"
    held = overrides.held["ev.carport.mode"]
    assert (held.value, held.session, held.until) == ("fast", True, state().now + timedelta(hours=24))
    commands.take(MODE, b"auto", False, state())
    assert overrides.held == {}


def test_a_load_holds_its_state_for_a_day(commands: Commands, overrides: Overrides) -> None:
    assert commands.take("switch/boiler/state/set", b"on", False, state()) == "switch/boiler/state"
    held = overrides.held["switch.boiler.state"]
    assert (held.value, held.session, held.until) == ("on", False, state().now + timedelta(hours=24))
    commands.take("switch/boiler/state/set", b"auto", False, state())
    assert overrides.held == {}


def test_without_a_car_a_mode_holds_for_a_day(commands: Commands, overrides: Overrides) -> None:
    evs = {"carport": replace(state().evs["carport"], status=known(DISCONNECTED, 1000.0))}
    commands.take(MODE, b"fast", False, replace(state(), evs=evs))
    assert not overrides.held["ev.carport.mode"].session


@pytest.mark.parametrize(
    ("topic", "payload", "value"),
    [
        ("input/holiday/set", b"ON", True),
        ("input/target_w/set", b"1500", 1500.0),
        ("input/target_w/set", b"1.5 kW", 1500.0),
        ("input/guests/set", b"many", "many"),
        ("input/ready/set", b"06:30", 23400.0),
        ("input/ready/set", b"", None),
    ],
)
def test_inputs_are_set(topic: str, payload: bytes, value: object, tmp_path: Path) -> None:
    inputs = board(tmp_path, HandClock())
    made = Commands(published(), Overrides(), inputs)
    assert made.take(topic, payload, False, state()) == topic.removesuffix("/set")
    name = topic.split("/")[1]
    assert inputs(1000.0)[name].value == value
    if value is not None:
        assert next(one.by for one in inputs.reports() if one.plan.spec.name == name) == "MQTT"


def test_a_retained_command_is_ignored(
    commands: Commands, overrides: Overrides, caplog: pytest.LogCaptureFixture
) -> None:
    assert commands.take(MODE, b"fast", True, state()) == ""
    assert overrides.held == {}
    assert "publish commands without retain" in caplog.text


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (MODE, b"turbo"),
        (MODE, b""),
        (MODE, b"\xff\xfe"),
        (MODE, b"fast\x00"),
        (MODE, b"f" * 201),
        (MODE, None),
        ("switch/boiler/state/set", b"fast"),
        ("input/target_w/set", b"6000"),
        ("input/holiday/set", b"perhaps"),
    ],
)
def test_what_is_not_possible_is_refused_and_the_value_is_published_again(
    topic: str, payload: object, commands: Commands, overrides: Overrides, caplog: pytest.LogCaptureFixture
) -> None:
    assert commands.take(topic, payload, False, state()) == topic.removesuffix("/set")
    assert overrides.held == {}
    assert f"the command on {topic} is refused" in caplog.text


@pytest.mark.parametrize("topic", ["ev/carport/power_w/set", "input/heat_w/set", "ev/yard/mode/set", "x", ""])
def test_other_topics_are_no_commands(topic: str, commands: Commands, overrides: Overrides) -> None:
    assert commands.take(topic, b"fast", False, state()) == ""
    assert overrides.held == {}


def test_a_flood_is_cut_and_said_once(
    commands: Commands, overrides: Overrides, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(MOST_A_MINUTE + 100):
        commands.take(MODE, b"fast", False, state())
    assert caplog.text.count("override over MQTT") == MOST_A_MINUTE
    assert caplog.text.count("further ones are ignored") == 1
    assert commands.take(MODE, b"auto", False, state(mono_s=1061.0)) == "ev/carport/mode"


@given(
    st.sampled_from([f"{one.topic}/set" for one in published() if one.command]), st.binary(max_size=300), st.booleans()
)
def test_no_message_ends_the_output(topic: str, payload: bytes, retained: bool) -> None:
    made = Commands(published(), Overrides(), None)
    assert made.take(topic, payload, retained, state()) in ("", topic.removesuffix("/set"))


def test_a_goal_is_set_and_ended(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    goals = GoalBoard(GoalPlan(SITE), HandClock(), KeptGoals(KeptFiles(tmp_path)))
    made = Commands(published(), Overrides(), board(tmp_path, HandClock()), goals)
    assert made.take("ev/carport/goal/set", b"12kWh tomorrow 06:30", False, state()) == "ev/carport/goal"
    report = goals.reports()[0]
    assert report.occurrence is not None
    assert (report.occurrence.aim.text, report.occurrence.by) == ("12kWh", "MQTT")
    made.take("ev/carport/goal/set", b"12kWh soon", False, state())
    assert "the command on ev/carport/goal/set is refused: “soon” is not a time" in caplog.text
    assert goals.reports()[0].occurrence == report.occurrence
    made.take("ev/carport/goal/set", b"none", False, state())
    assert goals.reports()[0].occurrence is None


@pytest.mark.parametrize(("cars", "no_hand"), [(("zoe", "van"), "auto"), (("zoe", "auto"), "not_set")])
def test_the_vehicle_at_a_charger_is_set_by_name(cars: tuple[str, ...], no_hand: str) -> None:
    made = entities(SITE, (), pvs=(), currency="EUR", commands=True, vehicles=cars)
    select, shown = (one for one in made if one.key in ("vehicle", "active_vehicle"))
    assert (select.platform, select.config["options"]) == ("select", [*cars, "guest", no_hand])
    assert (shown.platform, shown.config["options"]) == ("sensor", [*cars, "guest"])
    overrides = Overrides()
    commands = Commands(made, overrides, None, vehicles=cars)
    topic = "ev/carport/vehicle/set"
    for word in (cars[1], "guest"):
        commands.take(topic, word.encode(), False, state())
        assert overrides.held["ev.carport.vehicle"].value == word
    commands.take(topic, b"tractor", False, state())
    assert overrides.held["ev.carport.vehicle"].value == "guest"
    commands.take(topic, no_hand.encode(), False, state())
    assert not overrides.held


def test_without_vehicles_there_is_none_to_set() -> None:
    assert not [one for one in published() if "vehicle" in one.key]
