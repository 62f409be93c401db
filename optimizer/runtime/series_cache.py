"""SeriesCache: fetched and recorded series on disk, so that a restart needs no request and a dead feed loses nothing.

A value on disk is valid for its own time only. One file has all feeds. A feed with other settings is another feed.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.series import Series, Slot

MAX_BYTES = 2_000_000
"""Four days of five-minute prices of several feeds have 200 kB. Four weeks of three quantities have 400 kB."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cached:
    """The values of one feed, and when it was asked."""

    series: Series = Series()
    asked_s: float | None = None
    """Unix time of the last request, s."""
    requests_s: tuple[float, ...] = ()
    """Unix times of the requests of the last 24 hours, for feeds with a number of requests a day."""


class SeriesCache:
    """Reads the file at the start, and writes it after each change."""

    def __init__(self, files: KeptFiles, name: str, what: str, *, keep: bool = True) -> None:
        """`what` names the values in messages. `keep`: whether to write. A command beside the service only reads."""
        self._file = files.file(name, MAX_BYTES, f"a restart loses the {what}, because the file cannot be written")
        self._what = what
        self._keep = keep
        self._entries: dict[str, dict[str, Any]] | None = None

    @property
    def failed(self) -> str:
        """The reason why the file cannot be written. Empty if it can."""
        return self._file.failed

    def load(self, name: str, identity: str) -> Cached:
        """The values of the feed `name`. Empty if the file has none, or if they belong to another `identity`."""
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
            requests_s = tuple(float(at_s) for at_s in entry.get("requests_s", ()))
            return Cached(series, None if asked_s is None else float(asked_s), requests_s)
        except (TypeError, ValueError, LookupError) as error:
            log.warning("%s: the %s of %s are unreadable (%s) and not used", self._file.path, self._what, name, error)
            return Cached()

    def save(self, identity: str, feeds: Mapping[str, Cached]) -> None:
        """Replace the values of feeds by name. Without a disk the service goes on."""
        entries = self._read()
        for name, cached in feeds.items():
            entries[name] = _entry(identity, cached)
        if self._keep:
            self._file.replace(json.dumps(entries, separators=(",", ":")).encode(), force=False)

    def _read(self) -> dict[str, dict[str, Any]]:
        if self._entries is None:
            self._entries = self._from_disk()
        return self._entries

    def _from_disk(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._file.read())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s is unreadable (%s); its %s are not used", self._file.path, error, self._what)
            return {}
        return found if isinstance(found, dict) else {}


def _entry(identity: str, cached: Cached) -> dict[str, Any]:
    series = cached.series
    return {
        "identity": _digest(identity),
        "asked_s": cached.asked_s,
        "requests_s": list(cached.requests_s),
        "fetched_s": series.fetched_s,
        "unit": series.unit,
        "source": series.source,
        "slots": [list(slot) for slot in series],
    }


def _digest(identity: str) -> str:
    """Settings may have names of homes, so the file has only their digest."""
    return hashlib.sha256(identity.encode()).hexdigest()[:16]
