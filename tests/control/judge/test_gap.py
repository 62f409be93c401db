"""Readings that are missing for a short or for a long time."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from optimizer.control.judge.doubt import Doubts
from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.meter import MeterMemory
from optimizer.model.state import State
from tests.control.house import battery, ev, reading, site, state
from tests.control.judge.house_under_test import HOME_W, Cells, Meter, run, steady, stepped
from tests.control.judge.strategies import FEW, HOUR_S, JUDGED_S, SUNS_W, late_meters


@FEW
@given(
    st.lists(st.tuples(st.integers(60, 900), st.integers(5, 60)), min_size=1, max_size=12),
    st.integers(2600, 12_000),
    st.booleans(),
)
@example([(600, 40)], 9000, False)
def test_short_gaps_under_steady_sun_cause_no_start(rows: list[tuple[int, int]], sun_w: int, pv_measured: bool) -> None:
    gaps, at_s = [], 60
    for rest_s, gap_s in rows:
        gaps.append((at_s + rest_s, at_s + rest_s + gap_s))
        at_s = gaps[-1][1]
    meter = Meter(gaps=tuple(gaps))
    story = run(steady(sun_w), min(at_s + 120, 2 * HOUR_S), meter=meter, pv_measured=pv_measured)
    assert story.starts() == 1


@FEW
@given(
    st.lists(st.tuples(st.integers(200, 900), st.integers(5, 60)), min_size=1, max_size=8),
    st.integers(5000, 12_000),
    st.floats(0.3, 0.75),
    st.booleans(),
)
@example([(300, 60)], 9000, 0.5, False)
def test_short_gaps_in_which_the_sun_falls_cost_no_start_while_it_is_enough(
    rows: list[tuple[int, int]], sun_w: int, part: float, battery: bool
) -> None:
    """The sun falls a little after the beginning of each gap, and rises again long after its end."""
    assume(part * sun_w > HOME_W + 1700.0)
    gaps, levels, at_s = [], [(0, float(sun_w))], 60
    for rest_s, gap_s in rows:
        start_s = at_s + rest_s
        gaps.append((start_s, start_s + gap_s))
        levels += [(start_s + 4, part * sun_w), (start_s + gap_s + 120, float(sun_w))]
        at_s = start_s + gap_s + 120
    cells = Cells() if battery else None
    story = run(stepped(*levels), min(at_s + 120, 2 * HOUR_S), meter=Meter(gaps=tuple(gaps)), cells=cells)
    assert story.starts() == 1


@FEW
@given(st.integers(2600, 12_000), st.integers(0, 1379), st.integers(-3, 40))
@example(12_000, 500, -3)
@example(12_000, 0, 0)
def test_a_meter_that_is_lost_under_a_cloud_for_long_costs_hardly_any_import(
    sun_w: int, low_w: int, fall_s: int
) -> None:
    """The sun falls at once to less than a car needs, about when the meter is lost. PV is measured."""
    lost_s, end_s, fell_s = 600, 2400, 600 + fall_s
    story = run(stepped((0, float(sun_w)), (fell_s, float(low_w))), end_s, meter=Meter(gaps=((lost_s, end_s),)))
    over_w = (
        story.car_w[second] - max(0.0, (sun_w if second < fell_s else low_w) - HOME_W)
        for second in range(fell_s, end_s)
    )
    assert sum(max(0.0, one_w) for one_w in over_w) / 3.6e6 <= 0.1


@FEW
@given(st.lists(st.tuples(st.integers(120, 900), st.integers(5, 30)), min_size=1, max_size=8), st.integers(2600, 12000))
@example([(120, 30)] * 8, 9000)
def test_gaps_of_half_a_minute_under_steady_sun_cost_no_energy(rows: list[tuple[int, int]], sun_w: int) -> None:
    gaps, at_s = [], 300
    for rest_s, gap_s in rows:
        gaps.append((at_s + rest_s, at_s + rest_s + gap_s))
        at_s = gaps[-1][1]
    story, exact = (run(steady(sun_w), at_s + 120, meter=Meter(gaps=some)) for some in (tuple(gaps), ()))
    assert story.starts() == exact.starts()
    assert story.energy_kwh() >= 0.98 * exact.energy_kwh() - 0.02


@FEW
@given(late_meters(), st.lists(st.tuples(st.integers(60, 600), st.integers(5, 60)), min_size=1, max_size=8), SUNS_W)
@example(
    Meter(delay_s=17, window_s=15, renew_s=30),
    [(252, 34), (241, 44), (141, 7), (175, 43), (84, 59), (163, 17), (321, 10), (171, 34)],
    8039,
)
def test_gaps_of_the_pv_power_beside_a_late_meter_cost_neither_starts_nor_energy(
    meter: Meter, rows: list[tuple[int, int]], sun_w: int
) -> None:
    gaps, at_s = [], 600
    for rest_s, gap_s in rows:
        gaps.append((at_s + rest_s, at_s + rest_s + gap_s))
        at_s += rest_s + gap_s

    def rising(second: int) -> float:
        return sun_w * (0.6 + 0.4 * second / at_s)

    story, exact = run(rising, at_s + 600, meter=meter, pv_gaps=tuple(gaps)), run(rising, at_s + 600, meter=meter)
    assert story.starts() <= exact.starts()
    assert story.energy_kwh() >= 0.95 * exact.energy_kwh() - 0.05


@FEW
@given(st.lists(st.tuples(st.integers(90, 600), st.integers(5, 60)), min_size=1, max_size=8), st.integers(2600, 12_000))
@example([(90, 60)] * 8, 9000)
def test_gaps_of_a_battery_under_steady_sun_cost_neither_starts_nor_energy(
    rows: list[tuple[int, int]], sun_w: int
) -> None:
    gaps, at_s = [], 300
    for rest_s, gap_s in rows:
        gaps.append((at_s + rest_s, at_s + rest_s + gap_s))
        at_s = gaps[-1][1]
    story, exact = (run(steady(sun_w), at_s + 120, cells=Cells(gaps=some)) for some in (tuple(gaps), ()))
    assert story.starts() == exact.starts()
    assert story.energy_kwh() >= 0.97 * exact.energy_kwh() - 0.05


@FEW
@given(st.lists(st.tuples(st.integers(60, 900), st.integers(90, 900)), min_size=1, max_size=8), st.integers(0, 12_000))
def test_long_gaps_pause_the_car_in_time(rows: list[tuple[int, int]], sun_w: int) -> None:
    gaps, at_s = [], 60
    for rest_s, gap_s in rows:
        gaps.append((at_s + rest_s, at_s + rest_s + gap_s))
        at_s = gaps[-1][1]
    story = run(steady(sun_w), at_s + 120, meter=Meter(gaps=tuple(gaps)))
    assert not any(story.drew_in(start_s + JUDGED_S + 8, end_s) for start_s, end_s in gaps)
    assert story.starts() <= 1 + len(gaps)


def test_while_the_meter_is_in_doubt_the_currents_of_its_phases_are_unknown_too() -> None:
    memory = JudgeMemory()
    doubts = memory.meter.doubts._replace(why="implausible: the test says so", until_s=math.inf)
    memory = memory._replace(meter=memory.meter._replace(doubts=doubts, standing=memory.meter.standing._replace(
        value_w=100.0, at_s=0.0, changed_s=0.0)))  # fmt: skip
    judged = judge(state(mono_s=5.0, grid_w=100.0, grid_a=(1.0, None, 2.0)), {}, memory, site())
    assert judged.state.grid.power_w.why == "implausible: the test says so"
    assert [current.value for current in judged.state.grid.phase_current_a] == [None, None, None]
    assert judged.state.grid.phase_current_a[1].why == "the test says so"
    assert (judged.raise_w, judged.rides) == (0.0, False)


def test_a_car_rides_through_a_gap_only_while_the_sun_stays() -> None:
    memory = judge(state(grid_w=-3000.0, pv_w=4000.0), {}, JudgeMemory(), site()).memory
    gap = state(mono_s=20.0, grid_w=None, pv_w=3900.0)
    assert judge(gap, {}, memory, site()).rides
    cloudy = replace(gap, pvs={"roof": replace(gap.pvs["roof"], power_w=reading(1000.0, 20.0))})
    assert not judge(cloudy, {}, memory, site()).rides


def test_a_meter_in_doubt_is_unknown_also_while_a_battery_is() -> None:
    doubts = Doubts("implausible: the test says so", 1000.0, 1, 0.0)
    memory = JudgeMemory(meter=MeterMemory(doubts=doubts))
    snapshot = state(mono_s=10.0, grid_w=-3000.0, batteries=(battery(power_w=None),))
    judged = judge(snapshot, {}, memory, site())
    assert judged.state.grid.power_w.value is None
    assert judged.state.grid.power_w.why == doubts.why
    assert not judged.rides


@given(
    st.floats(-6000.0, 6000.0),
    st.floats(-6000.0, 6000.0),
    st.floats(-3000.0, 3000.0),
    st.floats(0.0, 9000.0),
    st.floats(0.0, 9000.0),
    st.floats(0.0, 4000.0),
)
def test_without_a_battery_no_more_counts_than_the_last_surplus_and_what_the_meter_allows(
    before_w: float, grid_w: float, discharge_w: float, sun_w: float, later_sun_w: float, taken_w: float
) -> None:
    def at(second: float, grid_w: float, pv_w: float, power_w: float | None) -> State:
        cells = (battery(at_s=second, power_w=power_w),)
        return state(mono_s=second, grid_w=grid_w, pv_w=pv_w, evs=(ev(at_s=second, power_w=taken_w),), batteries=cells)

    before = judge(at(0.0, before_w, sun_w, discharge_w), {}, JudgeMemory(), site())
    assert before.surplus.total_w is not None
    looked = judge(at(4.0, grid_w, later_sun_w, None), {}, before.memory, site()).memory
    for second in range(5, 90, 5):
        gap = judge(at(second, grid_w, later_sun_w, None), {}, looked, site())
        assert gap.surplus.total_w is not None
        assert gap.surplus.total_w <= before.surplus.total_w - max(0.0, sun_w - later_sun_w) + 0.01
        assert grid_w <= 0.0 or gap.surplus.total_w <= taken_w - grid_w + 0.01
        assert gap.raise_w == 0.0
    assert judge(at(95.0, grid_w, later_sun_w, None), {}, before.memory, site()).surplus.total_w is None
    blind = replace(at(5.0, grid_w, later_sun_w, None), pvs={})
    assert judge(blind, {}, before.memory, site()).surplus.total_w is None
