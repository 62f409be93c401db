"""Numbers of both conventions: read right, or refused with the place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.numbers import NumberColumn
from optimizer.study.input.series import StudyError


def read(cells: list[str], decimal: str = "") -> list[float]:
    column = NumberColumn("pv", decimal)
    for line, cell in enumerate(cells, start=2):
        column.add(f"t.csv:{line}", cell)
    return list(column.finished())


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["275.69", "1.234"], [275.69, 1.234]),
        (["275,69", "1.234"], [275.69, 1234.0]),
        (["1,234", "0.5"], [1234.0, 0.5]),
        (["1,234", "0,5"], [1.234, 0.5]),
        (["1.234", "1.234.567"], [1234.0, 1234567.0]),
        (["1,200.5", "-3,000"], [1200.5, -3000.0]),
        (["1.200,5", "−3.000"], [1200.5, -3000.0]),
        (["1 234,5", "1\u00a0234", "1'234,25"], [1234.5, 1234.0, 1234.25]),
        (["0.123", "1.234"], [0.123, 1.234]),
        (["1234.567", "1.234"], [1234.567, 1.234]),
        (["1.5e3", "-2E-1", "+.5", "7."], [1500.0, -0.2, 0.5, 7.0]),
    ],
)
def test_the_whole_column_tells_the_convention(cells: list[str], values: list[float]) -> None:
    assert read(cells) == values
    assert read(cells[::-1]) == values[::-1]


@pytest.mark.parametrize("cell", ["1,234", "1.234", "-999,000"])
def test_a_convention_that_no_number_tells_is_refused_unless_named(cell: str) -> None:
    with pytest.raises(StudyError, match=r"^t\.csv:3: pv '.*' is ambiguous.*--decimal-point.*--decimal-comma"):
        read(["12", cell, "", "700"])
    plain = cell.replace(",", ".")
    separator = "," if "," in cell else "."
    assert read([cell], separator) == [float(plain)]
    assert read([cell], "." if separator == "," else ",") == [float(plain.replace(".", ""))]


@pytest.mark.parametrize(
    ("cells", "decimal", "says"),
    [
        (["275.69"], ",", "t.csv:2: pv '275.69' is written with a decimal point. Leave --decimal-comma out"),
        (["5", "1,200.5"], ",", "t.csv:3: pv '1,200.5' is written with a decimal point"),
        (["1,5"], ".", "t.csv:2: pv '1,5' is written with a decimal comma. Leave --decimal-point out"),
        (["1,5", "2.5"], "", "t.csv:3: pv '2.5' is written with a decimal point, but '1,5' (t.csv:2)"),
        (["on"], "", "t.csv:2: pv 'on' is not a number"),
        (["1.2 kW"], "", "is not a number"),
        (["1_000"], "", "is not a number"),
        (["1.23.456"], "", "is not a number"),
        (["1,00,000"], "", "is not a number"),
        (["0.123.456"], "", "is not a number"),
        (["1.5 234"], "", "is not a number"),
        (["inf"], "", "is not a number"),
        (["1e999"], "", "is not a finite number"),
        (["."], "", "is not a number"),
    ],
)
def test_other_numbers_are_mistakes_with_their_place(cells: list[str], decimal: str, says: str) -> None:
    with pytest.raises(StudyError) as error:
        read(cells, decimal)
    assert says in str(error.value)


def test_words_for_unknown_are_counted() -> None:
    column = NumberColumn("pv")
    for cell in ("unavailable", " Unknown", "", "1"):
        column.add("t", cell)
    assert column.unknown == 2
    assert [math.isnan(value) for value in column.finished()] == [True, True, True, False]


@pytest.mark.parametrize("cell", ["--", "---", "–", "—", "k.A.", "n.a.", "#N/A"])
def test_what_programs_write_for_no_value_is_unknown(cell: str) -> None:
    column = NumberColumn("pv")
    column.add("t", cell)
    assert math.isnan(column.finished()[0])
    assert column.unknown == 1


NUMBERS = st.decimals(-10_000_000, 10_000_000, places=3)


@given(
    values=st.lists(st.tuples(NUMBERS, st.integers(0, 3)), min_size=1, max_size=20),
    comma=st.booleans(),
    grouped=st.booleans(),
    named=st.booleans(),
)
def test_a_column_reads_back_to_its_numbers_or_is_refused(
    values: list[tuple[object, int]], comma: bool, grouped: bool, named: bool
) -> None:
    texts = [format(number, f"{',' if grouped else ''}.{digits}f") for number, digits in values]  # type: ignore[call-overload]
    wanted = [float(text.replace(",", "")) for text in texts]
    if comma:
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    try:
        found = read(texts, ("," if comma else ".") if named else "")
    except StudyError as error:
        assert "is ambiguous" in str(error)
        assert not named
    else:
        assert found == wanted
