"""The simulated services without sockets, at a fixed time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.series import Series, Span
from optimizer.sources.port import Address, Answer, Request
from optimizer.sources.prices import feed as feeds
from optimizer.twin import http
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices

BERLIN = ZoneInfo("Europe/Berlin")
AFTERNOON = datetime(2026, 11, 28, 14, tzinfo=BERLIN)


class FixedClock:
    """A clock that stands still, as far as the services use it."""

    boot = ""

    def __init__(self, now: datetime) -> None:
        self.time = now.astimezone(UTC)

    def now(self) -> datetime:
        return self.time


class Wire:
    """Hands the requests of a feed to the services."""

    def __init__(self, services: PriceServices, address: Address) -> None:
        self._services = services
        self._address = address

    async def __call__(self, request: Request) -> Answer:
        path, _, query = request.path.partition("?")
        body = b"" if request.body is None else json.dumps(request.body).encode()
        headers = {name.lower(): value for name, value in self._address.headers.items()}
        method = "GET" if request.body is None else "POST"
        answer = await self._services.answer(http.Request(method, path, query, headers, body, "test:1"))
        return Answer(answer.status, answer.body.decode())


def days_around(now: datetime) -> Span:
    """Yesterday, today, and tomorrow in Berlin."""
    return Span(local_midnight(now.timestamp(), BERLIN, -1), local_midnight(now.timestamp(), BERLIN, 2))


async def fetched(feed: feeds.PriceFeed, market: Market, now: datetime = AFTERNOON) -> Series:
    """The series that a feed gets from the services at `now`."""
    services = PriceServices(market, FixedClock(now))  # type: ignore[arg-type]
    return await feeds.fetch(feed, Wire(services, feed.address), days_around(now), now.timestamp())


def market_at(market: Market, at: datetime) -> float | None:
    """The market price of the quarter hour at a local time, ct/kWh."""
    price = market.price(round(at.timestamp()))
    return None if price is None else price / 10.0


def later(at: datetime, hours: float) -> datetime:
    """`hours` later in real time."""
    return (at.astimezone(UTC) + timedelta(hours=hours)).astimezone(BERLIN)
