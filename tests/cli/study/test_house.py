"""The assumptions of a study: prices that nobody set, and the initial state of a battery."""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.cli.study.house import Household, household
from optimizer.cli.study.options import StudyInput
from optimizer.cli.study.world import world_for
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import StudyError
from optimizer.study.input.trace import write_trace
from tests.study.scene import sunny

TRACE = StudyInput(trace=Path("day.csv"))
ASSUMED = "Not set, and therefore assumed:"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Household:
    """The typical house, in a folder with a trace, and one that has prices of its own."""
    monkeypatch.chdir(tmp_path)
    day = sunny(1.0)
    write_trace(day, tmp_path / "day.csv")
    write_trace(replace(day, price_ct=array("d", [25.0] * 60)), tmp_path / "priced.csv")
    return household(None)


def assumed(world: World) -> str:
    """The sentences about assumed prices."""
    return "".join(note for note in world.series.notes if note.startswith(ASSUMED)).removeprefix(ASSUMED)


def test_each_price_that_is_missing_is_assumed_and_said(home: Household) -> None:
    world = world_for(home, TRACE)
    assert world.tariff == Tariff(30.0, 8.0, 19.0)
    assert assumed(world) == " 30 ct for import, 8 ct for feed-in, 19 ct for a kWh for the car elsewhere."
    world = world_for(home, replace(TRACE, feed_in_ct=20.0, elsewhere_ct=60.0))
    assert world.tariff == Tariff(30.0, 20.0, 60.0)
    assert assumed(world) == " 30 ct for import."
    world = world_for(home, replace(TRACE, import_ct=40.0))
    assert world.tariff == Tariff(40.0, 8.0, 19.0)
    assert "import" not in assumed(world)
    set_up = replace(home, tariff=Tariff(33.0, None, 21.0))
    world = world_for(set_up, replace(TRACE, elsewhere_ct=50.0))
    assert world.tariff == Tariff(33.0, 8.0, 50.0)
    assert assumed(world) == " 8 ct for feed-in."
    assert assumed(world_for(set_up, replace(TRACE, feed_in_ct=0.0))) == ""


def test_prices_by_interval_beside_a_price_of_import(home: Household) -> None:
    priced = replace(TRACE, trace=Path("priced.csv"))
    world = world_for(home, priced)
    assert world.tariff == Tariff(None, 8.0, 19.0)
    assert assumed(world) == " 8 ct for feed-in, 19 ct for a kWh for the car elsewhere."
    with pytest.raises(StudyError, match=r"its own prices.*--import-ct has no effect"):
        world_for(home, replace(priced, import_ct=50.0))


def test_a_battery_is_as_asked_for_or_as_assumed(home: Household) -> None:
    assert world_for(home, TRACE).batteries["house"].capacity_wh == 10_000.0
    battery = world_for(home, replace(TRACE, battery_kwh=6.0, battery_soc=70.0)).batteries["house"]
    assert (battery.capacity_wh, battery.initial_soc_percent) == (6000.0, 70.0)
