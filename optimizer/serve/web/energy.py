"""The energies and the money of days, months, and years: sums of the recorded days, as a document of the API."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of some days."""

    days: int
    """Days with a record."""
    total: Day
    """Its `day` is the first one."""


def totals_of(days: Iterable[Day], by: By) -> list[Total]:
    """The sums of each day or month, oldest first. `days` may have several parts of a day. Years have those of their
    months, which can be kept."""
    groups: dict[str, list[Day]] = {}
    letters = PERIOD_LETTERS["day" if by == "day" else "month"]
    for day in days:
        groups.setdefault(day.day[:letters], []).append(day)
    return [Total(len({one.day for one in own}), sum_of(own)) for _, own in sorted(groups.items())]


def sum_of(days: Sequence[Day]) -> Day:
    """The sum of at least one day."""
    return Day(
        day=min(day.day for day in days),
        accounted_s=sum(day.accounted_s for day in days),
        used_wh=_sum_by_consumer(day.used_wh for day in days),
        used_ct=_sum_by_consumer(day.used_ct for day in days),
        unpriced_wh=sum(day.unpriced_wh for day in days),
        pv_wh=sum(day.pv_wh for day in days),
        import_wh=sum(day.import_wh for day in days),
        export_wh=sum(day.export_wh for day in days),
        charged_wh=sum(day.charged_wh for day in days),
        discharged_wh=sum(day.discharged_wh for day in days),
        import_ct=_known_sum(day.import_ct for day in days),
        export_ct=_known_sum(day.export_ct for day in days),
    )


def _sum_by_consumer(parts: Iterable[Mapping[str, BySource]]) -> dict[str, BySource]:
    total: dict[str, BySource] = {}
    for part in parts:
        for consumer, own in part.items():
            total[consumer] = total[consumer].plus(own) if consumer in total else own
    return total


def energy_document(window: Window, totals: Iterable[Total], today: date, currency: str) -> EnergyDocument:
    """The sums of each period that has a recorded day, oldest first, from those that `totals_of` returned."""
    periods: dict[str, list[Total]] = {}
    for one in totals:
        periods.setdefault(one.total.day[: PERIOD_LETTERS[window.by]], []).append(one)
    return {
        "by": window.by,
        "of": window.of,
        "today": today.isoformat(),
        "currency": currency,
        "periods": [_period(name, own, today) for name, own in sorted(periods.items())],
    }


def _period(name: str, own: list[Total], today: date) -> Period:
    first, last = span_of(name)
    total = sum_of([one.total for one in own])
    return {
        "period": name,
        "days": sum(one.days for one in own),
        "days_total": max(1, (min(last, today) - first).days + 1),
        "hours": round(total.accounted_s / 3600.0, 2),
        "pv_wh": round(total.pv_wh, 1),
        "import_wh": round(total.import_wh, 1),
        "export_wh": round(total.export_wh, 1),
        "home_wh": _sources(_of(total.used_wh, cars=False)),
        "cars_wh": _sources(_of(total.used_wh, cars=True)),
        "home_ct": _sources(_of(total.used_ct, cars=False)),
        "cars_ct": _sources(_of(total.used_ct, cars=True)),
        "import_ct": rounded(total.import_ct, 2),
        "export_ct": rounded(total.export_ct, 2),
        "unpriced_wh": round(total.unpriced_wh, 1),
    }


def _of(by_consumer: Mapping[str, BySource], *, cars: bool) -> BySource:
    """The sum over the cars, or over the other consumers."""
    total = BySource()
    for consumer, part in by_consumer.items():
        if (consumer != HOME) is cars:
            total = total.plus(part)
    return total


def _sources(total: BySource) -> UsedDocument:
    return {"surplus": round(total.surplus, 2), "battery": round(total.battery, 2), "grid": round(total.grid, 2)}


def _known_sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
