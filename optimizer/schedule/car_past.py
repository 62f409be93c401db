"""CarPast: the quarter hours of the last days with prices, surplus, and the cars.

The worth of energy beyond a goal rests on it (schedule.spare).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.model.fields import FIELDS
from optimizer.model.quarter_means import QuarterMeans
from optimizer.model.series import QUARTER_S
from optimizer.model.state import CHARGING, CONNECTED, State
from optimizer.schedule.spare import PAST_S, Past

MOST_CARS = 10
MOST_QUARTERS = round(PAST_S / QUARTER_S)
IMPORT, FEED_IN = FIELDS["price.import_ct"].lookup, FIELDS["price.feed_in_ct"].lookup
PV, HOME = FIELDS["pv.power_w"].lookup, FIELDS["home.power_w"].lookup


@dataclass(slots=True, kw_only=True)
class Quarter:
    """A quarter hour that has ended."""

    start_s: float
    import_ct: float
    feed_in_ct: float
    surplus_w: float
    """PV power beyond the consumption of the home."""
    needs_wh: dict[str, float]
    """The cars that were there, by charger, with the energy that each needed when it came in this time."""


@dataclass(slots=True)
class Visit:
    """A car that is plugged in, or was until now."""

    came_s: float
    needed_wh: float | None = None
    """What its goal needed, at the wall. None: it has none yet."""
    charged_wh: float = 0.0
    is_over: bool = False


class CarPast:
    """Takes every tick, and keeps the quarter hours that count."""

    def __init__(self, quarters: Iterable[Quarter] = (), visits: Mapping[str, Visit] | None = None) -> None:
        self._means = QuarterMeans()
        self._quarters = list(quarters)
        self._visits = dict(visits or {})
        self._doubted = 0
        """Quarter hours in a row that were not added, because more of them are later."""

    @classmethod
    def from_document(cls, document: Any) -> CarPast:
        """The past that `document` returned. Raises ValueError, TypeError, LookupError, or AttributeError."""
        visits = {str(name): _visit(*row) for name, row in document["visits"].items()}
        return cls(_quarters(document["quarters"]), visits)

    def document(self) -> dict[str, Any]:
        """The past as JSON values."""
        return {
            "quarters": [
                [
                    one.start_s,
                    *(round(value, 3) for value in (one.import_ct, one.feed_in_ct, one.surplus_w)),
                    one.needs_wh,
                ]
                for one in self._quarters
            ],
            "visits": {name: [one.came_s, one.needed_wh, one.charged_wh] for name, one in self._visits.items()},
        }

    def of(self, charger: str) -> list[Past]:
        """The past of the car at one charger, the oldest first."""
        oldest_s = self._quarters[-1].start_s - PAST_S if self._quarters else 0.0
        return [
            Past(
                start_s=one.start_s,
                end_s=one.start_s + QUARTER_S,
                import_ct=one.import_ct,
                feed_in_ct=one.feed_in_ct,
                surplus_w=one.surplus_w,
                here=charger in one.needs_wh,
                needed_wh=one.needs_wh.get(charger, 0.0),
            )
            for one in self._quarters
            if one.start_s > oldest_s
        ]

    def take(self, state: State) -> None:
        """Take the readings of a tick."""
        now_s, pv_w, home_w = state.now.timestamp(), PV.get(state, ""), HOME.get(state, "")
        values = {
            "import": IMPORT.get(state, ""),
            "feed_in": FEED_IN.get(state, ""),
            "surplus": None if pv_w is None or home_w is None else max(0.0, pv_w - home_w),
        }
        ended = self._means.take(now_s, values)
        if ended is not None:
            self._finish(*ended)
        for name, ev in list(state.evs.items())[:MOST_CARS]:
            status, visit = ev.status.value, self._visits.get(name)
            if status is None:
                continue
            if status not in (CONNECTED, CHARGING):
                if visit is not None:
                    visit.is_over = True
                continue
            if visit is None or visit.is_over:
                visit = self._visits[name] = Visit(now_s)
            visit.charged_wh = ev.session_energy_wh.value or visit.charged_wh
            goal = state.goals.get(name)
            needs_wh = None if goal is None else goal.needs_wh.value
            if visit.needed_wh is None and needs_wh is not None:
                visit.needed_wh = needs_wh + visit.charged_wh

    def _finish(self, start_s: float, means: dict[str, float]) -> None:
        """Add the quarter hour that has ended."""
        if len(means) == 3:
            here = {name: 0.0 for name, visit in self._visits.items() if visit.came_s < start_s + QUARTER_S}
            self._add(
                Quarter(
                    start_s=start_s,
                    import_ct=means["import"],
                    feed_in_ct=means["feed_in"],
                    surplus_w=means["surplus"],
                    needs_wh=here,
                )
            )
        for name, visit in list(self._visits.items()):
            # Without a goal, a car needed what it has charged. That is known when it leaves.
            needed_wh = visit.charged_wh if visit.is_over and visit.needed_wh is None else visit.needed_wh
            if needed_wh is not None:
                self._place(name, visit.came_s, needed_wh)
            if visit.is_over:
                del self._visits[name]

    def _add(self, quarter: Quarter) -> None:
        """Add a quarter hour. One of a wrong clock erases nothing: the clock with more quarter hours is believed."""
        before = [one for one in self._quarters if one.start_s < quarter.start_s]
        self._doubted += 1
        if len(self._quarters) - len(before) > self._doubted:
            return
        self._doubted = 0
        self._quarters = [*before, quarter][-MOST_QUARTERS:]

    def _place(self, charger: str, came_s: float, needed_wh: float) -> None:
        """Set the need in the first quarter hour that has the car after it came."""
        first = next(
            (one for one in self._quarters if one.start_s + QUARTER_S > came_s and charger in one.needs_wh), None
        )
        if first is not None:
            first.needs_wh[charger] = needed_wh


def _quarters(rows: list[Any]) -> Iterator[Quarter]:
    before_s = -math.inf
    for start_s, import_ct, feed_in_ct, surplus_w, needs_wh in rows[-MOST_QUARTERS:]:
        if _number(start_s) <= before_s:
            raise ValueError("its times do not rise")
        before_s = start_s
        yield Quarter(
            start_s=float(start_s),
            import_ct=_number(import_ct),
            feed_in_ct=_number(feed_in_ct),
            surplus_w=max(0.0, _number(surplus_w)),
            needs_wh={str(name): _number(value) for name, value in needs_wh.items()},
        )


def _visit(came_s: Any, needed_wh: Any, charged_wh: Any) -> Visit:
    return Visit(_number(came_s), None if needed_wh is None else _number(needed_wh), _number(charged_wh))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)
