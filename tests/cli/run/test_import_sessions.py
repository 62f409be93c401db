"""`optimizer import-sessions`: what it would add, what it adds, and what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from optimizer.journal.schema import open_to_write
from optimizer.journal.sessions import Session, read_sessions
from optimizer.journal.writer import Journal
from tests.cli.program import Runner, application
from tests.study.input.evcc.written import Charged, as_csv, as_database, as_json

ALL = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
NOON = datetime(2024, 6, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = """
site: {time_zone: Europe/Berlin, latitude: 52.5, longitude: 13.4}
state_dir: state
devices:
  carport: {type: nrgkick, url: "http://192.168.1.20"}
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with a journal, and a file of evcc with three sessions, one without an end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text("rules: []\n")
    (tmp_path / "state").mkdir()
    open_to_write(tmp_path / "state" / "journal.db").close()
    charged = [
        Charged(NOON, NOON + HOUR, "Garage links", "e-Golf", solar=50.0, price=1.5),
        Charged(NOON + 5 * HOUR, NOON + 6 * HOUR, "Garage links"),
        Charged(NOON + 9 * HOUR, None, "Garage links"),
    ]
    (tmp_path / "evcc.csv").write_bytes(as_csv(charged, "de", old=True))
    (tmp_path / "evcc.json").write_bytes(as_json(charged))
    as_database(tmp_path / "evcc.db", charged)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = Runner().invoke(application(), ["import-sessions", *words])
    return result.exit_code, result.output


def recorded(house: Path) -> list[Session]:
    return read_sessions(house / "state" / "journal.db", *ALL)


def test_without_yes_it_shows_and_writes_nothing(house: Path) -> None:
    code, said = run("evcc.csv")
    assert code == 0
    assert "To be added: 2." in said
    assert "Nothing was written. Add --yes to write it." in said
    assert "evcc.csv:4: it has no end" in said
    assert "“Garage links” is no charger of site.yaml." in said and "names: carport" in said
    assert "Garage links  2         20.00  -        -        5.00  50 %  1.50  -" in said
    assert recorded(house) == []


def test_every_form_adds_the_same_sessions_once(house: Path) -> None:
    mapped = ("--charger", "Garage links=carport", "--yes")
    assert "Added: 2." in run("evcc.csv", *mapped)[1]
    first = recorded(house)
    assert [(one.charger, one.source) for one in first] == [("carport", "evcc")] * 2
    for file in ("evcc.csv", "evcc.json", "evcc.db"):
        code, said = run(file, *mapped)
        assert (code, "Already imported: 2." in said, "Nothing is to be added." in said) == (0, True, True)
    assert recorded(house) == first
    assert "From evcc: 2. Nothing was removed." in run("--remove")[1]
    assert "Removed: 2." in run("--remove", "--yes")[1]
    assert recorded(house) == []


def test_a_session_beside_one_of_our_own_is_left_out(house: Path) -> None:
    mine = Session("carport", NOON + 5.5 * HOUR, NOON + 7 * HOUR, open=False, surplus_wh=500.0)
    journal = Journal(house / "state" / "journal.db")
    journal.keep_session(mine)
    journal.close()
    said = run("evcc.csv", "--charger", "Garage links=carport", "--yes")[1]
    assert "carport, 2024-06-01 17:00: beside the recorded one of 2024-06-01 17:30" in said
    assert "Added: 1." in said
    assert [one.source for one in recorded(house)] == ["evcc", ""]


def test_the_zone_in_which_evcc_ran(house: Path) -> None:
    run("evcc.csv", "--zone", "UTC", "--yes")
    assert recorded(house)[0].start == NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a file of evcc, or --remove"),
        (("evcc.csv", "--remove"), "name a file of evcc, or --remove"),
        (("none.csv",), "none.csv: cannot be read: No such file or directory"),
        (("evcc.csv", "--charger", "carport"), "--charger carport: write TITLE=NAME"),
        (("evcc.csv", "--charger", "Yard=carport"), "evcc.csv has no charging point “Yard”. It has Garage links"),
        (("evcc.csv", "--zone", "Europe/Wien"), "“Europe/Wien” is not a time zone"),
        (("site.yaml",), "this is not evcc's list of sessions in English or German"),
    ],
)
def test_mistakes(words: tuple[str, ...], message: str, house: Path) -> None:
    code, said = run(*words)
    assert (code, message in said) == (2, True), said
    assert recorded(house) == []


def test_without_a_journal_nothing_is_made(house: Path) -> None:
    (house / "state" / "journal.db").unlink()
    code, said = run("evcc.csv", "--yes")
    assert code == 1 and "there is no journal" in said
    assert list((house / "state").iterdir()) == []


def test_many_lines_of_one_kind_are_counted(house: Path) -> None:
    (house / "many.csv").write_bytes(as_csv([Charged(NOON + HOUR * number, None) for number in range(25)]))
    said = run("many.csv")[1]
    assert said.count("it has no end") == 20 and "  and 5 more" in said
