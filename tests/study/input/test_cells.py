"""Units in the cells: each value counts in its own unit, or the row is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Kind
from tests.study.input.tables import values

SIZES = {"W": 1.0, "kW": 1e3, "MW": 1e6, "Wh": 1.0, "kWh": 1e3, "MWh": 1e6}
MAP = ["pv_w=PV", "load_w=Haus"]


def written(path: Path, cells: list[str], header: str = "PV") -> Path:
    rows = (f'2025-06-01 {at // 60:02}:{at % 60:02};"{cell}";5' for at, cell in enumerate(cells))
    path.write_text("\n".join([f"Zeit;{header};Haus", *rows]))
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    cells=st.lists(
        st.tuples(st.integers(0, 10**9), st.sampled_from(sorted(SIZES)), st.sampled_from(["", " ", "\u00a0", "*"])),
        min_size=2,
        max_size=12,
    ),
    comma=st.booleans(),
)
def test_each_value_counts_in_its_own_unit_or_the_row_is_named(
    tmp_path: Path, cells: list[tuple[int, str, str]], comma: bool
) -> None:
    texts = [f"{number / 1000:.3f}{gap}{unit}" for number, unit, gap in cells]
    path = written(tmp_path / "t.csv", [text.replace(".", ",") if comma else text for text in texts])
    energy = {unit.endswith("h") for _, unit, _ in cells}
    try:
        kinds = {"pv_w": Kind.ENERGY} if True in energy else {}
        found = values(path, MAP, kinds, decimal="," if comma else ".")
    except StudyError as error:
        assert len(energy) == 2
        assert "t.csv:" in str(error)
    else:
        assert len(energy) == 1
        factor = 60.0 if True in energy else 1.0
        wanted = [number / 1000 * SIZES[unit] * factor for number, unit, _ in cells]
        assert found == pytest.approx(wanted)


def test_a_number_without_a_unit_among_others_is_a_mistake_unless_it_is_0(tmp_path: Path) -> None:
    assert values(written(tmp_path / "t.csv", ["1.2 kW", "0", "", "950 W"]), MAP)[::3] == [1200.0, 950.0]
    with pytest.raises(StudyError, match=r"t.csv:3: PV has a unit in some cells, and none in others"):
        values(written(tmp_path / "t.csv", ["1.2 kW", "950"]), MAP)
    with pytest.raises(StudyError, match=r"t.csv:3: PV has a unit in some cells, and none in others \(.*t.csv:2\)"):
        values(written(tmp_path / "t.csv", ["950", "1.2 kW"]), MAP)


@pytest.mark.parametrize("cell", ["kW", "5 A", "5 mW", "1.2 kW 3", "5 W W", "1.2.3 kW", "- 5 W"])
def test_other_texts_behind_a_number_are_mistakes(tmp_path: Path, cell: str) -> None:
    with pytest.raises(StudyError, match=r"t.csv:3: PV .* is not a number"):
        values(written(tmp_path / "t.csv", ["0", cell]), MAP)


def test_the_unit_of_the_cells_must_be_the_one_of_the_header(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", ["1.2 kW", "1.5 kW"], "PV [kW]")
    assert values(path, ["pv_w=PV [kW]", "load_w=Haus"]) == [1200.0, 1500.0]
    assert values(path, ["pv_w=PV [kW]*1000", "load_w=Haus"]) == [1200.0, 1500.0]
    assert values(written(path, ["1.2 kW", "950 W"], "PV [kW]"), ["pv_w=PV [kW]", "load_w=Haus"]) == [1200.0, 950.0]
    for cells, header in ((["1.2 kW"], "PV [W]"), (["1.2 kW", "950 W"], "PV [kWh]")):
        with pytest.raises(StudyError, match=rf"t.csv:2: .* is in kW here, and in {header[4:-1]} elsewhere"):
            values(written(path, cells, header), [f"pv_w={header}", "load_w=Haus"])
