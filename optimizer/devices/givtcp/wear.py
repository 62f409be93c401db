"""Wear: how many settings were written to the inverter's flash memory in the last 24 hours, restarts or not.

While we run they age by the monotonic clock. On disk each stands with its age, beside the latest time that the wall
clock has ever shown; a restart adds what the wall clock has gone beyond that. So a clock that was set back refuses
nothing for longer than a day of running, and one that jumps to and fro grants one budget at most.
"""

from __future__ import annotations

import math
from collections import deque
from contextlib import suppress

from optimizer.devices.keep import Keep
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.model.text_numbers import as_number

DAY_S = 86400.0
SAVE_S = 600.0
"""Ages on disk lag by no more while writes are asked for."""


class Wear:
    """The last writes of one inverter, no more of them than the budget of a day."""

    def __init__(self, device: str, most: int, clock: Clock, keep: Keep) -> None:
        """`most` writes (at least 1) within 24 h; read from disk when first asked."""
        self.most = most
        self._entry = f"{device} wear"
        self._clock = clock
        self._keep = keep
        self._worn_s: deque[float] | None = None
        """Monotonic s of each, oldest first."""
        self._latest_s = -math.inf
        """The latest wall time ever seen, s since 1970."""
        self._saved_s = 0.0

    @property
    def used_up(self) -> bool:
        """Whether today's writes are used up."""
        worn_s, now_s = self._recalled(), self._clock.monotonic_s()
        due = bool(worn_s) and now_s - self._saved_s >= SAVE_S
        while worn_s and now_s - worn_s[0] >= DAY_S:
            worn_s.popleft()
        if due:
            with suppress(DeviceError):  # looking changes no device; the next write says why it cannot be stored
                self._save(worn_s)
        return len(worn_s) >= self.most

    def count(self, registers: int = 1, *, in_any_case: bool = False) -> None:
        """So many more are written now; on disk before the call returns.

        Raises DeviceError if the disk does not take them, and then counts none: they must not be written. `in_any_case`
        they are, so that they count without the disk too.
        """
        worn_s = self._recalled()
        before = tuple(worn_s)
        worn_s.extend([self._clock.monotonic_s()] * registers)
        try:
            self._save(worn_s)
        except DeviceError:
            if not in_any_case:
                worn_s.clear()
                worn_s.extend(before)
                raise

    def _recalled(self) -> deque[float]:
        if self._worn_s is None:
            record = self._keep.load(self._entry) or {}
            now_s = self._saved_s = self._clock.monotonic_s()
            latest_s, ages = as_number(record.get("latest_s")), record.get("ages_s")
            if latest_s is not None:
                self._latest_s = latest_s
                now_s -= max(0.0, self._clock.now().timestamp() - latest_s)
            numbers = [as_number(age) for age in ages] if isinstance(ages, list) else []
            oldest_first = sorted((max(0.0, age_s) for age_s in numbers if age_s is not None), reverse=True)
            self._worn_s = deque((now_s - age_s for age_s in oldest_first), maxlen=self.most)
        return self._worn_s

    def _save(self, worn_s: deque[float]) -> None:
        self._saved_s = self._clock.monotonic_s()
        self._latest_s = max(self._latest_s, self._clock.now().timestamp())
        ages_s = [round(self._saved_s - at_s) for at_s in worn_s]
        self._keep.save(self._entry, {"latest_s": round(self._latest_s), "ages_s": ages_s})
