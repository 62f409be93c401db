"""A battery whose reading was never more than a few watts.

It is idle, or its power in kW counts as W. Its state of charge tells the difference: an idle battery keeps it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

TINY_W = 15.0
"""A value within this of zero is that of an idle battery, or a power in kW that counts as W."""
MOVES_PERCENT, MOVES_S = 1.9, 3600.0
"""A battery whose state of charge changes by this in this time is not idle."""


class Filling(NamedTuple):
    """The state of charge of one battery while its value is tiny. Part of the memory."""

    soc_percent: float = math.nan
    soc_s: float = -math.inf
    """The state of charge at an earlier moment, and this moment."""
    filled_s: float = -math.inf
    """When it was last seen to move."""


NOT_FILLED = Filling()


def is_tiny(value_w: float) -> bool:
    """Whether a battery that shows this power, W, may be idle or show kW as W."""
    return -TINY_W <= value_w <= TINY_W


def with_soc(before: Filling, soc_percent: float | None, at_s: float) -> Filling:
    """The memory after one more state of charge, %. None: it is unknown."""
    if soc_percent is None:
        return before
    if at_s - before.soc_s > MOVES_S:
        return before._replace(soc_percent=soc_percent, soc_s=at_s)
    if -MOVES_PERCENT < soc_percent - before.soc_percent < MOVES_PERCENT:
        return before
    return Filling(soc_percent, at_s, at_s)


def fills(filling: Filling, at_s: float) -> bool:
    """Whether the state of charge has moved lately, so the battery is not idle although its value says so."""
    return at_s - filling.filled_s <= MOVES_S
