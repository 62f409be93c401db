"""Feeds against the simulated services, in virtual time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.prices.board import PriceBoard
from optimizer.runtime.prices.poller import CACHE_FILE, Feed, FeedPoller
from optimizer.runtime.series_cache import SeriesCache
from optimizer.sources.port import Answer, Request, SourceError
from optimizer.sources.prices.awattar import Awattar
from optimizer.sources.prices.feed import PriceFeed
from optimizer.sources.prices.table import Tariff
from optimizer.twin import http
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 28, 8, tzinfo=BERLIN)


class Exchange:
    """Hands requests to the services. `fail` breaks the connection instead."""

    def __init__(self, services: PriceServices, feed: PriceFeed) -> None:
        self._services = services
        self._headers = {name.lower(): value for name, value in feed.address.headers.items()}
        self.fail = False
        self.crash: Exception | None = None

    async def __call__(self, request: Request) -> Answer:
        if self.crash is not None:
            raise self.crash
        if self.fail:
            raise SourceError("unreachable", "nothing listens there")
        path, _, query = request.path.partition("?")
        body = b"" if request.body is None else json.dumps(request.body).encode()
        method = "GET" if request.body is None else "POST"
        answer = await self._services.answer(http.Request(method, path, query, self._headers, body, "test:1"))
        return Answer(answer.status, answer.body.decode())


class Rig:
    """One feed with its services and its cache in `folder`."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        market: Market | None = None,
        services: PriceServices | None = None,
        feed: PriceFeed | None = None,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.services = services or PriceServices(market or Market(), clock)
        self.market = self.services.market
        self.feed = feed or Awattar()
        self.exchange = Exchange(self.services, self.feed)
        self.cache = SeriesCache(KeptFiles(folder), CACHE_FILE, "prices")
        self.poller = FeedPoller(
            Feed("market", self.feed, self.exchange), clock, BERLIN, self.cache, Random(seed).random, self._changed
        )
        self.changes = 0

    def _changed(self) -> None:
        self.changes += 1

    def board(self, tariff: Tariff, others: Sequence[FeedPoller] = ()) -> PriceBoard:
        board = PriceBoard(tariff, BERLIN)
        board.follow([self.poller, *others])
        return board

    @property
    def now_s(self) -> float:
        return self.clock.now().timestamp()

    @property
    def requests(self) -> int:
        return sum(self.services.requests.values())
