"""A price feed: one service, its requests, and how its answers become a series in ct/kWh."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Exchange, Request, SourceError
from optimizer.words.text import Text

UNIT = "ct/kWh"
MOST_VALUES = 2_000
"""Largest number of values in one answer. Four days have 400 quarter hours."""
MOST_CT = 1e6
"""Far above any price, ct/kWh, in any currency."""
HOUR_S = 3600.0
EUR = "EUR"


class PriceFeed(Protocol):
    """One service with prices."""

    @property
    def kind(self) -> str:
        """The name of the service, for messages and the page."""
        ...

    @property
    def address(self) -> Address:
        """Its server."""
        ...

    @property
    def pace_s(self) -> float:
        """Shortest time between two requests that it wants, s."""
        ...

    @property
    def published_s(self) -> float:
        """Local time of day at which it usually has the prices of tomorrow, s since midnight."""
        ...

    def request(self, span: Span) -> Request:
        """The request for the prices of `span`, which begins and ends at local midnights."""
        ...

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """The prices in an answer, in ct/kWh. Empty if the service has none yet. Raises SourceError.

        `now_s` is the Unix time of the request.
        """
        ...


@runtime_checkable
class WithUnit(Protocol):
    """A feed whose unit the owner names, who may name a wrong one."""

    def doubt(self, series: Series) -> str:
        """The reason why the prices may be in another unit, and what to do. Empty: none."""
        ...


async def fetch(feed: PriceFeed, exchange: Exchange, span: Span, now_s: float) -> Series:
    """Ask for the prices of `span` once. `now_s` becomes the time of the fetch. Raises SourceError."""
    answer = await exchange(feed.request(span))
    series = feed.read(answer, span, now_s)
    return Series.of(series.within(*span), unit=UNIT, source=feed.kind, fetched_s=now_s)


def series_of(slots: Iterable[Slot]) -> Series:
    """The series of an answer. Raises SourceError if its values contradict each other or are too many."""
    slots = list(slots)
    if len(slots) > MOST_VALUES:
        raise SourceError(
            "garbled", Text("{count} values are more than {most}", count=f"{len(slots)}", most=f"{MOST_VALUES}")
        )
    check_prices(slots)
    try:
        return Series.of(slots, unit=UNIT)
    except ValueError as error:
        raise SourceError("garbled", str(error)) from None


def check_prices(slots: Iterable[Slot]) -> None:
    """Raises SourceError if a price, ct/kWh, cannot be one in any currency."""
    wrong = next((slot for slot in slots if abs(slot.value) > MOST_CT), None)
    if wrong is not None:
        text = Text(
            "a price is {value} ct/kWh, above {most}. Check its unit",
            value=f"{wrong.value:.6g}",
            most=f"{MOST_CT:.0f}",
        )
        raise SourceError("garbled", text)


def per_mwh(value: float) -> float:
    """EUR/MWh in ct/kWh, without the rounding of the division."""
    return round(value / 10.0, 9)


def per_kwh(value: float) -> float:
    """EUR/kWh in ct/kWh, without the rounding of the multiplication."""
    return round(value * 100.0, 9)


def checked_unit(given: object, expected: str) -> None:
    """Raises SourceError if a unit is not the expected one. Letter case and spaces do not count."""
    if not isinstance(given, str) or given.replace(" ", "").casefold() != expected.casefold():
        raise SourceError(
            "garbled", Text("the unit is “{given}” and not {expected}", given=str(given)[:20], expected=expected)
        )
