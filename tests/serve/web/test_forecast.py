"""The document of the forecast."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from optimizer.model.series import Series, Slot, Span, constant
from optimizer.serve.web.expected_documents import Forecast
from optimizer.serve.web.forecast import forecast_document
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.correction import Correction
from optimizer.sources.forecast.table import ForecastTable, Record

UTC_ZONE = ZoneInfo("UTC")
DAY_S = 86_400.0


class Reported:
    """A forecast of two days, of which one quarter hour is unknown."""

    record = Record(pv=Series.of([Slot(0.0, 900.0, 12.34)]))

    def table(self, at_s: float) -> ForecastTable:
        del at_s
        pv = constant(1000.0, 0.0, DAY_S + 900.0).over(constant(1000.0, DAY_S + 1800.0, 2 * DAY_S))
        correction = Correction({"noon": 0.93333}, 0.75, low=0.61234, high=None, error=0.4321, day_error=0.3214, days=8)
        return ForecastTable(
            Span(0.0, 2 * DAY_S), pv=pv, low=pv.map(lambda power_w: 0.5 * power_w), correction=correction
        )

    def feeds(self) -> tuple[FeedReport, ...]:
        return (FeedReport("pv", "Solcast", requests=2, failures=1, message="no", fetched_s=60.0, known_until_s=None),)


def test_slots_days_and_what_is_learnt() -> None:
    document = forecast_document(Reported(), 1000.0, UTC_ZONE)
    assert len(document["slots"]) == 2 * 96 - 1
    assert document["slots"][0] == {
        "start": "1970-01-01T00:00:00Z",
        "end": "1970-01-01T00:15:00Z",
        "pv_w": 1000.0,
        "pv_low_w": 500.0,
        "pv_high_w": None,
        "home_w": None,
        "surplus_w": None,
        "pv_measured_w": 12.3,
    }
    assert [(day["date"], day["pv_wh"]) for day in document["days"]] == [("1970-01-01", 24_000.0), ("1970-01-02", None)]
    assert document["correction"] == {
        "factors": {"noon": 0.933},
        "service_part": 0.75,
        "low": 0.612,
        "high": None,
        "error": 0.432,
        "day_error": 0.321,
        "days": 8,
        "problem": "",
    }
    assert document["sources"][0]["problem"] == "no"
    TypeAdapter(Forecast).validate_python(document)


def test_a_house_without_a_forecast_has_empty_lists() -> None:
    document = forecast_document(None, 1000.0, UTC_ZONE)
    assert (document["slots"], document["days"], document["correction"]) == ([], [], None)
