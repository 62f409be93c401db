"""ForecastBoard: the forecast of every tick, from the service, the record, and what is measured now.

A tick only sums. The table is calculated in the background, after each quarter hour and after a new forecast, because
it reads weeks of the record.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from optimizer.control.report import TickReport
from optimizer.journal.chart import Point
from optimizer.journal.schema import JournalError
from optimizer.model.calendar import local_day, local_midnight, quarter_hour
from optimizer.model.clock import Clock
from optimizer.model.series import QUARTER_S, Series
from optimizer.model.state import NO_FORECAST, Forecast
from optimizer.model.upcoming import Upcoming
from optimizer.runtime.forecast.past import KEPT_S, PastRecord
from optimizer.runtime.forecast.poller import ForecastPoller
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.now import EnergiesNow, energies_now
from optimizer.sources.forecast.table import ForecastPlan, ForecastTable, Record, forecast_table

log = logging.getLogger(__name__)

Minutes = Callable[[datetime, datetime], list[Point]]
"""The minutes of a journal between two times. Raises JournalError."""
AFTER_QUARTER_S = 10.0
"""The last tick of a quarter hour is recorded by then."""
LEAST_SLEEP_S = 1.0
HALF_DAY_S = 43_200.0


class ForecastBoard:
    """Forecasts for ticks, page, and metrics."""

    def __init__(self, plan: ForecastPlan, past: PastRecord) -> None:
        self._plan = plan
        self._past = past
        self._poller: ForecastPoller | None = None
        self._table: ForecastTable | None = None
        self._quarter_s: float | None = None
        self._day_s: float | None = None
        self._now: EnergiesNow | None = None
        self._asked: tuple[Upcoming, ...] = ()
        self._stale = asyncio.Event()

    @property
    def record(self) -> Record:
        """The recorded quarter hours of the last weeks."""
        return self._past.record

    def on_tick(self, report: TickReport) -> None:
        """Record what was measured (control.report.Watcher)."""
        self._past.on_tick(report)

    def follow(self, poller: ForecastPoller) -> None:
        """Take the forecast of this service."""
        self._poller = poller
        self.forget()

    def answer(self, asked: Iterable[Upcoming]) -> None:
        """Answer for these times from now on: the rules in force ask for them."""
        self._asked = tuple(asked)
        self._now = None

    def forget(self) -> None:
        """Calculate again: the service has a new forecast, or a new reason why it has none."""
        self._stale.set()

    def __call__(self, now: datetime, mono_s: float) -> Forecast:
        """The energies that rules ask for at a wall time, which is monotonic `mono_s`."""
        if not self._asked:
            return NO_FORECAST
        at_s = now.timestamp()
        if self._now is None or not self._now.from_s <= at_s < self._now.until_s:
            why = self._poller.message if self._poller is not None else ""
            self._now = energies_now(self.table(at_s), self._asked, at_s, mono_s, self._plan.zone, why)
        return self._now.forecast

    def table(self, at_s: float) -> ForecastTable:
        """The forecast at Unix time `at_s`, as it was calculated in this quarter hour or the one before."""
        age = None if self._quarter_s is None else quarter_hour(at_s) - self._quarter_s
        if self._table is None or age is None or not 0.0 <= age <= QUARTER_S:
            self._calculate(at_s)
        assert self._table is not None
        return self._table

    def feeds(self) -> tuple[FeedReport, ...]:
        """The state of the service."""
        return () if self._poller is None else (self._poller.report(),)

    async def run(self, clock: Clock, minutes: Minutes | None = None, *, has_pv: bool = True) -> None:
        """Fill the record from a journal, and keep the table up to date, until canceled."""
        try:
            if minutes is not None:
                await self._fill_if_possible(clock, minutes, has_pv=has_pv)
            while True:
                at_s = clock.now().timestamp()
                self._calculate(at_s)
                due_s = quarter_hour(at_s) + QUARTER_S + AFTER_QUARTER_S
                await self._wait(clock, max(LEAST_SLEEP_S, due_s - at_s))
        finally:
            self._past.save()

    async def _fill_if_possible(self, clock: Clock, minutes: Minutes, *, has_pv: bool) -> None:
        try:
            await self.fill(clock, minutes, has_pv=has_pv)
        except Exception:
            # A task that fails would end the service. The record then fills with time.
            log.exception("the journal cannot fill the record of the forecast")

    async def fill(self, clock: Clock, minutes: Minutes, *, has_pv: bool) -> None:
        """Fill the gaps of the record from a journal, half a day at a time, so that no tick waits for it."""
        now_s = clock.now().timestamp()
        at_s = quarter_hour(now_s)
        while at_s > now_s - KEPT_S:
            start_s, end_s = at_s - HALF_DAY_S, at_s
            at_s = start_s
            if self._past.record.home.covers(start_s, end_s):
                continue
            try:
                points = minutes(*(datetime.fromtimestamp(one, clock.now().tzinfo) for one in (start_s, end_s)))
            except JournalError as error:
                log.debug("the journal does not fill the record of the forecast: %s", error)
                return
            self._past.fill(points, now_s, has_pv=has_pv)
            await clock.sleep(0.0)

    async def _wait(self, clock: Clock, seconds: float) -> None:
        """Wait for a time, or until a new forecast comes."""
        try:
            async with clock.timeout(seconds):
                await self._stale.wait()
        except TimeoutError:
            return

    def _calculate(self, at_s: float) -> None:
        self._stale.clear()
        service = None if self._poller is None else self._poller.forecast
        try:
            self._table = forecast_table(self._plan, service, self._past.record, at_s)
        except Exception:
            # A mistake in a forecast must not cost a decision. Then the forecast is unknown.
            log.exception("the forecast cannot be calculated")
            self._table = ForecastTable(local_day(at_s, self._plan.zone))
        self._quarter_s = quarter_hour(at_s)
        self._now = None
        day_s = local_midnight(at_s, self._plan.zone)
        if self._day_s != day_s or not self._past.expected.slots:
            self._day_s = day_s
            self._past.expected = Series.of(self._table.uncorrected, unit="W")
