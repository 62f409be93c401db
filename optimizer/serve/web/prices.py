"""The prices of yesterday, today, and tomorrow as a document, for the API, the page, and `optimizer prices --json`."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.serve.web.expected_documents import PriceFeed, Prices, PriceSlot
from optimizer.serve.web.kept import Kept
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.prices.contract import Price
from optimizer.sources.prices.report import PriceReport

KeptSlots = Kept[tuple[list[PriceSlot], list[PriceSlot]]]


def prices_document(prices: PriceReport | None, now_s: float, kept: KeptSlots | None = None) -> Prices:
    """All slots of the three days at Unix time `now_s`. A time that is unknown has no slot. None: nothing changes.

    `kept` keeps the slots until the prices change.
    """
    if prices is None:
        return {"now": utc_text(now_s), "import": [], "feed_in": [], "sources": []}
    table = prices.table(now_s)
    imports, feed_in = (kept or KeptSlots()).of((table,), lambda: (_slots(table.imports), _slots(table.feed_in)))
    return {
        "now": utc_text(now_s),
        "import": imports,
        "feed_in": feed_in,
        "sources": [source_document(feed) for feed in prices.feeds()],
    }


def _slots(price: Price) -> list[PriceSlot]:
    return [
        {
            "start": utc_text(slot.start_s),
            "end": utc_text(slot.end_s),
            "ct": round(slot.value, 4),
            "parts": {
                name: round(value, 4)
                for name, part in price.parts.items()
                if (value := part.at(slot.start_s)) is not None
            },
        }
        for slot in price.total
    ]


def source_document(feed: FeedReport) -> PriceFeed:
    """The state of a source."""
    return {
        "name": feed.name,
        "service": feed.kind,
        "fetched": None if feed.fetched_s is None else utc_text(feed.fetched_s),
        "known_until": None if feed.known_until_s is None else utc_text(feed.known_until_s),
        "problem": feed.problem,
    }


def utc_text(at_s: float) -> str:
    """A Unix time in ISO 8601 and UTC."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"
