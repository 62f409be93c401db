"""The powers of the past hours for the chart: means over steps, so that a long time has no more rows than a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from optimizer.journal.chart import MINUTE_MS, SERIES, Point, thinned
from optimizer.journal.reader import JournalReader
from optimizer.journal.schema import from_ms, to_ms
from optimizer.serve.panel import Panel
from optimizer.serve.web import documents as doc
from optimizer.serve.web.past import recorded

MOST_ROWS = 720
"""A chart of a day has as many. A screen shows few more points in its width."""
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60)
NEWEST = timedelta(minutes=15)
"""The journal writes once a minute. Within this time, minutes that are only in memory are added to its own."""
DAY_MS = 24 * 60 * MINUTE_MS
MOST_DAYS = 8
"""Days that are kept: those of the charts of one day and of three days."""


@dataclass(frozen=True, slots=True)
class History:
    """The last hours, from the journal and the memory."""

    panel: Panel
    journal: JournalReader | None
    kept: dict[tuple[int, datetime], list[Point]] = field(default_factory=dict)
    """Means over whole days of the past, which do not change, by step and begin. The one used longest ago is first."""
    changing: Lock = field(default_factory=Lock)
    """Answers are made in several threads."""

    async def document(self, start: datetime, end: datetime) -> doc.History:
        """The means within [start, end], both aware."""
        step_ms = step_of(end - start)
        points = [point for point in self.panel.points if start <= point.at <= end]
        if self.journal is None or step_ms == MINUTE_MS:
            minutes = await recorded(self.journal, JournalReader.points, start, end)
            return history_document(thinned(_added(minutes, points, MINUTE_MS), step_ms), step_ms)
        split = from_ms(to_ms(max(start, end - NEWEST)) // step_ms * step_ms)
        older = await recorded(self.journal, partial(self._means, step_ms=step_ms), start, split)
        newer = await recorded(self.journal, JournalReader.points, split, end)
        last = _added(newer, points, MINUTE_MS) if newer else _added(older, points, step_ms)[len(older) :]
        return history_document([*older, *thinned(last, step_ms)], step_ms)

    def _means(self, journal: JournalReader, start: datetime, end: datetime, step_ms: int) -> list[Point]:
        """The means within [start, end), those of whole days from the memory. Raises JournalError."""
        found: list[Point] = []
        begin = from_ms(to_ms(start) // DAY_MS * DAY_MS)
        while begin < end:
            following = begin + timedelta(milliseconds=DAY_MS)
            if following > end:
                found += journal.means(max(begin, start), end, step_ms)
            else:
                found += self._whole_day(journal, begin, following, step_ms)
            begin = following
        return [point for point in found if point.at_ms >= to_ms(start) // step_ms * step_ms]

    def _whole_day(self, journal: JournalReader, begin: datetime, end: datetime, step_ms: int) -> list[Point]:
        key = (step_ms, begin)
        # A day without minutes is asked for again.
        found = self.kept.get(key) or journal.means(begin, end, step_ms)
        with self.changing:
            self.kept.pop(key, None)
            self.kept[key] = found
            while len(self.kept) > MOST_DAYS:
                del self.kept[next(iter(self.kept))]
        return found


def _added(recorded: list[Point], points: Iterable[Point], step_ms: int) -> list[Point]:
    """The recorded points, each of `step_ms`, and the minutes of the memory after them."""
    until_ms = recorded[-1].at_ms + step_ms if recorded else 0
    return [*recorded, *(point for point in points if point.at_ms >= until_ms)]


def step_of(span: timedelta) -> int:
    """The shortest step in ms that divides the time into at most MOST_ROWS rows."""
    minutes = span / timedelta(minutes=1)
    return MINUTE_MS * next((step for step in STEPS_MIN if minutes / step <= MOST_ROWS), STEPS_MIN[-1])


def history_document(points: Iterable[Point], step_ms: int) -> doc.History:
    """The chart: one row for each step. Times in ms since 1970."""
    rows = [[point.at_ms, *(getattr(point, name) for name in SERIES)] for point in points]
    return {"columns": ["at_ms", *SERIES], "step_s": step_ms // 1000, "rows": rows}
