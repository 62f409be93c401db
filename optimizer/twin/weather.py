"""Generated weather and home load for a place and a roof. The same seed always gives the same values.

Each day depends only on the seed and its date, so that any day of any year is available.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, exp, floor, pi
from random import Random
from zoneinfo import ZoneInfo

from optimizer.twin.load import day_load
from optimizer.twin.sun import Place, Roof, clear_sky

DAY_S = 86_400
MINUTES = 1440
KEPT_DAYS = 4
MEMORY = 0.6
"""Correlation of the weather of two successive days."""


@dataclass(frozen=True, slots=True)
class Sky:
    """A kind of day: a sequence of clouds and gaps."""

    name: str
    cloud_min: float
    """Mean minutes of a cloud. 0: no clouds."""
    gap_min: float
    """Mean minutes of a gap between clouds. 0: no gaps."""
    cloud_index: tuple[float, float]
    """Range of the part of a clear sky under a cloud."""
    gap_index: tuple[float, float]
    """Range of this part in a gap. It exceeds 1 if the edges of clouds reflect."""


SKIES = (
    Sky(name="clear", cloud_min=0.0, gap_min=60.0, cloud_index=(0.9, 1.0), gap_index=(0.96, 1.0)),
    Sky(name="fair", cloud_min=4.0, gap_min=25.0, cloud_index=(0.35, 0.75), gap_index=(0.97, 1.04)),
    Sky(name="broken", cloud_min=7.0, gap_min=8.0, cloud_index=(0.20, 0.50), gap_index=(0.98, 1.10)),
    Sky(name="showers", cloud_min=25.0, gap_min=9.0, cloud_index=(0.08, 0.35), gap_index=(0.80, 1.08)),
    Sky(name="overcast", cloud_min=35.0, gap_min=0.0, cloud_index=(0.06, 0.40), gap_index=(0.40, 0.60)),
)
SUMMER = (0.22, 0.22, 0.25, 0.16, 0.15)
"""Frequency of each sky in June in Central Europe."""
WINTER = (0.14, 0.12, 0.14, 0.15, 0.45)
"""Frequency of each sky in December in Central Europe."""


class Weather:
    """A Source without an end. Call `at` with increasing times, because it stores only a few days."""

    __slots__ = ("_days", "_first", "_start", "_zone", "home_scale", "place", "roof", "seed")

    def __init__(
        self,
        place: Place | None = None,
        roof: Roof | None = None,
        *,
        seed: int = 1,
        start: datetime | None = None,
        home_scale: float = 1.0,
        first_sky: str | None = None,
    ) -> None:
        """`first_sky` sets the kind of the first day. `home_scale` scales the load (1 = about 9 kWh a day)."""
        self.place = place or Place()
        self.roof = roof or Roof()
        self.seed = seed
        self.home_scale = home_scale
        self._zone = ZoneInfo(self.place.zone)
        self._start = (start or datetime(2025, 6, 14, 8, 0, tzinfo=UTC)).astimezone(UTC)
        self._days: dict[int, tuple[list[float], list[float]]] = {}
        self._first = (floor(self._start.timestamp()) // DAY_S, first_sky)

    @property
    def start(self) -> datetime:
        """Start of a run, aware UTC."""
        return self._start

    def at(self, unix_s: float) -> tuple[float, float]:
        """(PV in W, home load in W) at a unix time."""
        x = unix_s / 60.0
        minute = floor(x)
        left = floor(x - 0.5)
        a = self._pv(left)
        return a + (self._pv(left + 1) - a) * (x - 0.5 - left), self._day(minute // MINUTES)[1][minute % MINUTES]

    def _pv(self, minute: int) -> float:
        return self._day(minute // MINUTES)[0][minute % MINUTES]

    def _day(self, day: int) -> tuple[list[float], list[float]]:
        found = self._days.get(day)
        if found is None:
            while len(self._days) >= KEPT_DAYS:
                del self._days[next(iter(self._days))]
            found = self._days[day] = (self._day_pv(day), self._day_load(day))
        return found

    def sky(self, day: int) -> Sky:
        """The kind of day number `day` (days since 1970, UTC)."""
        if day == self._first[0] and self._first[1] is not None:
            return next(s for s in SKIES if s.name == self._first[1])
        # A moving average of seeded draws: successive days are similar, and each can be computed alone.
        total = weight = 0.0
        for back in range(8):
            w = MEMORY**back
            total += w * Random(f"{self.seed} sky {day - back}").gauss(0.0, 1.0)  # noqa: S311
            weight += w * w
        z = total / weight**0.5
        rank = 1.0 / (1.0 + exp(-1.702 * z))
        season = 0.5 - 0.5 * cos(2.0 * pi * ((day + 10) % 365.25) / 365.25)
        if self.place.latitude < 0:
            season = 1.0 - season
        for sky, summer, winter in zip(SKIES, SUMMER, WINTER, strict=True):
            rank -= summer * season + winter * (1.0 - season)
            if rank <= 0.0:
                return sky
        return SKIES[-1]

    def _day_pv(self, day: int) -> list[float]:
        index = self._clearness(day)
        roof = self.roof
        scale = roof.peak_w / 1000.0 * roof.performance
        pv = []
        for minute in range(MINUTES):
            beam, diffuse = clear_sky(self.place, roof, day * DAY_S + minute * 60.0 + 30.0)
            if beam + diffuse == 0.0:
                pv.append(0.0)
                continue
            k = index[minute]
            # A cloud reduces the beam first. Scattered light returns as diffuse light.
            light = (
                beam * max(0.0, (k - 0.2) / 0.8) + diffuse * min(1.6, 0.4 + 1.2 * k)
                if k < 1.0
                else (beam + diffuse) * k
            )
            pv.append(min(roof.max_ac_w, light * scale))
        return pv

    def _clearness(self, day: int) -> list[float]:
        """The part of a clear sky that the clouds leave, by minute."""
        random = Random(f"{self.seed} clouds {day}")  # noqa: S311
        sky = self.sky(day)
        index: list[float] = []
        cloudy = sky.gap_min == 0.0
        while len(index) < MINUTES:
            mean, span = (sky.cloud_min, sky.cloud_index) if cloudy else (sky.gap_min, sky.gap_index)
            if mean > 0.0:
                minutes = max(1, round(mean * random.lognormvariate(-0.32, 0.8)))
                level = random.uniform(*span)
                index.extend(level * random.uniform(0.97, 1.03) for _ in range(minutes))
            cloudy = not cloudy
        smooth = index[:1]
        for k in index[1:MINUTES]:
            smooth.append(smooth[-1] + (k - smooth[-1]) * 0.7)
        return smooth

    def _day_load(self, day: int) -> list[float]:
        noon = datetime.fromtimestamp(day * DAY_S + DAY_S // 2, self._zone)
        offset = noon.utcoffset() or timedelta(0)
        return day_load(self.seed, day, noon.weekday(), round(offset.total_seconds() / 60.0), self.home_scale)
