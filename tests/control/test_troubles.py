"""Troubles that people must see."""

from dataclasses import replace

import pytest

from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.troubles import implausible, late_meter, lockouts, meter_delay_s
from optimizer.model.decision import Cause, Decision
from optimizer.model.reading import known, unknown
from optimizer.model.site import Site
from tests.control.house import NOON, battery, ev, site, state


def test_only_readings_that_were_measured_and_are_not_believed_are_implausible() -> None:
    cellar = replace(battery(), soc_percent=unknown("implausible: 120 %", 1.0), power_w=unknown("timed out", 1.0))
    snapshot = replace(state(batteries=(cellar,)))
    assert implausible(snapshot) == {f"battery.{cellar.name}.soc_percent": "implausible: 120 %"}
    assert not implausible(state(batteries=(replace(cellar, soc_percent=known(20.0, 1.0)),)))


def test_phase_currents_in_doubt_are_named_once() -> None:
    small, many = unknown("implausible: too small", 1.0), unknown("implausible: 48 A", 1.0)
    car = replace(ev(), phase_current_a=(many, known(0.0, 1.0), many))
    snapshot = state(evs=(car,))
    grid = replace(snapshot.grid, phase_current_a=(small,) * 3)
    reasons = {"ev.carport.phase_current_a": many.why}
    assert implausible(replace(snapshot, grid=grid)) == {**reasons, "grid.phase_current_a": small.why}
    stands = unknown("implausible: it stands still", 1.0)
    grid = replace(grid, power_w=stands, phase_current_a=(stands,) * 3)
    assert implausible(replace(snapshot, grid=grid)) == {**reasons, "grid.power_w": stands.why}


def test_the_setting_wins_over_the_delay_that_was_learnt() -> None:
    memory = initial_memory(Plan(site(), None, Params()))  # type: ignore[arg-type]  # no rule is looked at
    assert meter_delay_s(memory, Site()) is None
    answers = memory.judge.meter.answers._replace(delays_s=(12.0, 30.0, 14.0))
    memory = memory._replace(judge=memory.judge._replace(meter=memory.judge.meter._replace(answers=answers)))
    assert meter_delay_s(memory, Site()) == 14.0
    assert meter_delay_s(memory, Site(grid_delay_s=0.0)) == 0.0


@pytest.mark.parametrize(("delay_s", "late"), [(None, False), (0.0, False), (7.9, False), (8.0, True), (30.0, True)])
def test_a_sentence_about_a_late_meter(delay_s: float | None, late: bool) -> None:
    assert bool(late_meter(delay_s)) is late


def test_the_spacing_between_two_starts_is_not_a_lock_out() -> None:
    def decision(rest_s: float) -> Decision:
        numbers = (("per_hour", 10.0), ("per_day", 40.0), ("rest_s", rest_s))
        return Decision(NOON, 0.0, {}, (Cause("budget.start", "ev.carport.current_a", "", numbers),))

    assert not list(lockouts(decision(15.0)))
    (one,) = lockouts(decision(900.0))
    assert (one.name, one.rest_s) == ("carport", 900.0)
