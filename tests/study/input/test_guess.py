"""A table without a mapping: its columns are listed, each with a guess, and an example of a mapping."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.study.input.guess import find_columns, guess
from optimizer.study.input.mapping import parse_mapping, terms_of
from optimizer.study.input.series import StudyError

NAMES = {
    "pv_w": ("Energy Produced (Wh)", "PV Leistung [W]", "Erzeugung [kWh]", "Solar production", "Roof East", "Dach Süd"),
    "load_w": ("Energy Consumed (Wh)", "Hausverbrauch", "Home consumption", "Load [W]", "Gesamtverbrauch [Wh]"),
    "grid_w": ("Netzbezug (kWh)", "Imported from Grid (Wh)", "From grid", "Grid Power", "Zähler Bezug"),
    "-grid_w": ("Einspeisung [kWh]", "Exported to Grid (Wh)", "Feed-in", "To grid", "Netzeinspeisung"),
    "battery_w": ("Akku Entladung [kWh]", "Battery discharging", "Energy from battery", "Speicher [W]"),
    "-battery_w": ("Akku Ladung [kWh]", "Battery charging", "Energy to battery", "Batterieladung (Wh)"),
    "ev_w": ("Wallbox", "E-Auto [kWh]", "EV charger", "Ladestation"),
    "price_ct": ("Strompreis ct/kWh", "Price [EUR/kWh]"),
    "": ("Battery SoC", "SoC [%]", "Eigenverbrauch", "Self-consumption", "Temperature", "Frequency", "Status"),
    "time": ("timestamp", "Time", "Datum", "Uhrzeit", "Date/Time"),
}  # fmt: skip


def test_usual_names_are_known() -> None:
    found = {what: [name for name in names if guess(name) != what] for what, names in NAMES.items()}
    assert not any(found.values()), found


@given(
    st.lists(st.sampled_from(sorted(set(NAMES) - {"time"})), min_size=2, max_size=7, unique=True),
    st.sampled_from((";", ",", "\t")),
    st.integers(0, 4),
    st.integers(0, 10**6),
)
def test_the_example_names_columns_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], separator: str, lines_before: int, seed: int
) -> None:
    chance = Random(seed)
    names = [chance.choice(NAMES[kind]) for kind in kinds]
    path = tmp_path_factory.mktemp("guess") / "table.csv"
    before = ["Plant: a house", "", "From 2025", "Unit Wh"][:lines_before]
    rows = [separator.join([f"2025-06-01 00:{minute:02}", *("1" for _ in names)]) for minute in range(3)]
    path.write_text("\n".join([*before, separator.join(["Datum", *names]), *rows]) + "\n", encoding="utf-8")
    columns = find_columns(path)
    assert (columns.line, columns.time, columns.names) == (lines_before + 1, "Datum", ("Datum", *names))
    assert dict(columns.guesses) == {"Datum": "time", **dict(zip(names, kinds, strict=True))}
    example = columns.example()
    if "pv_w" in example and {"load_w", "grid_w"} & set(example):
        for source in parse_mapping(f"{quantity}={text}" for quantity, text in example.items()).values():
            assert terms_of(source, columns.names)


def test_the_names_of_a_table_of_states_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "states.csv"
    path.write_text("entity_id,state,last_changed\nsensor.pv_power,1,2025-06-01T00:00Z\nsensor.grid_import,2,x\n")
    columns = find_columns(path)
    assert columns.long
    assert columns.example() == {"grid_w": "sensor.grid_import", "pv_w": "sensor.pv_power"}


def test_a_file_without_columns_is_told(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("one\ntwo\n")
    with pytest.raises(StudyError, match="no line names two or more columns"):
        find_columns(path)
