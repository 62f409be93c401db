"""The benchmark of readings runs, and its plant is a house in which a car can charge."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from bench.readings import CASES, HEADER, Case, Meter, Sky, line, run
from tests.examples import one_in


def test_an_undisturbed_car_charges_with_the_sun() -> None:
    result = run(Case("undisturbed"), Sky(0.5))
    assert result.starts == 1
    assert result.car_kwh > 1.0
    assert result.imported_kwh < 0.1 * result.car_kwh


@pytest.mark.parametrize("case", [one for one in CASES if one.gap_s or one.battery_age_s == 30 or one.sign < 0.0])
def test_a_case_of_each_kind_has_a_row(case: Case) -> None:
    result = run(case, Sky(0.2))
    assert line(result).startswith(case.name)
    assert len(line(result)) == len(HEADER)


@pytest.mark.parametrize("age_s", [10, 30, 60])
def test_an_old_battery_reading_costs_neither_starts_nor_energy(age_s: int) -> None:
    exact, old = (run(Case("", battery_age_s=each_s), Sky(1.5)) for each_s in (0, age_s))
    assert old.starts == exact.starts
    assert abs(old.car_kwh - exact.car_kwh) < 0.05 * exact.car_kwh


@pytest.mark.parametrize("delay_s", [10, 20, 30, 45, 60])
def test_a_late_meter_costs_few_starts_and_little_energy_between_clouds(delay_s: int) -> None:
    exact, late = (run(Case("", delay_s=each_s), Sky(2.0)) for each_s in (0, delay_s))
    assert late.starts <= exact.starts + 2
    assert late.car_kwh > 0.9 * exact.car_kwh


@settings(max_examples=one_in(15), deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(delay_s=st.sampled_from([10, 20, 30, 45]), seed=st.integers(0, 10_000))
@example(delay_s=45, seed=103)
@example(delay_s=20, seed=112)
def test_a_car_beside_a_late_meter_is_above_the_surplus_hardly_longer_than_the_meter_is_late(
    delay_s: int, seed: int
) -> None:
    assert run(Case("", delay_s=delay_s), Sky(1.5, seed)).longest_s <= delay_s + 60


def test_the_meter_of_a_case_is_late_averaged_or_held() -> None:
    late, mean, held = Meter(Case("", delay_s=3)), Meter(Case("", mean_s=3)), Meter(Case("", hold_s=4))
    shown: dict[str, list[float]] = {"late": [], "mean": [], "held": []}
    for second in range(8):
        for name, meter in (("late", late), ("mean", mean), ("held", held)):
            meter.step(second, float(second))
            shown[name].append(meter.reading(second).value or 0.0)
    assert shown["late"] == [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    assert shown["mean"][2:] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert shown["held"] == [0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 4.0]


def test_a_gap_is_unknown_and_begins_after_the_first_interval() -> None:
    meter = Meter(Case("", gap_s=20, gap_every_s=600))
    meter.step(0, 100.0)
    known = [second for second in range(1300) if meter.reading(second).known]
    assert sorted(set(range(1300)) - set(known)) == [*range(600, 620), *range(1200, 1220)]
    assert meter.reading(610).at_s == 600.0


def test_the_command_prints_a_table() -> None:
    command = [sys.executable, "-m", "bench.readings", "--hours", "0.1", "--only", "delay 5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=True)
    assert done.stdout.splitlines()[0] == HEADER
    assert done.stdout.splitlines()[1].startswith("delay 5 s")
