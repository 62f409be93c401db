"""The conditions of every second, by the physics of the house: relays within budget, and no battery emptied."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from optimizer.control.budget import HOUR_S, Allowance
from optimizer.model.site import Site
from optimizer.twin.physics import House

BATTERIES = ("fems", "sonnen", "givtcp")
"""Batteries of the house, each named as the device that it hangs on, in the settings too."""
EMPTYING_MOST_S = {"givtcp": 330.0}
EMPTYING_S = 60.0
"""A forced discharge at the floor is over after this time: a reading, a tick, a write that is tried twice."""
FORCED_W = 50.0
UNDER_PERCENT = 0.5


class Judge:
    """Looks at the physics and asserts."""

    def __init__(self, site: Site, starts: Allowance) -> None:
        self._site = site
        self._starts = starts
        self._excused = 0
        self._offered: dict[str, bool] = {}
        self._started_s: dict[str, deque[float]] = {}
        self._emptying_s: dict[str, float] = {}

    def interrupted(self) -> None:
        """Something came that may cost each charger a hand-back and one more start; what lasted begins anew."""
        self._excused += 1
        self._emptying_s.clear()

    def look(self, house: House, now_s: float, helpless: Collection[str]) -> None:
        """The house at `now_s`; `helpless`: devices for which the service can do nothing
        now, or that run on their own."""
        for charger in house.chargers:
            self._count_starts(charger.spec.name, charger.signalled_a > 0.0, now_s)
        for battery in house.batteries:
            device = battery.spec.name
            floor = self._site.batteries[device].floor_soc_percent
            if battery.lo_w <= FORCED_W or battery.soc_percent >= floor - UNDER_PERCENT or device in helpless:
                self._emptying_s.pop(device, None)
                continue
            since_s = self._emptying_s.setdefault(device, now_s)
            most_s = EMPTYING_MOST_S.get(device, EMPTYING_S)
            assert now_s - since_s <= most_s, f"{device} is discharged by us at {battery.soc_percent:.1f} %"

    def _count_starts(self, name: str, offered: bool, now_s: float) -> None:
        started_s = self._started_s.setdefault(name, deque())
        if offered and not self._offered.get(name, False):
            started_s.append(now_s)
        self._offered[name] = offered
        while started_s and now_s - started_s[0] > HOUR_S:
            started_s.popleft()
        most = self._starts.per_hour + self._excused
        assert len(started_s) <= most, f"{name}: {len(started_s)} starts within an hour"
