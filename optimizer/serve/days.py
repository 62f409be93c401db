"""Records each local day of the ledger in the journal: while it lasts, and once more when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from optimizer.control.report import TickReport
from optimizer.journal.days import Day
from optimizer.model.by_source import BySource
from optimizer.serve.ledger import Ledger

KEPT_EVERY_S = 60.0
"""Interval at which the present day is recorded."""


class Days:
    """Follows the ledger (control.report.Watcher). It must come after the panel, whose ledger it reads."""

    def __init__(self, ledger: Callable[[], Ledger], keep: Callable[[Day], None]) -> None:
        """`keep` records a day, again after each change."""
        self._ledger = ledger
        self._keep = keep
        self._before = ledger()
        self._kept_s = float("-inf")

    def on_tick(self, report: TickReport) -> None:
        """Take the tick that just ended."""
        ledger, mono_s = self._ledger(), report.state.mono_s
        is_over = bool(self._before.day) and ledger.day != self._before.day
        if is_over:
            self._keep(day_of(self._before))
        if ledger.day and (is_over or mono_s - self._kept_s >= KEPT_EVERY_S):
            self._keep(day_of(ledger))
            self._kept_s = mono_s
        self._before = ledger


def day_of(ledger: Ledger) -> Day:
    """The day that the ledger counts for, or the part of it since the clock was set to this day."""
    books, costs, begin = ledger.today, ledger.costs, ledger.day_start
    return Day(
        day=ledger.day,
        part=round(begin.accounted_s + begin.unaccounted_s),
        accounted_s=round(books.accounted_s, 1),
        used_wh=_rounded(books.consumed),
        used_ct=_rounded(costs.used),
        unpriced_wh=round(costs.unpriced_wh, 3),
        pv_wh=round(books.pv_wh, 3),
        import_wh=round(books.import_wh, 3),
        export_wh=round(books.export_wh, 3),
        charged_wh=round(books.charged_wh, 3),
        discharged_wh=round(books.discharged_wh, 3),
        import_ct=_known(costs.import_ct),
        export_ct=_known(costs.export_ct),
    )


def _rounded(by_consumer: Mapping[str, BySource]) -> dict[str, BySource]:
    return {
        consumer: BySource(round(part.surplus, 3), round(part.battery, 3), round(part.grid, 3))
        for consumer, part in by_consumer.items()
    }


def _known(ct: float | None) -> float | None:
    return None if ct is None else round(ct, 3)
