"""QuarterMeans: the means of quarter hours, from ticks."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.model.calendar import quarter_hour
from optimizer.model.series import QUARTER_S

LONGEST_STEP_S = 60.0
"""A longer time between two ticks is a gap."""
LEAST_KNOWN_S = QUARTER_S / 2.0
"""A quarter hour of which less is known is unknown."""


class QuarterMeans:
    """Takes the values of every tick."""

    def __init__(self) -> None:
        self._quarter_s: float | None = None
        self._before_s = 0.0
        self._sums: dict[str, tuple[float, float]] = {}

    def take(self, now_s: float, values: Mapping[str, float | None]) -> tuple[float, dict[str, float]] | None:
        """Take the values at Unix time `now_s`; None is unknown.

        The first tick of a quarter hour returns the one that has ended: its Unix time, and its means that are known.
        """
        quarter_s = quarter_hour(now_s)
        if quarter_s != self._quarter_s:
            ended = None if self._quarter_s is None else (self._quarter_s, self._means())
            self._quarter_s, self._before_s, self._sums = quarter_s, now_s, {}
            return ended
        step_s = now_s - self._before_s
        self._before_s = now_s
        if 0.0 < step_s <= LONGEST_STEP_S:
            for name, value in values.items():
                if value is not None:
                    total, known_s = self._sums.get(name, (0.0, 0.0))
                    self._sums[name] = (total + value * step_s, known_s + step_s)
        return None

    def _means(self) -> dict[str, float]:
        return {name: total / known_s for name, (total, known_s) in self._sums.items() if known_s >= LEAST_KNOWN_S}
