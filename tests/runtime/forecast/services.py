"""A forecast service against the simulated ones, in virtual time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.forecast.poller import CACHE_FILE, Feed, ForecastPoller
from optimizer.runtime.series_cache import SeriesCache
from optimizer.sources.forecast.feed import ForecastFeed, Place
from optimizer.sources.forecast.forecast_solar import ForecastSolar
from optimizer.sources.forecast.open_meteo import OpenMeteo
from optimizer.sources.forecast.roof import Roof
from optimizer.sources.forecast.solcast import Solcast
from optimizer.sources.port import Answer, Request, SourceError
from optimizer.twin import http
from optimizer.twin.forecast_services import SOLCAST_TOKEN, ForecastServices, ForecastSky

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 6, 20, 8, tzinfo=BERLIN)
PLACE = Place(48.8, 9.2)
ROOFS = (Roof(5000.0, 35.0, 0.0), Roof(4000.0, 15.0, 90.0))
METEO = OpenMeteo(PLACE, ROOFS)
SOLAR = ForecastSolar(PLACE, ROOFS)
SOLCAST = Solcast(PLACE, ("aaaa-1111", "bbbb-2222"), SOLCAST_TOKEN)


class Exchange:
    """Hands requests to the services. `fail` breaks the connection instead."""

    def __init__(self, services: ForecastServices, feed: ForecastFeed) -> None:
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
        answer = await self._services.answer(http.Request("GET", path, query, self._headers, b"", "test:1"))
        return Answer(answer.status, answer.body.decode())


class Rig:
    """One service with its cache in `folder`."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        feed: ForecastFeed = METEO,
        *,
        services: ForecastServices | None = None,
        seed: int = 1,
    ) -> None:
        self.clock = clock
        self.services = services or ForecastServices(ForecastSky(), clock)
        self.feed = feed
        self.exchange = Exchange(self.services, feed)
        cache = SeriesCache(KeptFiles(folder), CACHE_FILE, "forecast")
        self.changes = 0
        self.poller = ForecastPoller(
            Feed(feed, self.exchange), clock, BERLIN, cache, Random(seed).random, self._changed
        )

    def _changed(self) -> None:
        self.changes += 1

    @property
    def now_s(self) -> float:
        return self.clock.now().timestamp()

    @property
    def requests(self) -> int:
        return sum(self.services.requests.values())
