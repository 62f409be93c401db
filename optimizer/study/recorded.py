"""Study input from the journal of this house: PV, home load, and the times at which the car was there.

The recorded behavior of car and battery is left out; the study simulates them again. Notes name what is unknown: the
car's state of charge, and how the household would have used energy after other decisions.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from optimizer.journal.chart import MINUTE_MS, Point
from optimizer.journal.reader import JournalReader
from optimizer.model.state import EvStatus
from optimizer.study.house.car import Car, Stay
from optimizer.study.input.series import Series, StudyError
from optimizer.study.input.trace import bridged_series
from optimizer.words.text import Text

MINUTE_S = 60.0
PAGE = timedelta(days=3)
LOOK_S = 600.0
"""Interval at which the record is searched for the car, s."""
NAN = float("nan")
Progress = Callable[[float], object]


def recorded_series(reader: JournalReader, start: datetime, end: datetime) -> Series:
    """One-minute means of PV and home load from [start, end). Raises StudyError and JournalError."""
    first_ms = int(start.timestamp() // MINUTE_S * MINUTE_S * 1000)
    rows = int((end.timestamp() * 1000 - first_ms) // (MINUTE_S * 1000))
    if rows < 2:
        raise StudyError(Text("the recorded time is shorter than two minutes"))
    columns = {"pv_w": array("d", [NAN]) * rows, "load_w": array("d", [NAN]) * rows}
    for point in _points(reader, start, end):
        row = round((point.at_ms - first_ms) / (MINUTE_S * 1000))
        if 0 <= row < rows:
            columns["pv_w"][row] = NAN if point.pv_w is None else max(0.0, point.pv_w)
            columns["load_w"][row] = NAN if point.home_w is None else point.home_w
    begin = datetime.fromtimestamp(first_ms / 1000.0, UTC)
    series = bridged_series(Text("the journal"), begin, MINUTE_S, columns)
    if series.known_share == 0.0:
        raise StudyError(Text("the journal has no minute in which PV and home load were both known"))
    return series


def _points(reader: JournalReader, start: datetime, end: datetime) -> list[Point]:
    found: list[Point] = []
    at = start - timedelta(minutes=1)
    while at < end:
        found += reader.points(at, min(end, at + PAGE) - timedelta(milliseconds=1))
        at += PAGE
    return found


@dataclass(slots=True)
class _Visits:
    """The times at which a car was at one charger, in s since the start of the series, accurate to LOOK_S."""

    found: list[tuple[float, float]] = field(default_factory=list)
    """(arrives, leaves)"""
    since_s: float | None = None
    seen: bool = False

    def look(self, at_s: float, status: EvStatus | None) -> None:
        if status is None:
            return
        here = status is not EvStatus.DISCONNECTED
        if here and self.since_s is None:
            self.since_s = at_s - LOOK_S / 2.0 if self.seen else 0.0
        elif not here and self.since_s is not None:
            self.end(at_s - LOOK_S / 2.0)
        self.seen = True

    def end(self, at_s: float) -> None:
        if self.since_s is not None:
            self.found.append((self.since_s, at_s))
            self.since_s = None


def recorded_cars(
    reader: JournalReader, series: Series, cars: Mapping[str, Car], progress: Progress | None = None
) -> tuple[dict[str, Car], list[str]]:
    """The cars by charger, with their recorded visits and a note of each assumption. Raises JournalError."""
    visits: dict[str, _Visits] = {name: _Visits() for name in cars}
    looks = int(series.duration_s / LOOK_S) + 1
    for look in range(looks):
        at_s = look * LOOK_S
        tick = reader.tick_at(series.start + timedelta(seconds=at_s))
        if tick is not None:
            for name, ev in tick.state.evs.items():
                # A charger that no longer exists counts too: its energy must not be assigned to another charger.
                visits.setdefault(name, _Visits()).look(at_s, ev.status.value)
        if progress is not None and look % 36 == 0:
            progress(look / looks)
    for one in visits.values():
        one.end(float("inf"))
    charged = _charged(reader, series, tuple(visits))
    found: dict[str, Car] = {}
    notes: list[str] = []
    for name, car in cars.items():
        found[name], note = _visited(name, car, visits[name].found, charged[name])
        notes.append(note)
    return found, notes


def _visited(
    charger: str, car: Car, visits: Sequence[tuple[float, float]], charged: Sequence[tuple[float, float]]
) -> tuple[Car, str]:
    if not visits:
        return car, Text(
            "The journal does not show when a car was at {charger}. The study assumes that it is always there.",
            charger=charger,
        )
    used = [
        sum(wh for at_s, wh in charged if arrives_s <= at_s < leaves_s) * car.efficiency
        for arrives_s, leaves_s in visits
    ]
    stays = tuple(
        Stay(arrives_s, leaves_s, used_wh, next_wh)
        for (arrives_s, leaves_s), used_wh, next_wh in zip(visits, used, [*used[1:], 0.0], strict=True)
    )
    note = Text(
        "How full the car at {charger} was is not known: it is taken to come home each time with as much less as "
        "it was charged then, and to have been full ({capacity_0d} kWh) at the start.",
        charger=charger,
        capacity_0d=car.capacity_wh / 1000,
    )
    return replace(car, initial_soc_percent=100.0, stays=stays), note


def _charged(reader: JournalReader, series: Series, chargers: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    """By charger: (s since the start of the series, Wh at its meter in that minute)."""
    first_ms = round(series.start.timestamp() * 1000.0)
    minutes = {point.at_ms: point.ev_w for point in _points(reader, series.start, series.end) if point.ev_w}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in chargers}
    shares = {} if len(chargers) == 1 else _powers(reader, sorted(minutes))
    for at_ms, ev_w in sorted(minutes.items()):
        powers_w = {chargers[0]: ev_w} if len(chargers) == 1 else shares.get(at_ms, {})
        total_w = sum(powers_w.values())
        for name, power_w in powers_w.items():
            if power_w > 0.0 and name in found:
                found[name].append(((at_ms - first_ms) / 1000.0, ev_w * power_w / total_w * MINUTE_S / 3600.0))
    return found


def _powers(reader: JournalReader, minutes: Sequence[int]) -> dict[int, dict[str, float]]:
    """For these minutes (ms since 1970), the sum of each charger's powers over the recorded ticks.

    The stored minutes hold only the total of all chargers.
    """
    wanted = set(minutes)
    found: dict[int, dict[str, float]] = {}
    for first_ms, last_ms in _runs(minutes):
        for _, block in reader.blocks(_moment(first_ms), _moment(last_ms + MINUTE_MS - 1)):
            for tick in block.ticks:
                at_ms = int(tick.state.now.timestamp() * 1000.0) // MINUTE_MS * MINUTE_MS
                if at_ms not in wanted or not first_ms <= at_ms <= last_ms:
                    continue
                powers_w = found.setdefault(at_ms, {})
                for name, ev in tick.state.evs.items():
                    powers_w[name] = powers_w.get(name, 0.0) + max(0.0, ev.power_w.value or 0.0)
    return found


def _runs(minutes: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of consecutive minutes, so that each block is read once."""
    runs: list[tuple[int, int]] = []
    for at_ms in minutes:
        if runs and at_ms - runs[-1][1] == MINUTE_MS:
            runs[-1] = runs[-1][0], at_ms
        else:
            runs.append((at_ms, at_ms))
    return runs


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000.0, UTC)


@dataclass(frozen=True, slots=True)
class Stored:
    """A battery at the start of the record; None for an unknown value."""

    soc_percent: float | None = None
    capacity_wh: float | None = None


def recorded_batteries(reader: JournalReader, series: Series) -> dict[str, Stored]:
    """The batteries by name, from the first tick in the first hour of the series that knows a state of charge.

    Raises JournalError.
    """
    for minute in range(61):
        tick = reader.tick_at(series.start + timedelta(minutes=minute))
        if tick is None:
            continue
        batteries = tick.state.batteries
        found = {name: Stored(one.soc_percent.value, one.capacity_wh.value) for name, one in batteries.items()}
        if any(one.soc_percent is not None for one in found.values()):
            return found
    return {}
