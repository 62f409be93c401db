"""The chart of the past hours: few rows, and the same ones wherever the minutes are kept."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.journal.chart import MINUTE_MS, SERIES, Point, thinned
from optimizer.journal.reader import JournalReader
from optimizer.journal.schema import JournalError, open_to_write, to_ms
from optimizer.journal.writer import Journal
from optimizer.serve.panel import Panel
from optimizer.serve.web.history import MOST_ROWS, History, step_of
from tests.examples import one_in
from tests.serve.house import NOON, SITE, HandClock

watts = st.one_of(st.none(), st.integers(-9000, 9000).map(float))
minutes = st.lists(st.tuples(watts, watts), min_size=1, max_size=60)


def journal_of(path: Path, points: list[Point]) -> JournalReader:
    journal = Journal(path)
    journal.flush()
    journal.close()
    db = open_to_write(path)
    db.executemany("INSERT INTO minute (at_ms, data) VALUES (?,?)", [(one.at_ms, one.to_json()) for one in points])
    db.close()
    return JournalReader(path)


def points_until(end: datetime, values: list[tuple[float | None, float | None]]) -> list[Point]:
    last = to_ms(end) // MINUTE_MS
    return [
        Point((last - len(values) + place) * MINUTE_MS, grid_w=grid_w, pv_w=pv_w)
        for place, (grid_w, pv_w) in enumerate(values)
    ]


@settings(max_examples=one_in(2), deadline=None)
@given(minutes, st.integers(0, 60), st.integers(0, 60), st.sampled_from([6, 24, 72]))
async def test_the_place_of_a_minute_changes_nothing(
    values: list[tuple[float | None, float | None]], written: int, forgotten: int, hours: int
) -> None:
    """The journal has the first minutes, and the memory those after a restart. Nothing is lost if they overlap."""
    points = points_until(NOON, values)
    written = max(written, forgotten)
    with TemporaryDirectory() as folder:
        panel = Panel(HandClock(), SITE)
        panel.points.extend(points[forgotten:])
        history = History(panel, journal_of(Path(folder) / "journal.db", points[:written]))
        document = await history.document(NOON - timedelta(hours=hours), NOON)
    step_ms = step_of(timedelta(hours=hours))
    assert document["step_s"] * 1000 == step_ms
    rows = {row[0]: row[1:] for row in document["rows"]}
    wanted = {one.at_ms: one for one in thinned(points, step_ms)}
    assert list(rows) == sorted(wanted)
    for at_ms, row in rows.items():
        for name, value in zip(SERIES, row, strict=True):
            assert value == pytest.approx(getattr(wanted[at_ms], name), abs=0.11)


@given(st.floats(0.1, 72.0))
def test_no_time_has_more_rows_than_a_chart_can_show(hours: float) -> None:
    step_ms = step_of(timedelta(hours=hours))
    assert step_ms % MINUTE_MS == 0
    assert hours * 3_600_000 / step_ms <= MOST_ROWS
    assert step_ms == MINUTE_MS or hours > 12.0


def test_a_minute_that_cannot_be_read_is_an_error_of_the_journal(tmp_path: Path) -> None:
    reader = journal_of(tmp_path / "journal.db", points_until(NOON, [(1.0, 2.0)]))
    db = sqlite3.connect(reader.path)
    db.execute("UPDATE minute SET data = '[1,'")
    db.commit()
    db.close()
    with pytest.raises(JournalError):
        reader.means(NOON - timedelta(hours=1), NOON, 2 * MINUTE_MS)
