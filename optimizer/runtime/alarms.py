"""Alarms: writes the log lines that an owner must not miss, once for each event.

They are readings that contradict each other, and cars that cannot start because their budget of starts is used up.
"""

from __future__ import annotations

import logging

from optimizer.control.report import TickReport
from optimizer.control.sentences import sentence
from optimizer.control.troubles import implausible, lockouts

log = logging.getLogger(__name__)

ENDED_S = 300.0
"""A lock-out has ended after this time without its cause. A cloud hides the cause for a moment."""


class Alarms:
    """A watcher (control.report.Watcher)."""

    def __init__(self) -> None:
        self._implausible: frozenset[str] = frozenset()
        self._locked_out_s: dict[str, float] = {}
        """When the cause of a lock-out was last there, by charger."""

    def on_tick(self, report: TickReport) -> None:
        """Log the events of this tick."""
        reasons = implausible(report.shown)
        for what in reasons.keys() - self._implausible:
            log.warning("%s is unknown: %s", what, reasons[what])
        for what in self._implausible - reasons.keys():
            log.warning("%s is no longer implausible", what)
        self._implausible = frozenset(reasons)
        now_s = report.state.mono_s
        for lockout in lockouts(report.decision):
            if now_s - self._locked_out_s.get(lockout.name, float("-inf")) > ENDED_S:
                log.warning("%s", sentence(lockout.cause))
            self._locked_out_s[lockout.name] = now_s
