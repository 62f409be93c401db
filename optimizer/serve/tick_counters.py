"""TickCounters: what the metrics count over all ticks, since the start of the service."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from optimizer.control.report import LeaseStatus, TickReport

DURATION_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
GUARD_PREFIX = "guard."
"""Codes of causes by which the guard changed what was wanted."""


class TickCounters:
    """Durations of ticks, interventions of the guard, and intervals of writes."""

    def __init__(self) -> None:
        self.duration_sum_s = 0.0
        self.interventions: Counter[tuple[str, str]] = Counter()
        """Ticks in which the guard changed something, by (device, code)."""
        self.refresh_interval_s: dict[str, float] = {}
        """Time between the last two writes of a lease, by device."""
        self._durations = [0] * (len(DURATION_BUCKETS_S) + 1)
        self._written_s: dict[str, float] = {}

    def take(self, report: TickReport) -> None:
        """Count the tick that just ended."""
        self._durations[bisect_left(DURATION_BUCKETS_S, report.duration_s)] += 1
        self.duration_sum_s += report.duration_s
        self.interventions.update(
            {(_device(c.subject), c.code) for c in report.decision.causes if c.code.startswith(GUARD_PREFIX)}
        )
        self._take_leases(report.leases)

    def duration_buckets(self) -> list[tuple[str, float]]:
        """Cumulative counts of tick durations by upper edge, as a Prometheus histogram has them."""
        edges = [*(str(edge) for edge in DURATION_BUCKETS_S), "+Inf"]
        return list(zip(edges, map(float, accumulate(self._durations)), strict=True))

    def _take_leases(self, leases: Iterable[LeaseStatus]) -> None:
        for lease in leases:
            if lease.written_s is None:
                continue
            before = self._written_s.get(lease.device)
            if before is not None and lease.written_s > before:
                self.refresh_interval_s[lease.device] = lease.written_s - before
            self._written_s[lease.device] = lease.written_s


def _device(subject: str) -> str:
    """`ev.carport` of `ev.carport.current_a`."""
    return ".".join(subject.split(".")[:2])
