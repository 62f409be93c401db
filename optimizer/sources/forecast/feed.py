"""A forecast feed: one service, its requests, and how its answers become the power of all roofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from optimizer.model.calendar import quarter_hours
from optimizer.model.series import Series, Slot, Span
from optimizer.model.sun import sun_position
from optimizer.sources.port import Address, Answer, Exchange, Request, SourceError
from optimizer.words.text import Text

UNIT = "W"
MOST_VALUES = 2_000
"""Largest number of values in one answer. Seven days have 672 quarter hours."""
MOST_W = 1e6
"""Larger powers are mistakes."""
TWILIGHT = 2.0
"""Elevation of the sun in degrees below which a roof gives nothing worth counting."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of the house, in degrees, + north and + east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class PvForecast:
    """The forecast power of all roofs as series in W."""

    power: Series = Series(unit=UNIT)
    low: Series = Series(unit=UNIT)
    """The power that is exceeded nine times of ten, if the service gives it. Empty otherwise."""
    high: Series = Series(unit=UNIT)
    """The power that is exceeded one time of ten."""

    def over(self, other: PvForecast, span: Span) -> PvForecast:
        """This forecast with the values of `other` in its gaps, within `span`."""
        pairs = ((self.power, other.power), (self.low, other.low), (self.high, other.high))
        return PvForecast(*(fresh.over(old).within(*span) for fresh, old in pairs))


class ForecastFeed(Protocol):
    """One service with forecasts."""

    @property
    def kind(self) -> str:
        """The name of the service, for messages and the page."""
        ...

    @property
    def address(self) -> Address:
        """Its server."""
        ...

    @property
    def place(self) -> Place:
        """The place of the house."""
        ...

    @property
    def pace_s(self) -> float:
        """Shortest time between two rounds of requests, s."""
        ...

    @property
    def most_a_day(self) -> int:
        """Largest number of requests within 24 hours."""
        ...

    def requests(self, span: Span) -> tuple[Request, ...]:
        """The requests of one round, for the forecast of `span`, which begins and ends at local midnights."""
        ...

    def read(self, answers: Sequence[Answer], span: Span) -> PvForecast:
        """The forecast in the answers of one round. Raises SourceError."""
        ...


async def fetch(feed: ForecastFeed, exchange: Exchange, span: Span, now_s: float) -> PvForecast:
    """Ask for the forecast of `span` once. `now_s` becomes the time of the fetch. Raises SourceError."""
    answers = [await exchange(request) for request in feed.requests(span)]
    found = feed.read(answers, span)
    if not found.power.within(now_s, span.end_s).slots:
        raise SourceError("refused", Text("the answer has no power from now on"))
    named = (_with_nights(part, feed.place, span) for part in (found.power, found.low, found.high))
    return PvForecast(*(Series.of(part.within(*span), unit=UNIT, source=feed.kind, fetched_s=now_s) for part in named))


def series_of(slots: Iterable[Slot]) -> Series:
    """The series of an answer. Negative powers become 0. Raises SourceError if its values cannot be."""
    listed = [Slot(start_s, end_s, max(0.0, power_w)) for start_s, end_s, power_w in slots]
    if len(listed) > MOST_VALUES:
        raise SourceError(
            "garbled", Text("{count} values are more than {most}", count=f"{len(listed)}", most=f"{MOST_VALUES}")
        )
    if any(slot.value > MOST_W for slot in listed):
        raise SourceError("garbled", Text("a power is above 1000 kW"))
    try:
        return Series.of(listed, unit=UNIT)
    except ValueError as error:
        raise SourceError("garbled", str(error)) from None


def _with_nights(series: Series, place: Place, span: Span) -> Series:
    """The series with 0 W in its gaps at night. Services leave out nights, but their power is known.

    An empty series stays empty.
    """
    if not series.slots:
        return series
    return series.over(Series.of(slot for gap in series.gaps(*span) for slot in _dark(gap, place)))


def _dark(gap: Span, place: Place) -> Iterator[Slot]:
    """The parts of a gap with the sun below TWILIGHT at both ends, by quarter hours."""
    borders = [gap.start_s, *(at_s for at_s in quarter_hours(*gap) if at_s > gap.start_s), gap.end_s]
    high = [sun_position(place.latitude, place.longitude, at_s).elevation > TWILIGHT for at_s in borders]
    for index in range(len(borders) - 1):
        if not (high[index] or high[index + 1]):
            yield Slot(borders[index], borders[index + 1], 0.0)
