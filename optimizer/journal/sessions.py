"""Sessions: one record for each visit of a car, kept in the journal beside the ticks, without a limit of age."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from optimizer.journal.kept import read_rows
from optimizer.journal.schema import from_ms, to_ms

TABLE = """
CREATE TABLE IF NOT EXISTS session (
    charger TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (charger, start_ms)
)
"""
KEEP = "INSERT OR REPLACE INTO session (charger, start_ms, end_ms, document) VALUES (?,?,?,?)"
GoalResult = Literal["", "none", "met", "missed", "open", "unknown"]
GOAL_RESULTS: tuple[GoalResult, ...] = ("none", "met", "missed", "open", "unknown")
"""none: no goal applied · met: the car had what the goal asks for · missed: the time passed, and energy was missing ·
open: the car left before the time, or is there, and energy is missing · unknown: the need was not known."""
MOST_ROWS = 20_000
"""The journal keeps so many sessions, and one answer has at most as many: two visits a day for 27 years."""


@dataclass(frozen=True, slots=True)
class Session:
    """The visit of one car. Energies in Wh, costs in ct. None: not known."""

    charger: str
    start: datetime
    """Aware UTC: when the car was plugged in, or when the service first saw it."""
    end: datetime
    """When it was unplugged, or the last time that the service saw it."""
    open: bool = True
    """Whether the car is still there."""
    vehicle: str = ""
    surplus_wh: float = 0.0
    battery_wh: float = 0.0
    grid_wh: float = 0.0
    grid_cost_ct: float = 0.0
    """The energy from the grid at the import price of its time."""
    lost_feed_in_ct: float = 0.0
    """The energy from surplus and battery at the payment for export of its time."""
    unpriced_wh: float = 0.0
    """Energy for which a price was not known. It is in none of the costs."""
    unaccounted_s: float = 0.0
    """Time in which a reading was missing, so that the sources of the energy are not known."""
    meter_start_wh: float | None = None
    """The energy counter of the charger at the start. None: the charger has none."""
    meter_end_wh: float | None = None
    mode_s: Mapping[str, float] = field(default_factory=dict)
    """Time in each mode of the charger."""
    goal: str = ""
    """The last goal of the visit, one with a result before others, as people write it: `80%`, `12kWh`. Empty: none."""
    goal_met: bool | None = None
    """Whether the car had what the goal asks for. None: there is no goal, or no result."""
    goal_result: GoalResult = ""
    """One of GOAL_RESULTS. Empty: an older version recorded the visit, or nobody has looked yet."""
    goal_missing_wh: float | None = None
    """Energy at the charger that was still missing, 0 if the goal is met. None: no goal, or not known."""
    goal_missing_percent: float | None = None
    """The same as state of charge. None: the goal is an energy, or it is not known."""
    at_once_ct: float | None = None
    """What the same energy would have cost with charging at once. None: not known, or the car is still there."""
    at_once: tuple[tuple[float, float], ...] | None = ()
    """While the car is there: energy (Wh) and cost (ct) of charging at once. None: a price was not known."""
    source: str = ""
    """The program that recorded the visit, such as `evcc`. Empty: this service."""
    sun_wh: float = 0.0
    """Energy from surplus and battery together, if the program of `source` does not tell them apart."""
    unknown_wh: float = 0.0
    """Energy of which the program of `source` does not tell where it came from."""
    undivided_cost_ct: float = 0.0
    """The cost by the program of `source`, which does not tell the grid from lost export."""

    @property
    def energy_wh(self) -> float:
        """The energy by the accounts of the service."""
        return self.surplus_wh + self.battery_wh + self.sun_wh + self.grid_wh + self.unknown_wh

    @property
    def metered_wh(self) -> float | None:
        """The energy by the meter of the charger. None without both readings, and after a reset of the meter."""
        if self.meter_start_wh is None or self.meter_end_wh is None or self.meter_end_wh < self.meter_start_wh:
            return None
        return self.meter_end_wh - self.meter_start_wh

    @property
    def sun_share(self) -> float | None:
        """The part from surplus and battery, 0 to 1, of the energy with a known origin. None without such energy."""
        known_wh = self.surplus_wh + self.battery_wh + self.sun_wh + self.grid_wh
        return (self.surplus_wh + self.battery_wh + self.sun_wh) / known_wh if known_wh > 0.0 else None

    @property
    def saved_ct(self) -> float | None:
        """The cost of charging at once minus the real one, may be negative. None: one of them is not known."""
        return None if self.at_once_ct is None or self.unpriced_wh > 0.0 else self.at_once_ct - self.cost_ct

    @property
    def cost_ct(self) -> float:
        """The cost, ct: energy from the grid, and export that was not paid."""
        return self.grid_cost_ct + self.lost_feed_in_ct + self.undivided_cost_ct


NUMBERS = (
    "surplus_wh", "battery_wh", "grid_wh", "grid_cost_ct", "lost_feed_in_ct", "unpriced_wh", "unaccounted_s",
)  # fmt: skip
IMPORTED_NUMBERS = ("sun_wh", "unknown_wh", "undivided_cost_ct")
"""Numbers that only sessions of another program have."""


def to_row(session: Session) -> tuple[str, int, int, str]:
    """The row of the table."""
    document: dict[str, Any] = {name: round(getattr(session, name), 3) for name in NUMBERS}
    document |= {
        "open": session.open,
        "vehicle": session.vehicle,
        "meter": [session.meter_start_wh, session.meter_end_wh],
        "mode_s": {mode: round(seconds, 1) for mode, seconds in session.mode_s.items()},
        "goal": [session.goal, session.goal_met],
        "goal_result": session.goal_result,
        "goal_missing": [_rounded(session.goal_missing_wh), _rounded(session.goal_missing_percent)],
        "at_once_ct": None if session.at_once_ct is None else round(session.at_once_ct, 3),
    }
    if session.source:
        document["source"] = session.source
        document |= {name: round(getattr(session, name), 3) for name in IMPORTED_NUMBERS}
    if session.open:
        document["at_once"] = session.at_once and [[round(wh, 1), round(ct, 3)] for wh, ct in session.at_once]
    return session.charger, to_ms(session.start), to_ms(session.end), json.dumps(document, separators=(",", ":"))


def read_sessions(path: Path, start: datetime, end: datetime) -> list[Session]:
    """The sessions that begin within [start, end), oldest first. Raises JournalError."""
    query = (
        "SELECT charger, start_ms, end_ms, document FROM session WHERE start_ms >= ? AND start_ms < ?"
        " ORDER BY start_ms DESC, charger LIMIT ?"
    )
    return read_rows(path, "session", query, (to_ms(start), to_ms(end), MOST_ROWS), _session)[::-1]


def _session(charger: str, start_ms: int, end_ms: int, text: str) -> Session:
    document = json.loads(text)
    first, last = document["meter"]
    # Journals of older versions have no goals, no result of a goal, and no cost of charging at once.
    goal, met = document.get("goal", ("", None))
    missing_wh, missing_percent = document.get("goal_missing", (None, None))
    result: GoalResult = "" if met is None else "met" if met else "missed"
    curve = document.get("at_once") if document["open"] else ()
    return Session(
        charger=charger,
        start=from_ms(start_ms),
        end=from_ms(end_ms),
        open=bool(document["open"]),
        vehicle=str(document["vehicle"]),
        meter_start_wh=_known(first),
        meter_end_wh=_known(last),
        goal=str(goal),
        goal_met=None if met is None else bool(met),
        goal_result=next((one for one in GOAL_RESULTS if one == document.get("goal_result")), result),
        goal_missing_wh=_known(missing_wh),
        goal_missing_percent=_known(missing_percent),
        at_once_ct=_known(document.get("at_once_ct")),
        at_once=None if curve is None else tuple((_number(wh), _number(ct)) for wh, ct in curve),
        mode_s={str(mode): _number(seconds) for mode, seconds in document["mode_s"].items()},
        source=str(document.get("source", "")),
        **{name: _number(document[name]) for name in NUMBERS},
        **{name: _number(document.get(name, 0.0)) for name in IMPORTED_NUMBERS},
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _known(value: object) -> float | None:
    return None if value is None else _number(value)


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number
