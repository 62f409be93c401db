"""The price table of a house: import and feed-in of yesterday, today, and tomorrow, by contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_midnight
from optimizer.model.series import Series, Span
from optimizer.sources.prices.contract import FeedInContract, ImportContract, Price, feed_in_price, import_price


@dataclass(frozen=True, slots=True)
class Tariff:
    """The contracts of a house."""

    imports: ImportContract | None = None
    feed_in: FeedInContract | None = None
    alternative_ct: float | None = None
    """Price of a kWh for the car from another source, ct/kWh."""

    @property
    def market(self) -> str:
        """The source whose price is the market price for rules: the one of import, otherwise of feed-in."""
        sources = [contract.source for contract in (self.imports, self.feed_in) if contract is not None]
        return next((source for source in sources if source), "")


@dataclass(frozen=True, slots=True)
class PriceTable:
    """All prices of some days."""

    span: Span
    imports: Price = Price()
    feed_in: Price = Price()
    market: Series = Series()
    """The price of the source as it came, ct/kWh."""


def days_around(now_s: float, zone: ZoneInfo) -> Span:
    """Yesterday, today, and tomorrow in local time. A window such as a night may have begun yesterday."""
    return Span(local_midnight(now_s, zone, -1), local_midnight(now_s, zone, 2))


def price_table(tariff: Tariff, markets: Mapping[str, Series], span: Span, zone: ZoneInfo) -> PriceTable:
    """The prices in `span` by the contracts, with the series of each source by its name."""
    nothing = Price()
    return PriceTable(
        span=span,
        imports=nothing if tariff.imports is None else import_price(tariff.imports, markets, *span, zone),
        feed_in=nothing if tariff.feed_in is None else feed_in_price(tariff.feed_in, markets, *span, zone),
        market=markets.get(tariff.market, Series()).within(*span),
    )
