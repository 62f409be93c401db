"""The wall clock is set while the journal records: nothing is lost but what an open block holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.journal.retention import DAY_MS, DROP_PER_BLOCK, Keep, trim
from optimizer.journal.schema import open_to_write, to_ms
from optimizer.journal.setup import Setup, setup_at
from optimizer.journal.writer import BLOCK_S, Journal
from optimizer.model.clock import STEADY_S
from optimizer.model.fields import DeviceNames
from optimizer.model.state import State
from optimizer.rules.book.engine import EMPTY_MEMORY
from tests.examples import one_in
from tests.serve.house import BERLIN, NOON, SITE, report, state

BEGINNING, END = datetime(1980, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
JUMPS = [timedelta(days=days) for days in (-731, -1, 1, 731)] + [timedelta(seconds=s) for s in (-3600, -30, 30, 3600)]


def tick(mono_s: float, offset: timedelta) -> TickReport:
    """A tick whose wall clock is off by `offset`."""
    base = state(mono_s)
    now = base.now + offset
    return report(replace(base, now=now, local=now.astimezone(BERLIN)))


def recorded(path: Path) -> list[list[State]]:
    """The states of each block, in the order of recording."""
    blocks = sorted(JournalReader(path).blocks(BEGINNING, END), key=lambda block: block[0])
    return [[one.state for one in block.ticks] for _, block in blocks]


@settings(deadline=None, max_examples=one_in(3))
@given(
    runs=st.lists(st.tuples(st.sampled_from([timedelta(), *JUMPS]), st.integers(1, 40)), min_size=1, max_size=6),
    every_s=st.sampled_from([1.0, 5.0, 17.0]),
)
def test_no_tick_is_lost_and_no_block_is_longer_than_a_minute(
    runs: list[tuple[timedelta, int]], every_s: float
) -> None:
    reports, mono_s = [], 1000.0
    for offset, count in runs:
        for _ in range(count):
            reports.append(tick(mono_s, offset))
            mono_s += every_s
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = Journal(path)
        for one in reports:
            journal.on_tick(one)
        assert journal.flush()
        journal.close()
        blocks = recorded(path)
    assert [one for block in blocks for one in block] == [one.state for one in reports]
    for block in blocks:
        assert block[-1].mono_s - block[0].mono_s < BLOCK_S
        offsets = {round((one.now - timedelta(seconds=one.mono_s)).timestamp()) for one in block}
        assert len(offsets) == 1


def test_a_minute_that_the_clock_shows_twice_keeps_its_first_record(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    for n in range(30):
        journal.on_tick(report(state(1000.0 + 5.0 * n, grid_w=100.0)))
    again = [replace(state(1150.0 + 5.0 * n, grid_w=900.0), now=NOON + timedelta(seconds=5.0 * n)) for n in range(15)]
    for one in again:
        journal.on_tick(report(one))
    journal.flush()
    journal.close()
    first, *_ = JournalReader(path).points(NOON, NOON + timedelta(minutes=1))
    assert first.grid_w == 100.0


def test_the_settings_hold_from_the_corrected_time_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    old = Setup(SITE, Params(), DeviceNames((), (), ()))
    new = Setup(replace(SITE, fuse_a=20.0), Params(), DeviceNames((), (), ()))
    for setup, ahead in ((old, timedelta()), (new, timedelta(days=731))):
        journal = Journal(path)
        journal.begin(setup, Memory(EMPTY_MEMORY, {}), to_ms(NOON + ahead))
        journal.on_tick(tick(1000.0, ahead))
        journal.on_tick(tick(1005.0, timedelta()))
        journal.flush()
        journal.close()
    assert setup_at(JournalReader(path).setups(), NOON + timedelta(minutes=1)) == new


def filled(path: Path, hours: int) -> sqlite3.Connection:
    """A journal with a block, a line and a minute for each of the last `hours` before noon."""
    db = open_to_write(path)
    for hour in range(hours, 0, -1):
        insert(db, NOON - timedelta(hours=hour))
    return db


def insert(db: sqlite3.Connection, at: datetime) -> None:
    ms = to_ms(at)
    db.execute("INSERT INTO block (first_ms, last_ms, ticks, book, data) VALUES (?,?,1,'b',x'00')", (ms, ms + 55_000))
    db.execute("INSERT INTO change (at_ms, kind, subject, text) VALUES (?,'why','x','y')", (ms,))
    db.execute("INSERT OR IGNORE INTO minute (at_ms, data) VALUES (?,'[]')", (ms,))


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as db:
        tables = ("block", "change", "minute")
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@pytest.mark.parametrize("ahead", [timedelta(days=731), timedelta(days=30)], ids=str)
def test_a_clock_that_has_just_jumped_drops_nothing(tmp_path: Path, ahead: timedelta) -> None:
    path = tmp_path / "journal.db"
    filled(path, 240).close()
    before = counts(path)
    journal = Journal(path, Keep(days=20.0))
    journal.on_tick(tick(1000.0, timedelta()))
    for n in range(1, 300):
        journal.on_tick(tick(1000.0 + 70.0 * n, ahead))  # 5.8 hours
    journal.flush()
    journal.close()
    assert counts(path)["block"] == before["block"] + 300
    assert counts(path)["change"] >= before["change"]
    assert counts(path)["minute"] >= before["minute"]


def test_a_clock_that_stays_wrong_costs_a_few_blocks_for_each_one_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    filled(path, 240).close()
    journal = Journal(path, Keep(days=20.0))
    journal.on_tick(tick(1000.0, timedelta()))
    for n in range(10):
        journal.on_tick(tick(1060.0 + STEADY_S + 60.0 * n, timedelta(days=731)))
        journal.on_tick(tick(1060.0 + 2 * STEADY_S + 60.0 * n, timedelta(days=731)))
    journal.flush()
    journal.close()
    assert counts(path)["block"] >= 240 + 21 - 20 * DROP_PER_BLOCK


@settings(deadline=None, max_examples=one_in(3))
@given(
    offsets=st.lists(st.sampled_from([0, 0, 0, 0, -731, -1, 1, 731]), min_size=1, max_size=12),
    days=st.integers(3, 8),
)
@example(offsets=[0, -731, -731, -731], days=3)
@example(offsets=[0, 731, -731, -731], days=3)
@example(offsets=[0, 0, 0, 0, -731, -731, -731], days=3)
@example(offsets=[0, 0, 0, 0, 731, -731, -731], days=3)
def test_records_within_the_days_to_keep_stay_whatever_their_clock_was(offsets: list[int], days: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        db = open_to_write(path)
        for day, offset in enumerate(offsets):
            insert(db, NOON + timedelta(days=day + offset))
        now = NOON + timedelta(days=len(offsets))
        insert(db, now)
        for _ in range(20):
            trim(db, Keep(days=float(days)), to_ms(now))
        left = {row[0] for row in db.execute("SELECT first_ms FROM block")}
        db.close()
    for day, offset in enumerate(offsets):
        if len(offsets) - day < days - 1:
            # A block of a wrong clock goes with its neighbors, at the latest when the next right one is old.
            assert to_ms(NOON + timedelta(days=day + offset)) in left or all(offsets[: day + 1])


def test_a_smaller_limit_works_off_old_blocks_whatever_lies_among_them(tmp_path: Path) -> None:
    db = filled(tmp_path / "journal.db", 48)
    insert(db, NOON + timedelta(days=731))
    insert(db, NOON - timedelta(days=731))
    insert(db, NOON + timedelta(days=3))
    insert(db, NOON + timedelta(days=10))
    for _ in range(20):
        trim(db, Keep(days=5.0), to_ms(NOON + timedelta(days=10)))
    assert db.execute("SELECT count(*) FROM block").fetchone()[0] == 1
    assert db.execute("SELECT min(at_ms) FROM minute").fetchone()[0] > to_ms(NOON)
    db.close()


def test_too_large_a_file_drops_in_the_order_of_recording(tmp_path: Path) -> None:
    db = open_to_write(tmp_path / "journal.db")
    ahead = to_ms(NOON) + 731 * DAY_MS
    for n, first_ms in enumerate([ahead, *(to_ms(NOON) + 60_000 * n for n in range(100))]):
        row = (first_ms, first_ms + 55_000, bytes(4000))
        db.execute("INSERT INTO block (first_ms, last_ms, ticks, book, data) VALUES (?,?,1,'b',?)", row)
        db.execute("INSERT INTO minute (at_ms, data) VALUES (?,'[]')", (first_ms,))
        if n:
            trim(db, Keep(max_mb=0.3), first_ms)
    (blocks,) = db.execute("SELECT count(*) FROM block").fetchone()
    (minutes,) = db.execute("SELECT count(*) FROM minute").fetchone()
    assert 40 < blocks < 80
    assert blocks <= minutes <= blocks + 4
    db.close()
