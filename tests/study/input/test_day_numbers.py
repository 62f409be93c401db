"""Times that a spreadsheet wrote as numbers of days."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.day_numbers import is_day_number, time_of_day_number
from optimizer.study.input.times import parse_time, unreadable
from tests.study.input.tables import table

DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - wall time


@given(
    minutes=st.integers(0, 50 * 365 * 1440).map(lambda n: datetime(1990, 1, 1) + timedelta(minutes=n)),  # noqa: DTZ001
    decimals=st.integers(0, 10),
    point=st.sampled_from(".,"),
)
def test_a_number_of_days_is_its_minute_or_a_mistake(minutes: datetime, decimals: int, point: str) -> None:
    text = f"{(minutes - DAY_0) / timedelta(days=1):.{decimals}f}".replace(".", point)
    assert is_day_number(text)
    try:
        found = parse_time(text, "")
    except ValueError as error:
        assert decimals < 5
        assert "Format the column as date and time" in str(unreadable("t.csv:2", text, error)) or not decimals
    else:
        # A number that meets another whole minute by chance has at most three decimals, as 0.3 of a day has.
        assert found == minutes or decimals < 4


@pytest.mark.parametrize("text", ["20250601", "2025-06-01", "12.06.2025 00:00", "1748736000", "99999.5", "1234.5"])
def test_other_digits_are_no_days(text: str) -> None:
    assert time_of_day_number(text) is None


def test_a_table_of_day_numbers_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;PV;Haus\n45809;1;2\n45809,01042;1;2\n45809,02083;1;2\n")
    found = table(path, ["pv_w=PV", "load_w=Haus"])
    assert found.day_numbers
    at_s = found.columns["pv_w"][0].samples.at_s
    assert list(at_s) == [1_748_728_800.0 + n * 900.0 for n in range(3)]  # midnight in Berlin
    path.write_text("Zeit;PV;Haus\n2025-06-01;1;2\n2025-06-02;1;2\n")
    assert not table(path, ["pv_w=PV", "load_w=Haus"]).day_numbers
