"""What the journal knows of this house: its PV and home load as input, and when its car was there.

The past behaviour of car and battery is left out; their physics are simulated anew. What cannot be known is said in
notes: how full the car was, and what the household would have done on a day with other decisions.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from optimizer.journal.chart import Point
from optimizer.journal.reader import JournalReader
from optimizer.model.state import EvStatus
from optimizer.study.car import Car, Stay
from optimizer.study.series import Series, StudyError
from optimizer.study.trace import bridged_series

MINUTE_S = 60.0
PAGE = timedelta(days=3)
LOOK_S = 600.0
"""How often the record is asked whether the car is there."""
NAN = float("nan")
Progress = Callable[[float], object]


def recorded_series(reader: JournalReader, start: datetime, end: datetime) -> Series:
    """One-minute means of PV and home load from [start, end). Raises StudyError and JournalError."""
    first_ms = int(start.timestamp() // MINUTE_S * MINUTE_S * 1000)
    rows = int((end.timestamp() * 1000 - first_ms) // (MINUTE_S * 1000))
    if rows < 2:
        raise StudyError("the recorded time is shorter than two minutes")
    columns = {"pv_w": array("d", [NAN]) * rows, "load_w": array("d", [NAN]) * rows}
    for point in _points(reader, start, end):
        row = round((point.at_ms - first_ms) / (MINUTE_S * 1000))
        if 0 <= row < rows:
            columns["pv_w"][row] = NAN if point.pv_w is None else max(0.0, point.pv_w)
            columns["load_w"][row] = NAN if point.home_w is None else point.home_w
    begin = datetime.fromtimestamp(first_ms / 1000.0, UTC)
    series = bridged_series("the journal", begin, MINUTE_S, columns)
    if series.known_share == 0.0:
        raise StudyError("the journal has no minute in which PV and home load were both known")
    return series


def _points(reader: JournalReader, start: datetime, end: datetime) -> list[Point]:
    found: list[Point] = []
    at = start - timedelta(minutes=1)
    while at < end:
        found += reader.points(at, min(end, at + PAGE) - timedelta(milliseconds=1))
        at += PAGE
    return found


def recorded_car(
    reader: JournalReader, charger: str, series: Series, car: Car, progress: Progress | None = None
) -> tuple[Car, str]:
    """The car with its recorded visits, and what is assumed about it."""
    visits = _visits(reader, charger, series, progress)
    if not visits:
        return car, f"The journal does not tell when a car was at {charger}; it is taken as always there."
    charged = _charged_wh(reader, series)
    used = [charged(arrives_s, leaves_s) * car.efficiency for arrives_s, leaves_s in visits]
    stays = tuple(
        Stay(arrives_s, leaves_s, used_wh, next_wh)
        for (arrives_s, leaves_s), used_wh, next_wh in zip(visits, used, [*used[1:], 0.0], strict=True)
    )
    note = (
        f"How full the car at {charger} was is not known: it is taken to come home each time with as much less as it "
        f"was charged then, and to have been full ({car.capacity_wh / 1000:.0f} kWh) at the start."
    )
    return replace(car, initial_soc_percent=100.0, stays=stays), note


def _visits(
    reader: JournalReader, charger: str, series: Series, progress: Progress | None
) -> list[tuple[float, float]]:
    """(arrives, leaves) in s since the start of the series; to within LOOK_S."""
    visits: list[tuple[float, float]] = []
    since_s: float | None = None
    seen = False
    looks = int(series.duration_s / LOOK_S) + 1
    for look in range(looks):
        at_s = look * LOOK_S
        tick = reader.tick_at(series.start + timedelta(seconds=at_s))
        ev = tick.state.evs.get(charger) if tick is not None else None
        status = ev.status.value if ev is not None else None
        if status is not None:
            here = status is not EvStatus.DISCONNECTED
            if here and since_s is None:
                since_s = at_s - LOOK_S / 2.0 if seen else 0.0
            elif not here and since_s is not None:
                visits.append((since_s, at_s - LOOK_S / 2.0))
                since_s = None
            seen = True
        if progress is not None and look % 36 == 0:
            progress(look / looks)
    if since_s is not None:
        visits.append((since_s, float("inf")))
    return visits


def _charged_wh(reader: JournalReader, series: Series) -> Callable[[float, float], float]:
    first_ms = series.start.timestamp() * 1000.0
    energies = [
        ((point.at_ms - first_ms) / 1000.0, point.ev_w * MINUTE_S / 3600.0)
        for point in _points(reader, series.start, series.end)
        if point.ev_w
    ]

    def between(start_s: float, end_s: float) -> float:
        return sum(wh for at_s, wh in energies if start_s <= at_s < end_s)

    return between
