"""The prices that the simulated house knows at each time: those that a service would know then, never later ones.

They are calculated by the modules of the service from the rows of the series. The prices of a market are known until
the end of the day, and from the publication on until the end of the next day.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import ceil, isnan
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_clock_time, local_day
from optimizer.model.reading import NOT_MEASURED, Reading, known
from optimizer.model.series import HOUR_S, QUARTER_S, Slot, Span, constant
from optimizer.model.series import Series as Values
from optimizer.model.state import Prices
from optimizer.rules.book.asked import Asked
from optimizer.sources.prices.by_time import ByTime
from optimizer.sources.prices.contract import UNIT, FeedInContract, ImportContract, Price
from optimizer.sources.prices.now import PricesNow, prices_now
from optimizer.sources.prices.table import PriceTable, days_around
from optimizer.sources.prices.table import Tariff as Contracts
from optimizer.study.input.series import Series
from optimizer.words.text import Text

PUBLISHED_S = 13 * HOUR_S
"""Local time at which day-ahead markets publish the prices of the next day, s since midnight."""
FETCHED_AFTER_S = QUARTER_S
"""The service asks at random within ten minutes. A quarter hour later it has the prices in any case."""
CONSTANT = Text("The prices do not change, so the rules get no answer to cheapest(…), price.lowest(…), and the like.")


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of energy in ct/kWh; None for an unknown price."""

    import_ct: float | None = None
    """Prices in the series replace it."""
    feed_in_ct: float | None = None
    """Payments in the series replace it."""
    alternative_ct: float | None = None
    """Price of a kWh for the car elsewhere."""
    published_s: float | None = PUBLISHED_S
    """Local time at which the prices of the next day are published, s since midnight. None: they are always known."""


class HousePrices:
    """The prices of every tick."""

    def __init__(self, series: Series, tariff: Tariff, zone: ZoneInfo, asked: Asked) -> None:
        self._series = series
        self._start_s = series.start.timestamp()
        self._tariff = tariff
        self._contracts = _contracts(series, tariff)
        self._zone = zone
        self._asked = asked
        self._asks = bool(asked.cheapest or asked.prices)
        self._constant = _constant(tariff) if series.price_ct is None and series.feed_in_ct is None else None
        self._now: PricesNow | None = None
        self._table: PriceTable | None = None
        self._known_until_s = float("-inf")
        self._lacks = False
        self.unknown_s = 0.0
        """How long the rules got no answer to what they ask of prices."""

    def __call__(self, at_s: float, mono_s: float, tick_s: float) -> Prices:
        """The prices at Unix time `at_s`, which is monotonic `mono_s`, at the end of a tick."""
        if self._constant is not None:
            return self._constant
        if self._now is None or not self._now.holds(at_s):
            self._now = prices_now(
                self._contracts,
                self._known(at_s),
                at_s,
                mono_s,
                self._zone,
                asked=self._asked.cheapest,
                spans=self._asked.prices,
            )
            prices = self._now.prices
            answers: tuple[Reading[bool] | Reading[float], ...] = (*prices.cheapest.values(), *prices.lowest.values())
            self._lacks = any(not answer.known for answer in answers)
        if self._lacks:
            self.unknown_s += tick_s
        return self._now.prices

    def notes(self) -> tuple[str, ...]:
        """Sentences for the report about prices that the rules did not get."""
        if self._asks and self._constant is not None:
            return (CONSTANT,)
        if self.unknown_s:
            hours = self.unknown_s / HOUR_S
            return (
                Text(
                    "For {hours_1d} h the prices that the rules ask for were not published, or are not in the data.",
                    hours_1d=hours,
                ),
            )
        return ()

    def series(self, span: Span, at_s: float) -> tuple[Values, Values]:
        """Import price and feed-in payment of `span`, as known at Unix time `at_s`."""
        end_s = min(span.end_s, self._published_until_s(at_s))
        tariff = self._tariff
        return (
            self._values(self._series.price_ct, tariff.import_ct, span, end_s),
            self._values(self._series.feed_in_ct, tariff.feed_in_ct, span, end_s),
        )

    def _known(self, at_s: float) -> PriceTable:
        """Yesterday, today, and tomorrow, as far as published."""
        span = days_around(at_s, self._zone)
        until_s = min(span.end_s, self._published_until_s(at_s))
        if self._table is None or self._table.span != span or self._known_until_s != until_s:
            self._known_until_s = until_s
            imports, feed_in = self.series(span, at_s)
            market = self._values(self._series.market_ct, None, span, until_s)
            self._table = PriceTable(span, Price(imports), Price(feed_in), market)
        return self._table

    def _published_until_s(self, at_s: float) -> float:
        if self._tariff.published_s is None:
            return float("inf")
        published_s = local_clock_time(at_s, self._zone, self._tariff.published_s) + FETCHED_AFTER_S
        return local_day(at_s, self._zone, 1 if at_s >= published_s else 0).end_s

    def _values(self, rows: array[float] | None, fixed: float | None, span: Span, end_s: float) -> Values:
        """The values of `rows` until `end_s`, or else a constant over all of `span`."""
        if rows is None:
            return Values() if fixed is None else constant(fixed, *span, unit=UNIT)
        return Values.of(self._slots(rows, span.start_s, end_s), unit=UNIT, source=self._series.name)

    def _slots(self, rows: array[float], start_s: float, end_s: float) -> Iterator[Slot]:
        """The known times. Neighbors with the same value are one slot."""
        step_s, begin_s = self._series.step_s, self._start_s
        first = max(0, int((start_s - begin_s) // step_s))
        last = min(len(rows), ceil((end_s - begin_s) / step_s))
        at = first
        for value, group in groupby(rows[first:last]):
            count = sum(1 for _ in group)
            from_s, until_s = begin_s + at * step_s, begin_s + (at + count) * step_s
            at += count
            if not isnan(value):
                yield Slot(max(start_s, from_s), min(end_s, until_s), value)


def _contracts(series: Series, tariff: Tariff) -> Contracts:
    """The contracts as far as the prices of a tick need them: which there are, and what they follow."""
    imports = feed_in = None
    if series.price_ct is not None:
        imports = ImportContract(source=series.name)
    elif tariff.import_ct is not None:
        imports = ImportContract(energy=ByTime(tariff.import_ct))
    if series.feed_in_ct is not None:
        feed_in = FeedInContract(source=series.name)
    elif tariff.feed_in_ct is not None:
        feed_in = FeedInContract(energy=ByTime(tariff.feed_in_ct))
    return Contracts(imports, feed_in, tariff.alternative_ct)


def _constant(tariff: Tariff) -> Prices:
    """The prices of a house whose contracts never change."""

    def price(value: float | None) -> Reading[float]:
        return NOT_MEASURED if value is None else known(value, 0.0)

    return Prices(price(tariff.import_ct), price(tariff.feed_in_ct), price(tariff.alternative_ct))
