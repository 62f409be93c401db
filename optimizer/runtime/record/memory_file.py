"""MemoryFile: saves the memory of decisions on disk for a restart.

The `for` of a rule continues after a restart. A restart gives no new budget of relay operations. If the file is lost,
the budgets count as used up. The file is written and forced to disk if a rule or a relay changes its state. Otherwise
it is written once a minute. The service continues without a disk.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from optimizer.control import persist as control
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.report import TickReport
from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.model.clock import Clock
from optimizer.rules.book import persist as rules
from optimizer.words.text import Text, message_of

FILE_NAME = "memory.json"
EVERY_S = 60.0
MAX_BYTES = 1_000_000

log = logging.getLogger(__name__)


class MemoryFile:
    """Reads the memory at the start and writes it after ticks."""

    def __init__(self, folder: Path, clock: Clock, params: Params, *, ran_before: bool = False) -> None:
        """`ran_before`: whether the service has run with this folder before. A missing file is then a lost file."""
        self.path = folder / FILE_NAME
        self.failed = ""
        """Why the memory cannot be saved, or empty."""
        self._clock = clock
        self._params = params
        self._ran_before = ran_before
        self._marks: object = None
        self._saved_s = float("-inf")
        self._last: TickReport | None = None

    def recall(self, memory: Memory) -> Memory:
        """`memory` with the saved values of the last run. If they are lost, the budgets of relay operations count as
        used up. A damaged file is renamed."""
        now, mono_s = self._clock.now(), self._clock.monotonic_s()
        try:
            record = json.loads(read_state_file(self.path, MAX_BYTES))
            if not isinstance(record, dict):
                raise ValueError("not a record of a memory")
            memory = control.from_record(record.get("control"), memory, mono_s)
            return memory._replace(rules=rules.from_record(record.get("rules"), now, mono_s))
        except FileNotFoundError:
            if not self._ran_before:
                return memory
            log.warning("%s is lost: the budgets of relay operations count as used up for a day", self.path)
        except OSError as error:
            self._fail(error)
        except (ValueError, RecursionError) as error:
            self._set_aside(error)
        return control.without_record(memory, self._params, mono_s)

    def on_tick(self, report: TickReport) -> None:
        """Save if a rule or a relay has changed its state, and each minute."""
        self._last = report
        if report.memory is None:
            return
        now_s = report.state.mono_s
        relays = [(ev.started_at_s, ev.switched_at_s, ev.resumed_at_s) for ev in report.memory.evs.values()]
        loads = [(switch.on, switch.changed_s) for switch in report.memory.switches.values()]
        marks = (report.memory.rules.phases, relays, loads)
        if marks != self._marks or now_s - self._saved_s >= EVERY_S:
            changed, self._marks, self._saved_s = marks != self._marks, marks, now_s
            self._save(report, force=changed)

    def close(self) -> None:
        """Save the last tick."""
        if self._last is not None:
            self._save(self._last, force=True)

    def _save(self, report: TickReport, *, force: bool) -> None:
        if report.memory is None:
            return
        now, mono_s = report.state.now, report.state.mono_s
        record = {
            "rules": rules.to_record(report.memory.rules, now, mono_s),
            "control": control.to_record(report.memory, now, mono_s),
        }
        try:
            replace_state_file(self.path, json.dumps(record).encode(), force=force)
        except OSError as error:
            self._fail(error)
        else:
            self.failed = ""

    def _set_aside(self, error: Exception) -> None:
        aside = self.path.with_suffix(".broken")
        log.error(
            "%s is unreadable (%s); renamed to %s; rules start again and budgets count as used up",
            self.path,
            error,
            aside.name,
        )
        try:
            self.path.replace(aside)
        except OSError as failure:
            self._fail(failure)

    def _fail(self, error: OSError) -> None:
        message = Text("{path}: {error}", path=str(self.path), error=message_of(error))
        if message != self.failed:
            log.error("the memory of decisions cannot be saved for a restart: %s", message)
        self.failed = message
