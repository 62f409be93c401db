"""The study's commands as a person runs them: what they print, what they write, and what they say of mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import Result

from optimizer.cli.moments import FORMS
from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import TickReport
from optimizer.journal.writer import Journal
from optimizer.rules.book.files import book_from_texts
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.input.trace import read_trace, write_trace
from optimizer.study.jobs import Done, Job
from optimizer.twin.battery import BatterySpec
from tests.cli.program import Runner, application
from tests.study.scene import FAST, START, SURPLUS, sunny

SETTINGS = """
site:
  time_zone: Europe/Berlin
devices:
  carport:
    type: nrgkick
    url: http://127.0.0.1:9
    charger: {phase_switching: true}
  house:
    type: fems
    url: http://127.0.0.1:9
    password: owner
rules: rules.yaml
state_dir: state
tariff: {import_ct: 30, feed_in_ct: 8, alternative_ct: 19}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, two rule files and a trace of three hours."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(SETTINGS)
    (tmp_path / "rules.yaml").write_text(SURPLUS)
    (tmp_path / "fast.yaml").write_text(FAST)
    write_trace(sunny(3.0, start=START + timedelta(hours=9)), tmp_path / "day.csv")
    return tmp_path


def run(*words: str) -> Result:
    return Runner().invoke(application(), list(words), env={"COLUMNS": "120", "NO_COLOR": "1"})


def test_simulate_a_trace(home: Path) -> None:
    result = run("simulate", "--trace", "day.csv", "--tick", "60")
    assert result.exit_code == 0, result.output
    assert "Car: energy" in result.output
    assert "was stopped" not in result.output
    assert "hindsight" in result.output


def test_simulate_generated_weather_for_a_car_on_its_trips(home: Path) -> None:
    words = ("--from", "2025-06-02", "--days", "0.5", "--car", "commuter", "--tick", "60", "--no-bound", "--seed", "7")
    result = run("simulate", *words)
    assert result.exit_code == 0, result.output
    assert "generated" in result.output
    assert "hindsight" not in result.output


GOALS = """
vehicles: {id3: {charger: carport, capacity_wh: 40000}}
goals: [{vehicle: id3, ready: "daily 12:00", soc: 60%}]
"""


def test_simulate_with_a_goal_compares_with_and_without_the_schedule(home: Path) -> None:
    (home / "site.yaml").write_text(SETTINGS + GOALS)
    words = ("--trace", "day.csv", "--trip", "mon-fri 12:10-17:30 8kWh", "--car-soc", "--tick", "60", "--no-bound")
    result = run("simulate", *words)
    assert result.exit_code == 0, result.output
    assert "no schedule" in result.output
    assert "Departures: goal met" in result.output
    result = run("simulate", *words, "--no-schedule")
    assert result.exit_code == 0, result.output
    assert "schedule" not in result.output
    assert "Departures" not in result.output


def test_what_was_stopped_says_until_when_it_goes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(jobs: Sequence[Job], *_: object, **__: object) -> Done:
        return Done(tuple(job.run(lambda _: False) for job in jobs), True)

    monkeypatch.setattr("optimizer.study.jobs.run_jobs", pressed)
    words = ("--from", "2025-06-02", "--days", "3", "--tick", "60")
    result = run("simulate", *words)
    assert result.exit_code == 0, result.output
    assert "rules was stopped. The result ends at 2025-06-03 00:00." in result.output
    result = run("backtest", "--rules", "fast.yaml", *words)
    assert "rules was stopped" in result.output
    assert "fast was stopped" in result.output


def test_backtest_writes_its_report(home: Path) -> None:
    result = run("backtest", "--rules", "fast.yaml", "--trace", "day.csv", "--tick", "60", "--report", "out.html")
    assert result.exit_code == 0, result.output
    assert "fast costs" in result.output
    assert "Largest differences by rule" in result.output
    assert "fast against rules" in (home / "out.html").read_text()


