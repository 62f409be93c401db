"""The day that energies are counted for: the local date, once the wall clock can be believed."""

from __future__ import annotations

from datetime import date, timedelta

from optimizer.model.clock import wall_jump_s
from optimizer.model.state import State

SETTLE_S = 1800.0
"""After a jump of the wall clock, another date counts only once the clock has run steady for this time."""
LONGEST_STOP = timedelta(days=31)
"""After a start, a date later than the stored one by more than this counts as a jump. So does an earlier date."""


class BookingDay:
    """Follows the local date, but not a wrong clock: today's energies survive a clock that is set and set back."""

    def __init__(self, stored: str = "") -> None:
        """`stored` is the day to which the last run booked, as an ISO date; empty if there was none."""
        self._day = stored
        self._last: State | None = None
        self._doubted_until_s: float | None = None

    def of(self, state: State) -> str:
        """The ISO date to book this tick to."""
        today = state.local.date()
        last, self._last = self._last, state
        if last is None:
            jumped = bool(self._day) and not _plausible(self._day, today)
        else:
            jumped = wall_jump_s(last.now, last.mono_s, state.now, state.mono_s) != 0.0
        if jumped:
            self._doubted_until_s = state.mono_s + SETTLE_S
        if self._doubted_until_s is not None and state.mono_s >= self._doubted_until_s:
            self._doubted_until_s = None
        if self._doubted_until_s is None or not self._day:
            self._day = today.isoformat()
        return self._day


def _plausible(stored: str, today: date) -> bool:
    try:
        return timedelta() <= today - date.fromisoformat(stored) <= LONGEST_STOP
    except ValueError:
        return False
