"""Goals: the energy that a car needs, and the time at which it leaves. A goal repeats on weekdays or holds once.

Goals are set in the local clock. Each occurrence is an instant, so a change of the clocks moves none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_midnight, local_time
from optimizer.words.excerpt import sentence

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
AT_THE_END_S = 1.0
"""A departure at the very end of a pause occurs."""
DAYS_AHEAD = 8
"""Local days in which the next occurrence of every goal lies."""


class GoalError(ValueError):
    """A goal is not possible. The message says why, and what is possible. It is printable."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


@dataclass(frozen=True, slots=True)
class Aim:
    """The result that a goal asks for. Exactly one field is set."""

    soc_percent: float | None = None
    """State of charge of the car."""
    energy_wh: float | None = None
    """Energy at the charger since the goal applies: since the car was plugged in, or since the goal was set."""

    @property
    def text(self) -> str:
        """The aim as people write it: `80%`, `12kWh`."""
        return f"{self.soc_percent:g}%" if self.soc_percent is not None else f"{(self.energy_wh or 0.0) / 1000:g}kWh"


@dataclass(frozen=True, slots=True)
class RepeatingGoal:
    """A goal of the settings. It holds on weekdays at a local time."""

    aim: Aim
    clock_s: float
    """Time of the local clock at which the car leaves, s since midnight."""
    days: frozenset[int] = EVERY_DAY
    """Weekdays on which it leaves, 0 = Monday."""
    charger: str = ""
    """The charger of the goal. Empty: the one at which `vehicle` is."""
    vehicle: str = ""
    """The vehicle of the goal. Empty: any car at `charger`."""

    def next_s(self, after_s: float, zone: ZoneInfo, skipped: frozenset[float] = frozenset()) -> float | None:
        """Unix time of the first occurrence after `after_s` that is not among `skipped`.

        A local time that the clocks skip is as long after midnight as on other days. Of one that occurs twice, the
        first counts.
        """
        for days in range(DAYS_AHEAD + len(skipped)):
            at_s = local_clock_time(after_s, zone, self.clock_s, days)
            weekday = local_time(local_midnight(after_s, zone, days), zone).weekday()
            if weekday in self.days and at_s > after_s and at_s not in skipped:
                return at_s
        return None


@dataclass(frozen=True, slots=True)
class OnceGoal:
    """A goal for one departure. It takes the place of one occurrence of a repeating goal."""

    charger: str
    aim: Aim
    ready_s: float
    """Unix time at which the car leaves."""
    by: str
    """Who set it."""
    at: datetime
    """When it was set, aware UTC."""
    replaces_s: float | None = None
    """Unix time of the occurrence of a repeating goal that it replaces. None: there was none."""
    base_wh: float = 0.0
    """Energy of the session when it was set. An energy counts from there."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One departure with its aim."""

    ready_s: float
    """Unix time."""
    aim: Aim
    once: bool = False
    """Whether it was set by hand."""
    vehicle: str = ""
    by: str = ""
    """Who set it. Empty: the settings."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which no repeating goal occurs, such as a holiday. Goals for one departure still hold."""

    until_s: float
    """Unix time from which repeating goals occur again."""
    by: str
    """Who set it."""


def next_occurrence(
    repeating: Iterable[RepeatingGoal],
    once: OnceGoal | None,
    after_s: float,
    zone: ZoneInfo,
    skipped_s: float | None = None,
    pause: Pause | None = None,
) -> Occurrence | None:
    """The first departure after Unix time `after_s`. Of two at the same time, the one that was set by hand counts.

    No repeating goal occurs at Unix time `skipped_s`, nor before the end of `pause`.
    """
    skipped = frozenset() if skipped_s is None else frozenset({skipped_s})
    from_s = after_s if pause is None else max(after_s, pause.until_s - AT_THE_END_S)
    found = list(_occurrences(repeating, from_s, zone, skipped))
    if once is not None and once.ready_s > after_s:
        found.append(Occurrence(ready_s=once.ready_s, aim=once.aim, once=True, by=once.by))
    return min(found, key=lambda one: (one.ready_s, not one.once), default=None)


def _occurrences(
    repeating: Iterable[RepeatingGoal], after_s: float, zone: ZoneInfo, skipped: frozenset[float]
) -> Iterator[Occurrence]:
    for goal in repeating:
        at_s = goal.next_s(after_s, zone, skipped)
        if at_s is not None:
            yield Occurrence(at_s, goal.aim, vehicle=goal.vehicle)


@dataclass(frozen=True, slots=True)
class GoalReport:
    """The goal of one charger now, for page, API, metrics, and commands."""

    charger: str
    occurrence: Occurrence | None
    """The present or next departure. None: no goal."""
    state: str
    """One of STATES."""
    text: str
    """The state in a sentence."""
    needs_wh: float | None = None
    """Energy at the charger until the aim is reached. None: unknown."""
    lacks_wh: float | None = None
    """Energy that will be missing at the departure, even with full power from now on. None: unknown."""
    latest_s: float | None = None
    """Unix time at which full power must begin at the latest. None: the need is unknown."""
    replaces_s: float | None = None
    """Unix time of the occurrence of a repeating goal that is left out."""
    set_at: datetime | None = None
    """When a goal of a person was set, aware UTC."""
    pause: Pause | None = None
    """The pause of the repeating goals. None: they occur."""
    repeats: bool = False
    """Whether the settings have goals that repeat for this charger or its car."""


STATES = ("none", "away", "open", "reached", "overdue", "impossible", "unknown")
"""none: there is no goal · away: no car is connected · open: energy is missing · reached: none is missing · overdue:
the time has passed and energy is missing · impossible: the time is too short · unknown: the need is not known."""


class GoalSink(Protocol):
    """The goals of a running service, and where they are set."""

    def reports(self) -> tuple[GoalReport, ...]:
        """The goal of each charger that can have one."""
        ...

    def set(self, name: str, aim: Aim, ready_s: float, by: str) -> GoalReport:
        """Set the once-only goal of a charger or vehicle. It replaces an earlier one. Raises GoalError."""
        ...

    def end(self, name: str, by: str) -> GoalReport:
        """End the once-only goal of a charger or vehicle. The repeating goals hold again. Raises GoalError."""
        ...

    def pause(self, name: str, until_s: float, by: str) -> GoalReport:
        """Let no repeating goal of a charger or vehicle occur before Unix time `until_s`. Raises GoalError."""
        ...

    def resume(self, name: str, by: str) -> GoalReport:
        """End the pause of a charger or vehicle. Raises GoalError."""
        ...
