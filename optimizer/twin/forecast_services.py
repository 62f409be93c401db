"""Simulated forecast services: Open-Meteo, forecast.solar, and Solcast, on one server.

All of them forecast the same sky, each in its own format, with its own traps and its own limit of requests.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import sin
from random import Random
from urllib.parse import parse_qs

from optimizer.model.clock import Clock
from optimizer.twin.http import HttpServer, Request, Response, json_response
from optimizer.twin.listener import Mischief
from optimizer.twin.sun import Place, Roof, clear_sky, sun_position

SOLCAST_TOKEN = "solcast-demo"  # noqa: S105 - the token of a simulated service
QUARTER_S, HALF_HOUR_S, HOUR_S, DAY_S = 900, 1800, 3600, 86_400
SOLCAST_A_DAY, FORECAST_SOLAR_AN_HOUR = 10, 12
PAGE = Response(200, b"<html><body>Maintenance</body></html>", "text/html")
FLAT = Roof(peak_w=1000.0, tilt=0.0)


@dataclass(slots=True)
class ForecastSky:
    """The sky that the services forecast, from a seed. The same time always has the same forecast."""

    place: Place = field(default_factory=lambda: Place(48.8, 9.2))
    seed: int = 1
    nulls: set[int] = field(default_factory=set)
    """Unix times whose values are null."""
    gap: tuple[float, float] = (0.0, 0.0)
    """Unix times between which a service has no entries at all."""
    horizon_days: int = 3
    """Days from today on that the services know."""

    def index(self, at_s: float) -> float:
        """The part of a clear sky on the day of Unix time `at_s`, 0.2–1."""
        return Random(f"{self.seed} {at_s // DAY_S:.0f}").uniform(0.2, 1.0)  # noqa: S311

    def horizontal(self, at_s: float) -> tuple[float, float, float]:
        """Global, direct normal, and diffuse irradiance in W/m²."""
        beam, diffuse = clear_sky(self.place, FLAT, at_s)
        height, index = sin(sun_position(self.place, at_s)[0]), self.index(at_s)
        direct = index**2 * beam / height if height > 0.01 else 0.0
        sky = diffuse * (2.0 - index)
        return direct * max(0.0, height) + sky, direct, sky

    def power_w(self, roof: Roof, at_s: float) -> float:
        """The power of a roof."""
        received = sum(clear_sky(self.place, roof, at_s)) * self.index(at_s)
        return min(roof.max_ac_w, roof.peak_w * roof.performance * received / 1000.0)


class ForecastServices:
    """The services. `requests` counts what each was asked."""

    def __init__(self, sky: ForecastSky, clock: Clock) -> None:
        self.sky = sky
        self._clock = clock
        self.requests: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """Requests beyond the limit of a service."""
        self._times: defaultdict[str, list[float]] = defaultdict(list)
        self.down: Response | None = None
        """The answer to every request while a service fails, such as 503 or a page in HTML."""
        self.site = Roof(peak_w=5000.0)
        """The roof of every site at Solcast."""

    def server(self, mischief: Mischief | None = None) -> HttpServer:
        """A server for all of them."""
        return HttpServer(self.answer, self._clock, mischief=mischief)

    async def answer(self, request: Request) -> Response:
        """The answer of the service that the path belongs to."""
        parts = request.segments()
        if request.path == "/v1/forecast":
            name, handler = "open-meteo", self._open_meteo
        elif "estimate" in parts[:2]:
            name, handler = "forecast.solar", self._forecast_solar
        elif parts[:1] == ["rooftop_sites"]:
            name, handler = "solcast", self._solcast
        else:
            return Response(404, b"not found", "text/plain")
        self.requests[name] += 1
        self._times[name].append(self._now_s)
        return self.down if self.down is not None else handler(request)

    @property
    def _now_s(self) -> float:
        return self._clock.now().timestamp()

    def _ends(self, first_s: float, days: int, step_s: int) -> Iterator[int]:
        """The ends of the intervals, without those in the gap."""
        last_s = min(first_s + days * DAY_S, self._now_s // DAY_S * DAY_S + self.sky.horizon_days * DAY_S)
        start = int(first_s)
        for end_s in range(start + step_s, int(last_s) + 1, step_s):
            if not self.sky.gap[0] < end_s <= self.sky.gap[1]:
                yield end_s

    def _open_meteo(self, request: Request) -> Response:
        """A radiation is the mean of the quarter hour before its time. At sunset it is slightly negative."""
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        names = query["minutely_15"].split(",")
        past, ahead = int(query.get("past_days", 0)), int(query.get("forecast_days", 7))
        first_s = (self._now_s // DAY_S - past) * DAY_S
        times = list(self._ends(first_s, past + ahead, QUARTER_S))
        columns: dict[str, list[float | None]] = {name: [] for name in names}
        for end_s in times:
            flat, direct, diffuse = self.sky.horizontal(end_s - QUARTER_S / 2)
            values = {
                "shortwave_radiation": round(flat, 1) if flat > 0.0 else -0.1,
                "direct_normal_irradiance": round(direct, 1),
                "diffuse_radiation": round(diffuse, 1),
                "temperature_2m": 14.0,
                "wind_speed_10m": 2.5,
            }
            for name in names:
                columns[name].append(None if end_s in self.sky.nulls else values[name])
        units = {name: "W/m²" if name.endswith(("radiation", "irradiance")) else "°C" for name in names}
        units |= {name: "m/s" for name in names if name.startswith("wind")}
        return json_response(
            {
                "latitude": float(query["latitude"]),
                "longitude": float(query["longitude"]),
                "utc_offset_seconds": 0,
                "timezone": "GMT",
                "minutely_15_units": {"time": "unixtime", **units},
                "minutely_15": {"time": times, **columns},
            }
        )

    def _forecast_solar(self, request: Request) -> Response:
        """The energy of the interval that ends at each time: sunrise, full hours, and sunset."""
        if self._recent("forecast.solar", HOUR_S) > FORECAST_SOLAR_AN_HOUR:
            self.refused["forecast.solar"] += 1
            message = {"code": 429, "type": "error", "text": "Rate limit for API calls reached."}
            limit = {"period": 3600, "limit": FORECAST_SOLAR_AN_HOUR, "retry-at": "2026-01-01T00:00:00+00:00"}
            return json_response({"result": None, "message": {**message, "ratelimit": limit}}, 429)
        *_, tilt, azimuth, peak_kw = request.segments()
        roof = Roof(1000.0 * float(peak_kw), float(tilt), float(azimuth) + 180.0)
        utc = "time=utc" in request.query
        periods: dict[str, int] = {}
        today_s = self._now_s // DAY_S * DAY_S
        for day in range(min(2, self.sky.horizon_days)):
            for start_s, end_s in _sunny_hours(self.sky.place, today_s + day * DAY_S):
                middle_s = (start_s + end_s) / 2.0
                energy_wh = self.sky.power_w(roof, middle_s) * (end_s - start_s) / HOUR_S
                if not self.sky.gap[0] < end_s <= self.sky.gap[1]:
                    periods[_stamp(end_s, utc)] = round(energy_wh)
        info = {"timezone": "UTC", "time_utc": _stamp(self._now_s, True)}
        return json_response(
            {
                "result": {"watt_hours_period": periods},
                "message": {"code": 0, "type": "success", "text": "", "info": info},
            }
        )

    def _solcast(self, request: Request) -> Response:
        """kW of the half hour that ends at `period_end`, which has seven decimals."""
        if request.headers.get("authorization") != f"Bearer {SOLCAST_TOKEN}":
            return Response(401, b"", "text/plain")
        if self._recent("solcast", DAY_S) > SOLCAST_A_DAY:
            self.refused["solcast"] += 1
            return Response(429, b"", "text/plain")
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        first_s = self._now_s // HALF_HOUR_S * HALF_HOUR_S
        entries: list[dict[str, object]] = []
        for end_s in self._ends(first_s, 1 + int(query.get("hours", 48)) // 24, HALF_HOUR_S):
            power_kw = self.sky.power_w(self.site, end_s - HALF_HOUR_S / 2) / 1000.0
            estimates = {"pv_estimate": power_kw, "pv_estimate10": 0.4 * power_kw, "pv_estimate90": 1.2 * power_kw}
            entries.append(
                {
                    **{name: None if end_s in self.sky.nulls else round(kw, 4) for name, kw in estimates.items()},
                    "period_end": f"{_utc(end_s):%Y-%m-%dT%H:%M:%S}.0000000Z",
                    "period": "PT30M",
                }
            )
        return Response(200, json.dumps({"forecasts": entries}).encode())

    def _recent(self, name: str, within_s: float) -> int:
        return sum(at_s > self._now_s - within_s for at_s in self._times[name])


@lru_cache(maxsize=16)
def _sunny_hours(place: Place, day_s: float) -> tuple[tuple[float, float], ...]:
    """An empty interval at sunrise, then the parts of the hours until sunset of one UTC day."""
    sunny = [day_s + s for s in range(0, DAY_S, 60) if sun_position(place, day_s + s)[0] > 0.0]
    if not sunny:
        return ()
    before_s = sunny[0]
    hours = [(before_s, before_s)]
    while before_s < sunny[-1]:
        end_s = min((before_s // HOUR_S + 1) * HOUR_S, sunny[-1])
        hours.append((before_s, end_s))
        before_s = end_s
    return tuple(hours)


def _stamp(at_s: float, utc: bool) -> str:
    return f"{_utc(at_s):%Y-%m-%dT%H:%M:%S}+00:00" if utc else f"{_utc(at_s):%Y-%m-%d %H:%M:%S}"


def _utc(at_s: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=round(at_s))
