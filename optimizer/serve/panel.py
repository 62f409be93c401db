"""The panel keeps the last tick and the counters over all ticks. Everything that is served reads it.

Metrics, the feed, and the status page build their documents only for a request, so a tick costs little.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

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
from optimizer.sources.forecast.report import ForecastReport
from optimizer.sources.inputs.port import InputSink
from optimizer.sources.prices.report import PriceReport
from optimizer.words.text import Text

DURATION_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
STALE_TICKS = 6
"""Missing ticks after which the service counts as hung."""
DAY_MINUTES = 1440
LOG_LINES = 200
GUARD_PREFIX = "guard."
"""Codes of causes by which the guard changed what was wanted."""


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
        self.duration_counts = [0] * (len(DURATION_BUCKETS_S) + 1)
        self.duration_sum_s = 0.0
        self.interventions: Counter[tuple[str, str]] = Counter()
        """Ticks in which the guard changed something, by (device, code)."""
        self.refresh_interval_s: dict[str, float] = {}
        """Time between the last two writes of a lease, by device."""
        self.points: deque[Point] = deque(maxlen=DAY_MINUTES)
        """The last day in minutes, oldest first."""
        self.changes: deque[Change] = deque(maxlen=LOG_LINES)
        """The newest lines of the log, oldest first."""
        self.streams = 0
        """Live streams that are open."""
        self.streams_of: Counter[str] = Counter()
        """The same, by client."""
        self._journal = journal
        self._mean = MinuteMean()
        self._written_s: dict[str, float] = {}
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
        self.duration_counts[bisect_left(DURATION_BUCKETS_S, report.duration_s)] += 1
        self.duration_sum_s += report.duration_s
        self.interventions.update(
            {(_device(c.subject), c.code) for c in report.decision.causes if c.code.startswith(GUARD_PREFIX)}
        )
        for lease in report.leases:
            if lease.written_s is None:
                continue
            before = self._written_s.get(lease.device)
            if before is not None and lease.written_s > before:
                self.refresh_interval_s[lease.device] = lease.written_s - before
            self._written_s[lease.device] = lease.written_s
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

    def close(self) -> None:
        """Write the energy counters to the disk."""
        if self.store is not None:
            self.store.close()

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

    def duration_buckets(self) -> list[tuple[str, float]]:
        """Cumulative counts of tick durations by upper edge, as a Prometheus histogram has them."""
        edges = [*(str(edge) for edge in DURATION_BUCKETS_S), "+Inf"]
        return list(zip(edges, map(float, accumulate(self.duration_counts)), strict=True))

    async def next_tick(self) -> None:
        """Wait until the next tick has been taken."""
        await self._news.wait()


def _device(subject: str) -> str:
    """`ev.carport` of `ev.carport.current_a`."""
    return ".".join(subject.split(".")[:2])
