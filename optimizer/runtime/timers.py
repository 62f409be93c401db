"""The rules' timers on disk, so that a restart in the middle of a rule's `for` goes on with it.

Written at most once a minute while there is anything to remember, by a temporary file and a rename, without forcing
the disk: what a power cut costs is a minute of a timer. The service goes on without a disk.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from optimizer.control.report import TickReport
from optimizer.model.clock import Clock
from optimizer.rules.engine import EMPTY_MEMORY, RulesMemory
from optimizer.rules.persist import from_record, to_record

FILE_NAME = "rule-timers.json"
EVERY_S = 60.0
MAX_BYTES = 1_000_000

log = logging.getLogger(__name__)


class RuleTimers:
    """Reads the timers at the start and writes them as ticks go by."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.path = folder / FILE_NAME
        self.failed = ""
        """Why the timers cannot be saved, or empty."""
        self._clock = clock
        self._phases: tuple[int, ...] = ()
        self._saved_s = float("-inf")
        self._last: TickReport | None = None

    def load(self) -> RulesMemory:
        """What the rules remembered when the service last ran; empty if it is lost (a broken file is set aside)."""
        try:
            with self.path.open("rb") as stream:
                record = json.loads(stream.read(MAX_BYTES + 1)[:MAX_BYTES])
            return from_record(record, self._clock.now(), self._clock.monotonic_s())
        except FileNotFoundError:
            return EMPTY_MEMORY
        except OSError as error:
            self._fail(error)
        except (ValueError, RecursionError) as error:
            self._set_aside(error)
        return EMPTY_MEMORY

    def on_tick(self, report: TickReport) -> None:
        """Save when a rule has changed its state, and each minute."""
        self._last = report
        if report.memory is None:
            return
        now_s, phases = report.state.mono_s, report.memory.rules.phases
        if phases != self._phases or now_s - self._saved_s >= EVERY_S:
            self._phases, self._saved_s = phases, now_s
            self._save(report)

    def close(self) -> None:
        """Save the last tick."""
        if self._last is not None:
            self._save(self._last)

    def _save(self, report: TickReport) -> None:
        if report.memory is None:
            return
        record = to_record(report.memory.rules, report.state.now, report.state.mono_s)
        fresh = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(record), "utf-8")
            fresh.replace(self.path)
        except OSError as error:
            self._fail(error)
        else:
            self.failed = ""

    def _set_aside(self, error: Exception) -> None:
        aside = self.path.with_suffix(".broken")
        log.error("%s is unreadable (%s); set aside as %s, all rules start anew", self.path, error, aside.name)
        try:
            self.path.replace(aside)
        except OSError as failure:
            self._fail(failure)

    def _fail(self, error: OSError) -> None:
        message = f"{self.path}: {error}"
        if message != self.failed:
            log.error("the rules' timers are not kept over a restart: %s", message)
        self.failed = message
