"""Own limit: a car that draws less than it is offered takes a part of each offer, or draws up to a current of its own.

A car that uses fewer phases than it is offered takes a part, and so does one whose charger reports a part of its power.
A car with a smaller on-board charger has a limit. Only a second offer tells them apart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

SHORT = 0.985
"""A settled car that draws less than this part of the offer takes a part of it, or has a limit."""
LIMITED = 0.9
"""A car that draws less than this part leaves the rest to others, whatever the reason is."""
SAME_CURRENT, OTHER_OFFER = 0.02, 1.05
"""A car has a limit of its own if it draws the same current, within the first, of offers of which one is larger than
the other by the second."""


class OwnLimit(NamedTuple):
    """What is known of the limit of one car. Currents are the mean of the offered phases, A."""

    drawn_a: float = math.inf
    """Its settled current below a larger offer. Infinite until a reading shows less than the offer."""
    least_a: float = 0.0
    largest_a: float = 0.0
    """The smallest and the largest offer that it may have followed then."""
    limit_a: float = math.inf
    """The limit of the car. Infinite while none is known."""

    @property
    def most_a(self) -> float:
        """The most that it draws as far as is known. Infinite if it follows its offers."""
        return self.drawn_a if self.limit_a < math.inf or self.drawn_a < LIMITED * self.least_a else math.inf


NO_LIMIT = OwnLimit()


def after_settled(limit: OwnLimit, drawn_a: float, least_a: float, largest_a: float, margin_a: float) -> OwnLimit:
    """What is known after the reading of a settled car, which may follow offers between `least_a` and `largest_a`. A
    car that draws more than its limit and `margin_a` has none."""
    before_a, from_a, to_a, limit_a = limit
    if drawn_a > before_a * (1.0 + SAME_CURRENT) + margin_a:
        limit, before_a, limit_a = NO_LIMIT, math.inf, math.inf
    if not 0.0 < drawn_a < SHORT * least_a:
        return limit
    if limit_a < math.inf:
        return limit if drawn_a >= limit_a else OwnLimit(drawn_a, least_a, largest_a, drawn_a)
    if abs(drawn_a - before_a) >= SAME_CURRENT * drawn_a:
        return OwnLimit(drawn_a, least_a, largest_a)
    if least_a > OTHER_OFFER * to_a or from_a > OTHER_OFFER * largest_a:
        return OwnLimit(drawn_a, least_a, largest_a, drawn_a)
    return OwnLimit(drawn_a, least_a, largest_a) if largest_a - least_a < to_a - from_a else limit
