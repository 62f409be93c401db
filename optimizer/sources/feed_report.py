"""FeedReport: what page, metrics, and commands show of a service that is asked for prices or forecasts."""

from __future__ import annotations

from dataclasses import dataclass


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
    """The last failure. Empty if the last request brought values."""
    fetched_s: float | None
    """Unix time of the last answer with values, s."""
    known_until_s: float | None
    """Unix time until which values are known without a gap from now on, s. None: the value of now is unknown."""
    doubt: str = ""
    """The reason why its values may be wrong, and what to do. Empty: none."""

    @property
    def problem(self) -> str:
        """The last failure, or the doubt. Empty: none."""
        return self.message or self.doubt
