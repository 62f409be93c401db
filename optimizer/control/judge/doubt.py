"""A doubt about the grid meter: why it is not believed, and when it is believed again."""

from __future__ import annotations

import math
from typing import NamedTuple

FIRST_REST_S, LONGEST_REST_S, REST_FACTOR = 60.0, 3600.0, 4.0
"""Time until an implausible meter is believed again. Each repetition within a day multiplies it."""
FORGIVEN_S = 86400.0
MOST_STRIKES = 10


class Doubts(NamedTuple):
    """The present doubt, and how many came before. Part of the memory."""

    why: str = ""
    """Why the meter is not believed, as a text for the user. Empty while it is believed."""
    until_s: float = -math.inf
    """When it is believed again, monotonic s. Infinite: when its value changes."""
    strikes: int = 0
    """How often the meter was implausible, until it was plausible for a day."""
    struck_s: float = -math.inf
    """When it was last found implausible."""


BELIEVED = Doubts()


def doubted(before: Doubts, at_s: float, why: str) -> Doubts:
    """A doubt that ends after a rest."""
    strikes = before.strikes if at_s - before.struck_s < FORGIVEN_S else 0
    rest_s = min(LONGEST_REST_S, FIRST_REST_S * REST_FACTOR**strikes)
    return Doubts(why, at_s + rest_s, min(strikes + 1, MOST_STRIKES), at_s)


def doubted_until_it_changes(before: Doubts, at_s: float, why: str) -> Doubts:
    """A doubt that ends when the value of the meter changes."""
    return doubted(before, at_s, why)._replace(until_s=math.inf)


def withdrawn(before: Doubts) -> Doubts:
    """The end of a doubt that was wrong. It does not make the next rest longer."""
    return Doubts("", -math.inf, max(0, before.strikes - 1), before.struck_s)


def believed(before: Doubts) -> Doubts:
    """The end of a doubt."""
    return Doubts("", -math.inf, before.strikes, before.struck_s)
