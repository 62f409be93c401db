"""Passes overrides to the rules, and keeps them across a restart of the service."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from optimizer.control.report import TickReport
from optimizer.journal.codec import CodecError, decode, encode
from optimizer.journal.kept_file import KeptFiles
from optimizer.rules.book.overrides import LONGEST, Override, in_words, merged, without
from optimizer.words.text import Text

log = logging.getLogger(__name__)

Overrides = tuple[Override, ...]
FILE_NAME = "overrides.json"
BY_HAND = Text("What is set by hand on devices is not on the disk yet")
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Kept:
    """One override as the file has it."""

    override: Override
    left_s: float | None = None
    """How long it had to go when it was set: no wall clock at a start makes it longer."""
    ends_s: float | None = None
    """When it ends, in monotonic s of `boot`: exact while the machine has not been started anew."""
    boot: str = ""


class OverrideSink(Protocol):
    """Takes overrides."""

    def override(self, override: Override) -> None:
        """Hold a target by hand from the next tick on."""
        ...

    def release(self, target: str) -> None:
        """End the override on a target."""
        ...


class OverrideStore:
    """Passes overrides to another sink, and keeps them in a small file until a decision has ended them.

    If a session ended while the service was down, its override ends when the car is unplugged. If another session
    replaced it meanwhile, the override holds until its day is over.
    """

    def __init__(
        self, inner: OverrideSink, files: KeptFiles, monotonic_s: Callable[[], float] | None = None, boot: str = ""
    ) -> None:
        """`monotonic_s` is the clock that `Override.ends_s` is of, and `boot` the start that it counts from."""
        self._inner = inner
        self._file = files.file(FILE_NAME, MAX_BYTES, "overrides are not kept over a restart", BY_HAND)
        self._monotonic_s = monotonic_s
        self._boot = boot
        self._held: Overrides = ()
        self.changed: Callable[[], None] = _nobody
        """Called after each change by hand, so that the next decision comes at once."""

    def restore(self, now: datetime, mono_s: float = 0.0) -> None:
        """Set the overrides again that held when the service ended and have not expired.

        `now` is in the time zone of the site, `mono_s` the monotonic s of it.
        """
        try:
            held = [_read(entry) for entry in json.loads(self._file.read())]
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError, CodecError) as error:
            log.error("overrides in %s cannot be read and are forgotten: %s", self._file.path, error)
            return
        left = [(one.override, self._left_at_start_s(one, now, mono_s)) for one in held]
        self._held = tuple(replace(override, ends_s=mono_s + left_s) for override, left_s in left if left_s > 0.0)
        for override in self._held:
            log.warning("override goes on: %s", in_words(override, now))
            self._inner.override(override)

    def override(self, override: Override) -> None:
        """Hold a target by hand from the next tick on."""
        self._inner.override(override)
        self._keep(merged(self._held, override))
        self.changed()

    def release(self, target: str) -> None:
        """End the override on a target."""
        self._inner.release(target)
        self._keep(without(self._held, target))
        self.changed()

    def on_tick(self, report: TickReport) -> None:
        """Forget the overrides that have ended, so that no restart brings them back (control.report.Watcher)."""
        if report.memory is None:
            return
        active = {one.target for one in report.memory.overrides}
        left = tuple(one for one in self._held if one.target in active)
        if left != self._held:
            self._keep(left)

    def _keep(self, held: Overrides) -> None:
        self._held = held
        self._file.replace(json.dumps([encode(Kept, self._kept(one)) for one in held]).encode())

    def _kept(self, override: Override) -> Kept:
        bare = replace(override, ends_s=None)
        if self._monotonic_s is None or override.ends_s is None:
            return Kept(bare)
        return Kept(bare, round(override.ends_s - self._monotonic_s(), 1), round(override.ends_s, 1), self._boot)

    def _left_at_start_s(self, kept: Kept, now: datetime, mono_s: float) -> float:
        """The remaining time of an override, s: by the monotonic clock in the same boot, else by the wall clock."""
        if kept.ends_s is not None and kept.boot and kept.boot == self._boot:
            left_s = kept.ends_s - mono_s
        else:
            left_s = (kept.override.until - now).total_seconds()
        most_s = LONGEST.total_seconds()
        return min(left_s, most_s if kept.left_s is None else min(kept.left_s, most_s))


def _nobody() -> None:
    """Nobody waits for a change."""


def _read(entry: object) -> Kept:
    """One entry of the file; former versions wrote the override alone. Raises CodecError."""
    if isinstance(entry, dict) and "override" not in entry:
        return Kept(decode(Override, entry))
    kept: Kept = decode(Kept, entry)
    return kept
