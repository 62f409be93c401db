"""From the price settings to the prices of the service, and the exchange that its feeds use."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.runtime.prices.board import PriceBoard
from optimizer.runtime.prices.cache import PriceCache
from optimizer.runtime.prices.poller import Feed, FeedPoller
from optimizer.settings.price_mapping import FeedPlan, feed_plans, to_tariff
from optimizer.sources.port import Answer, Request, SourceError

if TYPE_CHECKING:
    from optimizer.settings import Settings

TIMEOUT_S = 20.0
"""Deadline of one exchange with a service."""
MAX_BYTES = 2_000_000
"""Largest answer. A week of quarter hours as XML has 100 kB."""


class HttpExchange:
    """Reaches the server of one feed. A connection lives for one request only, because requests are hours apart."""

    def __init__(self, plan: FeedPlan, clock: Clock) -> None:
        address = plan.feed.address
        self._clock = clock
        self._config = HttpConfig(
            address.url,
            timeout_s=TIMEOUT_S,
            max_bytes=MAX_BYTES,
            headers=address.headers,
            verify_tls=plan.verify_tls,
            raise_unauthorized=False,
        )

    async def __call__(self, request: Request) -> Answer:
        """One exchange. Raises SourceError. Its message has no query and no token."""
        try:
            server = HttpDevice(self._config, self._clock)
        except ValueError as error:
            raise SourceError("refused", str(error)) from None
        try:
            method = "GET" if request.body is None else "POST"
            answer = await server.request(method, request.path, body=request.body)
        except DeviceError as error:
            raise SourceError(error.fault, str(error)) from None
        finally:
            await server.close()
        return Answer(answer.status, answer.text)


def build_pollers(
    settings: Settings, clock: Clock, cache: PriceCache, board: PriceBoard | None = None
) -> tuple[FeedPoller, ...]:
    """A poller for each source that a contract uses. `board` calculates new prices at once, so that no tick must."""

    def changed() -> None:
        if board is not None:
            board.forget()
            board(clock.now(), clock.monotonic_s())

    return tuple(
        FeedPoller(
            Feed(plan.name, plan.feed, HttpExchange(plan, clock)),
            clock,
            settings.site.zone,
            cache,
            random=random.random,
            changed=changed,
        )
        for plan in feed_plans(settings)
    )


def build_prices(settings: Settings, clock: Clock, folder: Path) -> tuple[PriceBoard, tuple[FeedPoller, ...]]:
    """The prices of ticks, and the pollers that must run. `folder` keeps the fetched prices."""
    board = PriceBoard(to_tariff(settings), settings.site.zone)
    pollers = build_pollers(settings, clock, PriceCache(folder), board)
    board.follow(pollers)
    return board, pollers
