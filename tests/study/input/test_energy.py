"""Energy and counters as power, and counters that someone takes for power."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimizer.study.input.energy import RESET, from_counter, from_intervals, looks_like_counter
from optimizer.study.input.history import assemble
from optimizer.study.input.power import refuse_counter
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError

HOUR_S = 3600.0


def every(step_s: float, values: list[float], *, held: bool = False) -> Samples:
    """Samples of a table with these values, from line 2 on."""
    found = Samples(((n * step_s, value) for n, value in enumerate(values)), held=held, source="t.csv")
    found.lines.extend(range(2, len(values) + 2))
    return found


def test_energy_of_even_intervals_is_power() -> None:
    assert list(from_intervals(every(900.0, [25.0, 50.0, 0.0])).values) == [100.0, 200.0, 0.0]
    with pytest.raises(StudyError, match=r"^t.csv:4: this row comes 1300 s after the one before"):
        uneven = every(900.0, [1.0, 2.0, 3.0, 4.0])
        uneven.at_s[2] += 400.0
        from_intervals(uneven)


def test_a_counter_is_the_power_between_its_readings() -> None:
    power = from_counter(every(HOUR_S, [1000.0, 1500.0, 1500.0, 1750.0]))
    assert list(power.values)[:3] == [500.0, 0.0, 250.0]
    falling = from_counter(every(HOUR_S, [-1000.0, -1500.0]))
    assert falling.values[0] == -500.0


def test_a_counter_that_begins_again_leaves_a_gap() -> None:
    power = list(from_counter(every(HOUR_S, [1000.0, 1500.0, 20.0, 120.0])).values)
    assert power[0] == 500.0
    assert math.isnan(power[1])
    assert power[2] == 100.0
    with pytest.raises(StudyError, match=r"^t.csv:3: the reading falls from 1000 to 900 Wh. A counter only grows"):
        from_counter(every(HOUR_S, [1000.0, 900.0]))


def test_a_counter_says_nothing_about_a_long_gap_unless_it_is_held() -> None:
    values = [0.0, 100.0, 200.0, 300.0]
    for held in (False, True):
        counter = every(60.0, values, held=held)
        counter.at_s[3] += 7200.0
        assert math.isnan(from_counter(counter).values[2]) is not held


DAY = [max(0.0, 3000.0 * math.sin((n - 24) / 48 * math.pi)) for n in range(96)]


@pytest.mark.parametrize("step_s", [60.0, 900.0, HOUR_S])
def test_powers_of_a_day_are_no_counter_but_their_sum_is(step_s: float) -> None:
    assert not looks_like_counter(every(step_s, DAY * 3))
    total, readings = 12_345.0, []
    for value in DAY * 3:
        total += value * step_s / HOUR_S
        readings.append(total)
    assert looks_like_counter(every(step_s, readings))
    assert looks_like_counter(every(step_s, [-value for value in readings]))
    daily = [reading - readings[n // 96 * 96] for n, reading in enumerate(readings)]
    assert looks_like_counter(every(step_s, daily))
    with pytest.raises(StudyError, match=r"^t.csv:289: “Zähler” only grows up to here.*--counter pv_w.*--power pv_w"):
        refuse_counter("pv_w", "Zähler", every(step_s, readings))
    refuse_counter("price_ct", "Preis", every(step_s, readings))


def test_a_minute_of_a_morning_is_no_counter() -> None:
    assert not looks_like_counter(every(37.0, [1000.0 + n for n in range(30)]))
    assert not looks_like_counter(every(HOUR_S, [250.0] * 48))
    assert not looks_like_counter(every(600.0, [0.0, 3680.0, 3680.0, 0.0] * 20))


@given(
    powers=st.lists(st.floats(0.0, 20_000.0), min_size=2, max_size=60),
    first=st.floats(0.0, 1e6),
    step_s=st.sampled_from([60.0, 300.0, 900.0, HOUR_S]),
    resets=st.sets(st.integers(1, 60), max_size=3),
)
def test_a_counter_of_any_powers_reads_back_to_them(
    powers: list[float], first: float, step_s: float, resets: set[int]
) -> None:
    """Intervals in which the counter began again are unknown. A fall that is no beginning is refused."""
    reading, readings = first, [first]
    for n, power in enumerate(powers):
        reading = 0.0 if n in resets else reading + power * step_s / HOUR_S
        readings.append(reading)
    assume(not any(_looks_silent(readings, n + 1) for n in resets if n < len(powers)))
    found = from_counter(every(step_s, readings))
    for n, power in enumerate(powers):
        if n in resets and readings[n] > 0.0:
            assert math.isnan(found.values[n])
        elif n not in resets:
            assert found.values[n] == pytest.approx(power, abs=1e-3)


def _looks_silent(readings: list[float], begun: int) -> bool:
    """Whether a counter that began again is soon above all it had before: then nothing tells it from a silent meter."""
    before = readings[begun - 1]
    return next((value >= before for value in readings[begun + 1 :] if value > RESET * before), False)


def test_pv_that_is_negative_is_refused() -> None:
    series = {"pv_w": [every(60.0, [-900.0, -1000.0, 3.0])], "load_w": [every(60.0, [500.0, 500.0, 400.0])]}
    with pytest.raises(StudyError, match=r"pv_w is negative for most of its energy.*pv_w=-COLUMN"):
        assemble("t.csv", series)
    series["pv_w"] = [every(60.0, [-9.0, 1000.0, -100.0])]
    assert list(assemble("t.csv", series).pv_w) == [0.0, 1000.0, 0.0]


def test_rows_that_are_days_apart_are_refused() -> None:
    with pytest.raises(StudyError, match=r"t.csv: the values of PV are 2.0 days apart. Check their times"):
        assemble("t.csv", {name: [every(172_800.0, [1.0, 2.0])] for name in ("pv_w", "load_w")})


@given(
    steps=st.lists(st.floats(1.0, 3000.0), min_size=5, max_size=40),
    first=st.floats(100.0, 1e7),
    dropouts=st.sets(st.integers(5, 40), min_size=1, max_size=6),
    word=st.sampled_from([0.0, 0.5]),
    sign=st.sampled_from([1.0, -1.0]),
)
def test_zeros_of_a_silent_meter_are_no_readings(
    steps: list[float], first: float, dropouts: set[int], word: float, sign: float
) -> None:
    """They cost the knowledge of their intervals at most, and never make power."""
    readings = [first + sum(steps[:n]) for n in range(len(steps) + 1)]
    broken = [sign * (word if n in dropouts and n < len(steps) else value) for n, value in enumerate(readings)]
    found = from_counter(every(300.0, broken))
    total = sum(
        value * (later - earlier) / HOUR_S
        for value, earlier, later in zip(found.values, found.at_s, [*found.at_s[1:], found.at_s[-1]], strict=True)
        if not math.isnan(value)
    )
    assert sign * total <= sum(steps) * (1 + 1e-6) + 1e-3
    assert all(sign * value <= 36_000.0 * (1 + 1e-6) for value in found.values if not math.isnan(value))


def test_a_daily_counter_of_few_readings_may_grow_beyond_the_day_before() -> None:
    found = from_counter(every(12 * HOUR_S, [0.0, 12_000.0, 0.0, 14_400.0]))
    assert found.values[0] == 1000.0
    assert math.isnan(found.values[1])
    assert found.values[2] == 1200.0


def test_a_counter_that_rises_faster_than_any_home_is_refused() -> None:
    with pytest.raises(StudyError, match=r"^t.csv:4: the reading rises from 0 to 1e\+06 Wh in 600 s, which no home"):
        from_counter(every(600.0, [0.0, 0.0, 1e6, 1e6 + 50.0]))


@given(missing=st.sets(st.integers(1, 94), max_size=8))
def test_how_long_missing_readings_are_bridged_is_known(missing: set[int]) -> None:
    """Whether the row lacks or its cell is empty."""
    readings = [100.0 * n for n in range(97)]
    cells = every(900.0, [math.nan if n in missing else one for n, one in enumerate(readings)])
    rows = Samples((900.0 * n, one) for n, one in enumerate(readings) if n not in missing)
    edges = [n for n in range(97) if n not in missing]
    lengths = [900.0 * (later - earlier) for earlier, later in pairwise(edges)]
    wanted = sum(length for length in lengths if 900.0 < length <= 1800.0)
    assert from_counter(cells).bridged_s == from_counter(rows).bridged_s == wanted
    notes = assemble("t", {"pv_w": [from_counter(cells)], "load_w": [from_counter(every(900.0, readings))]}).notes
    said = [note for note in notes if "Readings of the counter of pv_w are missing" in note]
    assert [f"In {wanted / 60.0:.0f} min" in note for note in said] == [True] * bool(wanted)
