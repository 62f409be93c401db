from __future__ import annotations

import math
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.control.judge.swapped import SAMPLE_S, WHY, BySun, compared, swapped
from tests.control.judge.house_under_test import Meter, run
from tests.examples import one_in

HOURS, STEP_S = 12, 10


def day(
    seed: int,
    factor: float,
    *,
    loads_w: tuple[float, ...] = (200.0, 400.0, 900.0, 2500.0),
    delay_s: int = 0,
    unmeasured: float = 0.0,
    follows: float = 0.0,
    scale: float = 1.0,
) -> list[float]:
    """Seconds at which a morning of sun and clouds is found to be measured by a swapped meter."""
    chance, by_sun, found = Random(seed), BySun(), []
    pv, home = [], []
    cloud, load_w = 1.0, 400.0
    for step in range(HOURS * 3600 // STEP_S):
        if chance.random() < 0.03:
            cloud = chance.uniform(0.15, 1.0)
        if chance.random() < 0.01:
            load_w = chance.choice(loads_w)
        pv.append(6000.0 * math.sin(math.pi * step * STEP_S / 3600.0 / 14.0) * cloud)
        home.append(load_w + follows * pv[-1] + chance.uniform(-30.0, 30.0))
        then = max(0, step - delay_s // STEP_S)
        grid_w = factor * (home[then] - (1.0 + unmeasured) * pv[then])
        at_s = float(step * STEP_S)
        if at_s >= by_sun.next_s:
            by_sun = compared(by_sun, at_s, scale * pv[-1], -grid_w)
            if swapped(by_sun):
                found.append(at_s)
    return found


@settings(max_examples=one_in(2), deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(0, 60),
    st.floats(0.0, 1.5),
    st.floats(0.0, 1.0),
    st.sampled_from((0.5, 1.0, 3.0)),
)
@example(103239, 0, 0.0, 1.0, 3.0)
def test_a_right_meter_is_never_taken_for_a_swapped_one(
    seed: int, delay_s: int, unmeasured: float, follows: float, scale: float
) -> None:
    assert not day(seed, 1.0, delay_s=delay_s, unmeasured=unmeasured, follows=follows, scale=scale)


@settings(max_examples=one_in(2), deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9), st.floats(0.0, 0.5), st.floats(0.0, 0.2))
def test_a_swapped_meter_is_found_within_three_days_in_a_calm_house(
    seed: int, delay_s: int, unmeasured: float, follows: float
) -> None:
    calm_w = (200.0, 300.0, 500.0)
    assert any(
        day(seed + later, -1.0, loads_w=calm_w, delay_s=delay_s, unmeasured=unmeasured, follows=follows)
        for later in range(3)
    )


def test_a_comparison_after_a_long_time_counts_nothing() -> None:
    first = compared(BySun(), 0.0, 1000.0, 500.0)
    assert (first.next_s, first.moves) == (SAMPLE_S, 0.0)
    second = compared(first, SAMPLE_S + 5.0, 2000.0, 1500.0)
    assert (second.moves, second.pv_squares, second.products) == (1.0, 1e6, 1e6)
    assert compared(second, 40_000.0, 6000.0, -500.0).moves == 1.0
    assert compared(second, 2.0 * SAMPLE_S + 10.0, 2050.0, 0.0).moves == 1.0


def test_the_house_says_so_before_a_car_has_charged() -> None:
    """A clear morning. After the first rest the meter is in doubt again with the next comparison."""
    story = run(lambda second: second / 14_400.0 * 5000.0, 14_400, meter=Meter(factor=-1.0))
    assert story.starts() == 0
    assert story.memory is not None
    meter = story.memory.judge.meter
    assert meter.doubts.strikes > 0
    assert swapped(meter.by_sun) == WHY
