"""The sessions of a file of evcc, each as a visit, and which of them cannot be taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from optimizer.journal.sessions import MOST_ROWS, Session
from optimizer.study.input.evcc.database import database_rows
from optimizer.study.input.evcc.document import document_rows
from optimizer.study.input.evcc.rows import Row
from optimizer.study.input.evcc.table import table_rows
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

SOURCE = "evcc"
"""The source of such sessions (journal.sessions.Session)."""
MOST_BYTES = 32_000_000
"""Size of a CSV or JSON file. 20,000 sessions have 8 MB."""
LEAST_KWH = 0.05
"""evcc shows no session with less."""
_SQLITE = b"SQLite format 3\x00"
_XLSX = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Visit:
    """One session of evcc."""

    place: str
    """The file and the line, or the entry."""
    loadpoint: str
    start: datetime
    """Aware UTC, whole seconds, as in the CSV: when charging began."""
    end: datetime
    vehicle: str
    energy_wh: float
    meter_start_wh: float | None
    meter_end_wh: float | None
    solar_percent: float | None
    """The part of the energy from PV and battery. None: an older version did not record it."""
    cost_ct: float | None
    """None: evcc knew no price."""

    def session(self, charger: str) -> Session:
        """The visit for the journal."""
        sun_wh = None if self.solar_percent is None else self.energy_wh * self.solar_percent / 100.0
        return Session(
            charger=charger,
            start=self.start,
            end=self.end,
            open=False,
            vehicle=self.vehicle,
            source=SOURCE,
            sun_wh=sun_wh or 0.0,
            grid_wh=0.0 if sun_wh is None else self.energy_wh - sun_wh,
            unknown_wh=self.energy_wh if sun_wh is None else 0.0,
            undivided_cost_ct=self.cost_ct or 0.0,
            unpriced_wh=self.energy_wh if self.cost_ct is None else 0.0,
            meter_start_wh=self.meter_start_wh,
            meter_end_wh=self.meter_end_wh,
        )


@dataclass(slots=True)
class Visits:
    """The visits of a file, the rows that are left out, and remarks."""

    visits: list[Visit] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Sentences with the place: rows that are no complete session."""
    remarks: list[str] = field(default_factory=list)
    """Sentences with the place: what was assumed."""


def read_visits(path: Path, zone: ZoneInfo, encoding: str = "") -> Visits:
    """The sessions of evcc's CSV, JSON, or database. Times without a zone are in `zone`. Raises StudyError."""
    found = Visits()
    for count, row in enumerate(_rows(path, encoding)):
        if count >= MOST_ROWS:
            raise StudyError(
                Text("{place}: more than {most} sessions. Split the file", place=row.place, most=MOST_ROWS)
            )
        _take(row, zone, found)
    found.visits.sort(key=lambda one: (one.start, one.loadpoint))
    return found


def _rows(path: Path, encoding: str) -> Iterator[Row]:
    try:
        with path.open("rb") as file:
            data = file.read(len(_SQLITE))
            if not data.startswith(_SQLITE):
                data += file.read(MOST_BYTES + 1 - len(data))
    except OSError as error:
        raise StudyError(Text("{path}: cannot be read: {why}", path=str(path), why=message_of(error))) from error
    if data.startswith(_SQLITE):
        return database_rows(path, MOST_ROWS + 1)
    if data.startswith(_XLSX):
        raise StudyError(
            Text("{path}: this is a spreadsheet of Excel. Download the list as CSV from evcc", path=str(path))
        )
    if len(data) > MOST_BYTES:
        raise StudyError(
            Text("{path}: larger than {most} MB. Split the file", path=str(path), most=MOST_BYTES // 1_000_000)
        )
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return document_rows(path, data)
    return islice(table_rows(path, encoding), MOST_ROWS + 1)


def _take(row: Row, zone: ZoneInfo, found: Visits) -> None:
    """Add the session of a row to the visits, or to what is left out. Raises StudyError."""
    energy_kwh, begun = row.number("chargedEnergy"), row.time("created")
    ended = row.time("finished")
    solar_percent, cost = row.number("solarPercentage"), row.number("price")
    loadpoint, vehicle = row.name("loadpoint"), row.name("vehicle")
    meters = [_meter_wh(row.number(name)) for name in ("meterStart", "meterStop")]
    if energy_kwh is not None and 0.0 <= energy_kwh < LEAST_KWH:
        return  # evcc does not show them either
    reason = _reason(energy_kwh, begun, ended, loadpoint)
    if solar_percent is not None and not -0.01 <= solar_percent <= 100.01:
        raise StudyError(
            Text(
                "{place}, {name}: {value_2d} is no part of 100 %. Correct it, or leave the cell empty",
                place=row.place, name=row.names["solarPercentage"], value_2d=solar_percent,
            )
        )  # fmt: skip
    if reason or begun is None or ended is None or energy_kwh is None:
        found.left_out.append(Text("{place}: {reason}", place=row.place, reason=reason))
        return
    start = _utc(row, "created", begun, zone, found)
    end = _utc(row, "finished", ended, zone, found, not_before=start)
    if end < start:
        why = Text("it ends before it starts. Correct its times in the file")
        found.left_out.append(Text("{place}: {reason}", place=row.place, reason=why))
        return
    found.visits.append(
        Visit(
            place=row.place,
            loadpoint=loadpoint,
            start=start,
            end=end,
            vehicle=vehicle,
            energy_wh=energy_kwh * 1000.0,
            meter_start_wh=meters[0],
            meter_end_wh=meters[1],
            solar_percent=None if solar_percent is None else min(100.0, max(0.0, solar_percent)),
            cost_ct=None if cost is None else cost * 100.0,
        )
    )


def _reason(energy_kwh: float | None, begun: datetime | None, ended: datetime | None, loadpoint: str) -> str:
    """The reason why a row is no complete session. Empty: it is one."""
    if begun is None:
        return Text("it has no start. Write it into the file")
    if ended is None:
        return Text("it has no end: it runs, or evcc was stopped during it. Write the end into evcc's CSV")
    if energy_kwh is None or energy_kwh < 0.0:
        return Text("its energy is not known. Write it into the file")
    return "" if loadpoint else Text("it names no charging point. Write it into the file")


def _meter_wh(kwh: float | None) -> float | None:
    """A meter reading. evcc writes 0 if the charger has no meter, or did not answer."""
    return kwh * 1000.0 if kwh else None


def _utc(
    row: Row, name: str, time: datetime, zone: ZoneInfo, found: Visits, not_before: datetime | None = None
) -> datetime:
    """The time in UTC, whole seconds. Raises StudyError for a local time that does not exist."""
    time = time.replace(microsecond=0)
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    skipped = (first.utcoffset() or timedelta()) < (second.utcoffset() or timedelta())
    if skipped:
        raise StudyError(
            Text(
                "{place}, {name}: the time {time} does not exist in {zone}, because the clock skips it. Give the zone "
                "in which evcc ran, such as --zone UTC",
                place=row.place, name=row.names[name], time=f"{time:%Y-%m-%d %H:%M}", zone=zone.key,
            )
        )  # fmt: skip
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    chosen = second if not_before is not None and first.astimezone(UTC) < not_before else first
    found.remarks.append(
        Text(
            "{place}, {name}: the time {time} occurs twice in {zone}. It is taken as the {which}. evcc's JSON and its "
            "database tell which one it is",
            place=row.place, name=row.names[name], time=f"{time:%Y-%m-%d %H:%M}", zone=zone.key,
            which=Text("second") if chosen is second else Text("first"),
        )
    )  # fmt: skip
    return chosen.astimezone(UTC)
