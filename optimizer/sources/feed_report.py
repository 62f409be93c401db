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
