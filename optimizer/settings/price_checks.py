"""Checks and warnings of the price settings: contracts that name their sources, and VAT that counts once."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean
from optimizer.settings.prices import FeedInSettings, ImportSettings, PriceSettings
from optimizer.settings.root import Settings

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""
IMPORT: KeyPath = ("prices", "import")
FEED_IN: KeyPath = ("prices", "feed_in")
LEAST_CT = 1.0
"""A fixed price below this, other than 0, is probably in euros."""


def price_findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between price settings."""
    prices, tariff = settings.prices, settings.tariff
    for name, source in prices.sources.items():
        if source.own_currency not in ("", prices.currency):
            what = f"“{name}” gives prices in {source.own_currency}, and prices.currency is {prices.currency}"
            yield ("prices", "sources", name), what, f"`currency: {source.own_currency}` under prices"
    if prices.imports is not None:
        if tariff.import_ct is not None:
            yield ("tariff", "import_ct"), "prices.import gives the import price too", "give only one of them"
        yield from _basis(IMPORT, prices.imports, prices)
    if prices.feed_in is not None:
        if tariff.feed_in_ct is not None:
            yield ("tariff", "feed_in_ct"), "prices.feed_in gives the payment too", "give only one of them"
        yield from _basis(FEED_IN, prices.feed_in, prices)
        yield from _feed_in(prices.feed_in)


def price_warnings(settings: Settings) -> Iterator[Finding]:
    """Price settings that are allowed but probably not intended."""
    prices, contract = settings.prices, settings.prices.imports
    used = {one.source for one in (contract, prices.feed_in) if one is not None}
    for name in prices.sources:
        if name not in used:
            yield ("prices", "sources", name), "no contract uses this source", "name it in prices.import.source"
    if contract is None:
        return
    if contract.ct is not None and 0.0 < abs(contract.ct) < LEAST_CT:
        right = f"prices are in ct: {contract.ct:g} € is written {100 * contract.ct:g}"
        yield (*IMPORT, "ct"), f"{contract.ct:g} ct for a kWh is very low", right
    source = prices.sources.get(contract.source or "")
    if source is None:
        return
    if source.net and not contract.vat_percent:
        what = f"“{contract.source}” gives market prices without VAT, and vat_percent is 0"
        yield (*IMPORT, "source"), what, "give fees and vat_percent of your contract"
    if source.gross and contract.vat_percent:
        what = f"the prices of “{contract.source}” contain VAT already"
        yield (*IMPORT, "vat_percent"), what, "leave out vat_percent, or read the prices without VAT"


def _basis(path: KeyPath, contract: ImportSettings | FeedInSettings, prices: PriceSettings) -> Iterator[Finding]:
    """Whether the contract has exactly one basis, and its source exists."""
    if contract.source is not None and contract.source not in prices.sources:
        meant = did_you_mean(contract.source, prices.sources)
        what = f"there is no source “{contract.source}”" + (f"; {meant}" if meant else "")
        yield (*path, "source"), what, ", ".join(prices.sources) or "add it under prices.sources"
    if contract.ct is None and contract.source is None:
        yield path, "there is neither a fixed price nor a source", "`ct: 30`, or `source:` with a name"
    if contract.zones and contract.ct is None:
        yield (*path, "zones"), "zones need the price outside of them", "add `ct`"
    needs_both = isinstance(contract, FeedInSettings) and contract.nothing_while_negative
    if contract.ct is not None and contract.source is not None and not needs_both:
        yield (*path, "source"), "there are a fixed price and a source", "give only one of them"
    if contract.average == "hour" and (contract.source is None or contract.ct is not None):
        yield (*path, "average"), "only the price of a source has a mean of an hour", "leave it out"


def _feed_in(contract: FeedInSettings) -> Iterator[Finding]:
    if contract.nothing_while_negative and contract.source is None:
        what = "without a source it is not known when the market price is negative"
        yield (*FEED_IN, "nothing_while_negative"), what, "name the source of the market price as `source`"
    if contract.deduction_ct and contract.ct is not None:
        yield (*FEED_IN, "deduction_ct"), "a fixed payment has no deduction", "leave it out"
