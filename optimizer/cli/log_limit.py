"""The rate limit on log lines of libraries, so that strangers and broken devices cannot fill the disk."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

OWN = "optimizer"
LINES = 1
"""Lines of one library with the same text, before its values are filled in, within WINDOW_S."""
ALL_LINES = 20
"""Lines of one library within WINDOW_S, regardless of their text."""
WINDOW_S = 60.0
MOST_KEYS = 256
"""Number of remembered texts. The one written longest ago is dropped first."""


@dataclass(slots=True)
class _Window:
    began_s: float
    lines: int = 0
    dropped: int = 0


class LibraryLimit(logging.Filter):
    """Passes LINES equal lines of a library per minute. The next such line names the number of dropped lines.

    The service's own lines always pass, because each of their places has its own limit.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic_s = monotonic_s
        self._windows: OrderedDict[tuple[str, str], _Window] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        library = record.name.partition(".")[0]
        if library == OWN:
            return True
        now_s = self._monotonic_s()
        total = self._window((library, ""), now_s)
        same = self._window((library, str(record.msg)[:200]), now_s)
        if same.lines >= LINES or total.lines >= ALL_LINES:
            same.dropped += 1
            return False
        total.lines += 1
        same.lines += 1
        if same.dropped:
            record.msg = f"{record.getMessage()} (and {same.dropped} more such lines before)"
            record.args = None
            same.dropped = 0
        return True

    def _window(self, key: tuple[str, str], now_s: float) -> _Window:
        window = self._windows.pop(key, None) or _Window(now_s)
        if now_s - window.began_s >= WINDOW_S:
            window = _Window(now_s, dropped=window.dropped)
        self._windows[key] = window
        if len(self._windows) > MOST_KEYS:
            self._windows.popitem(last=False)
        return window