def test_tune_a_parameter(home: Path) -> None:
    (home / "days.csv").write_text("")
    write_trace(sunny(6.0, start=START + timedelta(hours=8)), home / "days.csv")
    result = run("tune", "grid_target_w=-500..0:2", "--trace", "days.csv", "--tick", "60", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert "grid_target_w" in result.output
    assert "as it is" in result.output


def test_import_a_table(home: Path) -> None:
    rows = [f"2025-06-01 12:{minute:02d},{minute},{-minute}" for minute in range(0, 30, 5)]
    (home / "own.csv").write_text("\n".join(["Zeit,PV,Netz", *rows]))
    with (home / "own.csv").open("a") as table:
        table.write("\n2025-06-01 12:30,unavailable,unknown\n2025-06-01 12:35,35,-35\n")
    words = ("--time-column", "Zeit", "--zone", "Europe/Berlin", "--map", "pv_w=PV*1000", "--map", "grid_w=Netz*500")
    result = run("import", "trace.csv.gz", "--csv", "own.csv", *words)
    assert result.exit_code == 0, result.output
    series = read_trace(home / "trace.csv.gz")
    assert (series.step_s, series.pv_w[1], series.load_w[1]) == (300.0, 5000.0, 2500.0)
    assert f"{series.start:%H:%M}" == "10:00"
    assert "2 cells are marked as unknown" in result.output


@pytest.mark.parametrize(
    ("name", "first", "words", "start", "says"),
    [
        ("Zeit", 0, (), "00:00", "Each one counts as the beginning. If it is the end, write --times-at-end."),
        ("Zeit", 0, ("--times-at-begin",), "00:00", ""),
        ("Zeit", 0, ("--times-at-end",), "23:45", ""),
        ("bis", 0, (), "23:45", "each time counts as the end of its interval. If it is the beginning, write"),
        ("bis", 0, ("--times-at-begin",), "00:00", ""),
        ("von", 0, (), "00:00", ""),
        ("Zeit", 1, (), "00:00", "look like the ends of intervals (24:00, or from 00:15 to 00:00), and count as such."),
        ("Zeit", 1, ("--times-at-begin",), "00:15", ""),
    ],
)
def test_import_says_whether_times_are_ends(
    home: Path, name: str, first: int, words: tuple[str, ...], start: str, says: str
) -> None:
    """It says so unless the option or the table tells."""
    rows = [
        f"2025-06-{1 + n // 96:02}T{n % 96 // 4:02}:{n % 4 * 15:02}Z,{n * 37 % 11},7" for n in range(first, 96 + first)
    ]
    (home / "own.csv").write_text("\n".join([f"{name},pv,home", *rows]))
    mapping = ("--map", "pv_w=pv", "--map", "load_w=home", "--time-column", name)
    result = run("import", "trace.csv", "--csv", "own.csv", *mapping, *words)
    assert result.exit_code == 0, result.output
    assert f"{read_trace(home / 'trace.csv').start:%H:%M}" == start
    output = " ".join(result.output.split())
    assert says in output
    assert says or "interval" not in output


def test_import_without_a_mapping_lists_the_columns(home: Path) -> None:
    rows = ["Zeit;PV [kW];Bezug [kW];Einspeisung [kW];Notiz", "2025-06-01 12:00;1;0;1;x", "2025-06-01 12:05;2;0;1;x"]
    (home / "own.csv").write_text("\n".join(rows))
    result = run("import", "trace.csv.gz", "--csv", "own.csv")
    assert result.exit_code == 2
    assert "Einspeisung [kW]: perhaps grid_w with the opposite sign" in result.output
    assert "Notiz: not known" in result.output
    assert '--map "grid_w=Bezug [kW]-Einspeisung [kW]" --map "pv_w=PV [kW]" --time-column "Zeit"' in result.output
    assert not (home / "trace.csv.gz").exists()


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ((), "10:00", "11:00"),
        (("--from", "2025-06-01 12:20"), "10:20", "11:00"),
        (("--to", "2025-06-01T10:30+00:00"), "10:00", "10:30"),
        (("--from", "2025-06-01 12:10", "--to", "2025-06-01 12:20"), "10:10", "10:20"),
    ],
)
def test_import_of_a_part_of_a_table(home: Path, span: tuple[str, ...], first: str, last: str) -> None:
    """Its times, and those of the span, are of --zone."""
    rows = [f"2025-06-01 12:{minute:02d},{minute},300" for minute in range(0, 60, 5)]
    (home / "own.csv").write_text("\n".join(["timestamp,pv,home", *rows]))
    words = ("--csv", "own.csv", "--zone", "Europe/Berlin", "--map", "pv_w=pv", "--map", "load_w=home", *span)
    result = run("import", "part.csv", *words)
    assert result.exit_code == 0, result.output
    series = read_trace(home / "part.csv")
    assert (f"{series.start:%H:%M}", f"{series.end:%H:%M}") == (first, last)


