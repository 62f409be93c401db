"""Inputs from tick to tick, over restarts, with silent and lying sources, and without a disk."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.inputs import InputSpec
from optimizer.model.reading import known, unknown
from optimizer.runtime.inputs.board import InputBoard
from optimizer.runtime.inputs.kept import FILE_NAME, KeptInputs
from optimizer.sources.inputs.port import InputError, InputPlan
from tests.serve.house import NOON, HandClock

HOLIDAY = InputPlan(InputSpec("holiday", "switch"))
BOOST = InputPlan(InputSpec("boost", "switch"), max_age_s=3600.0)
SHOWER = InputPlan(InputSpec("shower", "time"), default=25200.0)
HEAT = InputPlan(InputSpec("heat_w", "number", unit="W", high=8000.0), max_age_s=60.0, source="MQTT broker")
PLANS = (HOLIDAY, BOOST, SHOWER, HEAT)


def board(folder: Path, clock: HandClock | None = None) -> InputBoard:
    return InputBoard(PLANS, clock or HandClock(), KeptInputs(KeptFiles(folder)))


def test_an_input_is_unknown_or_its_default_until_it_is_set(tmp_path: Path) -> None:
    inputs = board(tmp_path)(1000.0)
    assert [reading.value for reading in inputs.values()] == [None, None, 25200.0, None]
    assert inputs["holiday"].why == "nobody has set it yet"
    assert inputs["heat_w"].why == "not read yet"


def test_what_is_set_holds_over_a_restart_with_who_and_when(tmp_path: Path) -> None:
    clock = HandClock()
    board(tmp_path, clock).set("holiday", "on", "me from 192.0.2.7")
    later = HandClock(NOON + timedelta(days=30))
    again = board(tmp_path, later)
    assert again(1000.0)["holiday"].value is True
    report = again.reports()[0]
    assert (report.by, report.at) == ("me from 192.0.2.7", NOON)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_clearing_restores_the_default(tmp_path: Path) -> None:
    inputs = board(tmp_path)
    assert inputs.set("shower", "06:00", "me").reading.value == 21600.0
    assert inputs.set("shower", None, "me").reading.value == 25200.0
    assert board(tmp_path)(1000.0)["shower"].value == 25200.0


def test_the_default_is_in_force_again_when_a_value_ends(tmp_path: Path) -> None:
    clock = HandClock()
    plan = InputPlan(InputSpec("boost", "switch"), max_age_s=3600.0, default=False)
    inputs = InputBoard((plan,), clock, KeptInputs(KeptFiles(tmp_path)))
    assert inputs.set("boost", True, "me").by == "me"
    clock.mono_s += 3601.0
    (report,) = inputs.reports()
    assert (report.reading.value, report.by) == (False, "")


def test_a_value_set_by_hand_ages_also_while_the_service_is_down(tmp_path: Path) -> None:
    clock = HandClock()
    inputs = board(tmp_path, clock)
    inputs.set("boost", True, "me")
    assert inputs(1000.0 + 3600.0)["boost"].value is True
    assert inputs(1000.0 + 3601.0)["boost"].value is None
    assert board(tmp_path, HandClock(NOON + timedelta(minutes=59)))(1000.0)["boost"].value is True
    assert board(tmp_path, HandClock(NOON + timedelta(minutes=61)))(1000.0)["boost"].value is None
    early = board(tmp_path, HandClock(NOON - timedelta(days=1)))(1000.0)["boost"]
    assert "the clock is earlier" in early.why


def test_the_monotonic_clock_counts_within_one_boot(tmp_path: Path) -> None:
    clock = HandClock()
    clock.boot = "one"
    board(tmp_path, clock).set("boost", True, "me")
    set_back = HandClock(NOON - timedelta(days=1))
    set_back.boot = "one"
    set_back.mono_s = 2000.0
    assert board(tmp_path, set_back)(2000.0)["boost"].value is True
    assert board(tmp_path, set_back)(1000.0 + 3601.0)["boost"].value is None


def test_a_silent_source_is_unknown_from_its_age_on_and_says_why(tmp_path: Path) -> None:
    inputs = board(tmp_path)
    inputs.post({"heat_w": known(1200.0, 1000.0)})
    inputs.fail(("heat_w",), "the broker is gone")
    assert inputs(1060.0)["heat_w"].value == 1200.0
    reading = inputs(1061.0)["heat_w"]
    assert reading.value is None
    assert reading.why == "last measured 61 s ago, limit 60 s; the broker is gone"
    inputs.post({"heat_w": unknown("the source says “unavailable”", 1062.0)})
    assert inputs(1062.0)["heat_w"].why == "the source says “unavailable”"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("holidy", True, "there is no input “holidy”. Inputs: holiday, boost, shower, heat_w"),
        ("heat_w", 5, "is read from MQTT broker and cannot be set"),
        ("holiday", "maybe", "it must be on or off"),
    ],
)
def test_what_cannot_be_set_is_refused(name: str, value: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says.replace(".", r"\.")):
        board(tmp_path).set(name, value, "me")
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"holiday": 1}', '{"holiday": {"value": true}}', "x" * 300_000])
def test_a_damaged_file_is_said_and_forgotten(content: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert board(tmp_path)(1000.0)["holiday"].value is None
    assert "values set by hand are forgotten" in caplog.text


def test_a_value_that_no_longer_fits_the_settings_is_unknown(tmp_path: Path) -> None:
    board(tmp_path).set("holiday", True, "me")
    number = InputPlan(InputSpec("holiday", "number"))
    reading = InputBoard((number,), HandClock(), KeptInputs(KeptFiles(tmp_path)))(1000.0)["holiday"]
    assert reading.why == "the value from before does not fit the settings: “True” is not a value of a number"


def test_without_a_disk_the_value_holds_and_the_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    inputs = board(tmp_path / "file")
    assert inputs.set("holiday", True, "me").reading.value is True
    assert "not kept over a restart" in caplog.text


def test_names_of_people_are_printable_and_short(tmp_path: Path) -> None:
    inputs = board(tmp_path)
    inputs.set("holiday", True, "x\n\x1b" + 100 * "y")
    kept = json.loads((tmp_path / FILE_NAME).read_text())["holiday"]["by"]
    assert kept.startswith("x??y")
    assert len(kept) == 60
