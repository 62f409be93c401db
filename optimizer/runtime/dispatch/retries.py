"""Failed writes: the time of the next attempt, and the time until which a failed write may still take effect.

Each kind of write waits separately, so that a refused one delays no other.
"""

from __future__ import annotations

from optimizer.devices.port import LATE_S, DeviceError


class Retries:
    """Consecutive failures and waits, by kind of write."""

    def __init__(self) -> None:
        self.doubtful_until_s = 0.0
        """Monotonic s until which an abandoned write may still take effect. It could undo an earlier hand-back."""
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}

    def not_before_s(self, kind: str) -> float:
        """Monotonic s of the next allowed attempt of a kind. 0 if one is allowed now."""
        return self._not_before_s.get(kind, 0.0)

    def failed(self, kind: str, error: DeviceError, now_s: float) -> int:
        """Count a failure. Returns the number of consecutive failures."""
        if not error.said_no:
            self.given_up(now_s)
        failures = self._failures[kind] = self._failures.get(kind, 0) + 1
        return failures

    def given_up(self, now_s: float) -> None:
        """Note an abandoned write: its answer is no longer awaited."""
        self.doubtful_until_s = now_s + LATE_S

    def wait(self, kind: str, until_s: float) -> None:
        """Allow no attempt of a kind before monotonic `until_s`."""
        self._not_before_s[kind] = until_s

    def succeeded(self, kind: str) -> bool:
        """Note a success of a kind. Returns whether it follows more than one failure."""
        self._not_before_s.pop(kind, None)
        return self._failures.pop(kind, 0) > 1
