"""Open-Meteo: weather in quarter hours without a key, from `GET /v1/forecast`. All roofs need one request.

A radiation is the mean of the interval that ends at its time. The license CC BY 4.0 asks users to name the source.
Use without a key is free for private purposes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum
from urllib.parse import quote

from optimizer.model.series import Slot, Span
from optimizer.model.sun import sun_position
from optimizer.sources.forecast.feed import Place, PvForecast, series_of
from optimizer.sources.forecast.roof import Roof, Weather, roof_power_w
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, number, parsed, rows
from optimizer.sources.times import unix_s
from optimizer.words.text import Text

VALUES = (
    "shortwave_radiation",
    "direct_normal_irradiance",
    "diffuse_radiation",
    "temperature_2m",
    "wind_speed_10m",
)
UNITS = ("W/m²", "W/m²", "W/m²", "°C", "m/s")
STEPS_S = (900.0, 1800.0, 3600.0)
MOST_W_M2 = 1600.0
"""Larger irradiances do not occur on the ground."""
MOST_AIR_C = 90.0
MOST_WIND_M_S = 150.0
"""Larger values, and lower temperatures than the negative one, do not occur on the ground."""
DAYS = 4
"""Days in UTC from today on. Three local days have a part in each of them."""


@dataclass(frozen=True, slots=True)
class OpenMeteo:
    """The weather of one place, for all roofs of a house."""

    place: Place
    roofs: tuple[Roof, ...]
    key: str = field(default="", repr=False)
    """The key of a commercial contract. Empty: none."""
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "Open-Meteo"
    pace_s = 3600.0
    most_a_day = 48

    @property
    def address(self) -> Address:
        """The server for users with or without a key."""
        return Address(self.url or f"https://{'customer-' if self.key else ''}api.open-meteo.com")

    def requests(self, span: Span) -> tuple[Request, ...]:
        """One request. The time is Unix time, so that no zone matters."""
        del span
        query = (
            f"latitude={self.place.latitude:.4f}&longitude={self.place.longitude:.4f}"
            f"&minutely_15={','.join(VALUES)}&wind_speed_unit=ms&timeformat=unixtime&timezone=GMT"
            f"&past_days=1&forecast_days={DAYS}"
        )
        return (Request(f"/v1/forecast?{query}" + (f"&apikey={quote(self.key)}" if self.key else "")),)

    def read(self, answers: Sequence[Answer], span: Span) -> PvForecast:
        """The power of all roofs. An interval with a null is a gap."""
        del span
        body = parsed(checked(answers[0]))
        units = member(body, "minutely_15_units")
        for name, unit in zip(VALUES, UNITS, strict=True):
            if member(units, name) != unit:
                raise SourceError(
                    "garbled",
                    Text(
                        "the unit of {name} is “{given}” and not {unit}",
                        name=name,
                        given=str(member(units, name))[:20],
                        unit=unit,
                    ),
                )
        times = [unix_s(time) for time in rows(member(body, "minutely_15", "time"), "time")]
        columns = [rows(member(body, "minutely_15", name), name) for name in VALUES]
        if any(len(column) != len(times) for column in columns):
            raise SourceError("garbled", Text("the lists of the weather differ in length"))
        step_s = min((later - earlier for earlier, later in pairwise(times)), default=STEPS_S[0])
        if step_s not in STEPS_S:
            raise SourceError("garbled", Text("the step of the times is {step} s", step=f"{step_s:g}"))
        return PvForecast(series_of(self._slots(times, columns, step_s)))

    def _slots(self, times: Sequence[float], columns: Sequence[list[object]], step_s: float) -> Iterator[Slot]:
        for end_s, values in zip(times, zip(*columns, strict=True), strict=True):
            if None in values:
                continue
            sky_w_m2, direct_w_m2, diffuse_w_m2, air_c, wind_m_s = map(number, values, VALUES)
            if max(sky_w_m2, direct_w_m2, diffuse_w_m2) > MOST_W_M2:
                raise SourceError("garbled", Text("there is an irradiance above {most} W/m²", most=f"{MOST_W_M2:g}"))
            if not (abs(air_c) <= MOST_AIR_C and abs(wind_m_s) <= MOST_WIND_M_S):
                raise SourceError("garbled", Text("there is an air temperature or a wind that does not occur"))
            # Some models give slightly negative radiation at sunset.
            weather = Weather(
                global_w_m2=max(0.0, sky_w_m2),
                direct_w_m2=max(0.0, direct_w_m2),
                diffuse_w_m2=max(0.0, diffuse_w_m2),
                air_c=air_c,
                wind_m_s=max(0.0, wind_m_s),
            )
            middle_s = end_s - step_s / 2.0
            sun = sun_position(self.place.latitude, self.place.longitude, middle_s)
            power_w = fsum(roof_power_w(roof, weather, sun, middle_s) for roof in self.roofs)
            yield Slot(end_s - step_s, end_s, power_w)
