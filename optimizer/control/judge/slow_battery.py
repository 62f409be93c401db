"""The home beside a battery that is read slowly.

The balance of a moment half a minute ago gives the home of that moment, and PV − home is the surplus now. Meter and PV
are not read at exactly that moment, so each balance has an error while clouds pass. The home changes rarely, so the
judge takes its average, and follows a change at once when two balances show it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

WEIGHT = 0.4
"""Weight of a new balance in the average."""
STEP_W = 700.0
"""Two balances in a row that differ from the average by more than this, in one direction, are a change of the home."""


class SlowHome(NamedTuple):
    """The averaged power of the home. Part of the memory."""

    home_w: float = math.nan
    at_s: float = -math.inf
    """The moment of the last balance."""
    off_w: float = 0.0
    """The difference of the last balance from the average."""


def averaged(before: SlowHome, home_w: float, at_s: float) -> SlowHome:
    """The average after one more balance. A repeated moment changes nothing."""
    if at_s <= before.at_s:
        return before
    off_w = home_w - before.home_w
    if math.isnan(before.home_w) or (abs(off_w) > STEP_W and off_w * before.off_w > STEP_W * STEP_W):
        return SlowHome(home_w, at_s)
    return SlowHome(before.home_w + WEIGHT * max(-STEP_W, min(STEP_W, off_w)), at_s, off_w)
