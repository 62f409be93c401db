"""Checks and warnings of the price settings: contracts that name their sources, and VAT that counts once."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import did_you_mean, hinted
from optimizer.settings.prices import HOLIDAY, FeedInSettings, ImportSettings, PriceSettings, PriceZone
from optimizer.settings.root import Settings
from optimizer.words.text import Text

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
            what = Text(
                "“{name}” gives prices in {own_currency}, and prices.currency is {currency}",
                name=name,
                own_currency=source.own_currency,
                currency=prices.currency,
            )
            yield (
                ("prices", "sources", name),
                what,
                Text("`currency: {own_currency}` under prices", own_currency=source.own_currency),
            )
    if prices.imports is not None:
        if tariff.import_ct is not None:
            yield (
                ("tariff", "import_ct"),
                Text("prices.import gives the import price too"),
                Text("give only one of them"),
            )
        yield from _basis(IMPORT, prices.imports, prices)
    if prices.feed_in is not None:
        if tariff.feed_in_ct is not None:
            yield ("tariff", "feed_in_ct"), Text("prices.feed_in gives the payment too"), Text("give only one of them")
        yield from _basis(FEED_IN, prices.feed_in, prices)
        yield from _feed_in(prices.feed_in)
    if not settings.site.holidays:
        yield from _without_holidays(prices)


def price_warnings(settings: Settings) -> Iterator[Finding]:
    """Price settings that are allowed but probably not intended."""
    prices, contract = settings.prices, settings.prices.imports
    used = {one.source for one in (contract, prices.feed_in) if one is not None}
    for name in prices.sources:
        if name not in used:
            yield (
                ("prices", "sources", name),
                Text("no contract uses this source"),
                Text("name it in prices.import.source"),
            )
    if contract is None:
        return
    if contract.ct is not None and 0.0 < abs(contract.ct) < LEAST_CT:
        right = Text(
            "prices are in ct: {euros} € is written {cents}", euros=f"{contract.ct:g}", cents=f"{100 * contract.ct:g}"
        )
        yield (*IMPORT, "ct"), Text("{ct} ct for a kWh is very low", ct=f"{contract.ct:g}"), right
    source = prices.sources.get(contract.source or "")
    if source is None:
        return
    if source.net and not contract.vat_percent:
        what = Text("“{source}” gives market prices without VAT, and vat_percent is 0", source=str(contract.source))
        yield (*IMPORT, "source"), what, Text("give fees and vat_percent of your contract")
    if source.gross and contract.vat_percent:
        what = Text("the prices of “{source}” contain VAT already", source=str(contract.source))
        yield (*IMPORT, "vat_percent"), what, Text("leave out vat_percent, or read the prices without VAT")


def _basis(path: KeyPath, contract: ImportSettings | FeedInSettings, prices: PriceSettings) -> Iterator[Finding]:
    """Whether the contract has exactly one basis, and its source exists."""
    if contract.source is not None and contract.source not in prices.sources:
        meant = did_you_mean(contract.source, prices.sources)
        what = hinted(Text("there is no source “{source}”", source=str(contract.source)), meant)
        yield (*path, "source"), what, ", ".join(prices.sources) or Text("add it under prices.sources")
    if contract.ct is None and contract.source is None:
        yield path, Text("there is neither a fixed price nor a source"), Text("`ct: 30`, or `source:` with a name")
    if contract.zones and contract.ct is None:
        yield (*path, "zones"), Text("zones need the price outside of them"), Text("add `ct`")
    needs_both = isinstance(contract, FeedInSettings) and contract.nothing_while_negative
    if contract.ct is not None and contract.source is not None and not needs_both:
        yield (*path, "source"), Text("there are a fixed price and a source"), Text("give only one of them")
    if contract.average == "hour" and (contract.source is None or contract.ct is not None):
        yield (*path, "average"), Text("only the price of a source has a mean of an hour"), Text("leave it out")


def _without_holidays(prices: PriceSettings) -> Iterator[Finding]:
    """The zones that begin on public holidays, of which the settings have no list."""
    zones: list[tuple[KeyPath, PriceZone]] = []
    for path, contract in ((IMPORT, prices.imports), (FEED_IN, prices.feed_in)):
        if contract is not None:
            zones += [((*path, "zones", index), zone) for index, zone in enumerate(contract.zones)]
    for name, fee in ({} if prices.imports is None else prices.imports.fees).items():
        zones += [((*IMPORT, "fees", name, "zones", index), zone) for index, zone in enumerate(fee.zones)]
    for path, zone in zones:
        if HOLIDAY in zone.days:
            what = Text("`holiday` needs the list of public holidays")
            yield (*path, "days"), what, Text("add `holidays: [2026-12-25, …]` under site")


def _feed_in(contract: FeedInSettings) -> Iterator[Finding]:
    if contract.nothing_while_negative and contract.source is None:
        what = Text("without a source it is not known when the market price is negative")
        yield (*FEED_IN, "nothing_while_negative"), what, Text("name the source of the market price as `source`")
    if contract.deduction_ct and contract.ct is not None:
        yield (*FEED_IN, "deduction_ct"), Text("a fixed payment has no deduction"), Text("leave it out")
