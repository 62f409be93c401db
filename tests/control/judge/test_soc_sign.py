"""A battery with the opposite sign is found by its state of charge. A right one is never taken for one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.judge.soc_sign import FALLS, NO_SIGNS, RISES, SETTLES_S, STEPS, in_doubt, looked, without_wrong
from tests.control.house import battery, state
from tests.control.judge.house_under_test import HOME_W, Cells, Watts, run, steady
from tests.control.judge.strategies import FEW, HOUR_S
from tests.control.judge.test_still_battery import clouds, kettles
from tests.examples import one_in

STEP_S = 20
CAPACITY_WH = 10_000.0


def watched(
    power_w: Callable[[int], float],
    seconds: int,
    *,
    sign: float = 1.0,
    late_s: int = 0,
    every_s: int = STEP_S,
    digits: int = 0,
    soc_percent: float = 50.0,
    corrects: float = 0.0,
    seed: int = 1,
) -> list[str]:
    """Why the sign of a battery of this power, W + discharge, is in doubt, by step. Its state of charge is read
    `every_s` and `late_s` late, with so many `digits`, and jumps by up to 3 % this often a step."""
    chance, signs, socs, found, shown = Random(seed), NO_SIGNS, [], [], soc_percent
    for second in range(0, seconds, STEP_S):
        now_w = power_w(second)
        soc_percent = min(100.0, max(0.0, soc_percent - now_w * STEP_S / 36.0 / CAPACITY_WH))
        if chance.random() < corrects:
            soc_percent = min(100.0, max(0.0, soc_percent + chance.uniform(-3.0, 3.0)))
        socs.append(soc_percent)
        if second % every_s == 0:
            shown = round(socs[max(0, len(socs) - 1 - late_s // STEP_S)], digits)
        cells = battery(at_s=float(second), power_w=sign * now_w, soc=shown)
        signs = looked(signs, {"cellar": cells}, float(second))
        found.append(signs["cellar"].why if signs else "")
    return found


def wandering(seed: int, least_s: int, most_w: float) -> Callable[[int], float]:
    """Charge and discharge that each last for a while."""
    chance, until_s, power_w = Random(seed), -1, 0.0

    def now_w(second: int) -> float:
        nonlocal until_s, power_w
        if second >= until_s:
            until_s = second + round(chance.uniform(1.0, 4.0) * least_s)
            power_w = chance.uniform(-most_w, most_w)
        return power_w

    return now_w


@given(
    st.integers(0, 10**6),
    st.sampled_from((60, 300, 900, 3600)),
    st.floats(300.0, 8000.0),
    st.integers(0, 600),
    st.sampled_from((20, 60, 300)),
    st.integers(0, 1),
)
@settings(max_examples=one_in(2))
def test_the_sign_of_a_right_battery_is_never_in_doubt(
    seed: int, least_s: int, most_w: float, late_s: int, every_s: int, digits: int
) -> None:
    found = watched(
        wandering(seed, least_s, most_w), 12 * HOUR_S, late_s=late_s, every_s=every_s, digits=digits, seed=seed
    )
    assert not any(found)


@given(st.integers(0, 10**6), st.floats(1000.0, 5000.0))
@settings(max_examples=one_in(2))
def test_a_battery_that_corrects_its_state_of_charge_is_believed(seed: int, most_w: float) -> None:
    found = watched(wandering(seed, 1800, most_w), 12 * HOUR_S, corrects=2e-3, seed=seed)
    assert not any(found)


@given(st.sampled_from((-1.0, 1.0)), st.floats(400.0, 5000.0), st.integers(0, 600))
@settings(max_examples=one_in(2))
def test_a_turned_battery_is_found_when_its_state_of_charge_has_moved_by_some_percent(
    direction: float, most_w: float, late_s: int
) -> None:
    """It charges or discharges all the time."""
    percent_s = 36.0 * CAPACITY_WH / most_w
    found = watched(lambda second: direction * most_w, 4 * HOUR_S, sign=-1.0, late_s=late_s)
    limit_s = max(SETTLES_S, late_s) + (STEPS + 2) * percent_s + STEP_S
    assert found[round(limit_s // STEP_S) + 1] == (RISES if direction < 0.0 else FALLS)


def test_a_sign_that_has_been_corrected_is_believed_again() -> None:
    signs = NO_SIGNS
    for second in range(0, 4 * HOUR_S, STEP_S):
        sign = -1.0 if second < 2 * HOUR_S else 1.0
        cells = battery(at_s=float(second), power_w=-2000.0 * sign, soc=round(20.0 + second / 180.0))
        signs = looked(signs, {"cellar": cells}, float(second))
        if second == 2 * HOUR_S:
            assert in_doubt(signs)
            read = state(mono_s=float(second), batteries=(cells,))
            assert without_wrong(read, signs).batteries["cellar"].power_w.implausible
    assert not in_doubt(signs)


@given(st.integers(2000, 9000), st.booleans(), st.sampled_from((1500.0, 5000.0)), st.integers(0, 10_000))
@FEW
def test_in_a_house_a_right_battery_is_never_in_doubt(sun_w: int, cloudy: bool, charge_w: float, seed: int) -> None:
    sun: Watts = clouds(seed, float(sun_w)) if cloudy else steady(float(sun_w))
    cells = Cells(charge_w=charge_w, capacity_wh=CAPACITY_WH)
    assert not any(run(sun, HOUR_S, cells=cells, home_w=kettles(seed), seed=seed).against_soc)


@pytest.mark.parametrize("soc_percent", [20.0, 90.0])
def test_a_car_does_not_empty_a_battery_of_opposite_sign_after_a_clear_morning(soc_percent: float) -> None:
    """The battery charges for an hour. Then the sun goes down, and the discharge would look like a surplus."""

    def sun(second: int) -> float:
        return 5000.0 if second < HOUR_S else 300.0

    cells = Cells(
        factor=-1.0, controllable=False, charge_w=3000.0, capacity_wh=CAPACITY_WH, soc=lambda second: soc_percent
    )
    story = run(sun, 3 * HOUR_S, cells=cells, home_w=steady(2 * HOME_W))
    drained_kwh = (
        sum(min(car, max(0.0, given)) for car, given in zip(story.car_w, story.battery_w, strict=True)) / 3.6e6
    )
    assert any(story.against_soc)
    assert drained_kwh <= 0.05
