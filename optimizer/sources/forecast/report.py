"""The forecasts, as page, metrics, and commands show them."""

from __future__ import annotations

from typing import Protocol

from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.table import ForecastTable, Record


class ForecastReport(Protocol):
    """The forecast of a running service."""

    @property
    def record(self) -> Record:
        """The recorded quarter hours of the last weeks."""
        ...

    def table(self, at_s: float) -> ForecastTable:
        """The forecast of the next days at Unix time `at_s`."""
        ...

    def feeds(self) -> tuple[FeedReport, ...]:
        """The state of the service. Empty without one."""
        ...
