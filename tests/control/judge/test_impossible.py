"""A charger or a battery with a wrong unit, whose power looks right only near zero, rests. A single false value makes
no rest."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.control.judge.doubt import FIRST_REST_S
from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from tests.control.house import battery, ev, site, state
from tests.control.judge.house_under_test import Cells, run, steady
from tests.examples import one_in

HOUSE = site(fuse_a=25.0)


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.booleans())
def test_a_device_rests_after_two_impossible_values_in_a_row(wrong: list[bool], is_charger: bool) -> None:
    """A value every 30 s. One that follows a false one by more than two minutes makes no rest."""
    memory, rests_until_s, strikes, last_s = JudgeMemory(), 0.0, 0, -1e9
    for index, is_wrong in enumerate(wrong):
        now_s, value_w = 1000.0 + 30.0 * index, 1e6 if is_wrong else 100.0
        devices = state(mono_s=now_s, batteries=(battery(at_s=now_s, power_w=value_w),))
        if is_charger:
            devices = state(mono_s=now_s, evs=(ev(at_s=now_s, power_w=value_w),))
        judged = judge(devices, {}, memory, HOUSE)
        memory = judged.memory
        if is_wrong:
            if now_s >= rests_until_s and now_s - last_s <= 120.0:
                rests_until_s = now_s + min(3600.0, FIRST_REST_S * 4.0**strikes)
                strikes += 1
            last_s = now_s
        reading = judged.state.evs["carport"].power_w if is_charger else judged.state.batteries["cellar"].power_w
        assert (reading.value is None) == (is_wrong or now_s < rests_until_s)
        assert reading.value is not None or reading.implausible


@given(st.integers(3000, 9000), st.integers(5, 30))
@settings(max_examples=one_in(12), deadline=None)
def test_a_car_does_not_hunt_at_a_charger_whose_unit_is_wrong(sun_w: int, poll_s: int) -> None:
    story = run(steady(float(sun_w)), 10_800, poll_s=poll_s, charger_factor=1000.0)
    assert story.starts() <= 6  # after rests of 1, 4, 16, 60, and 60 min
    assert story.starts(7200) <= 1


@given(st.integers(1000, 12_000), st.integers(5, 30))
@settings(max_examples=one_in(12), deadline=None)
@example(3000, 30)
def test_a_car_does_not_hunt_beside_a_nearly_full_battery_whose_unit_is_wrong(sun_w: int, charge_w: int) -> None:
    """A small charge looks like a large surplus. The car that starts makes the battery give an impossible power."""
    story = run(steady(float(sun_w)), 10_800, cells=Cells(charge_w=float(charge_w), factor=1000.0))
    assert story.starts() <= 6
    assert story.starts(7200) <= 1
