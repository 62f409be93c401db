"""Energy of intervals as power: at any minute of the hour, with rows that are missing, repeated, or longer."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from optimizer.study.input.energy import from_counter, from_intervals, looks_like_counter
from optimizer.study.input.history import assemble
from optimizer.study.input.power import quantities
from optimizer.study.input.samples import Samples
from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Kind
from tests.study.input.tables import table

HOUR_S = 3600.0
STEPS_S = st.sampled_from([300.0, 900.0, 1800.0, HOUR_S])


def energies(at_s: list[float], wh: list[float]) -> Samples:
    found = Samples(zip(at_s, wh, strict=True), source="t.csv")
    found.lines.extend(range(2, len(wh) + 2))
    return found


@given(
    powers=st.lists(st.floats(0.0, 9000.0), min_size=3, max_size=40),
    step_s=STEPS_S,
    phase=st.integers(0, 59),
    missing=st.sets(st.integers(1, 38), max_size=3),
    twice=st.sets(st.integers(0, 39), max_size=5),
    row_s=st.sampled_from([None, 60.0, 300.0]),
)
def test_each_interval_counts_for_its_own_time(
    powers: list[float], step_s: float, phase: int, missing: set[int], twice: set[int], row_s: float | None
) -> None:
    rows = [n for n in range(len(powers)) if n not in missing or n == len(powers) - 1]
    rows += [n for n in rows if n in twice]
    own = energies([n * step_s + phase * 60.0 for n in rows], [powers[n] * step_s / HOUR_S for n in rows])
    assume(len(powers) > 4 * len(missing) + 1)  # else the rows that are left may have another spacing
    power = from_intervals(own.in_order())
    assert power.lasts_s == step_s
    series = assemble("t.csv", {"pv_w": [power], "load_w": [power]}, row_s)
    for row, value in enumerate(series.load_w):
        at_s = series.start.timestamp() + row * series.step_s
        n, rest = divmod(at_s - phase * 60.0, step_s)
        if rest + series.step_s <= step_s and 0 <= n < len(powers) and int(n) in rows:
            assert value == pytest.approx(powers[int(n)], abs=1e-6)
    if phase == 0 or row_s is None:
        assert series.step_s == (row_s or step_s)
        assert (series.start.timestamp() - phase * 60.0) % series.step_s == 0.0


@given(step_s=STEPS_S, longer=st.integers(2, 4), before=st.integers(10, 40), after=st.integers(8, 9))
def test_intervals_that_become_longer_are_refused(step_s: float, longer: int, before: int, after: int) -> None:
    at_s = [n * step_s for n in range(before)] + [(before + n * longer) * step_s for n in range(after)]
    with pytest.raises(StudyError, match=r"t.csv:\d+: this row comes .* Energy by interval needs even rows"):
        from_intervals(energies(at_s, [100.0 + n % 7 for n in range(len(at_s))]))


@given(rises=st.lists(st.integers(0, 30), min_size=100, max_size=150), first=st.integers(1, 10**6), step_s=STEPS_S)
def test_a_meter_reading_is_no_energy_by_interval(rises: list[int], first: int, step_s: float) -> None:
    readings = [float(first + sum(rises[:n]) + n // 20) for n in range(len(rises))]
    own = energies([n * step_s for n in range(len(readings))], readings)
    if (len(readings) - 1) * step_s >= 24 * HOUR_S:
        with pytest.raises(StudyError, match=r"only grow up to here, like a meter reading. Write --counter"):
            from_intervals(own)


def test_a_meter_that_hardly_moves_is_no_power_and_a_load_is() -> None:
    still = [8123.4] * 30 + [8123.5] * 30
    assert looks_like_counter(energies([n * 900.0 for n in range(60)], still))
    assert not looks_like_counter(energies([n * 900.0 for n in range(60)], [0.0] * 30 + [3700.0] * 30))
    assert not looks_like_counter(energies([n * 900.0 for n in range(60)], [250.0] * 60))
    assert not looks_like_counter(energies([n * 900.0 for n in range(60)], [250.0] * 30 + [260.0] * 29 + [255.0]))


@pytest.mark.parametrize(("grain", "least", "said"), [(1000.0, 0.0, True), (10.0, 0.0, False), (1.0, 900.0, False)])
def test_a_counter_with_large_steps_is_named(grain: float, least: float, said: bool) -> None:
    readings = [math.floor((n * (least + 125.0) + 3.0 * (n % 7)) / grain) * grain for n in range(200)]
    power = from_counter(energies([n * 900.0 for n in range(200)], readings))
    notes = " ".join(assemble("t.csv", {"pv_w": [power], "load_w": [power]}).notes)
    assert (
        "counter of pv_w has steps of 1000 Wh, which is 4000 W in a row of 900 s. With --step 7200" in notes
    ) is said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.lists(st.integers(0, 900), min_size=3, max_size=30),
    minutes=st.sampled_from([5, 15, 60]),
    kind=st.sampled_from([None, Kind.ENERGY, Kind.COUNTER]),
)
def test_times_at_the_end_of_intervals(tmp_path: Path, values: list[int], minutes: int, kind: Kind | None) -> None:
    if kind is Kind.COUNTER:
        values = sorted(values)
    rows = [f"{1_748_736_000 + n * minutes * 60},{value},{value}" for n, value in enumerate(values)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["Zeit,PV,Haus", *rows]))
    columns = table(path, ["pv_w=PV", "load_w=Haus"]).columns
    kinds = {} if kind is None else {"pv_w": kind, "load_w": kind}
    try:
        plain, ends = (quantities(columns, kinds, times_at_end=one)["pv_w"][0] for one in (False, True))
    except StudyError as error:
        assert kind is None
        assert "only grows" in str(error)
        return
    earlier_s = 0.0 if kind is Kind.COUNTER else minutes * 60.0
    assert [at_s - earlier_s for at_s in plain.at_s] == list(ends.at_s)
    assert plain.values.tobytes() == ends.values.tobytes()


@pytest.mark.parametrize(
    ("times", "ends"),
    [
        (["01.06.2025 23:45", "01.06.2025 24:00"], True),
        (["24.06.2025 23:45", "25.06.2025 00:00"], False),
        ([f"01.06.2025 {n // 4:02}:{n % 4 * 15:02}" for n in range(1, 96)] + ["02.06.2025 00:00"], True),
        ([f"01.06.2025 {n // 4:02}:{n % 4 * 15:02}" for n in range(96)], False),
        ([f"01.06.2025 {n // 4:02}:{n % 4 * 15:02}" for n in range(96)] + ["02.06.2025 00:00"], False),
        ([f"0{n}.06.2025 00:00" for n in range(1, 9)], False),
    ],
)
def test_times_that_look_like_ends_are_told(tmp_path: Path, times: list[str], ends: bool) -> None:
    path = tmp_path / "t.csv"
    for order in (times, times[::-1]):
        path.write_text("Zeit;PV;Haus\n" + "".join(f"{time};{n % 7};2\n" for n, time in enumerate(order)))
        assert table(path, ["pv_w=PV", "load_w=Haus"]).looks_like_ends is ends
