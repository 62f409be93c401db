"""The energies and the money of days, months, and years: sums of the recorded days, as a document of the API."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

from optimizer.journal.days import Day
from optimizer.model.by_source import BySource
from optimizer.serve.access.access import Refused
from optimizer.serve.energy import HOME
from optimizer.serve.web.past_documents import EnergyDocument, Period, UsedDocument
from optimizer.serve.web.sessions import rounded
from optimizer.serve.years import YEARS

By = Literal["day", "month", "year"]
PERIOD_LETTERS: Mapping[str, int] = {"day": 10, "month": 7, "year": 4}
"""Letters of an ISO date that name a period."""
WINDOW_LETTERS: Mapping[str, int] = {"day": 7, "month": 4, "year": 0}
"""Letters that name what a request asks for: the days of a month, the months of a year, or all years."""
NO_WINDOW = "of is a month such as 2026-05 for days, and a year such as 2026 for months"


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a request asks for, and how they are summed."""

    by: By
    of: str
    first: date
    last: date


def window_of(by: str, of: str | None, today: date) -> Window:
    """The days of a request. Without `of`: the present month or year. Raises Refused."""
    if by not in get_args(By):
        raise Refused(400, "by is day, month, or year")
    name = today.isoformat()[: WINDOW_LETTERS[by]] if of is None else of
    try:
        first, last = span_of(name)
    except ValueError:
        raise Refused(400, NO_WINDOW) from None
    if len(name) != WINDOW_LETTERS[by] or (name and first.year not in YEARS):
        raise Refused(400, NO_WINDOW)
    return Window(by=cast(By, by), of=name, first=first, last=last)


def span_of(name: str) -> tuple[date, date]:
    """The first and the last day of a year, a month, or a day by its ISO name. Empty: all days. Raises ValueError."""
    if not name:
        return date.min, date.max
    first = date.fromisoformat(name + "0000-01-01"[len(name) :])
    if len(name) == PERIOD_LETTERS["year"]:
        return first, first.replace(month=12, day=31)
    if len(name) == PERIOD_LETTERS["month"]:
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first, first


def energy_document(window: Window, days: Iterable[Day], today: date, currency: str) -> EnergyDocument:
    """The sums of each period that has a recorded day, oldest first. `days` may have several parts of a day."""
    periods: dict[str, list[Day]] = {}
    for day in days:
        periods.setdefault(day.day[: PERIOD_LETTERS[window.by]], []).append(day)
    return {
        "by": window.by,
        "of": window.of,
        "today": today.isoformat(),
        "currency": currency,
        "periods": [_period(name, own, today) for name, own in sorted(periods.items())],
    }


def _period(name: str, days: list[Day], today: date) -> Period:
    first, last = span_of(name)
    return {
        "period": name,
        "days": len({day.day for day in days}),
        "days_total": max(1, (min(last, today) - first).days + 1),
        "hours": round(sum(day.accounted_s for day in days) / 3600.0, 2),
        "pv_wh": _wh(day.pv_wh for day in days),
        "import_wh": _wh(day.import_wh for day in days),
        "export_wh": _wh(day.export_wh for day in days),
        "home_wh": _sources(_of(day.used_wh, cars=False) for day in days),
        "cars_wh": _sources(_of(day.used_wh, cars=True) for day in days),
        "home_ct": _sources(_of(day.used_ct, cars=False) for day in days),
        "cars_ct": _sources(_of(day.used_ct, cars=True) for day in days),
        "import_ct": _money(day.import_ct for day in days),
        "export_ct": _money(day.export_ct for day in days),
        "unpriced_wh": _wh(day.unpriced_wh for day in days),
    }


def _of(by_consumer: Mapping[str, BySource], *, cars: bool) -> BySource:
    """The sum over the cars, or over the other consumers."""
    total = BySource()
    for consumer, part in by_consumer.items():
        if (consumer != HOME) is cars:
            total = total.plus(part)
    return total


def _sources(parts: Iterable[BySource]) -> UsedDocument:
    total = BySource()
    for part in parts:
        total = total.plus(part)
    return {"surplus": round(total.surplus, 2), "battery": round(total.battery, 2), "grid": round(total.grid, 2)}


def _wh(values: Iterable[float]) -> float:
    return round(sum(values), 1)


def _money(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return rounded(sum(known), 2) if known else None
