"""The prices of yesterday, today, and tomorrow as a document, for the API, the page, and `optimizer prices --json`."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.serve.web.documents import PriceFeed, Prices, PriceSlot
from optimizer.sources.prices.contract import Price
from optimizer.sources.prices.report import FeedReport, PriceReport


def prices_document(prices: PriceReport | None, now_s: float) -> Prices:
    """All slots of the three days at Unix time `now_s`. A time that is unknown has no slot. None: nothing changes."""
    if prices is None:
        return {"now": _utc(now_s), "import": [], "feed_in": [], "sources": []}
    table = prices.table(now_s)
    return {
        "now": _utc(now_s),
        "import": _slots(table.imports),
        "feed_in": _slots(table.feed_in),
        "sources": [_source(feed) for feed in prices.feeds()],
    }


def _slots(price: Price) -> list[PriceSlot]:
    return [
        {
            "start": _utc(slot.start_s),
            "end": _utc(slot.end_s),
            "ct": round(slot.value, 4),
            "parts": {
                name: round(value, 4)
                for name, part in price.parts.items()
                if (value := part.at(slot.start_s)) is not None
            },
        }
        for slot in price.total
    ]


def _source(feed: FeedReport) -> PriceFeed:
    return {
        "name": feed.name,
        "service": feed.kind,
        "fetched": None if feed.fetched_s is None else _utc(feed.fetched_s),
        "known_until": None if feed.known_until_s is None else _utc(feed.known_until_s),
        "problem": feed.message,
    }


def _utc(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"
