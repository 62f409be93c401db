"""PriceCache: the fetched prices on disk, so that a restart needs no request and a dead feed loses nothing.

A price on disk is valid for its own time only. One file has all feeds. A feed with other settings is another feed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.journal.state_file import read_state_file, replace_state_file
from optimizer.model.series import Series, Slot

FILE_NAME = "prices.json"
MAX_BYTES = 2_000_000
"""Four days of five-minute prices of several feeds have 200 kB."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cached:
    """The prices of one feed, and when it was asked."""

    series: Series = Series()
    asked_s: float | None = None
    """Unix time of the last request, s."""


class PriceCache:
    """Reads the file at the start, and writes it after each request."""

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        """`keep`: whether to write. A command beside the service only reads."""
        self._path = folder / FILE_NAME
        self._keep = keep
        self._entries: dict[str, dict[str, Any]] | None = None
        self.failed = ""
        """Why the file cannot be written. Empty if it can."""

    def load(self, name: str, identity: str) -> Cached:
        """The prices of the feed `name`. Empty if the file has none, or if they belong to another `identity`."""
        entry = self._read().get(name)
        if not isinstance(entry, dict) or entry.get("identity") != _digest(identity):
            return Cached()
        try:
            slots = [Slot(float(start), float(end), float(value)) for start, end, value in entry["slots"]]
            asked_s, fetched_s = entry["asked_s"], entry["fetched_s"]
            series = Series.of(
                slots,
                unit=str(entry["unit"]),
                source=str(entry["source"]),
                fetched_s=None if fetched_s is None else float(fetched_s),
            )
            return Cached(series, None if asked_s is None else float(asked_s))
        except (TypeError, ValueError, LookupError) as error:
            log.warning("%s: the prices of %s are unreadable (%s); asking for them again", self._path, name, error)
            return Cached()

    def save(self, name: str, identity: str, cached: Cached) -> None:
        """Replace the prices of one feed. Without a disk the service goes on; `failed` then has the reason."""
        series = cached.series
        entries = self._read()
        entries[name] = {
            "identity": _digest(identity),
            "asked_s": cached.asked_s,
            "fetched_s": series.fetched_s,
            "unit": series.unit,
            "source": series.source,
            "slots": [list(slot) for slot in series],
        }
        if not self._keep:
            return
        try:
            replace_state_file(self._path, json.dumps(entries, separators=(",", ":")).encode(), force=False)
        except OSError as error:
            if not self.failed:
                log.warning("%s cannot be written, so a restart asks for prices again: %s", self._path, error)
            self.failed = str(error)
        else:
            self.failed = ""

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = self._from_disk()
        return self._entries

    def _from_disk(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(read_state_file(self._path, MAX_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s is unreadable (%s); asking for prices again", self._path, error)
            return {}
        return found if isinstance(found, dict) else {}


def _digest(identity: str) -> str:
    """Settings may have names of homes, so the file has only their digest."""
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
