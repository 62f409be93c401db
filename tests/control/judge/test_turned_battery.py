"""A battery with the opposite sign is found by the moves of cars and PV. A right one is never taken for one."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.control.judge.turned_battery import Turns, compared
from tests.control.judge.house_under_test import HOME_W, Cells, Meter, run
from tests.control.judge.test_still_battery import clouds, kettles
from tests.examples import one_in

FEW = settings(max_examples=one_in(6), deadline=None)
MOST = settings(max_examples=one_in(1), deadline=None)
HOURS, STEP_S = 6, 5


def doubts(
    seed: int,
    sign: float = 1.0,
    *,
    loads_w: tuple[float, ...] = (300.0, 400.0, 900.0, 2500.0),
    most_w: float = 4000.0,
    delay_s: int = 0,
    age_s: int = 0,
    measured: float = 1.0,
    share: float = 0.8,
    heats: float = 0.0,
) -> list[float]:
    """Seconds at which the sign of a battery is in doubt. The battery gives what the house lacks, up to `most_w`.
    The car takes `share` of the sun beside its own moves, and a heating rod `heats` of it. `measured` is the part of
    the roofs that is measured, `delay_s` how late the meter is, and `age_s` how old the value of the battery is."""
    chance, turns, found = Random(seed), Turns(), []
    pv, car, grid, cells = [], [], [], []
    cloud, load_w, own_w, left = 1.0, 400.0, 0.0, 0.0
    for step in range(HOURS * 3600 // STEP_S):
        if chance.random() < 0.03:
            cloud = chance.uniform(0.15, 1.0)
        if chance.random() < 0.01:
            load_w = chance.choice(loads_w)
        if chance.random() < 0.02:
            own_w = chance.choice((0.0, 1400.0, 3000.0))
        pv.append(7000.0 * cloud)
        car.append(share * pv[-1] + own_w)
        need_w = load_w + heats * pv[-1] + chance.uniform(-30.0, 30.0) + car[-1] - pv[-1]
        left += (max(-most_w, min(most_w, need_w)) - left) * 0.8
        cells.append(left)
        grid.append(need_w - left)
        late, old = max(0, step - delay_s // STEP_S), max(0, step - age_s // STEP_S)
        at_s = float(step * STEP_S)
        if at_s >= turns.next_s:
            turns = compared(turns, at_s, car[-1], grid[late], measured * pv[-1], {"cellar": sign * cells[old]})
        if turns.names:
            found.append(at_s)
    return found


@MOST
@given(
    st.integers(0, 10**6),
    st.sampled_from((1000.0, 3000.0, 8000.0)),
    st.integers(0, 60),
    st.integers(0, 30),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.floats(0.0, 0.6),
)
def test_a_right_battery_is_never_taken_for_a_turned_one(
    seed: int, most_w: float, delay_s: int, age_s: int, measured: float, share: float, heats: float
) -> None:
    assert not doubts(seed, most_w=most_w, delay_s=delay_s, age_s=age_s, measured=measured, share=share, heats=heats)


@MOST
@given(st.integers(0, 10**6), st.sampled_from((2000.0, 4000.0, 8000.0)), st.floats(0.0, 1.0))
def test_a_turned_battery_is_found_under_clouds_and_stays_in_doubt(seed: int, most_w: float, share: float) -> None:
    found = doubts(seed, -1.0, loads_w=(300.0, 500.0), most_w=most_w, share=share)
    assert found
    assert found[0] <= 4.0 * 3600.0
    assert len(found) == (HOURS * 3600 - found[0]) / STEP_S


def test_a_car_does_not_empty_a_battery_of_opposite_sign() -> None:
    """The battery is nearly full, and takes no orders. Without the doubt the car would empty it all the time."""
    cells = Cells(every_s=1, lag_s=2.8, factor=-1.0, controllable=False, charge_w=200.0)
    story = run(clouds(7288, 7190), 5400, cells=cells, seed=7288)
    drains = [story.car_w[second] > 100.0 and story.battery_w[second] > HOME_W + 300.0 for second in range(5400)]
    assert sum(drains) <= 300
    assert any(story.turned)


@FEW
@given(
    st.integers(3000, 9000),
    st.builds(Meter, delay_s=st.sampled_from((0, 5, 15, 30, 60)), window_s=st.sampled_from((1, 15, 30))),
    st.sampled_from((1, 5, 15, 30)),
    st.sampled_from((0, 15, 30)),
    st.floats(2.0, 8.0),
    st.sampled_from((3.0, 50.0, 100.0)),
    st.integers(0, 10_000),
)
def test_the_sign_of_a_right_battery_is_never_in_doubt(
    sun_w: int, meter: Meter, every_s: int, age_s: int, lag_s: float, soc: float, seed: int
) -> None:
    cells = Cells(every_s=every_s, age_s=age_s, lag_s=lag_s, soc=lambda second: soc)
    story = run(clouds(seed, sun_w), 3600, meter=meter, cells=cells, home_w=kettles(seed), seed=seed)
    assert not any(story.turned)
