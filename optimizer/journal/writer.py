"""Writes the journal: a watcher of the tick loop with a thread of its own, so that a slow disk delays no tick.

Ticks are packed at once and written once a minute of monotonic time, in one transaction. A block also ends when
somebody sets the wall clock. With WAL and `synchronous=NORMAL`, SQLite forces the disk only at checkpoints. A full,
read-only, or broken disk stops the recording, but not the service. The log reports it once, a broken file is renamed,
and the writer tries again every minute.
"""

from __future__ import annotations

import json
import logging
import queue
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.control.memory import Memory
from optimizer.control.report import TickReport
from optimizer.journal.broken import set_aside
from optimizer.journal.changes import Change, changes
from optimizer.journal.chart import MinuteMean, Point
from optimizer.journal.days import KEEP as KEEP_DAY
from optimizer.journal.days import TABLE as DAY_TABLE
from optimizer.journal.days import Day
from optimizer.journal.days import to_row as day_row
from optimizer.journal.kept import KeptRows, KeptTable
from optimizer.journal.other_format import exchange
from optimizer.journal.record import BlockWriter
from optimizer.journal.retention import DROP_PER_BLOCK, MB, Keep, drop_unused_books, trim
from optimizer.journal.schedules import compressed
from optimizer.journal.schema import VERSION, OtherFormat, open_to_write, to_ms
from optimizer.journal.sessions import KEEP as KEEP_SESSION
from optimizer.journal.sessions import TABLE as SESSION_TABLE
from optimizer.journal.sessions import Session, to_row
from optimizer.journal.setup import Setup
from optimizer.model.clock import STEADY_S, wall_jump_s
from optimizer.words.text import Text, message_of, to_json

log = logging.getLogger(__name__)

BLOCK_S = 60.0
"""Monotonic time that one block spans. A power cut may cost this much."""
QUEUE_TICKS = 600
"""Ticks that may wait for a slow disk. Further ticks are dropped and counted."""
PENDING_SCHEDULES = 50
"""Schedules that wait at most for a disk that fails."""
PENDING_BLOCKS = 30
"""Blocks kept in memory while the disk fails. The oldest are dropped first."""
PENDING_POINTS = 1440
"""Minutes of the chart kept in memory while the disk fails: one day. The oldest are dropped first."""
END_S = 10.0
"""Longest time for which the end of the service waits for a slow disk, s, before and after the last write."""
KEEP_SETUP = """
INSERT INTO setup SELECT :first_ms, :document
WHERE :document IS NOT (
    SELECT document FROM setup WHERE first_ms <= :first_ms ORDER BY first_ms DESC, rowid DESC LIMIT 1
)
"""


@dataclass(slots=True)
class _Batch:
    """The records of the next transaction."""

    blocks: list[tuple[int, int, int, str, bytes]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)


