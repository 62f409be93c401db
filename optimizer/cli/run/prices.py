"""From the price settings to the prices of the service."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from optimizer.cli.run.exchange import HttpExchange
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.prices.board import PriceBoard
from optimizer.runtime.prices.poller import CACHE_FILE, Feed, FeedPoller
from optimizer.runtime.series_cache import SeriesCache
from optimizer.settings.price_mapping import feed_plans, to_tariff

if TYPE_CHECKING:
    from optimizer.settings import Settings


def price_cache(files: KeptFiles, *, keep: bool = True) -> SeriesCache:
    """The fetched prices on disk."""
    return SeriesCache(files, CACHE_FILE, "prices", keep=keep)


def build_pollers(
    settings: Settings, clock: Clock, cache: SeriesCache, board: PriceBoard | None = None
) -> tuple[FeedPoller, ...]:
    """A poller for each source that a contract uses. `board` calculates new prices at once, so that no tick must."""

    def changed() -> None:
        if board is not None:
            board.forget()
            board(clock.now(), clock.monotonic_s())

    return tuple(
        FeedPoller(
            Feed(plan.name, plan.feed, HttpExchange(plan.feed.address, clock, verify_tls=plan.verify_tls)),
            clock,
            settings.site.zone,
            cache,
            random=random.random,
            changed=changed,
        )
        for plan in feed_plans(settings)
    )


def build_prices(settings: Settings, clock: Clock, files: KeptFiles) -> tuple[PriceBoard, tuple[FeedPoller, ...]]:
    """The prices of ticks, and the pollers that must run. `files` keep the fetched prices."""
    board = PriceBoard(to_tariff(settings), settings.site.zone)
    pollers = build_pollers(settings, clock, price_cache(files), board)
    board.follow(pollers)
    return board, pollers
