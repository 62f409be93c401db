"""Averages the powers of the house over each minute, for the charts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from optimizer.model.house_lookups import HOME
from optimizer.model.lookup import total
from optimizer.model.state import State

SERIES = ("grid_w", "pv_w", "battery_w", "ev_w", "home_w", "soc_percent")
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Point:
    """Means over one minute. Powers in W with the usual signs. None if the value was unknown for the whole minute."""

    at_ms: int
    """Start of the minute, ms since 1970."""
    grid_w: float | None = None
    pv_w: float | None = None
    battery_w: float | None = None
    ev_w: float | None = None
    home_w: float | None = None
    soc_percent: float | None = None

    @property
    def at(self) -> datetime:
        """Start of the minute in UTC."""
        return datetime.fromtimestamp(self.at_ms / 1000.0, UTC)

    def to_json(self) -> str:
        """The values in the order of SERIES."""
        return json.dumps([getattr(self, name) for name in SERIES], separators=(",", ":"))

    @classmethod
    def from_rows(cls, rows: Sequence[tuple[int, str]]) -> list[Point]:
        """The points for times and the texts that `to_json` returned. One parse for all costs half of one for each."""
        values = json.loads(f"[{','.join(text for _, text in rows)}]")
        return [cls(at_ms, *own) for (at_ms, _), own in zip(rows, values, strict=True)]


def thinned(points: Iterable[Point], step_ms: int) -> list[Point]:
    """The means over each step of `step_ms`, oldest first. A value is unknown if it was for the whole step."""
    if step_ms <= MINUTE_MS:
        return list(points)
    steps: dict[int, list[Point]] = {}
    for point in points:
        steps.setdefault(point.at_ms // step_ms * step_ms, []).append(point)
    return [Point(at_ms, **{name: _mean(own, name) for name in SERIES}) for at_ms, own in steps.items()]


def _mean(points: list[Point], name: str) -> float | None:
    known = [value for point in points if (value := getattr(point, name)) is not None]
    return round(sum(known) / len(known), 1) if known else None


class MinuteMean:
    """Takes each state and returns a point at the end of each minute."""

    def __init__(self) -> None:
        self._at_ms: int | None = None
        self._sums: dict[str, tuple[float, int]] = {}

    def take(self, state: State) -> Point | None:
        """The finished minute if this state belongs to another one, else None."""
        at_ms = int(state.now.timestamp() * 1000) // MINUTE_MS * MINUTE_MS
        finished = self.finish() if self._at_ms not in (None, at_ms) else None
        self._at_ms = at_ms
        for name, value in _values(state):
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + value, count + 1)
        return finished

    def finish(self) -> Point | None:
        """The point for the states so far, or None without any."""
        if self._at_ms is None:
            return None
        means = {name: round(total / count, 1) for name, (total, count) in self._sums.items()}
        point = Point(self._at_ms, **means)
        self._at_ms, self._sums = None, {}
        return point


def _values(state: State) -> Iterator[tuple[str, float]]:
    powers = {
        "grid_w": state.grid.power_w.value,
        "pv_w": total(pv.power_w for pv in state.pvs.values()),
        "battery_w": total(battery.power_w for battery in state.batteries.values()),
        "ev_w": total(ev.power_w for ev in state.evs.values()),
        "home_w": HOME.get(state, ""),
    }
    yield from ((name, power_w) for name, power_w in powers.items() if power_w is not None)
    socs = [battery.soc_percent.value for battery in state.batteries.values()]
    if socs and None not in socs:
        yield "soc_percent", sum(soc for soc in socs if soc is not None) / len(socs)
