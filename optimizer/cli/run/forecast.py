"""From the forecast settings to the forecast of the service."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from optimizer.cli.run.exchange import HttpExchange
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.forecast.board import ForecastBoard
from optimizer.runtime.forecast.past import PAST_FILE, PastRecord
from optimizer.runtime.forecast.poller import CACHE_FILE, Feed, ForecastPoller
from optimizer.runtime.series_cache import SeriesCache
from optimizer.settings.forecast_mapping import forecast_feed, to_forecast_plan

if TYPE_CHECKING:
    from optimizer.settings import Settings
    from optimizer.settings.forecast import ForecastSettings


def build_forecast(
    settings: Settings, forecast: ForecastSettings, clock: Clock, files: KeptFiles, *, keep: bool = True
) -> tuple[ForecastBoard, ForecastPoller | None]:
    """The forecast of ticks, and the poller that must run. `files` keep what was fetched and recorded.

    `keep`: whether to write there. A command beside the service only reads.
    """
    feed = forecast_feed(settings, forecast)
    past = PastRecord(SeriesCache(files, PAST_FILE, "record", keep=keep), f"{feed!r}")
    board = ForecastBoard(to_forecast_plan(settings, forecast), past)
    if feed is None:
        return board, None
    cache = SeriesCache(files, CACHE_FILE, "forecast", keep=keep)
    exchange = HttpExchange(feed.address, clock)
    poller = ForecastPoller(
        Feed(feed, exchange), clock, settings.site.zone, cache, random=random.random, changed=board.forget
    )
    board.follow(poller)
    return board, poller
