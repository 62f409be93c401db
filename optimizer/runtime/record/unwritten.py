"""Unwritten: writes the small state files again that the disk did not take, such as while it was full."""

from __future__ import annotations

from optimizer.control.report import TickReport
from optimizer.journal.kept_file import KeptFiles

EVERY_S = 30.0


class Unwritten:
    """A watcher (control.report.Watcher)."""

    def __init__(self, files: KeptFiles) -> None:
        self._files = files
        self._tried_s = float("-inf")

    def on_tick(self, report: TickReport) -> None:
        """Try again every EVERY_S."""
        if report.state.mono_s - self._tried_s >= EVERY_S:
            self._tried_s = report.state.mono_s
            self._files.write_again()

    def close(self) -> None:
        """Try a last time before the process ends."""
        self._files.write_again()