STATES = [
    "entity_id,state,last_changed",
    *(f"sensor.{name},{n},2025-06-01T00:0{n}:00Z" for name in "ab" for n in range(5)),
]
PORTAL = ["Site: Haus", "", "Time,PV (Wh),Home (Wh)", *(f"01.06.2025 00:{n}0,{n},5" for n in range(5))]
METER = ["timestamp,pv,home", *(f"2025-06-01 {n:02d}:00,{9000 + n},50" for n in range(9))]
TWICE = ["timestamp,pv,home", *(f"2025-10-26 {n:02d}:00,1.5,50" for n in range(5))]
BERLIN = ("--zone", "Europe/Berlin")


@pytest.mark.parametrize(
    ("rows", "words", "pv_w"),
    [
        (STATES, ("--map", "pv_w=sensor.a", "--map", "load_w=sensor.b"), 4.0),
        (STATES, ("--long", "entity_id,state", "--time-column", "last_changed", "--map", "pv_w=sensor.a+sensor.b",
                  "--map", "load_w=sensor.b"), 8.0),
        (PORTAL, ("--time-column", "Time", "--map", "pv_w=PV (Wh)", "--map", "load_w=Home (Wh)", "--energy",
                  "pv_w,load_w", "--skip", "2"), 24.0),
        (METER, ("--map", "pv_w=pv*1000", "--map", "load_w=home", "--counter", "pv_w"), 1000.0),
        (METER, ("--map", "pv_w=pv", "--map", "load_w=home", "--power", "pv_w"), 9004.0),
        (TWICE, ("--map", "pv_w=pv", "--map", "load_w=home", *BERLIN, "--repeated-hour", "second"), 1.5),
        (TWICE, ("--map", "pv_w=pv", "--map", "load_w=home", "--encoding", "cp1252", "--decimal-point"), 1.5),
    ],
)  # fmt: skip
def test_import_of_tables_of_other_programs(home: Path, rows: list[str], words: tuple[str, ...], pv_w: float) -> None:
    (home / "own.csv").write_text("\n".join(rows))
    result = run("import", "trace.csv", "--csv", "own.csv", *words)
    assert result.exit_code == 0, result.output
    assert read_trace(home / "trace.csv").pv_w[4] == pv_w
    naive = rows[0] != STATES[0] and "--zone" not in words
    assert ("The times have no zone and count as UTC" in " ".join(result.output.split())) is naive


@pytest.mark.parametrize(
    ("rows", "words", "says"),
    [
        (METER, (), "own.csv:10: “pv” only grows up to here, like a meter reading. Write --counter pv_w"),
        (METER, ("--counter", "load_w"), "own.csv:10: “pv” only grows up to here"),
        (TWICE, BERLIN, "own.csv:4: the time 2025-10-26 02:00 occurs twice in Europe/Berlin"),
        (TWICE, ("--decimal-comma",), "own.csv:2: pv '1.5' is written with a decimal point. Leave --decimal-comma out"),
        ([TWICE[0], "2025-03-30 02:00,1,1"], BERLIN, "own.csv:2: the time 2025-03-30 02:00 does not exist"),
        ([TWICE[0], '2025-03-30 02:00,"1,500",1'], (), "own.csv:2: pv '1,500' is ambiguous"),
        (TWICE, ("--long", "pv"), "--long “pv” is not two columns"),
        (TWICE, ("--repeated-hour", "both"), "--repeated-hour “both” is neither first nor second"),
        (TWICE, ("--energy", "price_ct"), "--energy “price_ct” is not a power"),
        (TWICE, ("--energy", "pv_w", "--power", "pv_w"), "pv_w is --energy and --power. Choose one"),
        (TWICE, ("--energy", "ev_w"), "--energy ev_w: this quantity is not mapped"),
    ],
)
def test_import_never_guesses(home: Path, rows: list[str], words: tuple[str, ...], says: str) -> None:
    (home / "own.csv").write_text("\n".join(rows))
    result = run("import", "trace.csv", "--csv", "own.csv", "--map", "pv_w=pv", "--map", "load_w=home", *words)
    assert result.exit_code == 2, result.output
    assert says in " ".join(result.output.split())
    assert not (home / "trace.csv").exists()


@pytest.mark.parametrize("delimiter", ["", ";;", "tab"])
def test_a_delimiter_is_one_character(home: Path, delimiter: str) -> None:
    words = ("--csv", "day.csv", "--map", "pv_w=pv_w", "--map", "load_w=load_w", "--delimiter", delimiter)
    result = run("import", "part.csv", *words)
    assert result.exit_code == 2, result.output
    assert f"“{delimiter}” cannot separate columns. Write one character" in result.output


