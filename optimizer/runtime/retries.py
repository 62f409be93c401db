"""When a failed write may be tried again: each kind for itself, so that one that is refused holds up no other."""

from __future__ import annotations


class Retries:
    """Failures in a row and waits, by kind of write."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}
        self._not_before_s: dict[str, float] = {}

    def not_before_s(self, kind: str) -> float:
        """Monotonic s before which a kind is not tried again; 0 while it may be."""
        return self._not_before_s.get(kind, 0.0)

    def failed(self, kind: str) -> int:
        """One more failure; how many there have been in a row."""
        failures = self._failures[kind] = self._failures.get(kind, 0) + 1
        return failures

    def wait(self, kind: str, until_s: float) -> None:
        """Do not try a kind again before monotonic `until_s`."""
        self._not_before_s[kind] = until_s

    def succeeded(self, kind: str) -> bool:
        """A kind has succeeded; whether that is news, after more than one failure."""
        self._not_before_s.pop(kind, None)
        return self._failures.pop(kind, 0) > 1
