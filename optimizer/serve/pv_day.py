"""The energy of each PV system since midnight, counted from its power: for devices that do not report it. Pure.

A count is known only if nearly all of the day was seen. So it is unknown on the day of the first start, and after the
service was off for more than a few minutes of sun.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from optimizer.model.state import State

BRIDGED_S = 300.0
"""A gap between two readings up to this long is counted with the mean of both powers."""
TOLERATED_S = 300.0
"""A count is unknown if more than this time of the day is missing."""
DARK_W = 10.0
LONGEST_NIGHT_S = 16 * 3600.0
"""A gap up to this long that begins and ends below DARK_W was night: no energy is missing."""
NEVER_SEEN_S = 86_400.0
S_PER_H = 3600.0


@dataclass(frozen=True, slots=True)
class PvCount:
    """The count of one PV system."""

    energy_wh: float
    missing_s: float
    """Time of this day without a reading."""
    power_w: float
    """The last known power."""
    at_s: float
    """Wall time of the last known power, s since 1970."""


@dataclass(frozen=True, slots=True)
class PvDay:
    """The counts of one day."""

    day: str = ""
    """Local date, ISO; empty before the first tick."""
    counts: Mapping[str, PvCount] = field(default_factory=dict)

    def known_wh(self) -> dict[str, float]:
        """Energy in Wh by PV system, without those of which too much is missing."""
        return {name: count.energy_wh for name, count in self.counts.items() if count.missing_s <= TOLERATED_S}


def counted(before: PvDay, state: State, day: str) -> PvDay:
    """The counts after the tick of `state`, which belongs to `day`. Systems that are gone are dropped."""
    now_s = state.now.timestamp()
    counts: dict[str, PvCount] = {}
    for name, pv in state.pvs.items():
        count = before.counts.get(name)
        if count is not None and day != before.day:
            # Midnight is dark, so the gap across it belongs to the new day as a whole.
            count = replace(count, energy_wh=0.0, missing_s=0.0)
        power_w = pv.power_w.value
        if power_w is None:
            if count is not None:
                counts[name] = count
        elif count is None:
            counts[name] = PvCount(0.0, NEVER_SEEN_S, max(0.0, power_w), now_s)
        else:
            counts[name] = _after(count, max(0.0, power_w), now_s)
    return PvDay(day, counts)


def _after(count: PvCount, power_w: float, now_s: float) -> PvCount:
    gap_s = now_s - count.at_s
    if 0.0 <= gap_s <= BRIDGED_S:
        energy_wh = count.energy_wh + (count.power_w + power_w) / 2.0 * gap_s / S_PER_H
        return PvCount(energy_wh, count.missing_s, power_w, now_s)
    dark = max(count.power_w, power_w) <= DARK_W and 0.0 <= gap_s <= LONGEST_NIGHT_S
    # A wall clock that was set back says nothing about the time between: all of it counts as missing.
    return PvCount(count.energy_wh, count.missing_s + (0.0 if dark else abs(gap_s)), power_w, now_s)
