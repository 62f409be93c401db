"""The forecast of the next days as a document, for the API, the page, and `optimizer forecast --json`."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, local_time, quarter_hours
from optimizer.model.series import QUARTER_S, Series, Span
from optimizer.serve.web.expected_documents import Forecast, ForecastCorrection, ForecastDay, ForecastSlot
from optimizer.serve.web.kept import Kept
from optimizer.serve.web.prices import source_document, utc_text
from optimizer.sources.forecast.correction import Correction
from optimizer.sources.forecast.report import ForecastReport
from optimizer.sources.forecast.table import ForecastTable

KeptSlots = Kept[list[ForecastSlot]]


def forecast_document(
    forecast: ForecastReport | None, now_s: float, zone: ZoneInfo, kept: KeptSlots | None = None
) -> Forecast:
    """All quarter hours with a known value at Unix time `now_s`. None: no forecast is configured.

    `kept` keeps the quarter hours until the forecast or the record changes.
    """
    if forecast is None:
        return {"now": utc_text(now_s), "slots": [], "days": [], "correction": None, "sources": []}
    table = forecast.table(now_s)
    measured = forecast.record.pv
    slots = (kept or KeptSlots()).of((table, measured), lambda: _slots(table, measured))
    return {
        "now": utc_text(now_s),
        "slots": slots,
        "days": [_day(table, day, zone) for day in days_of(table, zone)],
        "correction": _correction(table.correction),
        "sources": [source_document(feed) for feed in forecast.feeds()],
    }


def days_of(table: ForecastTable, zone: ZoneInfo) -> list[Span]:
    """The local days of a table."""
    found = [local_day(table.span.start_s, zone)]
    while found[-1].end_s < table.span.end_s:
        found.append(local_day(found[-1].end_s, zone))
    return found


def _slots(table: ForecastTable, measured: Series) -> list[ForecastSlot]:
    slots = (_slot(table, measured, at_s) for at_s in quarter_hours(*table.span))
    return [slot for slot in slots if any(isinstance(value, float) for value in slot.values())]


def _slot(table: ForecastTable, measured: Series, start_s: float) -> ForecastSlot:
    end_s = start_s + QUARTER_S

    def mean(series: Series) -> float | None:
        value = series.mean(start_s, end_s)
        return None if value is None else round(value, 1)

    return {
        "start": utc_text(start_s),
        "end": utc_text(end_s),
        "pv_w": mean(table.pv),
        "pv_low_w": mean(table.low),
        "pv_high_w": mean(table.high),
        "home_w": mean(table.home),
        "surplus_w": mean(table.surplus),
        "pv_measured_w": mean(measured),
    }


def _day(table: ForecastTable, day: Span, zone: ZoneInfo) -> ForecastDay:
    def energy(series: Series) -> float | None:
        value = series.integral_h(*day)
        return None if value is None else round(value, 1)

    return {
        "date": local_time(day.start_s, zone).date().isoformat(),
        "pv_wh": energy(table.pv),
        "pv_low_wh": energy(table.low),
        "pv_high_wh": energy(table.high),
        "home_wh": energy(table.home),
        "surplus_wh": energy(table.surplus),
    }


def _correction(found: Correction) -> ForecastCorrection:
    return {
        "factors": {part: round(factor, 3) for part, factor in found.factors.items()},
        "service_part": round(found.service_part, 3),
        "low": None if found.low is None else round(found.low, 3),
        "high": None if found.high is None else round(found.high, 3),
        "error": round(found.error, 3),
        "day_error": round(found.day_error, 3),
        "days": found.days,
        "problem": found.doubt,
    }