def test_import_of_a_time_that_a_table_has_not(home: Path) -> None:
    (home / "own.csv").write_text("timestamp,pv,home\n2025-06-01 12:00,1,2\n2025-06-01 12:05,1,2\n")
    words = ("--csv", "own.csv", "--map", "pv_w=pv", "--map", "load_w=home", "--from", "2025-06-02")
    result = run("import", "part.csv", *words)
    assert result.exit_code == 2, result.output
    said = " ".join(result.output.split())
    assert "own.csv has no data from 2025-06-02 00:00 UTC on. It covers 2025-06-01 12:00 to 2025-06-01 12:10" in said
    assert not (home / "part.csv").exists()


@pytest.mark.parametrize(
    "option", [("--time-column", "Zeit"), ("--time-format", "%Y"), ("--delimiter", ";"), ("--decimal-comma",)]
)
def test_how_a_table_is_read_does_not_go_with_prometheus(home: Path, option: tuple[str, ...]) -> None:
    words = ("--prometheus", "http://127.0.0.1:9", "--map", "pv_w=a", "--map", "load_w=b", *option)
    result = run("import", "x.csv", *words)
    assert result.exit_code == 2, result.output
    assert option[0] in result.output
    assert "Leave them out with --prometheus" in result.output


@pytest.mark.parametrize(
    ("command", "option"),
    [*((command, "start") for command in ("replay", "simulate", "backtest", "tune", "import")), ("why", "at")],
)
def test_the_help_tells_every_form_of_a_moment(command: str, option: str) -> None:
    group = get_command(application())
    assert isinstance(group, TyperGroup)
    helps = {own.name: getattr(own, "help", "") for own in group.commands[command].params}
    assert FORMS in helps[option]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("simulate", "--trace", "none.csv"), "none.csv: cannot be read"),
        (("simulate", "--trace", "day.csv", "--car", "bus"), "no habit “bus”"),
        (("simulate", "--trace", "day.csv", "--rules", "none"), "none"),
        (("simulate", "--trace", "day.csv", "--from", "soon"), "“soon” is not a time"),
        (("simulate", "--from", "9999-12-30"), "“9999-12-30” is not a time of this house: years 1971 to 2970"),
        (("simulate", "--days", "1e9"), "'--days'"),
        (("tune", "colour=1..2", "--trace", "day.csv"), "no parameter colour"),
        (("import", "x.csv", "--map", "pv_w=a"), "map pv_w and load_w"),
        (("import", "x.csv", "--map", "pv_w=a", "--map", "load_w=b"), "one of --csv, --prometheus, and --home"),
    ],
)
def test_mistakes_are_explained(home: Path, words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [("simulate", "--journal"), ("replay",)])
def test_a_journal_that_cannot_be_read_is_no_mistake_of_who_asks(home: Path, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 1, result.output
    assert "no journal at" in result.output


def record(home: Path, after: timedelta = timedelta()) -> None:
    """Two hours of this house in its journal, from 9:00 and this time on."""
    from optimizer.cli.run.books import device_names
    from optimizer.settings import load_settings
    from optimizer.settings.mapping import to_params, to_site

    settings = load_settings(home / "site.yaml", {})
    names, site = device_names(settings), to_site(settings)
    plan = Plan(site, book_from_texts({"rules.yaml": SURPLUS}, names, site.zone), to_params(settings))
    series = sunny(2.0, start=START + timedelta(hours=9) + after)
    battery = BatterySpec("house", 7000.0, initial_soc_percent=64.0)
    house = VirtualHouse(site, World(series, batteries={"house": battery}, pvs=names.pvs, tick_s=20.0))
    memory = initial_memory(plan)
    journal = Journal(home / "state" / "journal.db")
    journal.remember_book(plan.book.version, {"rules.yaml": SURPLUS}, 0)
    for pv_w, load_w, _ in series.ticks(20.0):
        state = house.step(pv_w, load_w)
        decision, memory, verdict, _ = decide(state, memory, plan)
        house.obey(decision)
        report = TickReport(state, decision, verdict, 0.001, 1, 0, book_version=plan.book.version, memory=memory)
        journal.on_tick(report)
    journal.close()


@pytest.mark.parametrize("microseconds", [400, 600])
def test_a_replay_of_the_whole_journal_has_its_first_and_last_tick(home: Path, microseconds: int) -> None:
    """Their times are recorded in whole ms. A journal with one tick seemed to be empty."""
    record(home, timedelta(microseconds=microseconds))
    assert "360 ticks decided again" in run("replay").output


def test_replay_and_the_journal_as_input(home: Path) -> None:
    record(home)
    result = run("replay")
    assert result.exit_code == 0, result.output
    assert "360 ticks decided again: 360 identical, 0 different" in result.output
    assert "360 ticks were decided with today's settings" in result.output
    result = run("replay", "--from", "2025-05-01", "--to", "2025-05-02")
    assert result.exit_code == 2, result.output
    assert "the journal has no records between 2025-05-01 00:00 and 2025-05-02 00:00. It covers 2025-06-02" in " ".join(
        result.output.split()
    )
    result = run("simulate", "--tick", "60", "--no-bound")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "removed from the journal data" in said
    # 64 %, and what the first minute brought.
    assert "Battery house has 7.0 kWh, as recorded, and begins with 65 %, as recorded." in said
    result = run("simulate", "--tick", "60", "--no-bound", "--battery-kwh", "12", "--days", "0.05")
    said = " ".join(result.output.split())
    assert "Battery house has 12.0 kWh, as asked for, and begins with" in said
    (home / "site.yaml").write_text(SETTINGS.replace("import_ct: 30", "import_ct: 60"))
    result = run("replay", "--show", "1", "--from", "2025-06-02T11:30")
    assert result.exit_code == 1, result.output
    assert "now" in result.output


def test_days_that_the_journal_does_not_have_get_generated_weather(home: Path) -> None:
    record(home)
    short = ("simulate", "--tick", "60", "--no-bound", "--days", "0.1")
    result = run(*short, "--from", "2025-08-01")
    said = " ".join(result.output.split())
    assert result.exit_code == 0, result.output
    assert "The journal has no record of these days, so weather and home load are generated." in said
    result = run(*short, "--from", "2025-08-01", "--journal")
    assert result.exit_code == 2, result.output
    result = run(*short, "--from", "2025-06-02", "--weather")
    assert result.exit_code == 0, result.output
    assert "journal" not in result.output
    result = run(*short, "--weather", "--journal")
    assert result.exit_code == 2
    assert "--journal and --weather are two sources. Choose one" in result.output


def test_a_journal_of_fewer_days_says_what_it_covers(home: Path) -> None:
    record(home)
    result = run("simulate", "--tick", "60", "--no-bound", "--days", "3")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "The journal covers 120 minutes of the 3 days. --weather generates all of them." in said


def test_a_trace_with_a_gap_says_so(home: Path) -> None:
    series = read_trace(home / "day.csv")
    holes = replace(series, pv_w=series.pv_w[:])
    for row in range(60, 100):
        holes.pv_w[row] = float("nan")
    write_trace(holes, home / "day.csv")
    result = run("simulate", "--trace", "day.csv", "--tick", "60", "--no-bound")
    assert "0.7 h without data are left out" in result.output


def test_import_from_home_assistant(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def save_history(path: Path, url: str, token: str, entities: Sequence[str], *span: object, **_: object) -> bool:
        asked.extend([url, token, *entities])
        rows = [f"{name},{value},2026-06-01T10:{minute:02d}:00+00:00,kW" for minute in range(30)
                for name, value in (("sensor.pv", 3), ("sensor.grid", -1))]  # fmt: skip
        path.write_text("\n".join(["entity_id,state,last_changed,unit", *rows]) + "\n")
        return True

    monkeypatch.setattr("optimizer.study.input.home_assistant.save_history", save_history)
    words = ("import", "trace.csv", "--home-assistant", "http://ha:8123", "--map", "pv_w=sensor.pv", "--map",
             "grid_w=sensor.grid")  # fmt: skip
    refused = run(*words)
    assert refused.exit_code == 2
    assert "HOME_ASSISTANT_TOKEN" in refused.output
    monkeypatch.setenv("HOME_ASSISTANT_TOKEN", "t0ken-of-mine")
    done = run(*words)
    assert done.exit_code == 0, done.output
    assert asked == ["http://ha:8123", "t0ken-of-mine", "sensor.pv", "sensor.grid"]
    series = read_trace(home / "trace.csv")
    assert (series.pv_w[5], series.load_w[5]) == (3000.0, 2000.0)
    assert run(*words, "--csv", "day.csv").exit_code == 2
