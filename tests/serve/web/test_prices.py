"""The document of the prices."""

from __future__ import annotations

from pydantic import TypeAdapter

from optimizer.model.series import Series, Slot, Span
from optimizer.serve.web.expected_documents import Prices
from optimizer.serve.web.prices import prices_document
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.contract import Price
from optimizer.sources.prices.table import PriceTable

MARKET = Series.of([Slot(0.0, 900.0, 8.0), Slot(1800.0, 2700.0, -1.0)])
TOTAL = MARKET.map(lambda ct: 1.19 * ct)
VAT = MARKET.map(lambda ct: 0.19 * ct)


class Reported:
    """Prices with a gap, of a source that fails."""

    def table(self, at_s: float) -> PriceTable:
        del at_s
        return PriceTable(Span(0.0, 3600.0), imports=Price(TOTAL, {"market": MARKET, "VAT": VAT}))

    def feeds(self) -> tuple[FeedReport, ...]:
        return (
            FeedReport(
                name="epex",
                kind="aWATTar",
                requests=2,
                failures=1,
                message="status 429: too many requests",
                fetched_s=60.0,
                known_until_s=None,
            ),
        )


def test_slots_have_their_parts_and_gaps_have_no_slot() -> None:
    document = prices_document(Reported(), 1000.0)
    assert document["now"] == "1970-01-01T00:16:40Z"
    assert document["import"] == [
        {
            "start": "1970-01-01T00:00:00Z",
            "end": "1970-01-01T00:15:00Z",
            "ct": 9.52,
            "parts": {"market": 8.0, "VAT": 1.52},
        },
        {
            "start": "1970-01-01T00:30:00Z",
            "end": "1970-01-01T00:45:00Z",
            "ct": -1.19,
            "parts": {"market": -1.0, "VAT": -0.19},
        },
    ]
    assert document["sources"] == [
        {
            "name": "epex",
            "service": "aWATTar",
            "fetched": "1970-01-01T00:01:00Z",
            "known_until": None,
            "problem": "status 429: too many requests",
        }
    ]
    assert TypeAdapter(Prices).validate_python(document) == document


def test_without_changing_prices_the_lists_are_empty() -> None:
    document = prices_document(None, 0.0)
    assert (document["import"], document["feed_in"], document["sources"]) == ([], [], [])
