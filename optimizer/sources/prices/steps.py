"""The ends of values that a feed lists by their beginnings only.

A value ends after the step of its day, and never at the next beginning if a value is missing between. The step of a
day is the shortest distance of two of its values. Days may differ: markets went from hours to quarter hours overnight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.series import Slot
from optimizer.sources.port import SourceError
from optimizer.words.text import Text

MARKET_ZONE = ZoneInfo("Europe/Brussels")
"""The zone of the delivery days of the coupled European markets."""
LONGEST_S = 3600.0


def with_ends(values: Iterable[tuple[float, float]], zone: ZoneInfo = MARKET_ZONE) -> list[Slot]:
    """Slots for (beginning in Unix s, value), in any order. `zone` separates the days.

    A day with a single value has the step of an hour. Raises SourceError if two different values begin together.
    """
    days: defaultdict[float, dict[float, float]] = defaultdict(dict)
    for start_s, value in values:
        day = days[local_midnight(start_s, zone)]
        if day.setdefault(start_s, value) != value:
            raise SourceError("garbled", Text("there are two values for one time"))
    found: list[Slot] = []
    for day in days.values():
        starts = sorted(day)
        step_s = min((later - earlier for earlier, later in pairwise(starts)), default=LONGEST_S)
        step_s = min(step_s, LONGEST_S)
        found.extend(Slot(start_s, start_s + step_s, day[start_s]) for start_s in starts)
    return found
