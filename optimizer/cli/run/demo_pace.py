"""The pace of a demo: whether this machine decides as often as the speed of the demo asks for."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.control.report import TickReport
from optimizer.words.text import Text

FIRST = 200
"""Decisions before the first judgment. A start is slow."""
MOST_LEFT_OUT = 0.1
"""Part of the decisions that may be left out."""


class Pace:
    """A watcher (control.report.Watcher) that says once that a lower speed is needed."""

    def __init__(self, speed: float, tell: Callable[[str], None]) -> None:
        """`speed` is house time by real time."""
        self._speed = speed
        self._tell = tell
        self._told = False
        self._before: tuple[int, int] | None = None
        """Decisions and those left out, at the beginning of the part that is judged."""

    def on_tick(self, report: TickReport) -> None:
        """Judge the decisions in parts of FIRST, until one part has too few."""
        if self._told or self._speed <= 1.0:
            return
        ticks, left_out = self._before or (report.ticks, report.overruns)
        self._before = ticks, left_out
        missing, due = report.overruns - left_out, report.ticks - ticks + report.overruns - left_out
        if due < FIRST:
            return
        self._before = report.ticks, report.overruns
        if missing <= MOST_LEFT_OUT * due:
            return
        lower = max(1, int(self._speed * (1.0 - missing / due) * 0.8))
        self._tell(
            Text(
                "This machine is too slow or too busy for {speed} times real speed: {percent} % of the decisions are "
                "left out. Start again with a lower speed, such as --speed {lower}.",
                speed=f"{self._speed:g}", percent=f"{100.0 * missing / due:.0f}", lower=f"{lower}",
            )
        )  # fmt: skip
        self._told = True
