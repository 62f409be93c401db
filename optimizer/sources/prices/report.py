"""What page, metrics, and commands show of prices: the table of the days, and the state of each feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from optimizer.sources.prices.table import PriceTable


@dataclass(frozen=True, slots=True)
class FeedReport:
    """The state of one feed, for page and metrics."""

    name: str
    kind: str
    """The name of the service."""
    requests: int
    failures: int
    """Number of failed requests in total."""
    message: str
    """The last failure. Empty if the last request brought prices."""
    fetched_s: float | None
    """Unix time of the last answer with prices, s."""
    known_until_s: float | None
    """Unix time until which prices are known without a gap from now on, s. None: the price of now is unknown."""


class PriceReport(Protocol):
    """The prices of a running service."""

    def table(self, at_s: float) -> PriceTable:
        """The prices of yesterday, today, and tomorrow at Unix time `at_s`."""
        ...

    def feeds(self) -> tuple[FeedReport, ...]:
        """The state of each feed."""
        ...
