"""Switchable loads in a simulated day: when they run, what they draw, and what it costs."""

from __future__ import annotations

import pytest

from optimizer.control.plan import Plan
from optimizer.model.fields import DeviceNames
from optimizer.model.site import Site, SwitchSite
from optimizer.rules.book.files import book_from_texts
from optimizer.study.house.house import World
from optimizer.study.house.prices import Tariff
from optimizer.study.report.compare import FIGURES
from optimizer.study.result import Result
from optimizer.study.simulate import simulate
from tests.study.scene import ZONE, plan, sunny

BOILER = SwitchSite("boiler", 2000.0, (3,), start_w=2000.0, stop_w=1000.0, starts_per_hour=2, min_on_s=600.0)
FOLLOWS = "version: 1\nrules:\n  - id: hot-water\n    claim: {switch.boiler.state: surplus}\n"
AT_NOON = (
    "version: 1\nrules:\n  - id: noon\n    when: time.now between 12:00 and 14:00\n"
    "    claim: {switch.boiler.state: on}\n"
)


def simulated(rules: str, *, load_w: float = 400.0, tick_s: float = 30.0) -> Result:
    site = Site(zone=ZONE, switches={"boiler": BOILER})
    book = book_from_texts({"rules.yaml": rules}, DeviceNames((), (), ("roof",), switches=("boiler",)), ZONE)
    world = World(sunny(load_w=load_w), pvs=("roof",), tariff=Tariff(30.0, 8.0), tick_s=tick_s)
    return simulate(Plan(site, book), world)


def test_a_load_that_follows_the_surplus_imports_little() -> None:
    result = simulated(FOLLOWS)
    boiler = result.loads["boiler"]
    assert boiler.starts >= 1
    assert 8.0 < boiler.on_s / 3600.0 < 12.0
    assert boiler.energy_wh == pytest.approx(2000.0 * boiler.on_s / 3600.0, rel=0.01)
    idle = simulated("version: 1\n")
    assert idle.loads["boiler"].energy_wh == 0.0
    assert result.import_wh - idle.import_wh < 0.05 * boiler.energy_wh
    assert result.home_wh - idle.home_wh == pytest.approx(boiler.energy_wh)


def test_a_rule_of_the_clock_runs_it_for_its_time_and_imports_what_is_missing() -> None:
    result = simulated(AT_NOON, load_w=6500.0)
    assert result.loads["boiler"].starts == 1
    assert result.loads["boiler"].on_s == pytest.approx(7200.0, abs=60.0)
    assert result.writes["switch"] == 2


@pytest.mark.parametrize("tick_s", [10.0, 60.0])
def test_starts_stay_within_the_budget_and_a_load_is_no_energy_of_a_car(tick_s: float) -> None:
    result = simulated(FOLLOWS, load_w=1500.0, tick_s=tick_s)
    assert result.loads["boiler"].starts <= BOILER.starts_per_day
    assert result.ev_wh == result.ev_grid_wh == 0.0


def test_only_a_house_with_loads_shows_their_figures() -> None:
    names = ("Loads: energy", "… hours on", "… starts")
    figures = [figure for figure in FIGURES if figure.name in names]
    with_load, without = simulated(FOLLOWS, tick_s=60.0), simulate(plan(), World(sunny(), pvs=("roof",), tick_s=60.0))
    assert [figure.value(with_load) is not None for figure in figures] == [True] * 3
    assert [figure.value(without) for figure in figures] == [None] * 3
    assert any("Switchable loads draw" in note for note in with_load.notes)
