"""Values in Wh tell themselves whether they are meter readings or energies of intervals, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.kinds_by_values import kind_of, kinds_by_values
from optimizer.study.input.samples import Samples
from optimizer.study.input.units import Kind
from tests.study.input.tables import table

QUARTER_S = 900.0
NIGHT, MORNING, AFTERNOON = 40, 24, 24
"""Quarter hours of a day without sun, with a rising one, and with a falling one."""


def day_of_pv(peak_wh: float) -> list[float]:
    rise = [peak_wh * (n + 1) / MORNING for n in range(MORNING)]
    return [0.0] * (NIGHT // 2) + rise + rise[::-1][:AFTERNOON] + [0.0] * (NIGHT // 2)


def readings(energies: list[float], first: float) -> list[float]:
    found = [first]
    for energy in energies:
        found.append(found[-1] + energy)
    return found


def every_quarter(values: list[float]) -> Samples:
    return Samples((QUARTER_S * n, value) for n, value in enumerate(values))


@given(
    peaks=st.lists(st.floats(20.0, 3000.0), min_size=2, max_size=4),
    first=st.one_of(st.just(0.0), st.floats(1.0, 1e8)),
    digits=st.integers(0, 3),
    order=st.randoms(),
)
def test_pv_tells_its_kind_whatever_the_order_of_the_rows(
    peaks: list[float], first: float, digits: int, order: object
) -> None:
    energies = [round(one, digits) for peak in peaks for one in day_of_pv(peak)]
    counter = list(every_quarter([round(one, digits) for one in readings(energies, first)]))
    rows = list(every_quarter(energies))
    order.shuffle(counter)  # type: ignore[attr-defined]
    order.shuffle(rows)  # type: ignore[attr-defined]
    assert kind_of(Samples(counter)) is Kind.COUNTER
    assert kind_of(Samples(rows)) is Kind.ENERGY


@given(energies=st.lists(st.floats(0.0, 3000.0), min_size=97, max_size=200), first=st.floats(0.0, 1e6))
def test_the_readings_of_no_counter_count_as_energies_of_intervals(energies: list[float], first: float) -> None:
    assert kind_of(every_quarter(readings(energies, first))) in (Kind.COUNTER, None)
    by_day = [one for day in (energies[:96], energies[96:]) for one in readings(day, 0.0)]
    assert kind_of(every_quarter(by_day)) in (Kind.COUNTER, None)


def test_less_than_a_day_tells_nothing() -> None:
    assert kind_of(every_quarter(day_of_pv(500.0)[:90])) is None
    assert kind_of(every_quarter(readings(day_of_pv(500.0)[:90], 1000.0))) is None


@pytest.mark.parametrize(("unit", "told"), [("Wh", True), ("kWh", True), ("kW", False), ("", False)])
@pytest.mark.parametrize("counts", [True, False])
def test_only_columns_in_energy_are_told_and_a_note_says_so(
    tmp_path: Path, unit: str, told: bool, counts: bool
) -> None:
    energies = day_of_pv(300.0) + day_of_pv(500.0)
    values = readings(energies, 1000.0) if counts else energies
    rows = [
        f"2025-06-0{1 + n // 96} {n // 4 % 24:02}:{15 * (n % 4):02},{value:.1f},{value:.1f}\n"
        for n, value in enumerate(values)
    ]
    path = tmp_path / "t.csv"
    path.write_text(f"Zeit,PV {unit},Haus {unit}\n".replace(" ,", ",").replace(" \n", "\n") + "".join(rows))
    names = [f"{name} {unit}".strip() for name in ("PV", "Haus")]
    columns = table(path, [f"pv_w={names[0]}", f"load_w={names[1]}"]).columns
    kind = Kind.COUNTER if counts else Kind.ENERGY
    found, notes = kinds_by_values(columns, {"load_w": Kind.ENERGY})
    assert found == ({"pv_w": kind} if told else {})
    assert len(notes) == told
    for note in notes:
        assert ("only grows, so it counts as a meter reading" in note) is counts
