"""Units in the names of columns: wherever they stand, they are applied or asked about, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Kind, unit_in_name
from tests.study.input.tables import samples, values

OURS = {"W": 1.0, "kW": 1e3, "MW": 1e6, "Wh": 1.0, "kWh": 1e3, "MWh": 1e6}
FOREIGN = ("A", "V", "VA", "kVA", "mW", "GWh", "MJ", "%", "W/m²")
WORDS = st.lists(st.sampled_from(["PV", "Dach", "roof", "1", "15min", "(West)", "[a]", "Süd"]), max_size=3)


@given(before=WORDS, after=WORDS, unit=st.sampled_from(sorted(OURS)), brackets=st.sampled_from(["()", "[]"]))
def test_a_unit_in_brackets_is_found_anywhere(before: list[str], after: list[str], unit: str, brackets: str) -> None:
    found = unit_in_name(" ".join([*before, f"{brackets[0]}{unit}{brackets[1]}", *after]))
    assert found is not None
    assert (found.name, found.size) == (unit, OURS[unit])


@given(before=WORDS, after=WORDS, unit=st.sampled_from(["kW", "kWh", "Wh", "MWh"]), joint=st.sampled_from(" _-."))
def test_a_word_that_is_a_unit_is_found_anywhere(before: list[str], after: list[str], unit: str, joint: str) -> None:
    found = unit_in_name(joint.join([*before, unit.lower() if joint == "_" else unit, *after]))
    assert found is not None
    assert found.name == unit


@pytest.mark.parametrize("name", ["PV W Dach", "Dach (West)", "roof [a]", "PV 9.8 kWp", "sensor.pv_power", "Haus (1)"])
def test_other_words_are_no_units(name: str) -> None:
    assert unit_in_name(name) is None


def column(path: Path, name: str, *rows: str) -> Path:
    path.write_text("\n".join([f"Zeit,{name},Haus", *(f"2025-06-01 1{n}:00,{row},5" for n, row in enumerate(rows))]))
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(before=WORDS, after=WORDS, unit=st.sampled_from(FOREIGN), brackets=st.sampled_from(["()", "[]"]))
def test_a_foreign_unit_needs_a_factor(
    tmp_path: Path, before: list[str], after: list[str], unit: str, brackets: str
) -> None:
    name = " ".join([*before, f"{brackets[0]}{unit}{brackets[1]}", *after])
    path = column(tmp_path / "t.csv", name, "5", "6", "4")
    with pytest.raises(StudyError, match=r"t.csv:1: .* is in .*, which is not converted. Write its factor"):
        samples(path, [f"pv_w={name}", "load_w=Haus"])
    assert values(path, [f"pv_w={name}*230", "load_w=Haus"]) == [1150.0, 1380.0, 920.0]
    assert values(path, [f"pv_w={name}", "load_w=Haus"], {"pv_w": Kind.POWER}) == [5.0, 6.0, 4.0]


def test_a_unit_row_goes_before_a_word_in_the_middle_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit,kWh meter power,Haus\n,W,W\n2025-06-01 10:00,5,5\n2025-06-01 11:00,6,5\n")
    assert values(path, ["pv_w=kWh meter power", "load_w=Haus"]) == [5.0, 6.0]
    path.write_text("Zeit,PV [kWh],Haus\n,W,W\n2025-06-01 10:00,5,5\n2025-06-01 11:00,6,5\n")
    with pytest.raises(StudyError, match=r"t.csv:2: PV \[kWh\] is in W here, and in kWh before"):
        values(path, ["pv_w=PV [kWh]", "load_w=Haus"])


@given(before=WORDS, unit=st.sampled_from(sorted(OURS)), channel=st.sampled_from("ABCD"))
def test_the_letter_of_a_channel_is_no_unit(before: list[str], unit: str, channel: str) -> None:
    found = unit_in_name(" ".join([*before, "energy", unit, f"({channel})"]))
    assert found is not None
    assert (found.name, found.sure) == (unit, True)
    rated = unit_in_name(f"inverter 9.8 {unit} (A)")
    assert rated is not None
    assert rated.of == "other"
