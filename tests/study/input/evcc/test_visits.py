"""Sessions of evcc: every form gives the same visits, what is unknown stays unknown, and mistakes name their place."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.study.input.evcc.visits import Visit, Visits, read_visits
from optimizer.study.input.series import StudyError
from optimizer.words.language import language_of
from optimizer.words.text import in_language
from tests.examples import one_in
from tests.study.input.evcc.written import BERLIN, UNSET, Charged, as_csv, as_database, as_json

NOON = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = Charged(NOON, NOON + HOUR, solar=50.0, price=1.5)
GERMAN = language_of("de")


def read(data: bytes, encoding: str = "") -> Visits:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sessions"
        path.write_bytes(data)
        return read_visits(path, BERLIN, encoding)


def of_database(sessions: list[Charged]) -> Visits:
    with TemporaryDirectory() as folder:
        return read_visits(as_database(Path(folder) / "evcc.db", sessions), BERLIN)


FORMS: dict[str, Callable[[list[Charged]], Visits]] = {
    "csv": lambda sessions: read(as_csv(sessions)),
    "csv-de": lambda sessions: read(as_csv(sessions, "de")),
    "csv-old": lambda sessions: read(as_csv(sessions, old=True)),
    "csv-old-de": lambda sessions: read(as_csv(sessions, "de", old=True)),
    "json": lambda sessions: read(as_json(sessions)),
    "json-wrapped": lambda sessions: read(as_json(sessions, wrapped=True)),
    "database": of_database,
}
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30)
amounts = st.none() | st.floats(0.01, 50_000.0)


@st.composite
def charged(draw: st.DrawFn) -> list[Charged]:
    """Sessions one after the other, with any of the values missing that evcc may not know."""
    at = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 20_000)))
    found = []
    for _ in range(draw(st.integers(0, 8))):
        begin = at + timedelta(microseconds=draw(st.integers(1_000_000, 40 * 3_600_000_000)))
        at = begin + timedelta(microseconds=draw(st.integers(0, 20 * 3_600_000_000)))
        found.append(
            Charged(
                begin,
                at,
                draw(names.filter(lambda name: name.strip() != "")),
                draw(st.just("") | names),
                draw(st.floats(0.06, 100.0)),
                draw(amounts),
                draw(amounts),
                draw(st.none() | st.floats(0.0, 100.0)),
                draw(st.none() | st.floats(-5.0, 100.0)),
            )
        )
    return found


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=one_in(2), deadline=None)
@given(sessions=charged())
def test_every_form_gives_the_same_visits(form: str, sessions: list[Charged]) -> None:
    found = FORMS[form](sessions)
    assert found.left_out == []
    assert len(found.visits) == len(sessions)
    by_second = "csv" in form  # CSV has local times without their zone
    for one, visit in zip(sessions, found.visits, strict=True):
        if by_second and found.remarks:
            assert abs(visit.start - one.created) <= HOUR + timedelta(seconds=1)
        else:
            assert visit.start == one.created.replace(microsecond=0)
            assert one.finished is not None
            assert visit.end == one.finished.replace(microsecond=0)
        assert (visit.loadpoint, visit.vehicle) == (" ".join(one.loadpoint.split()), " ".join(one.vehicle.split()))
        for mine, theirs in (
            (visit.energy_wh, one.energy), (visit.meter_start_wh, one.meter_start),
            (visit.meter_end_wh, one.meter_stop),
        ):  # fmt: skip
            assert mine == (None if theirs is None else pytest.approx(theirs * 1000.0, abs=0.51))
        assert visit.solar_percent == (None if one.solar is None else pytest.approx(one.solar, abs=0.001))
        assert visit.cost_ct == (None if one.price is None else pytest.approx(one.price * 100.0, abs=0.051))


@settings(max_examples=one_in(2), deadline=None)
@given(sessions=charged())
def test_a_session_has_the_energy_and_the_money_of_the_visit_and_no_more(sessions: list[Charged]) -> None:
    for one, visit in zip(sessions, FORMS["json"](sessions).visits, strict=True):
        session = visit.session("carport")
        assert session.energy_wh == pytest.approx(one.energy * 1000.0)
        assert (session.source, session.open, session.surplus_wh, session.battery_wh) == ("evcc", False, 0.0, 0.0)
        assert session.sun_share == (None if one.solar is None else pytest.approx(one.solar / 100.0))
        assert (session.unknown_wh > 0.0) == (one.solar is None)
        assert session.cost_ct == pytest.approx((one.price or 0.0) * 100.0)
        assert session.unpriced_wh == (pytest.approx(session.energy_wh) if one.price is None else 0.0)
        assert session.saved_ct is None


def test_a_reading_of_zero_is_no_reading() -> None:
    (visit,) = read(as_json([Charged(NOON, NOON + HOUR, meter_start=0.0, meter_stop=5.0)])).visits
    assert (visit.meter_start_wh, visit.meter_end_wh) == (None, 5000.0)


@pytest.mark.parametrize("form", FORMS)
def test_sessions_without_an_end_or_with_an_impossible_one_are_left_out_and_told(form: str) -> None:
    found = FORMS[form](
        [
            Charged(NOON, None),
            Charged(NOON, NOON - HOUR),
            Charged(NOON, NOON + HOUR, loadpoint=""),
            Charged(NOON, NOON + HOUR, energy=-1.0),
            Charged(NOON, NOON + HOUR, energy=0.01),
            ONE,
        ]
    )
    assert len(found.visits) == 1
    reasons = [line.partition(": ")[2] for line in found.left_out]
    assert [reason.split(".")[0].split(":")[0] for reason in reasons] == [
        "it has no end", "it ends before it starts", "it names no charging point", "its energy is not known",
    ]  # fmt: skip


def test_the_hour_that_occurs_twice_is_told_in_csv_and_known_in_json() -> None:
    begin = datetime(2024, 10, 27, 1, 30, tzinfo=UTC)  # the second 02:30 in Berlin
    ended = begin + timedelta(minutes=20)
    found = read(as_csv([Charged(begin, ended)]))
    (visit,) = found.visits
    assert (visit.start, visit.end) == (begin - HOUR, ended - HOUR)
    assert [remark.partition(": ")[2].split(".")[0] for remark in found.remarks] == [
        "the time 2024-10-27 02:30 occurs twice in Europe/Berlin",
        "the time 2024-10-27 02:50 occurs twice in Europe/Berlin",
    ]
    assert ":2, Created" in found.remarks[0]
    known = read(as_json([Charged(begin, ended)]))
    assert (known.visits[0].start, known.remarks) == (begin, [])
    # An end that would be before its start is the second one.
    (across,) = read(as_csv([Charged(begin - HOUR + timedelta(minutes=25), begin + timedelta(minutes=5))])).visits
    assert across.end - across.start == timedelta(minutes=40)


def test_a_local_time_that_does_not_exist_is_of_another_zone() -> None:
    data = as_csv([ONE]).replace(b"2024-06-01 12:00:00", b"2024-03-31 02:30:00")
    with pytest.raises(StudyError, match=r":2, Created: the time 2024-03-31 02:30 does not exist in Europe/Berlin"):
        read(data)


EN = as_csv([ONE]).decode("utf-8-sig").replace("CO₂", "CO2")
MISTAKES: list[tuple[bytes | str, str]] = [
    (EN.replace("10,1h", "ten,1h"), r":2, Energy \(kWh\): 'ten' is not a number"),
    (EN.replace("10,1h", "1.234.5,1h"), r":2, Energy \(kWh\): '1.234.5' is not a number"),
    (EN.replace("2024-06-01 12", "01/06/2024 12"), r":2, Created: '01/06/2024 12:00:00' is not a time"),
    (EN.replace("2024-06-01 12", "1024-06-01 12"), r":2, Created: .* is not a time"),
    (EN.replace(",50,", ",150,"), r":2, Solar \(%\): 150.00 is no part of 100 %"),
    (EN.replace("Carport", "x" * 300), r":2, Charging point: .* is not a name of at most 200 characters"),
    (EN.replace("Carport", "Car,port"), r":2: 15 columns where the header has 14"),
    (EN.replace("Carport", '"Car'), r":2: not a CSV file: "),
    (EN.replace("Finished", "Ended"), r":1: this is not evcc's list .* columns: Finished. Found: Created, Ended"),
    (EN.replace("Identifier", "Ladepunkt"), r":1: two columns mean the same: Charging point, Ladepunkt"),
    ("", r":1: this is not evcc's list"),
    ("<html><body>login</body></html>", r":1: this is not evcc's list"),
    (EN.replace("Carport", "Gär").encode("cp1252"), r":2: a character is not utf-8\. .*--encoding cp1252"),
    (b"PK\x03\x04" + b"x" * 50, r"a spreadsheet of Excel"),
    (b"[" * 200_000, r"not JSON"),
    (b'[{"created": ]', r":1:14: not JSON"),
    (b'{"message": "unauthorized"}', r"this is no list of sessions but {'message'"),
    (b"[1]", r"entry 1: not a session of evcc, without created"),
    (b'[{"created": NaN}]', r"not JSON: NaN is not a number"),
    (as_json([ONE]).replace(b"10.0", b"true"), r"entry 1, chargedEnergy: True is not a number"),
    (as_json([ONE]).replace(b"10.0", b"1e99"), r"entry 1, chargedEnergy: 1e\+99 is not a number"),
    (as_json([ONE]).replace(b'"Carport"', b"[1]"), r"entry 1, loadpoint: \[1\] is not a name"),
    (as_json([ONE]).replace(b'"2024-06-01T12:00:00+02:00"', b"17"), r"entry 1, created: 17 is not a time"),
    (b"SQLite format 3\x00" + b"x" * 4096, r"the database cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), MISTAKES)
def test_a_mistake_names_its_place_and_what_to_do_in_both_languages(data: bytes | str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as raised:
        read(data.encode() if isinstance(data, str) else data)
    assert GERMAN is not None
    assert in_language(raised.value.args[0], GERMAN) != str(raised.value)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (EN, "utf-8"), (EN, "utf-16"), (EN.replace("Carport", "Gär"), "cp1252"), ("sep=,\n" + EN, "utf-8"),
        (EN.replace("\n", "\r\n"), "utf-8"), (EN.replace(",", "\t"), "utf-8"),
        ("\n" + EN.replace("2024-06-01 12:00:00", "01.06.2024 12:00:00") + "\n,,,,,,,,,,,,,\n", "utf-8"),
        (EN.replace("\n", ",,\n"), "utf-8"),
    ],
)  # fmt: skip
def test_a_table_that_a_spreadsheet_saved_is_read(text: str, encoding: str) -> None:
    (visit,) = read(text.encode(encoding), encoding if encoding == "cp1252" else "").visits
    assert (visit.start, visit.energy_wh) == (NOON, 10_000.0)


def test_digits_and_decimal_signs_of_other_languages_are_read() -> None:
    assert read(EN.replace(",10,1h", ",١٦٫٨١,1h").encode()).visits[0].energy_wh == pytest.approx(16_810.0)
    assert read(EN.replace(",10,1h", ',"16,81",1h').encode()).visits[0].energy_wh == pytest.approx(16_810.0)


def test_the_first_versions_are_read() -> None:
    head = "Created,Finished,Loadpoint,Identifier,Vehicle,Meter Start (kWh),Meter Stop (kWh),Charged Energy (kWh)\n"
    row = "2022-10-08 12:00:00,2022-10-08 13:00:00,Carport,,e-Golf,100.000,110.500,10.500\n"
    (visit,) = read((head + row).encode()).visits
    assert (visit.energy_wh, visit.meter_end_wh, visit.solar_percent, visit.cost_ct) == (10_500, 110_500, None, None)


def test_the_database_is_not_written_and_one_of_another_program_is_refused(tmp_path: Path) -> None:
    path = as_database(tmp_path / "evcc.db", [ONE])
    before = path.read_bytes()
    path.chmod(0o400)
    (visit,) = read_visits(path, BERLIN).visits
    assert visit.start == NOON
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["evcc.db"]
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE sessions (created datetime)")
    with pytest.raises(StudyError, match=r"no database of evcc: its table “sessions” lacks finished, loadpoint"):
        read_visits(tmp_path / "other.db", BERLIN)


def test_times_in_the_default_form_of_go_are_read(tmp_path: Path) -> None:
    path = as_database(tmp_path / "evcc.db", [ONE])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sessions SET created = '2024-06-01 12:00:00.123456789 +0200 CEST m=+0.5'")
    assert read_visits(path, BERLIN).visits[0].start == NOON


def test_a_database_with_a_hostile_table_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.study.input.evcc.database.DEADLINE_S", 0.0)
    monkeypatch.setattr("optimizer.study.input.evcc.database.STEPS", 10)
    path = as_database(tmp_path / "evcc.db", [ONE] * 50)
    with pytest.raises(StudyError, match=r"the database cannot be read: interrupted"):
        read_visits(path, BERLIN)


@pytest.mark.parametrize("form", ["csv", "json", "database"])
def test_the_number_of_rows_has_a_bound(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.study.input.evcc.visits.MOST_ROWS", 3)
    assert len(FORMS[form]([ONE] * 3).visits) == 3
    with pytest.raises(StudyError, match="more than 3 sessions"):
        FORMS[form]([ONE] * 4)


def test_the_size_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.study.input.evcc.visits.MOST_BYTES", 100)
    with pytest.raises(StudyError, match="larger than 0 MB"):
        read(as_csv([ONE]))
    with pytest.raises(StudyError, match="cannot be read: No such file"):
        read_visits(tmp_path / "none.csv", BERLIN)
    with pytest.raises(StudyError, match="cannot be read: Is a directory"):
        read_visits(tmp_path, BERLIN)


def test_names_are_one_line_without_control_characters() -> None:
    (visit,) = read(as_json([Charged(NOON, NOON + HOUR, loadpoint="a\x1b[31m\nb\u202ec")])).visits
    assert visit.loadpoint == "a [31m b c"


NAMES = st.sampled_from(list(json.loads(as_json([ONE]))[0]))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@settings(max_examples=one_in(1), deadline=None)
@given(
    st.recursive(
        LEAVES, lambda part: st.lists(part, max_size=4) | st.dictionaries(NAMES, part, max_size=9), max_leaves=20
    )
)
def test_any_document_gives_visits_or_a_mistake(document: Any) -> None:
    try:
        found = read(json.dumps([document] if isinstance(document, dict) else document).encode())
    except StudyError:
        return
    assert all(isinstance(one, Visit) for one in found.visits)


def test_a_session_that_never_began_is_left_out() -> None:
    found = read(as_json([Charged(UNSET, NOON)]))
    assert "it has no start" in found.left_out[0]
