"""The shapes of tables: preambles, unit rows, states by row, sums of columns, and encodings."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.study.input.history import assemble
from optimizer.study.input.series import StudyError
from optimizer.study.input.units import Kind
from tests.examples import at_least
from tests.study.input.tables import samples, table, values
from tests.study.scene import ZONE

MAP = ["pv_w=PV", "load_w=Haus"]
ROWS = "2025-06-01 10:00{0}1{0}5\n2025-06-01 10:01{0}2{0}6\n"
PLAIN = "Zeit{0}PV{0}Haus\n" + ROWS


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("preamble", ["", "Anlage: Haus\n\n", "Zeit;PV\n", "PV,Haus,Zeit2,x,y\n"])
def test_the_header_is_found_by_its_names(tmp_path: Path, separator: str, preamble: str) -> None:
    path = written(tmp_path / "t.csv", preamble + PLAIN.format(separator))
    assert values(path, MAP) == [1.0, 2.0]
    lines = preamble.count("\n")
    with pytest.raises(StudyError, match=rf"t.csv:{lines + 3}: PV 'x' is not a number"):
        values(
            written(
                path,
                path.read_text().replace("2025-06-01 10:01" + separator + "2", "2025-06-01 10:01" + separator + "x"),
            ),
            MAP,
        )


def test_lines_before_the_header_can_be_named(tmp_path: Path) -> None:
    twice = "Zeit,PV,Haus\n2025-06-01 09:00,9,9\n"
    path = written(tmp_path / "t.csv", twice + PLAIN.format(","))
    with pytest.raises(StudyError, match=r"t.csv:3: the time 'Zeit' cannot be read"):
        values(path, MAP)
    assert values(path, MAP, skip=2) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("encoding", "option"),
    [("utf-8-sig", ""), ("utf-16", ""), ("utf-32", ""), ("cp1252", "cp1252"), ("latin-1", "latin-1"),
     ("utf-16-le", "utf-16-le")],
)  # fmt: skip
def test_encodings(tmp_path: Path, encoding: str, option: str) -> None:
    text = PLAIN.format(";").replace("Haus", "Wärme")
    path = written(tmp_path / "t.csv", text, encoding)
    assert values(path, ["pv_w=PV", "load_w=Wärme"], encoding=option) == [1.0, 2.0]
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert values(path, ["pv_w=PV", "load_w=Wärme"], encoding=option) == [1.0, 2.0]


@pytest.mark.parametrize("content", ["", "\n", "# only a remark"])
def test_an_empty_file_and_a_missing_time_column_say_what_to_do(content: str, tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", content, "utf-8")
    with pytest.raises(StudyError) as caught:
        values(path, MAP)
    says = "the file ends before its header" if not content else "Name the one with the time: --time-column"
    assert says in str(caught.value)


def test_an_encoding_that_nothing_names_is_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", PLAIN.format(",") + "2025-06-01 10:02,3,ä\n", "cp1252")
    with pytest.raises(StudyError, match=r"t.csv:4: a character is not utf-8\. .*--encoding cp1252"):
        values(path, MAP)
    with pytest.raises(StudyError, match=r"has no byte order mark. Try --encoding utf-16-be"):
        values(written(path, PLAIN.format(","), "utf-16-be"), MAP)
    with pytest.raises(StudyError, match=r"t.csv:1: a character is not punycode.*Name another --encoding"):
        values(path, MAP, encoding="punycode")
    for name in ("klingon", "rot13"):
        with pytest.raises(StudyError, match=f"“{name}” is not an encoding"):
            values(path, MAP, encoding=name)


def test_a_row_of_units_is_applied(tmp_path: Path) -> None:
    head = "Zeit,PV,Haus\n[dd.MM.yyyy HH:mm],[kW],[W]\n01.06.2025 10:00,1.5,500\n01.06.2025 10:05,1.25,500\n"
    path = written(tmp_path / "t.csv", head)
    assert values(path, MAP) == [1500.0, 1250.0]
    assert values(path, ["pv_w=-PV*1000", "load_w=Haus"]) == [-1500.0, -1250.0]
    with pytest.raises(StudyError, match=r"t.csv:2: “PV” is in kW, but its factor is 1. Write \*1000"):
        values(path, ["pv_w=PV*1", "load_w=Haus"])
    assert values(path, MAP, {"pv_w": Kind.POWER}) == [1.5, 1.25]
    with pytest.raises(StudyError, match=r"t.csv:2: PV is in hPa, not in W"):
        values(written(path, head.replace("[kW]", "[hPa]").replace("[W]", "[%]")), MAP)


@pytest.mark.parametrize("name", ["PV (Wh)", "PV [Wh]", "pv_wh", "PV Wh"])
def test_energy_is_not_taken_for_power(tmp_path: Path, name: str) -> None:
    text = f"Zeit,{name},Haus\n" + "".join(f"2025-06-01 10:{m:02},{m % 7},5\n" for m in range(0, 60, 15))
    path = written(tmp_path / "t.csv", text)
    mapping = [f"pv_w={name}", "load_w=Haus"]
    with pytest.raises(StudyError, match=r"t.csv:1: .* is in Wh, which is energy. Write --energy pv_w"):
        values(path, mapping)
    wanted = [0.0, 4.0, 8.0, 12.0]
    assert values(path, mapping, {"pv_w": Kind.ENERGY}) == wanted
    assert values(path, [f"pv_w={name}*4", "load_w=Haus"]) == wanted
    with pytest.raises(StudyError, match="which is energy"):
        values(path, [f"pv_w={name}*1000", "load_w=Haus"])


def test_columns_add_up(tmp_path: Path) -> None:
    rows = ["10:00,1200,300,0,150", "10:01,1000,,40,0", "10:02,0,0,7,0"]
    text = "\n".join(["Zeit,pv1,pv-2,imp,exp", *(f"2025-06-01 {row}" for row in rows)])
    path = written(tmp_path / "t.csv", text)
    series = assemble("t", samples(path, ["pv_w=pv1 + pv-2*2", "grid_w=imp-exp"]), 60.0)
    assert (series.pv_w[0], series.load_w[0], series.load_w[2]) == (1800.0, 1650.0, 7.0)
    with pytest.raises(StudyError, match="can be read as a column and as a sum"):
        samples(written(path, text.replace("imp,exp", "imp,imp-pv1")), ["pv_w=pv1", "grid_w=imp-pv1"])
    with pytest.raises(StudyError, match="two columns “pv1”"):
        samples(written(path, text.replace("pv-2", "pv1")), ["pv_w=pv1", "grid_w=imp"])
    with pytest.raises(StudyError, match=r"t.csv:1: there is no column “imp-eep”. The columns are Zeit, pv1"):
        samples(written(path, text), ["pv_w=pv1", "grid_w=imp-eep"])


STATES = """entity_id,state,last_changed
sensor.pv,1000,2025-06-01T10:00:00.000Z
sensor.pv,400,2025-06-01T10:01:30.000Z
sensor.pv,unavailable,2025-06-01T10:04:00.000Z
sensor.grid,-500,2025-06-01T10:00:00.000Z
sensor.other,on,2025-06-01T10:00:00.000Z
sensor.grid,-100,2025-06-01T10:02:00.000Z
"""


@pytest.mark.parametrize("how", [{}, {"long": ("entity_id", "state"), "time_column": "last_changed"}])
def test_states_of_home_assistant_hold_until_they_change(tmp_path: Path, how: dict[str, object]) -> None:
    path = written(tmp_path / "t.csv", STATES)
    series = assemble("t", samples(path, ["pv_w=sensor.pv", "grid_w=sensor.grid"], **how), 60.0)
    assert list(series.pv_w[:4]) == [1000.0, 700.0, 400.0, 400.0]
    assert list(series.load_w[:4]) == [500.0, 200.0, 300.0, 300.0]
    with pytest.raises(
        StudyError, match=r"t.csv:1: there are no rows of “sensor.x”. The names are sensor.pv, sensor.g"
    ):
        samples(path, ["pv_w=sensor.x", "grid_w=sensor.grid"], **how)


def test_a_column_of_units_is_applied(tmp_path: Path) -> None:
    rows = [f"pv,{n}.5,2025-06-01T10:0{n}Z,{'kW'}" for n in range(3)] + ["grid,5,2025-06-01T10:00Z,W"]
    text = "\n".join(["name,value,time,unit", *rows])
    how = {"long": ("name", "value"), "time_column": "time"}
    path = written(tmp_path / "t.csv", text)
    assert values(path, ["pv_w=pv", "grid_w=grid"], **how) == [500.0, 1500.0, 2500.0]
    with pytest.raises(StudyError, match=r"t.csv:3: pv is in Wh here, and in kW before"):
        values(
            written(path, text.replace("1.5,2025-06-01T10:01Z,kW", "1.5,2025-06-01T10:01Z,Wh")),
            ["pv_w=pv", "grid_w=grid"],
            **how,
        )


def test_two_values_at_one_time_are_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", PLAIN.format(",") + "2025-06-01 10:00,4,5\n2025-06-01 10:01,2,6\n")
    with pytest.raises(
        StudyError, match=r"t.csv:4: “PV” has two values at one time, 1 \(line 2\) and 4.*--repeated-times"
    ):
        values(path, MAP)
    assert values(path, MAP, repeated_times=True) == [1.0, 4.0, 2.0, 2.0]


def test_states_are_unknown_while_nothing_was_written(tmp_path: Path) -> None:
    rows = ["sensor.pv,5,2025-06-01T10:00Z", "sensor.grid,1,2025-06-01T10:10Z", "sensor.pv,7,2025-06-01T16:00Z"]
    path = written(tmp_path / "t.csv", "\n".join(["entity_id,state,last_changed", *rows]))
    series = assemble("t", samples(path, ["pv_w=sensor.pv", "grid_w=sensor.grid"]), 60.0)
    assert [minute for minute in range(360) if series.pv_w[minute] == series.pv_w[minute]] == list(range(11))


def test_states_every_two_hours_have_no_gaps(tmp_path: Path) -> None:
    hours = [f"2025-06-01T{hour:02}:00:{hour:02}Z" for hour in range(0, 24, 2)]
    rows = [f"sensor.{name},{n % 3},{time}" for name in ("pv", "grid") for n, time in enumerate(hours)]
    path = written(tmp_path / "t.csv", "\n".join(["entity_id,state,last_changed", *rows]))
    series = assemble("t", samples(path, ["pv_w=sensor.pv", "grid_w=sensor.grid"]), 60.0)
    assert series.known_share == 1.0
    assert series.pv_w[130] == 1.0


def test_a_table_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "t.csv", PLAIN.format(","))
    path.write_bytes(gzip.compress(path.read_bytes() + b" " * 2_000_000))
    with pytest.raises(StudyError, match=r"t.csv:4: the line is longer than 1000000 characters"):
        values(path, MAP)
    monkeypatch.setattr("optimizer.study.input.text.MAX_SIZE", 40)
    with pytest.raises(StudyError, match=r"t.csv:3: larger than"):
        values(written(path, PLAIN.format(",")), MAP)
    monkeypatch.undo()
    monkeypatch.setattr("optimizer.study.input.table.MAX_ROWS", 1)
    with pytest.raises(StudyError, match=r"t.csv:3: more than 1 rows"):
        values(path, MAP)
    monkeypatch.setattr("optimizer.study.input.table.MAX_NAMES", 1)
    with pytest.raises(StudyError, match=r"t.csv:5: more than 1 names"):
        samples(written(path, STATES), ["pv_w=sensor.pv", "grid_w=sensor.grid"])


START = datetime(2025, 6, 1, 10, tzinfo=UTC)
POWERS = st.decimals(0, 99_999, places=2)


def number(value: object, *, comma: bool, grouped: bool) -> str:
    text = format(value, ",.2f" if grouped else ".2f")  # type: ignore[call-overload]
    return text.translate(str.maketrans(",.", ".,")) if comma else text


def as_text(rows: Sequence[Sequence[str]], separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=at_least(200))
@given(
    powers=st.lists(st.tuples(POWERS, POWERS, POWERS), min_size=4, max_size=20),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]),
    form=st.sampled_from(["wide", "states"]),
    units=st.booleans(),
    preamble=st.sampled_from(["", "Anlage: Müller\r\n\r\n"]),
    comma=st.booleans(),
    grouped=st.booleans(),
    options=st.booleans(),
)
def test_a_table_in_any_form_reads_back_to_its_numbers_or_is_refused(
    tmp_path: Path, powers: list[tuple[object, object, object]], separator: str, encoding: str, form: str,
    units: bool, preamble: str, comma: bool, grouped: bool, options: bool,
) -> None:  # fmt: skip
    def cells(row: tuple[object, ...]) -> list[str]:
        return [number(value, comma=comma, grouped=grouped) for value in row]

    names = ["Süd", "West", "Bezug"]
    times = [f"{START + timedelta(minutes=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(len(powers))]
    if form == "wide":
        head = [["time", *names], *([["[yyyy-MM-dd]", "[W]", "[W]", "[W]"]] if units else [])]
        rows = head + [[time, *cells(row)] for time, row in zip(times, powers, strict=True)]
        how: dict[str, object] = {"time_column": "time"}
    else:
        columns = zip(names, zip(*powers, strict=True), strict=True)
        rows = [["entity_id", "state", "last_changed"]]
        rows += [[name, text, time] for name, own in columns for text, time in zip(cells(own), times, strict=True)]
        how = {}
    path = written(tmp_path / "t.csv", preamble + as_text(rows, separator), encoding)
    if options:
        how |= {"encoding": encoding, "delimiter": separator, "decimal": "," if comma else "."}
    try:
        found = samples(path, ["pv_w=Süd+West", "grid_w=Bezug"], **how)
    except StudyError as error:
        assert not options
        assert str(path) in str(error)
        assert "--encoding" in str(error)
        return
    series = assemble("t", found)
    wanted = [[float(str(value)) for value in row] for row in powers]
    assert list(series.pv_w) == pytest.approx([south + west for south, west, _ in wanted])
    assert list(series.load_w) == pytest.approx([sum(row) for row in wanted])
    assert series.start == START


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_date_and_clock_in_two_columns(tmp_path: Path, separator: str) -> None:
    rows = [("Datum", "Uhrzeit", "PV", "Haus"), ("01.06.2025", "10:00", "1", "5"), ("01.06.2025", "24:00", "2", "6")]
    path = written(tmp_path / "t.csv", "Anlage\n" + "".join(separator.join(row) + "\n" for row in rows))
    found = samples(path, MAP, time_column="Datum+Uhrzeit")["pv_w"][0]
    assert list(found.values) == [1.0, 2.0]
    assert found.at_s[1] - found.at_s[0] == 14 * 3600.0
    with pytest.raises(StudyError, match=r"t.csv:4: “PV” has two values on one day.*--time-column DATE\+TIME"):
        values(path, MAP, time_column="Datum")
    with pytest.raises(
        StudyError, match=r"there is no column “Datum\+Zeit”.*Name the one with the time: --time-column"
    ):
        values(path, MAP, time_column="Datum+Zeit")


def test_a_plus_in_the_name_of_the_time_column(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.csv", "Tag,Zeit,Tag+Zeit,PV,Haus\n7,8,2025-06-01 10:00,1,5\n7,8,2025-06-01 10:01,2,6\n"
    )
    assert values(path, MAP, time_column="Tag+Zeit") == [1.0, 2.0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    minutes=st.sampled_from([5, 15, 60]),
    first=st.integers(0, 60),
    length=st.integers(1, 40),
    backwards=st.booleans(),
    values_of=st.sampled_from([10_000, 1, 3]),
)
def test_a_part_pasted_twice_does_not_hide_the_hour_that_occurs_twice(
    tmp_path: Path, minutes: int, first: int, length: int, backwards: bool, values_of: int
) -> None:
    """The copy is left out, and each row has its own time. With equal values, rows may lack."""
    start = datetime(2025, 10, 25, 10, tzinfo=UTC)
    times = [start + timedelta(minutes=minutes * n) for n in range(24 * 60 // minutes)]
    rows = [f"{at.astimezone(ZONE):%Y-%m-%d %H:%M};{n % values_of};{n % 7}\n" for n, at in enumerate(times)]
    copy = rows[first % len(rows) :][:length]
    whole = rows[::-1] + copy[::-1] if backwards else rows + copy
    path = written(tmp_path / "t.csv", "Zeit;PV;Haus\n" + "".join(whole))
    try:
        found = samples(path, MAP, {"pv_w": Kind.POWER, "load_w": Kind.POWER})["pv_w"][0]
    except StudyError as error:
        assert "t.csv:" in str(error)
        in_hour = all(row[11:13] == "02" for row in copy)  # a copy of nothing else may be of either hour
        assert values_of < len(rows) or in_hour
        return
    wanted = {at.timestamp(): float(n % values_of) for n, at in enumerate(times)}
    read = dict(found)
    assert all(wanted[at_s] == value for at_s, value in read.items())
    assert values_of < len(rows) or read == wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(minutes=st.sampled_from([5, 15, 60]), seed=st.integers(0, 1000))
def test_without_order_only_the_hour_that_occurs_twice_is_unknown(tmp_path: Path, minutes: int, seed: int) -> None:
    start = datetime(2025, 10, 25, 10, tzinfo=UTC)
    times = [start + timedelta(minutes=minutes * n) for n in range(24 * 60 // minutes)]
    rows = [f"{at.astimezone(ZONE):%Y-%m-%d %H:%M};{n};{n % 7}\n" for n, at in enumerate(times)]
    random.Random(seed).shuffle(rows)
    path = written(tmp_path / "t.csv", "Zeit;PV;Haus\n" + "".join(rows))
    found = table(path, MAP)
    twice = [at for at in times if f"{at.astimezone(ZONE):%d %H}" == "26 02"]
    wanted = {at.timestamp(): float(n) for n, at in enumerate(times) if at not in twice}
    assert dict(found.columns["pv_w"][0].samples) == wanted
    assert found.left_out == len(twice)


@given(first=st.integers(0, 60), length=st.integers(3, 30), at_end=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_two_parts_with_the_same_times_are_named_by_their_lines(
    tmp_path: Path, first: int, length: int, at_end: bool
) -> None:
    rows = [f"2025-06-01 {n // 4:02}:{15 * (n % 4):02}" for n in range(96)]
    again = [f"{time},{n + 500},5\n" for n, time in enumerate(rows)][first : first + length]
    whole = [f"{time},{n},5\n" for n, time in enumerate(rows)]
    place = len(whole) if at_end else first + length
    path = written(tmp_path / "t.csv", "Zeit,PV,Haus\n" + "".join([*whole[:place], *again, *whole[place:]]))
    lines = f"lines {place + 2} to {place + 1 + length} have the times of lines {first + 2} to {first + 1 + length}"
    with pytest.raises(StudyError, match=f"{lines} with other values of “PV”.*Remove one of the two parts"):
        table(path, MAP)
    assert table(path, MAP, repeated_times=True)
