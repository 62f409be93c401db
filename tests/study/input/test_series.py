"""Series: interpolation, gaps, parts."""

from __future__ import annotations

import math
from array import array
from datetime import timedelta

import pytest

from optimizer.study.input.series import Series, StudyError, bridged
from tests.study.scene import START, sunny

NAN = float("nan")


def series(pv: list[float], load: list[float] | None = None, step_s: float = 60.0) -> Series:
    return Series("s", START, step_s, array("d", pv), array("d", load or [100.0] * len(pv)))


def test_pv_is_linear_between_centres_and_load_is_held() -> None:
    ticks = list(series([0.0, 600.0, 600.0], [1.0, 2.0, 3.0]).ticks(10.0))
    assert [round(pv) for pv, _, _ in ticks[:10]] == [0, 0, 0, 50, 150, 250, 350, 450, 550, 600]
    assert [load for _, load, _ in ticks] == [1.0] * 6 + [2.0] * 6 + [3.0] * 6
    assert [row for _, _, row in ticks[::6]] == [0, 1, 2]


def test_interpolation_keeps_the_energy() -> None:
    day = sunny()
    mean_w = sum(pv for pv, _, _ in day.ticks(10.0)) / 8640
    assert mean_w == pytest.approx(sum(day.pv_w) / len(day.pv_w), rel=1e-4)


def test_rows_coarser_and_finer_than_a_tick() -> None:
    assert len(list(series([1.0] * 4, step_s=300.0).ticks(10.0))) == 120
    assert len(list(series([1.0] * 20, step_s=5.0).ticks(10.0))) == 10


@pytest.mark.parametrize("step_s", [1.0, 10.0, 7.0, 40.0, 90.0])
def test_energy_is_kept_where_ticks_are_longer_than_rows_or_do_not_divide_them(step_s: float) -> None:
    # A kettle that is on in every third row.
    rows = round(12600.0 / step_s)
    switching = series([9.0 * (k % 5) for k in range(rows)], [3000.0 * (k % 3 == 0) for k in range(rows)], step_s)
    ticks = list(switching.ticks(60.0))
    assert len(ticks) == 210
    assert sum(load for _, load, _ in ticks) / 210 == pytest.approx(sum(switching.load_w) / rows, rel=1e-9)
    assert sum(pv for pv, _, _ in ticks) / 210 == pytest.approx(sum(switching.pv_w) / rows, rel=1e-9)


def test_of_a_tick_with_a_gap_the_rest_counts() -> None:
    ticks = list(series([100.0, NAN, 300.0, 10.0, NAN, NAN, NAN, NAN], step_s=30.0).ticks(60.0))
    assert [pv for pv, _, _ in ticks[:2]] == [100.0, 155.0]
    assert all(math.isnan(pv) for pv, _, _ in ticks[2:])
    assert [row for _, _, row in ticks] == [1, 3, 5, 7]


def test_a_gap_stays_a_gap() -> None:
    pvs = [pv for pv, _, _ in series([100.0, 100.0, NAN, NAN, 100.0]).ticks(10.0)]
    unknown = [k // 6 for k, pv in enumerate(pvs) if math.isnan(pv)]
    assert set(unknown) == {2, 3}
    assert unknown.count(2) == unknown.count(3) == 6


def test_short_gaps_are_bridged_and_long_ones_are_not() -> None:
    values, filled = bridged(array("d", [NAN, 1.0, NAN, 3.0, NAN, NAN, NAN, 7.0, NAN]), 2)
    assert filled == 1
    assert values[2] == 2.0
    assert [math.isnan(v) for v in values] == [True, False, False, False, True, True, True, False, True]


def test_part_and_split() -> None:
    day = sunny(72.0)
    part = day.part(START + timedelta(hours=1), START + timedelta(hours=2))
    assert (part.start, len(part.pv_w)) == (START + timedelta(hours=1), 60)
    first, rest = day.split(0.5)
    assert first.end == rest.start == START + timedelta(days=1)
    with pytest.raises(StudyError, match="no data between"):
        day.part(START - timedelta(days=2), START - timedelta(days=1))


def test_lengths_must_agree() -> None:
    with pytest.raises(StudyError, match="one length"):
        series([1.0, 2.0], [1.0])
