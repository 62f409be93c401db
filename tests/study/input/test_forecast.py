"""Files of past PV forecasts."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.model.series import Slot
from optimizer.study.input.forecast import read_forecast
from optimizer.study.input.series import StudyError


def test_rows_are_valid_until_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("timestamp,pv_w\n1970-01-01T00:00Z,100\n1970-01-01T01:00Z,\n1970-01-01T02:00Z,300\n1970-01-02,5\n")
    found = read_forecast(path)
    assert found.slots == (Slot(0.0, 3600.0, 100.0), Slot(7200.0, 18_000.0, 300.0), Slot(86_400.0, 97_200.0, 5.0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,pv_w\n", "f.csv:1: the header must be timestamp,pv_w"),
        ("timestamp,pv_w\n1970-01-01,1\n", "two rows or more"),
        ("timestamp,pv_w\n1970-01-01\n", "f.csv:2: 1 columns"),
        ("timestamp,pv_w\n1970-01-01,-1\n", "f.csv:2: pv_w is negative"),
        ("timestamp,pv_w\n1970-01-02,1\n1970-01-01,1\n", "f.csv:3: its time is not after"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(text)
    with pytest.raises(StudyError, match=words):
        read_forecast(tmp_path / "f.csv")
