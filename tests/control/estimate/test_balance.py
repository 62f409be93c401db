from __future__ import annotations

import math
from dataclasses import replace

import pytest

from optimizer.control.estimate.balance import Balance, balance, oldest_s, total_pv
from optimizer.control.estimate.history import NO_HISTORY, REACH_S, remembered
from optimizer.model.reading import known, unknown
from optimizer.model.state import Pv, State
from tests.control.house import battery, state


def after(*snapshots: State) -> Balance | None:
    """The balance of the last snapshot."""
    history = NO_HISTORY
    for snapshot in snapshots:
        history = remembered(history, snapshot, total_pv(snapshot.pvs))
    return balance(snapshots[-1], history, total_pv(snapshots[-1].pvs))


def moment(at_s: float, grid_w: float, pv_w: float, battery_w: float, battery_s: float) -> State:
    cells = (battery(at_s=battery_s, power_w=battery_w),)
    snapshot = state(mono_s=at_s, grid_w=grid_w, batteries=cells)
    return replace(snapshot, pvs={"roof": Pv("roof", known(pv_w, at_s))})


def test_readings_of_one_moment_are_summed() -> None:
    now = after(moment(10.0, -500.0, 3000.0, -1000.0, 9.7))
    assert now == Balance(at_s=10.0, grid_w=-500.0, discharge_w=-1000.0, pv_w=3000.0, pv_change_w=0.0)


def test_an_old_battery_reading_is_compared_with_the_meter_and_pv_of_its_time() -> None:
    now = after(
        moment(0.0, -2000.0, 3000.0, 0.0, 0.0),
        moment(10.0, -1000.0, 3400.0, 0.0, 0.0),
        moment(20.0, 0.0, 3800.0, -1500.0, 15.0),
    )
    assert now is not None
    assert (now.at_s, now.grid_w, now.discharge_w) == (15.0, -500.0, -1500.0)
    assert (now.pv_w, now.pv_change_w) == pytest.approx((3600.0, 200.0))


def test_two_batteries_are_taken_at_the_older_time() -> None:
    def both(at_s: float, fast_w: float, slow_w: float, slow_s: float) -> State:
        cells = (battery("fast", at_s=at_s, power_w=fast_w), battery("slow", at_s=slow_s, power_w=slow_w))
        return state(mono_s=at_s, grid_w=0.0, batteries=cells)

    now = after(both(0.0, 0.0, 500.0, 0.0), both(10.0, 1000.0, 500.0, 0.0), both(20.0, 2000.0, 700.0, 5.0))
    assert now is not None
    assert (now.at_s, now.discharge_w) == (5.0, pytest.approx(500.0 + 700.0))


def test_a_reading_older_than_the_history_is_taken_as_it_is() -> None:
    now = after(moment(REACH_S + 20.0, 100.0, 0.0, -1000.0, 0.0))
    assert now is not None
    assert (now.at_s, now.discharge_w) == (REACH_S + 20.0, -1000.0)


def test_a_missing_reading_leaves_no_balance() -> None:
    assert after(state(grid_w=None)) is None
    assert after(state(batteries=(battery(power_w=None),))) is None
    without_pv = after(state(grid_w=100.0))
    assert without_pv == Balance(at_s=0.0, grid_w=100.0, discharge_w=0.0, pv_w=0.0, pv_change_w=0.0)


def test_pv_systems_are_summed_at_the_oldest_time_and_unknown_together() -> None:
    east, west = Pv("east", known(1000.0, 5.0)), Pv("west", known(500.0, 3.0))
    assert total_pv({"east": east, "west": west}) == known(1500.0, 3.0)
    assert total_pv({"east": east, "west": Pv("west", unknown("no answer"))}) is None
    assert total_pv({}) is None


def test_the_oldest_battery_reading_sets_how_far_the_cars_are_modelled() -> None:
    cells = (battery("a", at_s=5.0), battery("b", at_s=3.0))
    assert oldest_s(state(batteries=cells)) == 3.0
    assert oldest_s(state()) == math.inf


def test_a_finer_history_of_the_meter_is_used_where_it_has_one() -> None:
    latest = moment(20.0, 0.0, 3000.0, -1500.0, 15.0)
    latest = replace(latest, grid=replace(latest.grid, history=((14.0, -900.0), (16.0, -700.0), (20.0, 0.0))))
    now = after(moment(10.0, -1000.0, 3000.0, 0.0, 0.0), latest)
    assert now is not None
    assert (now.at_s, now.grid_w) == (15.0, -800.0)
