"""What follows from a write that failed: when it may be tried again, and until when it may still take effect.

Each kind of write waits for itself, so that one that is refused holds up no other.
"""

from __future__ import annotations

from optimizer.devices.port import LATE_S, DeviceError


class Retries:
    """Failures in a row and waits, by kind of write."""

    def __init__(self) -> None:
        self.doubtful_until_s = 0.0
        """Monotonic s until which a write that was given up may still take effect: what is handed back before that may
        be taken again by it, with nobody there to see."""
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}

    def not_before_s(self, kind: str) -> float:
        """Monotonic s before which a kind is not tried again; 0 while it may be."""
        return self._not_before_s.get(kind, 0.0)

    def failed(self, kind: str, error: DeviceError, now_s: float) -> int:
        """One more failure; how many there have been in a row."""
        if not error.said_no:
            self.given_up(now_s)
        failures = self._failures[kind] = self._failures.get(kind, 0) + 1
        return failures

    def given_up(self, now_s: float) -> None:
        """Nobody waits for the answer of a write any more."""
        self.doubtful_until_s = now_s + LATE_S

    def wait(self, kind: str, until_s: float) -> None:
        """Do not try a kind again before monotonic `until_s`."""
        self._not_before_s[kind] = until_s

    def succeeded(self, kind: str) -> bool:
        """A kind has succeeded; whether that is news, after more than one failure."""
        self._not_before_s.pop(kind, None)
        return self._failures.pop(kind, 0) > 1
