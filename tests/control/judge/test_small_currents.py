"""Phase currents of a grid meter that are too small for its power do not blind the guard. Right ones always count."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.judge.currents import with_currents
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.small_currents import LASTS_S, TELLS_W, in_proportion
from optimizer.model.reading import known, unknown
from optimizer.model.state import Grid, State
from tests.control.estimate.test_offered_currents import FAST, NO_TRIP, longest_s, over
from tests.control.house import state
from tests.control.judge.house_under_test import Meter, run, steady
from tests.examples import one_in

VOLTAGE_V = 230.0


def snapshot(at_s: float, power_w: float, amps: tuple[float, float, float]) -> State:
    grid = Grid(known(power_w, at_s), phase_current_a=tuple(known(one, at_s) for one in amps))
    return replace(state(mono_s=at_s), grid=grid)


@given(
    st.tuples(*[st.floats(-60.0, 60.0)] * 3),
    st.floats(207.0, 253.0),
    st.floats(0.5, 1.0),
    st.sampled_from((0, 1, 2)),
    st.floats(0.0, 600.0),
)
def test_right_currents_are_never_in_doubt(
    amps: tuple[float, float, float], voltage_v: float, power_factor: float, digits: int, for_s: float
) -> None:
    """Whatever the voltage and the power factor, and with currents in whole amperes."""
    power_w = sum(amps) * voltage_v * power_factor
    memory, rounded = JudgeMemory(), tuple(round(one, digits) for one in amps)
    for at_s in (0.0, for_s, for_s + LASTS_S):
        memory, judged = with_currents(memory, snapshot(at_s, power_w, rounded))  # type: ignore[arg-type]
        assert judged.grid.phase_current_a[0].known


def test_a_power_that_comes_some_seconds_before_the_currents_causes_no_doubt() -> None:
    memory = JudgeMemory()
    for second in range(0, 600, 5):
        amps = 20.0 if second % 60 >= 25 else 1.0
        memory, judged = with_currents(memory, snapshot(float(second), 13_800.0, (amps,) * 3))
        assert judged.grid.phase_current_a[0].known


def test_a_large_power_that_they_can_carry_ends_the_doubt_and_a_small_one_does_not() -> None:
    memory = JudgeMemory()
    for second in (0.0, LASTS_S):
        memory, judged = with_currents(memory, snapshot(second, 6900.0, (1.0,) * 3))
    assert judged.grid.phase_current_a[0].implausible
    assert in_proportion(snapshot(LASTS_S, 6900.0, (1.0,) * 3).grid, memory.small) == (10.0, 10.0, 10.0)
    memory, judged = with_currents(memory, snapshot(40.0, 200.0, (0.1,) * 3))
    assert judged.grid.phase_current_a[0].implausible
    memory, judged = with_currents(memory, snapshot(50.0, TELLS_W, (TELLS_W / 690.0,) * 3))
    assert judged.grid.phase_current_a[0].known


def test_what_is_not_measured_is_not_judged() -> None:
    memory, silent = JudgeMemory(), Grid(unknown("no answer"), phase_current_a=(known(1.0, 0.0),) * 3)
    for second in (0.0, 60.0, 120.0):
        memory, _ = with_currents(memory, replace(state(mono_s=second), grid=silent))
    assert memory.small.why == ""


@given(
    st.floats(0.0005, 0.8),
    st.sampled_from((20.0, 25.0, 32.0, 35.0)),
    st.floats(4000.0, 14_000.0),
    st.floats(6.0, 16.0),
    st.integers(0, 10_000),
)
@settings(max_examples=one_in(5))
def test_no_unit_of_the_phase_currents_of_the_meter_overloads_a_fuse(
    factor: float, fuse_a: float, home_w: float, car_a: float, seed: int
) -> None:
    """In mode `fast`, while a load of the house comes and goes."""

    def load_w(second: int) -> float:
        return 400.0 if second % 1200 < 600 else min(home_w, 3.0 * VOLTAGE_V * (fuse_a - 1.0))

    story = run(
        steady(0.0),
        2400,
        meter=Meter(current_factor=factor),
        home_w=load_w,
        fuse_a=fuse_a,
        car_a=car_a,
        rules=FAST,
        seed=seed,
    )
    assert longest_s([one > (NO_TRIP - 1.0) * fuse_a for one in over(story, fuse_a)]) <= 60
