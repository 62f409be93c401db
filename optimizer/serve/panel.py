"""The panel keeps the last tick and the counters over all ticks. Everything that is served reads it.

Metrics, the feed, and the status page build their documents only for a request, so a tick costs little.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from optimizer.control.report import TickReport
from optimizer.journal.changes import Change, changes
from optimizer.journal.chart import MinuteMean, Point
from optimizer.journal.writer import Journal
from optimizer.model.clock import Clock
from optimizer.model.goals import GoalSink
from optimizer.model.scheduling import ScheduleSource
from optimizer.model.site import Site
from optimizer.rules.book.engine import EMPTY_MEMORY, RulesMemory
from optimizer.serve.day import BookingDay
from optimizer.serve.energy import Books, Flows, book, flows
from optimizer.serve.energy_store import EnergyStore
from optimizer.serve.ledger import Ledger
from optimizer.serve.pv_day import counted
from optimizer.serve.sessions import Sessions
from optimizer.serve.tick_counters import TickCounters
from optimizer.sources.forecast.report import ForecastReport
from optimizer.sources.inputs.port import InputSink
from optimizer.sources.prices.report import PriceReport
from optimizer.words.text import Text

STALE_TICKS = 6
"""Missing ticks after which the service counts as hung."""
DAY_MINUTES = 1440
LOG_LINES = 200


class Panel:
    """Takes every tick (control.report.Watcher) and keeps what requests need."""

    sessions: Sessions | None = None
    """The visits of cars. None: nothing follows them."""
    reminders: tuple[str, ...] = ()
    """What the owner still has to do after the first settings, as sentences."""
    not_kept: Callable[[], Sequence[str]] = tuple
    """Returns a sentence for each kind of change by hand that the disk did not take."""
    vehicles: tuple[str, ...] = ()
    """The cars of the settings. One of them may be set as the one at a charger."""

    def __init__(
        self,
        clock: Clock,
        site: Site,
        tick_s: float = 5.0,
        store: EnergyStore | None = None,
        journal: Journal | None = None,
        prices: PriceReport | None = None,
        forecast: ForecastReport | None = None,
        name: str = "home",
        inputs: InputSink | None = None,
        goals: GoalSink | None = None,
        schedule: ScheduleSource | None = None,
    ) -> None:
        self.name = name
        """The name of the house, for people."""
        self.clock = clock
        self.site = site
        self.tick_s = tick_s
        self.prices = prices
        """The prices of today and tomorrow, and their feeds. None: prices do not change."""
        self.inputs = inputs
        """The inputs of the house, and where they are set. None: it has none."""
        self.goals = goals
        """The goals of the cars, and where they are set. None: there is no charger."""
        self.forecast = forecast
        """The forecast of the next days, and its service. None: not configured."""
        self.schedule = schedule
        """The schedule of the next hours. None: there is neither a charger nor a battery."""
        self.outputs: dict[str, Callable[[], str]] = {}
        """By output: returns why it publishes nothing, or empty."""
        self.store = store
        """Where the energy books are kept across restarts; None keeps them in memory only."""
        self.ledger = store.load() if store is not None else Ledger()
        self._day = BookingDay(self.ledger.day)
        self.flows: Flows | None = None
        """The powers of the last tick."""
        self.requests: Counter[tuple[str, str]] = Counter()
        """Answered requests by (listener, status code)."""
        self.report: TickReport | None = None
        """The last tick; None before the first."""
        self.rules_before: RulesMemory = EMPTY_MEMORY
        """The memory of the rules before the last tick, to explain it."""
        self.seen_s = clock.monotonic_s()
        """Monotonic s at which the last tick arrived, or at which the service started."""
        self.counters = TickCounters()
        self.points: deque[Point] = deque(maxlen=DAY_MINUTES)
        """The last day in minutes, oldest first."""
        self.changes: deque[Change] = deque(maxlen=LOG_LINES)
        """The newest lines of the log, oldest first."""
        self.streams: Counter[str] = Counter()
        """Live streams that are open, by client."""
        self._journal = journal
        self._mean = MinuteMean()
        self._news = asyncio.Event()

    def on_tick(self, report: TickReport) -> None:
        """Take the report of the tick that just ended."""
        powers = flows(report.shown)
        day = self._day.of(report.shown)
        self.ledger = replace(self.ledger, pv_day=counted(self.ledger.pv_day, report.shown, day))
        if self.report is not None and self.flows is not None:
            dt_s = report.state.mono_s - self.report.state.mono_s
            books = book(self.books, self.flows, powers, dt_s)
            self.ledger = self.ledger.booked(books, day, report.shown.prices)
            if self.store is not None:
                self.store.save(self.ledger)
        self.changes.extend(changes(self.report, report))
        point = self._mean.take(report.shown)
        if point is not None:
            self.points.append(point)
        self.flows = powers
        if self.report is not None and self.report.memory is not None:
            self.rules_before = self.report.memory.rules
        self.report = report
        self.seen_s = self.clock.monotonic_s()
        self.counters.take(report)
        news, self._news = self._news, asyncio.Event()
        news.set()

    @property
    def journal_failed(self) -> str:
        """The reason why the journal is not written, or empty."""
        return self._journal.failed if self._journal is not None else ""

    @property
    def journal_bytes(self) -> int | None:
        """Size of the journal on disk, or None without one."""
        return self._journal.size_bytes if self._journal is not None else None

    @property
    def books(self) -> Books:
        """The energy counters."""
        return self.ledger.books

    @property
    def age_s(self) -> float:
        """Time since the last tick (or the start) in s of house time."""
        return max(0.0, self.clock.monotonic_s() - self.seen_s)

    @property
    def max_age_s(self) -> float:
        """Age in s from which the service counts as hung."""
        return max(STALE_TICKS * self.tick_s, 15.0)

    def ill(self) -> str:
        """The reason why the service is not healthy. Empty while it is."""
        if self.report is None:
            return Text("no decision has been made yet")
        if self.age_s > self.max_age_s:
            return Text("the last decision is {age_s} old, limit {limit_s}", age_s=self.age_s, limit_s=self.max_age_s)
        return self.report.record_problem

    async def next_tick(self) -> None:
        """Wait until the next tick has been taken."""
        await self._news.wait()