class Journal:
    """Records every tick (control.report.Watcher)."""

    def __init__(self, path: Path, keep: Keep | None = None) -> None:
        self.path = path
        self.failed = ""
        """Why the journal is not written, or empty."""
        self.dropped = 0
        """Ticks lost because the disk was too slow or failed for too long, or because they could not be packed."""
        self._keep = keep or Keep()
        self._queue: queue.Queue[TickReport | threading.Event | None] = queue.Queue(QUEUE_TICKS)
        self._batch = _Batch()
        self._books: dict[str, tuple[int, str]] = {}
        """Rule books that wait to be written: the current one, and earlier ones that a recorded tick used."""
        self._setup: tuple[int, str] | None = None
        self._schedules: list[tuple[int, bytes, bytes]] = []
        """Problems and schedules that wait to be written."""
        self._sessions = KeptRows(KeptTable(SESSION_TABLE, KEEP_SESSION))
        """Sessions that wait to be written, by charger and start."""
        self._days = KeptRows(KeptTable(DAY_TABLE, KEEP_DAY))
        """Days that wait to be written, by date and part."""
        self._lock = threading.Lock()
        """Protects the rule books, the setup, the schedules, the sessions, and the days, which two threads use."""
        self._in_force: tuple[str, tuple[int, str]] | None = None
        self._before: Memory | None = None
        self._block: BlockWriter | None = None
        self._block_began_s = 0.0
        """Monotonic time of the open block's first tick."""
        self._steady_since_s: float | None = None
        """Monotonic time since which the wall clock has not been set. None before the first tick."""
        self._last: TickReport | None = None
        self._mean = MinuteMean()
        self._unpackable = False
        """Whether the last tick could not be packed."""
        self._db: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def on_tick(self, report: TickReport) -> None:
        """Queue a tick for the thread. Returns at once."""
        try:
            self._queue.put_nowait(report)
        except queue.Full:
            self.dropped += 1

    def begin(self, setup: Setup, memory: Memory, at_ms: int) -> None:
        """Set the setup and the memory before the first tick, so that every tick can be replayed."""
        with self._lock:
            self._setup = (at_ms, setup.to_json())
        self._before = memory

    def remember_book(self, version: str, document: Mapping[str, str], at_ms: int) -> None:
        """Record the rule files of a version, so that its ticks can be replayed."""
        with self._lock:
            self._in_force = version, (at_ms, json.dumps(dict(document), separators=(",", ":")))
            self._books[version] = self._in_force[1]

    def remember_schedule(self, at_ms: int, problem: str, schedule: str) -> None:
        """Record a problem and its schedule, both as JSON, so that it can be solved again."""
        with self._lock:
            self._schedules.append((at_ms, compressed(problem), compressed(schedule)))
            del self._schedules[:-PENDING_SCHEDULES]

    def keep_session(self, session: Session) -> None:
        """Record the present state of a session with the next block."""
        row = to_row(session)
        with self._lock:
            self._sessions.put(row[:2], row)

    def keep_day(self, day: Day) -> None:
        """Record the present state of a day with the next block."""
        row = day_row(day)
        with self._lock:
            self._days.put(row[:2], row)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all queued ticks are written. False if a slow disk takes more than `timeout_s` for one of them."""
        done = threading.Event()
        try:
            self._queue.put(done, timeout=timeout_s)
        except queue.Full:
            return False
        return done.wait(timeout_s)

    def close(self) -> None:
        """Write the remaining ticks and end the thread. A disk that hangs costs them, and 2 × END_S at most."""
        with suppress(queue.Full):
            self._queue.put(None, timeout=END_S)
            self._thread.join(END_S)
        if self._thread.is_alive():
            log.error("the disk of the journal %s does not answer; its last ticks are lost", self.path)

    @property
    def size_bytes(self) -> int:
        """Size of the journal and its write-ahead log on disk."""
        sizes = 0
        for suffix in ("", "-wal"):
            # The thread may remove the log of writes at any time.
            with suppress(OSError):
                sizes += self.path.with_name(self.path.name + suffix).stat().st_size
        return sizes

    def _work(self) -> None:
        while True:
            item = self._queue.get()
            try:
                if isinstance(item, TickReport):
                    self._take(item)
                    self._unpackable = False
                    continue
                self._end_block()
                self._write()
            except Exception:
                if not self._unpackable:
                    log.exception("a tick could not be recorded")
                self._unpackable = True
                self._give_up_block(1 if isinstance(item, TickReport) else 0)
            if isinstance(item, threading.Event):
                item.set()
            elif item is None:
                self._close()
                return

    def _give_up_block(self, ticks: int) -> None:
        """Drop the open block after an unexpected error, and count its ticks with `ticks` that are not in it."""
        block, self._block = self._block, None
        self.dropped += ticks + (0 if block is None else block.ticks)

    def _take(self, report: TickReport) -> None:
        mono_s, jumped = report.state.mono_s, self._wall_clock_jumped(report)
        block = self._block
        if block is not None and (
            jumped or block.book_version != report.book_version or mono_s - self._block_began_s >= BLOCK_S
        ):
            self._end_block()
            self._write()
            block = None
        if jumped or self._steady_since_s is None:
            self._steady_since_s = mono_s
        if block is None:
            block = self._block = BlockWriter(report.book_version, self._memory_before())
            self._block_began_s = mono_s
        block.add(report)
        self._batch.changes.extend(changes(self._last, report))
        point = self._mean.take(report.shown)
        if point is not None:
            self._batch.points.append(point)
            del self._batch.points[:-PENDING_POINTS]
        self._last = report

    def _wall_clock_jumped(self, report: TickReport) -> bool:
        """Whether somebody set the wall clock since the last tick. The setup is then also recorded at the new time."""
        if self._last is None:
            return False
        before, state = self._last.state, report.state
        if not wall_jump_s(before.now, before.mono_s, state.now, state.mono_s):
            return False
        with self._lock:
            if self._setup is not None:
                self._setup = (to_ms(state.now), self._setup[1])
        return True

    def _oldest_to_drop(self) -> int:
        """Most blocks that retention may drop by age now: none until the wall clock has run steady for long enough."""
        if self._last is None or self._steady_since_s is None:
            return 0
        steady = self._last.state.mono_s - self._steady_since_s >= STEADY_S
        return DROP_PER_BLOCK * len(self._batch.blocks) if steady else 0

    def _memory_before(self) -> Memory | None:
        return self._last.memory if self._last is not None else self._before

    def _end_block(self) -> None:
        block, self._block = self._block, None
        if block is None or block.first is None or block.last is None:
            return
        row = (to_ms(block.first), to_ms(block.last), block.ticks, block.book_version, block.finish())
        self._batch.blocks.append(row)
        while len(self._batch.blocks) > PENDING_BLOCKS:
            self.dropped += self._batch.blocks.pop(0)[2]
            del self._batch.changes[:-1000]

    def _write(self) -> None:
        """Write all waiting records in one transaction. After a failure they wait for the next attempt."""
        try:
            if self._db is None:
                self._db = self._open()
            self._store(self._db)
            if self._batch.blocks:
                trim(self._db, self._keep, self._batch.blocks[-1][1], self._oldest_to_drop())
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return
        if self.failed:
            log.warning("the journal is being written again; %d ticks were lost", self.dropped)
        self.failed = ""
        self._batch = _Batch()

    def _open(self) -> sqlite3.Connection:
        """Open the file. It may be a new one, so the current rule book is written again."""
        with self._lock:
            if self._in_force is not None:
                self._books[self._in_force[0]] = self._in_force[1]
        try:
            return open_to_write(self.path)
        except sqlite3.OperationalError:
            raise
        except OtherFormat as error:
            exchange(self.path, error.found, VERSION)
            return open_to_write(self.path)
        except sqlite3.DatabaseError as error:
            # "malformed" or "not a database": a further attempt would fail too.
            set_aside(self.path, error, self._keep.max_mb * MB)
            return open_to_write(self.path)

    def _store(self, db: sqlite3.Connection) -> None:
        batch = self._batch
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany("INSERT INTO block (first_ms, last_ms, ticks, book, data) VALUES (?,?,?,?,?)", batch.blocks)
            db.executemany(
                "INSERT INTO change (at_ms, kind, subject, text, words) VALUES (?,?,?,?,?)",
                [(to_ms(c.at), c.kind, c.subject, str(c.text), to_json(c.text)) for c in batch.changes],
            )
            db.executemany(
                "INSERT OR IGNORE INTO minute (at_ms, data) VALUES (?,?)",
                [(point.at_ms, point.to_json()) for point in batch.points],
            )
            with self._lock:
                books = [(version, *rest) for version, rest in self._books.items()]
                setup = self._setup
                schedules = tuple(self._schedules)
                sessions, days = self._sessions.waiting(), self._days.waiting()
            db.executemany("INSERT OR REPLACE INTO schedule (at_ms, problem, document) VALUES (?,?,?)", schedules)
            self._sessions.store(db, sessions)
            self._days.store(db, days)
            if books:
                drop_unused_books(db)
                db.executemany("INSERT OR IGNORE INTO book (version, first_ms, document) VALUES (?,?,?)", books)
            if setup is not None:
                db.execute(KEEP_SETUP, {"first_ms": setup[0], "document": setup[1]})
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        with self._lock:
            for version, *_ in books:
                self._books.pop(version, None)
            self._schedules = [one for one in self._schedules if one not in schedules]
            self._sessions.forget(sessions)
            self._days.forget(days)

    def _fail(self, error: sqlite3.Error | OSError) -> None:
        message = Text("{path}: {error}", path=str(self.path), error=message_of(error))
        if message != self.failed:
            log.error("the journal is not being written: %s", message)
        self.failed = message
        self._close()
        corrupt = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if corrupt:
            try:
                set_aside(self.path, error, self._keep.max_mb * MB)
            except OSError as problem:
                log.error("the broken journal %s cannot be renamed: %s", self.path, problem)

    def _close(self) -> None:
        db, self._db = self._db, None
        if db is None:
            return
        try:
            db.close()
        except sqlite3.Error as error:
            log.warning("the journal %s did not close cleanly: %s", self.path, error)
