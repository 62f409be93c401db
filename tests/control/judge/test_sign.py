from __future__ import annotations

import math

import pytest

from optimizer.control.judge.sign import Sign, anew, below_zero, looked_at, unmeasured

NOTHING = Sign()


def after(*rows: tuple[float, float], before: Sign = NOTHING, charging_w: float = 0.0, start_s: float = 0.0) -> Sign:
    """The memory after moments, 5 s apart, with the power of the cars and of the home."""
    for number, (drawn_w, home_w) in enumerate(rows):
        before = looked_at(before, start_s + 5.0 * number, drawn_w, charging_w, home_w, 0.0)
    return before


def test_a_home_far_below_zero_with_a_car_is_impossible_after_its_time() -> None:
    sign = after(*[(4000.0, -3600.0)] * 4)
    assert sign.negative_s == 0.0
    assert not below_zero(sign, 15.0)
    assert below_zero(sign, 14.0) == "implausible: PV, grid, batteries, and cars leave -3.6 kW for the home"


def test_a_plausible_moment_ends_it() -> None:
    assert after((4000.0, -3600.0), (4000.0, -400.0)).negative_s == math.inf
    assert after((4000.0, -3600.0), (300.0, -3600.0)).negative_s == math.inf
    assert anew(after((4000.0, -3600.0))).negative_s == math.inf


def test_a_house_with_unmeasured_sun_is_negative_without_a_car_too() -> None:
    idle = after(*[(0.0, -3000.0)] * 30)
    assert idle.idle_w == pytest.approx(-3000.0, abs=10.0)
    assert after((4000.0, -3400.0), before=idle, start_s=500.0).negative_s == math.inf
    assert after((4000.0, -7000.0), before=idle, start_s=500.0).negative_s == 500.0


def test_the_idle_home_falls_quickly_and_rises_slowly() -> None:
    sign = after((0.0, -1000.0))
    assert sign.idle_w == pytest.approx(-300.0)
    assert after((0.0, 0.0), before=sign, start_s=5.0).idle_w == pytest.approx(-297.0)
    assert after((0.0, 1e6), before=sign, start_s=5.0).idle_w == 0.0


def test_a_cloud_that_a_late_meter_does_not_show_yet_does_not_lower_the_idle_home() -> None:
    sign = looked_at(NOTHING, 0.0, 0.0, 0.0, -3000.0, 1000.0, unshown_w=4000.0)
    assert sign.idle_w == 0.0
    assert looked_at(sign, 5.0, 0.0, 0.0, -3000.0, 1000.0, unshown_w=1000.0).idle_w == pytest.approx(-600.0)


def test_the_load_of_batteries_counts_only_with_a_car() -> None:
    assert after((0.0, -5000.0), charging_w=4000.0).negative_s == math.inf
    assert after((400.0, -1300.0), charging_w=4000.0).negative_s == 0.0
    assert after((400.0, -450.0), charging_w=4000.0).negative_s == math.inf


def test_an_earlier_moment_changes_nothing() -> None:
    sign = after((4000.0, -3600.0), start_s=10.0)
    assert looked_at(sign, 10.0, 0.0, 0.0, 0.0, 0.0) is sign


def test_a_disproved_doubt_makes_room_for_a_rising_sun_that_is_not_measured() -> None:
    sign = unmeasured(after(*[(4000.0, -1000.0)] * 10))
    assert sign.negative_s == math.inf
    assert after((4000.0, -2900.0), before=sign, start_s=100.0).negative_s == math.inf
    assert after((4000.0, -4000.0), before=sign, start_s=100.0).negative_s == 100.0
