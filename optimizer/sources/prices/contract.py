"""Contracts: what a kWh from the grid costs and what an exported kWh pays, as series with their parts.

Nothing here reads a clock or a network. Market prices come in as series. A price is unknown where one of its parts is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_hours
from optimizer.model.series import HOUR_S, Series, combined, total
from optimizer.sources.prices.by_time import ByTime

UNIT = "ct/kWh"
ENERGY, MARKET, VAT, DEDUCTION, NEGATIVE = "energy", "market", "VAT", "deduction", "negative market"
"""The names of the parts that are not fees."""


@dataclass(frozen=True, slots=True)
class ImportContract:
    """The price of a kWh from the grid: (energy + fees) × (1 + VAT). VAT reduces a negative sum further."""

    energy: ByTime | None = None
    """The energy price of the supplier, or the whole price. None if it follows a source."""
    source: str = ""
    """The name of the source whose price it follows. Empty with `energy`."""
    by_hour: bool = False
    """Whether the supplier bills the mean price of each local hour."""
    fees: Mapping[str, ByTime] = field(default_factory=dict)
    """Further parts of the price per kWh, before VAT, by name: markup, network fee, levies."""
    vat_percent: float = 0.0
    """Value-added tax on the sum. 0 if the prices contain it."""


@dataclass(frozen=True, slots=True)
class FeedInContract:
    """The payment for an exported kWh."""

    energy: ByTime | None = None
    """A fixed payment. None if it follows a source."""
    source: str = ""
    """The source of the market price. With `energy`, only `nothing_while_negative` needs it."""
    deduction_ct: float = 0.0
    """The part of the market price that the direct marketer keeps, ct/kWh."""
    by_hour: bool = False
    """Whether the mean market price of each local hour counts."""
    nothing_while_negative: bool = False
    """Whether the contract pays nothing while the market price is below zero."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price and its parts. The parts add up to the price."""

    total: Series = Series()
    parts: Mapping[str, Series] = field(default_factory=dict)
    """By name, in the order of display."""


def import_price(
    contract: ImportContract, markets: Mapping[str, Series], start_s: float, end_s: float, zone: ZoneInfo
) -> Price:
    """The import price from `start_s` until just before `end_s`. Both are best local midnights."""
    if contract.energy is not None:
        name, energy = ENERGY, contract.energy.series(start_s, end_s, zone)
    else:
        name = MARKET
        energy = _market(markets.get(contract.source, Series()), contract.by_hour, start_s, end_s, zone)
    parts = {name: energy}
    for fee, ct in contract.fees.items():
        parts[fee] = ct.series(start_s, end_s, zone)
    net = total(*parts.values())
    if contract.vat_percent:
        parts[VAT] = net.map(lambda ct: ct * contract.vat_percent / 100.0)
        net = total(net, parts[VAT])
    return Price(net.named(unit=UNIT, source=energy.source), parts)


def feed_in_price(
    contract: FeedInContract, markets: Mapping[str, Series], start_s: float, end_s: float, zone: ZoneInfo
) -> Price:
    """The payment for export from `start_s` until just before `end_s`."""
    spot = markets.get(contract.source, Series()).within(start_s, end_s)
    parts: dict[str, Series] = {}
    if contract.energy is not None:
        parts[ENERGY] = contract.energy.series(start_s, end_s, zone)
    else:
        parts[MARKET] = _market(spot, contract.by_hour, start_s, end_s, zone)
        if contract.deduction_ct:
            parts[DEDUCTION] = parts[MARKET].map(lambda _: -contract.deduction_ct)
    paid = total(*parts.values())
    if contract.nothing_while_negative:
        parts[NEGATIVE] = combined(lambda ct, market: -ct if market < 0.0 else 0.0, paid, spot)
        paid = total(paid, parts[NEGATIVE])
    return Price(paid.named(unit=UNIT, source=spot.source), parts)


def _market(series: Series, by_hour: bool, start_s: float, end_s: float, zone: ZoneInfo) -> Series:
    if not by_hour:
        return series.within(start_s, end_s)
    return series.averaged(local_hours(start_s - HOUR_S, end_s + HOUR_S, zone)).within(start_s, end_s)
