"""The source of PV and home load of a study: a trace, the journal, or generated weather."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.moments import asked_moment
from optimizer.cli.study.assumed import filled
from optimizer.cli.study.house import Household, journal_of
from optimizer.cli.study.options import StudyInput
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, joined

if TYPE_CHECKING:
    from optimizer.study.house.car import Car
    from optimizer.study.input.series import Series
    from optimizer.study.recorded import Stored

GENERATED_KWH = 9.0
"""Daily consumption of a generated household at scale 1."""


class Source(Enum):
    """The source of PV and home load."""

    TRACE = "trace"
    JOURNAL = "journal"
    WEATHER = "weather"
    WEATHER_INSTEAD = Text("weather, because the journal has no record of these days")


def source_of(house: Household, chosen: StudyInput) -> Source:
    """The source that the options name, else the journal if it has records of the days. Raises StudyError and
    JournalError."""
    named = [
        name
        for name, given in (
            ("--trace", chosen.trace is not None),
            ("--journal", chosen.journal),
            ("--weather", chosen.weather),
        )
        if given
    ]
    if len(named) > 1:
        raise StudyError(Text("{names} are two sources. Choose one", names=joined(list(named), "{first} and {then}")))
    if named:
        return {"--trace": Source.TRACE, "--journal": Source.JOURNAL, "--weather": Source.WEATHER}[named[0]]
    if house.journal is None or not house.journal.exists():
        return Source.WEATHER
    from optimizer.journal.reader import JournalReader

    span = JournalReader(house.journal).span()
    if span is None:
        return Source.WEATHER
    if chosen.start is None:
        return Source.JOURNAL
    start = _from(chosen.start, house)
    overlaps = start < span[1] and start + _length(chosen) > span[0]
    return Source.JOURNAL if overlaps else Source.WEATHER_INSTEAD


def _length(chosen: StudyInput) -> timedelta:
    return timedelta(days=30.0 if chosen.days is None else chosen.days)


def of_trace(path: Path) -> Series:
    """The series of a file. Raises StudyError."""
    from optimizer.study.input.trace import read_trace

    return read_trace(path)


def part_of(series: Series, house: Household, chosen: StudyInput) -> Series:
    """The days that the options name. Raises StudyError if the series does not have them."""
    start = series.start if chosen.start is None else _from(chosen.start, house)
    end = series.end if chosen.days is None else start + timedelta(days=chosen.days)
    return series.part(max(start, series.start), min(end, series.end))


def of_weather(house: Household, chosen: StudyInput, progress: Callable[[float], object]) -> Series:
    """Generated weather and home load. `progress` gets the part that is done, 0 to 1."""
    from optimizer.study.input.generate import generate
    from optimizer.twin.sun import Roof

    start = _from(chosen.start or "2025-06-01", house)
    roof = Roof(peak_w=1000.0 * chosen.roof_kw, max_ac_w=1000.0 * chosen.roof_kw * 1.05)
    days = 30.0 if chosen.days is None else chosen.days
    scale = chosen.home_kwh / GENERATED_KWH
    return generate(house.place, roof, start, days, seed=chosen.seed, home_scale=scale, progress=progress)


def of_journal(
    house: Household, chosen: StudyInput, cars: dict[str, Car], progress: Callable[[float], object]
) -> tuple[Series, dict[str, Car], dict[str, Stored]]:
    """The recorded days with the recorded cars, and what is recorded of each battery, by name. Raises StudyError and
    JournalError."""
    from optimizer.study.recorded import Stored, recorded_batteries, recorded_cars, recorded_series

    reader, span = journal_of(house)
    days = _length(chosen)
    start = max(span[0], span[1] - days) if chosen.start is None else _from(chosen.start, house)
    end = min(span[1], start + days)
    series = recorded_series(reader, start, end)
    found, notes = recorded_cars(reader, series, cars, progress)
    stored = recorded_batteries(reader, series)
    count = len(house.site.batteries)
    notes = [
        *_covered(max(start, span[0]), end, days, chosen),
        Text("The recorded behavior of car and battery is removed from the journal data. The study simulates both."),
        *notes,
        *(_begins(name, chosen, count, stored.get(name, Stored())) for name in house.site.batteries),
    ]
    return replace(series, notes=(*series.notes, *notes)), found, stored


def _covered(first: datetime, last: datetime, days: timedelta, chosen: StudyInput) -> list[str]:
    """A note if the journal has only a part of the days that were asked for."""
    covered = last - first
    if covered >= 0.9 * days or (chosen.days is None and chosen.start is None):
        return []
    hours = covered.total_seconds() / 3600.0
    part = (
        Text("{hours_1d} days", hours_1d=hours / 24.0)
        if hours >= 48.0
        else Text("{hours_1d} hours", hours_1d=hours)
        if hours >= 2.0
        else Text("{hours_0d} minutes", hours_0d=hours * 60.0)
    )
    return [
        Text(
            "The journal covers {part} of the {days} days. --weather generates all of them.",
            part=part,
            days=days.total_seconds() / 86400.0,
        )
    ]


def _begins(name: str, chosen: StudyInput, count: int, stored: Stored) -> str:
    capacity_wh, whence_capacity, soc, whence_soc = filled(chosen, count, stored)
    return Text(
        "Battery {name} has {capacity_1d} kWh, {whence_capacity}, and begins with {soc_0d} %, {whence_soc}.",
        name=name,
        capacity_1d=capacity_wh / 1e3,
        whence_capacity=whence_capacity,
        soc_0d=soc,
        whence_soc=whence_soc,
    )


def _from(start: str, house: Household) -> datetime:
    return asked_moment("--from", start, datetime.now(UTC), house.site.zone)
