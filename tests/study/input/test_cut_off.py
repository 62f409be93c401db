"""Tables that end within a number."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.series import StudyError
from tests.study.input.tables import table, values

MAP = ["pv_w=PV", "load_w=Haus"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    numbers=st.lists(st.integers(0, 9_000_000), min_size=12, max_size=30),
    digits=st.integers(1, 3),
    lost=st.integers(0, 12),
    point=st.sampled_from(".,"),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_a_number_that_is_cut_off_is_never_read(
    tmp_path: Path, numbers: list[int], digits: int, lost: int, point: str, encoding: str
) -> None:
    cells = [f"{number / 1000:.{digits}f}".replace(".", point) for number in numbers]
    text = "Zeit;Haus;PV\n" + "\n".join(f"2025-06-01 10:{n:02};5;{cell}" for n, cell in enumerate(cells))
    path = tmp_path / "t.csv"
    path.write_bytes(text[: len(text) - lost].encode(encoding))
    wanted = [float(cell.replace(",", ".")) for cell in cells]
    try:
        found = values(path, MAP, encoding="" if encoding != "cp1252" else encoding, decimal=point)
    except StudyError as error:
        assert lost > 0
        assert f"t.csv:{len(cells) + 1}: " in str(error)
    else:
        # An empty cell is unknown, and a line that is gone as a whole leaves no trace.
        known = [value for value in found if value == value]  # noqa: PLR0124
        assert known == wanted[: len(known)]
        assert lost == 0 or len(known) < len(wanted)


@pytest.mark.parametrize("last", ["300.5", "300", "300."])
def test_a_line_that_has_an_end_is_whole(tmp_path: Path, last: str) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"2025-06-01 10:{n:02};5;{n % 7}.5\n" for n in range(11))
    path.write_text(f"Zeit;Haus;PV\n{rows}2025-06-01 10:11;5;{last}\n")
    assert values(path, MAP)[11] == float(last)
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(path.read_bytes()[:-1])
    if last != "300.5":
        with pytest.raises(StudyError, match=r"t.csv:13: the table ends within the number"):
            values(path, MAP)
    path.write_bytes(packed)
    assert values(path, MAP)[11] == float(last)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.integers(2, 30), lost=st.integers(1, 60), end=st.sampled_from(["\n", "\r\n"]))
def test_a_last_line_without_all_its_columns_is_left_out(tmp_path: Path, rows: int, lost: int, end: str) -> None:
    lines = [f'2025-06-01 10:{n:02};"{n}.5";7;"a;b"' for n in range(rows)]
    text = end.join(["Zeit;PV;Haus;Text", *lines]) + end
    text = text[: -min(lost, len(lines[-1]) + len(end) - 1)]
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    whole = text.endswith(("\r", "\n")) or text.rpartition("\n")[2].count(";") >= 3
    try:
        found = table(path, MAP)
    except StudyError as error:
        assert "cut" in str(error) or "ends within" in str(error)
        return
    read = found.columns["pv_w"][0].samples.values
    assert list(read) == [n + 0.5 for n in range(rows - (not whole))]
    assert found.cut_line == (None if whole else rows + 1)


def test_a_short_line_in_the_middle_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Zeit;PV;Haus\n2025-06-01 10:00;1;2\n2025-06-01 10:01;1\n2025-06-01 10:02;1;2")
    with pytest.raises(StudyError, match=r"t.csv:3: 2 columns where the header has 3"):
        table(path, MAP)
    path.write_text("Zeit;PV;Haus\n2025-06-01 10:00;1;2\n2025-06-01 10:01;1\n")
    with pytest.raises(StudyError, match=r"t.csv:3: 2 columns where the header has 3"):
        table(path, MAP)
