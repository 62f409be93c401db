"""The past in the JSON API: visits of cars, their months, and the energies of days, months, and years."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from optimizer.journal.days import Day
from optimizer.journal.kept import Mark
from optimizer.journal.reader import JournalReader
from optimizer.journal.schema import JournalError
from optimizer.journal.sessions import Session
from optimizer.serve.access.access import Refused
from optimizer.serve.days import day_of
from optimizer.serve.panel import Panel
from optimizer.serve.session_csv import csv_text
from optimizer.serve.session_sums import month_span
from optimizer.serve.web.answers import Endpoint, json_answer
from optimizer.serve.web.energy import Total, energy_document, totals_of, window_of
from optimizer.serve.web.kept import Kept
from optimizer.serve.web.past_documents import SessionMonth
from optimizer.serve.web.sessions import months_document, sessions_document
from optimizer.words.language import spoken
from optimizer.words.text import Text

log = logging.getLogger(__name__)

MOST_SESSION_DAYS = 800
LONGEST_DAYS = 9
"""Characters of a number of days."""

Span = TypeVar("Span", date, datetime)
T = TypeVar("T")


async def recorded(
    journal: JournalReader | None, read: Callable[[JournalReader, Span, Span], list[T]], start: Span, end: Span
) -> list[T]:
    """The part of a past that only the journal has. Empty while it cannot be read: the status has the reason."""
    if journal is None:
        return []
    try:
        return await run_in_threadpool(read, journal, start, end)
    except JournalError as error:
        log.debug("%s", error)
        return []


@dataclass(frozen=True, slots=True)
class Past:
    """The endpoints, and what they need."""

    panel: Panel
    journal: JournalReader | None
    currency: str
    """The currency of which ct is the hundredth."""
    older_days: Kept[list[Total]] = field(default_factory=Kept)
    older_sessions: Kept[list[SessionMonth]] = field(default_factory=Kept)

    def endpoints(self) -> dict[str, Endpoint]:
        """The endpoints by their path under /api/v1."""
        return {"sessions": self._sessions, "sessions/months": self._months, "energy": self._energy}

    async def _sessions(self, request: Request) -> Response:
        start, end = self._span(request)
        found = await self._visits(start, end)
        if request.query_params.get("form") != "csv":
            return json_answer(sessions_document(found))
        name = f"sessions-{request.query_params.get('month', f'{self._today():%Y-%m-%d}')}.csv"
        headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
        # The mark at the beginning tells spreadsheets that the text is UTF-8.
        text = "\ufeff" + csv_text(found, self.panel.site.zone, spoken())
        return Response(text, headers=headers, media_type="text/csv; charset=utf-8")

    async def _months(self, request: Request) -> Response:
        now, fresh, zone = self.panel.clock.now(), self._fresh(), self.panel.site.zone
        begin = datetime(2000, 1, 1, tzinfo=zone)  # sessions outlast the rest of the journal
        if self.journal is None:  # no mark would tell that a visit of now goes on or ends
            return json_answer(months_document(await self._visits(begin, now), zone))

        async def older() -> list[SessionMonth]:
            return months_document(await self._visits(begin, fresh), zone)

        mark = await self._mark(JournalReader.sessions_mark, fresh)
        kept = await self.older_sessions.of_key((mark, fresh), older)
        return json_answer([*kept, *months_document(await self._visits(fresh, now), zone)])

    async def _energy(self, request: Request) -> Response:
        query, today = request.query_params, self._today()
        window = window_of(query.get("by", "day"), query.get("of"), today)
        if window.by == "day":
            totals = totals_of(await self._days(window.first, window.last), "day")
            return json_answer(energy_document(window, totals, today, self.currency))
        fresh = self._fresh().date()

        async def older() -> list[Total]:
            return totals_of(await self._days(date.min, fresh - timedelta(days=1)), "month")

        kept = await self.older_days.of_key((await self._mark(JournalReader.days_mark, fresh), fresh), older)
        newer = totals_of(await self._days(fresh, date.max), "month")
        chosen = [one for one in (*kept, *newer) if one.total.day.startswith(window.of)]
        return json_answer(energy_document(window, chosen, today, self.currency))

    def _fresh(self) -> datetime:
        """The local beginning of the month of yesterday. Older values change only if the clock was wrong."""
        yesterday = self._today() - timedelta(days=1)
        return datetime(yesterday.year, yesterday.month, 1, tzinfo=self.panel.site.zone)

    async def _mark(self, read: Callable[[JournalReader, Span], Mark], before: Span) -> Mark:
        """The mark of what the journal has before a time. It is the same while it has nothing, or cannot be read."""
        if self.journal is None:
            return 0, 0
        try:
            return await run_in_threadpool(read, self.journal, before)
        except JournalError as error:
            log.debug("%s", error)
            return 0, 0

    def _span(self, request: Request) -> tuple[datetime, datetime]:
        """The time that a request for sessions names: a month of the local clock, or a number of days before now."""
        month = request.query_params.get("month")
        if month is not None:
            try:
                return month_span(month, self.panel.site.zone)
            except (ValueError, OverflowError):
                raise Refused(400, "month is a year and a month, such as 2026-05") from None
        given = request.query_params.get("days", "31")
        # int() refuses thousands of digits.
        days = int(given) if given.isdecimal() and len(given) <= LONGEST_DAYS else 0
        if not 1 <= days <= MOST_SESSION_DAYS:
            raise Refused(400, Text("days is a whole number from 1 to {most}", most=MOST_SESSION_DAYS))
        end = self.panel.clock.now()
        return end - timedelta(days=days), end

    async def _visits(self, start: datetime, end: datetime) -> list[Session]:
        """The sessions that begin within [start, end), oldest first; those of now as they are now."""
        found = await recorded(self.journal, JournalReader.sessions, start, end)
        open_ = self.panel.sessions.open if self.panel.sessions is not None else {}
        kept = [one for one in found if not (one.open and one.charger in open_)]
        return [*kept, *(one for one in open_.values() if start <= one.start < end)]

    async def _days(self, first: date, last: date) -> list[Day]:
        """The parts of the recorded days, and the present one as it is now."""
        read = await recorded(self.journal, JournalReader.days, first, last)
        days, ledger = {(day.day, day.part): day for day in read}, self.panel.ledger
        if ledger.day and first.isoformat() <= ledger.day <= last.isoformat():
            present = day_of(ledger)
            days[present.day, present.part] = present
        return list(days.values())

    def _today(self) -> date:
        return self.panel.clock.now().astimezone(self.panel.site.zone).date()
