"""The load of the house on each phase, at its peak over a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.control.estimate.battery_commanded import Lost

PEAK_HOLD_S = 30.0
"""A phase counts with its peak over this time. The time is longer with a battery that follows slowly."""
RISEN_A = 1.0
"""A phase has risen if its load exceeds its peak by more than this."""

PhaseAmps = tuple[float, float, float]
PHASES = (0, 1, 2)
NEVER_S: PhaseAmps = (-math.inf, -math.inf, -math.inf)
NOTHING_A: PhaseAmps = (0.0, 0.0, 0.0)
NEVER_A: PhaseAmps = (-math.inf, -math.inf, -math.inf)


class HouseLoad(NamedTuple):
    """The peaks of the house by phase. Part of the memory. Grid export is negative."""

    peak_a: PhaseAmps = (0.0, 0.0, 0.0)
    """The largest measured load of a time."""
    at_s: PhaseAmps = NEVER_S
    risen_s: PhaseAmps = NEVER_S
    """Since when the load of the phase exceeds its peak. -inf while it does not."""
    ahead_a: PhaseAmps = NEVER_A
    """A peak with the load that orders were about to add. -inf without such orders."""
    ahead_s: PhaseAmps = NEVER_S
    """When the last such order was given."""
    unseen_a: PhaseAmps = (0.0, 0.0, 0.0)
    """The part of `ahead_a` that the orders add."""

    @property
    def load_a(self) -> PhaseAmps:
        """The load that counts. Grid export counts as 0, because the surplus can end before a car has followed."""
        first, second, third = self.most_a
        return (first if first > 0.0 else 0.0, second if second > 0.0 else 0.0, third if third > 0.0 else 0.0)

    @property
    def most_a(self) -> PhaseAmps:
        """The measured peak, or the one with the load of orders."""
        if self.ahead_a is NEVER_A:
            return self.peak_a
        (first, second, third), (one, two, three) = self.peak_a, self.ahead_a
        return (first if first > one else one, second if second > two else two, third if third > three else three)

    def ahead(self, lost: Lost, now_s: float) -> HouseLoad:
        """The load plus a load that an order will add. It counts before a measurement shows it. Small additions do not
        count. Further additions soon after it count together, because a measurement may show none of them yet, but
        never more than batteries can supply. Later ones count from the measured peak. Otherwise orders that alternate
        would add up without end."""
        more_a, seen_s, most_a = lost
        if max(more_a) < RISEN_A:
            return self
        ahead_a, ahead_s, unseen_a = list(self.ahead_a), list(self.ahead_s), list(self.unseen_a)
        for phase in PHASES:
            if more_a[phase] > 0.0:
                before_a = unseen_a[phase] if now_s - ahead_s[phase] <= seen_s else 0.0
                unseen_a[phase] = min(before_a + more_a[phase], max(most_a[phase], more_a[phase]))
                ahead_a[phase], ahead_s[phase] = self.peak_a[phase] + unseen_a[phase], now_s
        return self._replace(
            ahead_a=(ahead_a[0], ahead_a[1], ahead_a[2]),
            ahead_s=(ahead_s[0], ahead_s[1], ahead_s[2]),
            unseen_a=(unseen_a[0], unseen_a[1], unseen_a[2]),
        )


Cases = Mapping[tuple[str, ...], HouseLoad]
"""The load by case. The key names the batteries of unknown phase that are assumed on the phase, so that their part is
subtracted. The key () assumes none."""
NO_CASES: Cases = MappingProxyType({})


def peaked(amps: list[float], memory: HouseLoad, now_s: float, hold_s: float, risen_s: PhaseAmps) -> HouseLoad:
    """The load after a reading of `amps`. Each peak is held for `hold_s`."""
    (first_a, second_a, third_a), held_since_s = memory.peak_a, min(memory.at_s)
    none_ahead = memory.ahead_a is NEVER_A
    if (
        amps[0] < first_a and amps[1] < second_a and amps[2] < third_a
        and now_s - held_since_s <= hold_s and risen_s == memory.risen_s and none_ahead
    ):  # fmt: skip
        return memory  # as in most ticks
    peaks, peaked_s = list(memory.peak_a), list(memory.at_s)
    for phase in PHASES:
        if amps[phase] >= peaks[phase] or now_s - peaked_s[phase] > hold_s:
            peaks[phase], peaked_s[phase] = amps[phase], now_s
    peak_a, at_s = (peaks[0], peaks[1], peaks[2]), (peaked_s[0], peaked_s[1], peaked_s[2])
    if none_ahead:
        return HouseLoad(peak_a, at_s, risen_s)
    one_a, two_a, three_a = (
        level_a if now_s - since_s <= hold_s else -math.inf
        for level_a, since_s in zip(memory.ahead_a, memory.ahead_s, strict=True)
    )
    ahead_a = (one_a, two_a, three_a)
    if ahead_a == NEVER_A:
        return HouseLoad(peak_a, at_s, risen_s)
    return memory._replace(peak_a=peak_a, at_s=at_s, risen_s=risen_s, ahead_a=ahead_a)
