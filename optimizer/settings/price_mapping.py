"""Converts the price settings into contracts and feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from optimizer.settings.prices import (
    HOLIDAY,
    MONTHS,
    AwattarSettings,
    EnergyChartsSettings,
    EntsoeSettings,
    FeedInSettings,
    HomeAssistantSettings,
    ImportSettings,
    JsonSettings,
    OctopusSettings,
    PriceSource,
    PriceZone,
    TibberSettings,
    spread,
    weekdays,
)
from optimizer.settings.root import Settings
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import FeedInContract, ImportContract
from optimizer.sources.prices.table import Tariff

if TYPE_CHECKING:
    from optimizer.sources.prices.feed import PriceFeed

# ruff: noqa: PLC0415 - a site without such a source does not pay memory for its libraries


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """One feed, and how to reach its server."""

    name: str
    feed: PriceFeed
    verify_tls: bool = True


def has_changing_prices(settings: Settings) -> bool:
    """Whether a contract is set under `prices`. Otherwise the constants of `tariff` are all prices."""
    return settings.prices.imports is not None or settings.prices.feed_in is not None


def to_tariff(settings: Settings) -> Tariff:
    """The contracts. Constants of `tariff` are contracts with a fixed price."""
    prices, tariff = settings.prices, settings.tariff
    holidays = frozenset(day.toordinal() for day in settings.site.holidays)
    imports = _import(prices.imports, holidays) if prices.imports is not None else None
    feed_in = _feed_in(prices.feed_in, holidays) if prices.feed_in is not None else None
    if imports is None and tariff.import_ct is not None:
        imports = ImportContract(energy=ByTime(tariff.import_ct))
    if feed_in is None and tariff.feed_in_ct is not None:
        feed_in = FeedInContract(energy=ByTime(tariff.feed_in_ct))
    return Tariff(imports, feed_in, tariff.alternative_ct)


def feed_plans(settings: Settings) -> tuple[FeedPlan, ...]:
    """The sources that a contract uses, in the order of the file."""
    prices = settings.prices
    used = {contract.source for contract in (prices.imports, prices.feed_in) if contract is not None}
    return tuple(
        FeedPlan(name, _feed(source, prices.currency), getattr(source, "verify_tls", True))
        for name, source in prices.sources.items()
        if name in used
    )


def _import(contract: ImportSettings, holidays: frozenset[int]) -> ImportContract:
    return ImportContract(
        energy=None if contract.ct is None else _by_time(contract.ct, contract.zones, holidays),
        source=contract.source or "",
        by_hour=contract.average == "hour",
        fees={name: _by_time(fee.ct, fee.zones, holidays) for name, fee in contract.fees.items()},
        vat_percent=contract.vat_percent,
    )


def _feed_in(contract: FeedInSettings, holidays: frozenset[int]) -> FeedInContract:
    return FeedInContract(
        energy=None if contract.ct is None else _by_time(contract.ct, contract.zones, holidays),
        source=contract.source or "",
        deduction_ct=contract.deduction_ct,
        by_hour=contract.average == "hour",
        nothing_while_negative=contract.nothing_while_negative,
    )


def _by_time(ct: float, zones: tuple[PriceZone, ...], holidays: frozenset[int]) -> ByTime:
    return ByTime(ct, tuple(_zone(zone, holidays) for zone in zones))


def _zone(zone: PriceZone, holidays: frozenset[int]) -> Zone:
    return Zone(
        ct=zone.ct,
        from_s=_clock_s(zone.start),
        to_s=_clock_s(zone.end),
        days=weekdays(zone.days),
        months=frozenset(month + 1 for month in spread(zone.months, MONTHS)),
        holidays=holidays if HOLIDAY in zone.days else frozenset(),
    )


def _clock_s(text: str) -> float:
    hours, minutes = text.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0


def _feed(source: PriceSource, currency: str) -> PriceFeed:
    """The feed of a source. Only its own module is imported."""
    url = source.url or ""
    match source:
        case AwattarSettings():
            from optimizer.sources.prices.awattar import Awattar

            return Awattar(source.country, url)
        case EnergyChartsSettings():
            from optimizer.sources.prices.energy_charts import EnergyCharts

            return EnergyCharts(source.bidding_zone, url)
        case TibberSettings():
            from optimizer.sources.prices.tibber import Tibber

            token = source.token.get_secret_value()
            return Tibber(token=token, home_id=source.home_id, value=source.value, currency=currency, url=url)
        case OctopusSettings():
            from optimizer.sources.prices.octopus import Octopus

            direct = source.payment == "direct_debit"
            payment: Literal["DIRECT_DEBIT", "NON_DIRECT_DEBIT"] = "DIRECT_DEBIT" if direct else "NON_DIRECT_DEBIT"
            return Octopus(source.tariff, with_vat=source.vat, payment=payment, url=url)
        case EntsoeSettings():
            from optimizer.sources.prices.entsoe import Entsoe

            return Entsoe(source.token.get_secret_value(), source.area, currency, url)
        case JsonSettings():
            return _json(source, currency)
        case HomeAssistantSettings():
            return _home_assistant(source, currency)


def _json(source: JsonSettings, currency: str) -> PriceFeed:
    from optimizer.sources.prices.json_list import JsonList

    return JsonList(
        url=source.url,
        expression=source.entries,
        query=source.query,
        token=source.token.get_secret_value() if source.token is not None else "",
        start=source.start,
        end=source.end,
        value=source.value,
        unit=source.unit,
        currency=currency,
        pace_s=source.pace_min * 60.0,
    )


def _home_assistant(source: HomeAssistantSettings, currency: str) -> PriceFeed:
    token = source.token.get_secret_value()
    if not source.entries:
        from optimizer.sources.prices.entity_state import EntityState

        return EntityState(source.url, source.entity, token, unit=source.unit, currency=currency)
    from optimizer.sources.prices.json_list import JsonList

    return JsonList(
        url=f"{source.url}/api/states/{source.entity}",
        expression=source.entries,
        token=token,
        start=source.start,
        end=source.end,
        value=source.value,
        unit=source.unit,
        currency=currency,
        kind="Home Assistant",
    )
