"""The prices, as page, metrics, and commands show them: the table of the days, and the state of each feed."""

from __future__ import annotations

from typing import Protocol

from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.table import PriceTable


class PriceReport(Protocol):
    """The prices of a running service."""

    def table(self, at_s: float) -> PriceTable:
        """The prices of yesterday, today, and tomorrow at Unix time `at_s`."""
        ...

    def feeds(self) -> tuple[FeedReport, ...]:
        """The state of each feed."""
        ...
