"""The prices of one instant as readings for the State, and until when they stay the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import quarter_hour
from optimizer.model.cheapest import CheapestHours
from optimizer.model.reading import NOT_MEASURED, Reading, known, unknown
from optimizer.model.series import QUARTER_S, Series, Span
from optimizer.model.state import Prices
from optimizer.model.upcoming import Upcoming
from optimizer.sources.prices.outlook import Outlook, extremes, is_cheapest, next_change, next_hours, outlook, today
from optimizer.sources.prices.table import PriceTable, Tariff
from optimizer.words.text import Text

Why = Callable[[str], str]
"""Why a source has no price, by its name. Empty if nothing is wrong with it."""
UNDECIDED = "prices of the window are not known, and could change the answer"
INCOMPLETE = "not all import prices of this time are known"


@dataclass(frozen=True, slots=True)
class PricesNow:
    """Prices that are valid from one instant until just before another."""

    prices: Prices
    from_s: float
    """Unix time, s."""
    until_s: float

    def holds(self, at_s: float) -> bool:
        """Whether they are the prices of Unix time `at_s`."""
        return self.from_s <= at_s < self.until_s


def prices_now(
    tariff: Tariff,
    table: PriceTable,
    at_s: float,
    mono_s: float,
    zone: ZoneInfo,
    *,
    why: Why = lambda _: "",
    asked: Iterable[CheapestHours] = (),
    spans: Iterable[Upcoming] = (),
) -> PricesNow:
    """The prices at Unix time `at_s`, which is monotonic `mono_s`. Without a contract, prices are not measured.

    `asked` are the cheapest hours that rules ask for, and `spans` the times of extremes.
    """
    imports, feed_in = table.imports.total, table.feed_in.total

    def price(series: Series, source: str, configured: bool) -> Reading[float]:
        if not configured:
            return NOT_MEASURED
        value = series.at(at_s)
        return unknown(_missing(source, why(source)), mono_s) if value is None else known(value, mono_s)

    def compared(value: float | None) -> Reading[float]:
        if tariff.imports is None:
            return NOT_MEASURED
        return unknown(INCOMPLETE, mono_s) if value is None else known(value, mono_s)

    def over(span: Upcoming) -> Outlook:
        start_s, end_s = span.span(at_s, zone)
        return extremes(imports, Span(quarter_hour(start_s), end_s))

    day = outlook(imports, at_s, today(at_s, zone))
    found = {span.text: over(span) for span in spans if tariff.imports is not None}
    hours_6, hours_12, hours_24 = (outlook(imports, at_s, next_hours(at_s, hours)) for hours in (6.0, 12.0, 24.0))
    import_source = tariff.imports.source if tariff.imports is not None else ""
    feed_in_source = tariff.feed_in.source if tariff.feed_in is not None else ""
    alternative = tariff.alternative_ct
    prices = Prices(
        import_ct=price(imports, import_source, tariff.imports is not None),
        feed_in_ct=price(feed_in, feed_in_source, tariff.feed_in is not None),
        alternative_ct=NOT_MEASURED if alternative is None else known(alternative, mono_s),
        market_ct=price(table.market, tariff.market, bool(tariff.market)),
        rank_percent=compared(day.rank_percent),
        lowest_ct=compared(day.lowest),
        highest_ct=compared(day.highest),
        mean_ct=compared(day.mean),
        rank_6h_percent=compared(hours_6.rank_percent),
        rank_12h_percent=compared(hours_12.rank_percent),
        rank_24h_percent=compared(hours_24.rank_percent),
        lowest_6h_ct=compared(hours_6.lowest),
        lowest_12h_ct=compared(hours_12.lowest),
        lowest_24h_ct=compared(hours_24.lowest),
        lowest={text: compared(one.lowest) for text, one in found.items()},
        highest={text: compared(one.highest) for text, one in found.items()},
        spread={text: compared(one.spread) for text, one in found.items()},
        spread_ct=compared(day.spread),
        cheapest={one.text: _cheapest(one, imports, at_s, mono_s, zone) for one in asked if tariff.imports is not None},
    )
    until_s = next_change(at_s, imports, feed_in, table.market)
    ends = [end_s for span in spans if (end_s := span.span(at_s, zone).end_s) > at_s]
    return PricesNow(prices, at_s, min([until_s, *ends, *_borders(asked, at_s, zone)]))


def _cheapest(hours: CheapestHours, imports: Series, at_s: float, mono_s: float, zone: ZoneInfo) -> Reading[bool]:
    span = hours.window(at_s, zone)
    answer = False if span is None else is_cheapest(imports, at_s, hours.length_s, span)
    return unknown(UNDECIDED, mono_s) if answer is None else known(answer, mono_s)


def _borders(asked: Iterable[CheapestHours], at_s: float, zone: ZoneInfo) -> Iterator[float]:
    """The ends of the windows around an instant. A window that begins within the quarter hour begins at a minute."""
    for hours in asked:
        span = hours.window(at_s, zone)
        if span is not None:
            yield span.end_s
        elif (later := hours.window(quarter_hour(at_s) + QUARTER_S - 1.0, zone)) is not None:
            yield later.start_s


def _missing(source: str, why: str) -> str:
    text = Text("{source} has no price for now", source=source) if source else Text("no price for now")
    return Text("{what}: {why}", what=text, why=why) if why else text
