from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import Allowance
from optimizer.control.params import FollowParams
from optimizer.control.request.wear import (
    Relays,
    brake,
    start_factor,
    start_price_w,
    switch_factor,
    switch_price_w,
)

PARAMS = FollowParams()
SWITCHES = Allowance(per_hour=8, per_day=32, spacing_s=30.0)


def test_a_start_costs_the_surplus_that_its_wear_is_worth() -> None:
    # 1 ct buys 45.5 Wh of surplus at 22 ct/kWh. Over 12 minutes this is a power of 227 W.
    assert start_price_w(PARAMS, 1.0) == pytest.approx(227.3, abs=0.1)
    assert start_price_w(replace(PARAMS, surplus_value_ct=11.0), 1.0) == pytest.approx(454.5, abs=0.1)


def test_a_switch_also_costs_the_surplus_that_its_pause_loses() -> None:
    assert switch_price_w(PARAMS, -500.0, 1.0) == pytest.approx(227.3, abs=0.1)
    assert switch_price_w(PARAMS, 3600.0, 1.0) == pytest.approx(227.3 + 105.0, abs=0.1)


@given(st.floats(0.0, 11_000.0), st.floats(0.0, 120.0), st.floats(0.0, 120.0))
def test_the_pause_of_a_car_that_starts_later_never_costs_less(paused_w: float, start_s: float, later_s: float) -> None:
    usual_w, late_w = (switch_price_w(PARAMS, paused_w, 1.0, start) for start in (start_s, start_s + later_s))
    assert usual_w <= late_w
    assert late_w - usual_w <= paused_w * later_s / PARAMS.lasts_s + 1e-6


def test_a_change_must_bring_more_under_broken_clouds_than_in_steady_sun() -> None:
    usual = PARAMS.phase_turns
    assert switch_factor(PARAMS, 0.0) < switch_factor(PARAMS, usual) == 1.0 < switch_factor(PARAMS, 3.0 * usual)
    usual = PARAMS.on_turns
    assert start_factor(PARAMS, 0.0) < start_factor(PARAMS, usual) == 1.0 < start_factor(PARAMS, 3.0 * usual)


def test_the_brake_of_a_used_budget_rises_without_a_cliff() -> None:
    factors = [brake(Relays(tuple(-60.0 * n for n in range(used)), SWITCHES), 0.0) for used in range(9)]
    assert factors[0] == 1.0
    assert factors[6] == pytest.approx(2.0)
    assert all(before < after <= 2.0 * before for before, after in pairwise(factors))


@given(st.lists(st.floats(0.0, 200_000.0), max_size=40))
def test_a_brake_is_never_below_one_and_never_above_four(ages_s: list[float]) -> None:
    spent_at_s = tuple(sorted(-age_s for age_s in ages_s))
    assert 1.0 <= brake(Relays(spent_at_s, SWITCHES), 0.0) <= 4.0


def test_a_budget_of_zero_has_a_brake_of_one() -> None:
    assert brake(Relays((), Allowance(0, 0)), 0.0) == 1.0
