"""Tuning: what is varied, that the part which reports had no say, and that the best is found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.control.params import Params
from optimizer.study.house.car import Car, Stay
from optimizer.study.house.house import Tariff, World
from optimizer.study.input.series import StudyError
from optimizer.study.jobs import Done, Job
from optimizer.study.tune import Sweep, combinations, parse_sweep, tune, varied, with_literals, with_param
from tests.study.scene import NAMES, START, SURPLUS, site, sunny

RULES = (
    SURPLUS
    + """
rules:
  - id: battery-first
    about: Up to 60% the battery goes first.
    when: battery.soc < 60%   # 60% of it
    until: battery.soc >= 62.5 %
    claim:
      surplus.priority: battery_first
  - id: other
    when: battery.soc < 60%
    claim:
      surplus.grid_target_w: -100W
"""
)


def job(days: float = 2.0) -> Job:
    world = World(sunny(24.0 * days), tariff=Tariff(30.0, 8.0, 19.0), tick_s=60.0)
    return Job("now", {"rules.yaml": RULES}, site(), NAMES, Params(), world)


def here(jobs: Sequence[Job]) -> Done:
    return Done(tuple(one.run() for one in jobs), False)


def test_sweeps_are_read() -> None:
    assert parse_sweep("grid_share=0..0.8:5").values == (0.0, 0.2, 0.4, 0.6, 0.8)
    assert parse_sweep("battery-first:60%=40..80") == Sweep("battery-first:60%", 40.0, 80.0, 7)
    assert parse_sweep("grid_target_w=-500..0:2").values == (-500.0, 0.0)
    assert len(combinations([parse_sweep("a=0..1:3"), parse_sweep("b=0..1:4")])) == 12
    for text in ("grid_share", "grid_share=1..0", "grid_share=0..1:0"):
        with pytest.raises(StudyError):
            parse_sweep(text)
    with pytest.raises(StudyError, match="are not possible"):
        combinations([Sweep("a", 0.0, 1.0, 100), Sweep("b", 0.0, 1.0, 100)])
    with pytest.raises(StudyError, match="named twice"):
        combinations([Sweep("a", 0.0, 1.0, 2), Sweep("a", 0.0, 2.0, 2)])


def test_parameters_by_path() -> None:
    assert with_param(Params(), "grid_share", 0.3).grid_share == 0.3
    assert with_param(Params(), "follow.slow_s", 300.0).follow.slow_s == 300.0
    starts = with_param(Params(), "starts.per_hour", 3.0).starts
    assert (starts.per_hour, starts.per_day, type(starts.per_hour)) == (3, Params().starts.per_day, int)
    assert with_param(Params(), "battery_reserved_w", 800.0).battery_reserved_w == 800.0
    with pytest.raises(StudyError, match=r"no parameter gridshare.*follow\.slow_s"):
        with_param(Params(), "gridshare", 0.3)
    with pytest.raises(StudyError, match="Name one of its parts"):
        with_param(Params(), "follow", 0.3)


def test_numbers_in_one_rule() -> None:
    text = with_literals({"rules.yaml": RULES}, {"battery-first:60%": 45.0})["rules.yaml"]
    assert "when: battery.soc < 45%   # 60% of it" in text
    assert "until: battery.soc >= 62.5 %" in text
    assert "Up to 60% the" in text
    assert text.count("60%") == RULES.count("60%") - 1
    assert ">= 70%" in with_literals({"r": RULES}, {"battery-first:62.5%": 70.0})["r"]
    with pytest.raises(StudyError, match=r"It contains 60%, 62\.5 %"):
        with_literals({"r": RULES}, {"battery-first:50%": 45.0})
    with pytest.raises(StudyError, match="no rule of this name"):
        with_literals({"r": RULES}, {"nothing:50%": 45.0})


def test_two_numbers_of_one_rule_are_changed_as_they_were() -> None:
    rules = {"r": "rules:\n  - id: keep\n    when: battery.soc < 60%\n    until: battery.soc >= 80%\n"}
    text = with_literals(rules, {"keep:60%": 80.0, "keep:80%": 90.125})["r"]
    assert "when: battery.soc < 80%\n    until: battery.soc >= 90.125%\n" in text
    sweeps = [parse_sweep("battery-first:60%=62.5..62.5:1"), parse_sweep("battery-first:62.5%=90..90:1")]
    text = varied(job(), sweeps, (62.5, 90.0)).texts["rules.yaml"]
    assert "when: battery.soc < 62.5%" in text
    assert "until: battery.soc >= 90%" in text
    with pytest.raises(StudyError, match="the same number"):
        with_literals(rules, {"keep:60%": 80.0, "keep:60.0%": 90.0})
    with pytest.raises(StudyError, match=r"keep does not contain 50%\. It contains 60%, 80%"):
        with_literals(rules, {"keep:60%": 80.0, "keep:50%": 90.0})


def test_variants_say_what_they_are() -> None:
    sweeps = [parse_sweep("grid_share=0..1:2"), parse_sweep("battery-first:60%=40..80:2")]
    one = varied(job(), sweeps, (0.0, 80.0))
    assert one.label == "grid_share=0, battery-first:60%=80"
    assert one.params.grid_share == 0.0
    assert "80%" in one.texts["rules.yaml"]


def test_chosen_on_one_part_and_reported_on_the_other() -> None:
    sweeps = [parse_sweep("grid_target_w=-1500..0:3")]
    found = tune(job(), sweeps, "cost", 0.5, here)
    cut = START + timedelta(days=1)
    assert len(found.trials) == 3
    costs = [trial.chosen_on.total_cost_ct for trial in found.trials]
    assert costs == sorted(costs, key=lambda cost: cost or 0.0)
    for trial in (found.now, *found.trials):
        assert (trial.chosen_on.start, trial.chosen_on.end) == (START, cut)
        assert trial.reported_on is not None
        assert trial.reported_on.start == cut
    # Keeping 1.5 kW of feed-in loses the car's sun.
    assert found.trials[-1].values == (-1500.0,)
    ends = [parse_sweep("grid_target_w=-1500..0:2")]
    share = tune(job(), ends, "self-consumption", 0.5, here).trials[0]
    assert share.values == (0.0,)


def test_recorded_visits_move_with_the_part_that_reports() -> None:
    # Away on the first day, here from 10 h of the second one on, and a visit that ends before the cut at its dawn.
    stays = (Stay(0.0, 3600.0, 0.0, 0.0), Stay((24 + 10) * 3600.0, math.inf, 5000.0, 0.0))
    world = replace(job().world, cars={"carport": Car(stays=stays)})
    found = tune(replace(job(), world=world), [parse_sweep("grid_target_w=-100..0:1")], "cost", 0.5, here)
    assert found.now.chosen_on.ev_wh == 0.0
    reported = found.now.reported_on
    assert reported is not None
    charged = [at / 4.0 for at, wh in enumerate(reported.slots["ev_wh"]) if wh > 0.0]
    assert charged[0] == pytest.approx(10.0, abs=0.5)
    assert reported.car_wh[1] > reported.car_wh[0]


def test_stopped_early_it_keeps_the_trials_that_are_done() -> None:
    def stopping(jobs: Sequence[Job]) -> Done:
        return Done((jobs[0].run(), jobs[1].run(), None), True)

    found = tune(job(), [parse_sweep("grid_share=0..0.5:2")], "cost", 0.5, stopping)
    assert found.stopped
    assert [trial.values for trial in found.trials] == [(0.0,)]
    assert found.now.reported_on is None
    with pytest.raises(StudyError, match="before the first"):
        tune(job(), [parse_sweep("grid_share=0..0.5:2")], "cost", 0.5, lambda jobs: Done((None, None, None), True))
    with pytest.raises(StudyError, match="split"):
        tune(job(), [parse_sweep("grid_share=0..0.5:2")], "cost", 1.0, here)
