"""The prices of a house by its contracts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from optimizer.model.series import Series, constant
from optimizer.sources.prices.by_time import ByTime
from optimizer.sources.prices.contract import FeedInContract, ImportContract
from optimizer.sources.prices.table import Tariff, days_around, price_table

BERLIN = ZoneInfo("Europe/Berlin")
NOON_S = datetime(2026, 11, 28, 12, tzinfo=BERLIN).timestamp()
SPAN = days_around(NOON_S, BERLIN)


def test_each_contract_has_its_source() -> None:
    tariff = Tariff(ImportContract(source="tibber"), FeedInContract(source="epex"))
    table = price_table(tariff, {"tibber": constant(30.0, *SPAN), "epex": constant(8.0, *SPAN)}, SPAN, BERLIN)
    assert (table.imports.total.at(NOON_S), table.feed_in.total.at(NOON_S), table.market.at(NOON_S)) == (
        30.0,
        8.0,
        30.0,
    )
    assert tariff.market == "tibber"


def test_without_a_contract_nothing_is_known() -> None:
    table = price_table(Tariff(), {}, SPAN, BERLIN)
    assert (table.imports.total, table.market) == (Series(), Series())
    assert Tariff(ImportContract(energy=ByTime(30.0)), FeedInContract(source="epex")).market == "epex"
    assert Tariff(ImportContract(energy=ByTime(30.0))).market == ""


def test_a_source_that_never_answered_leaves_only_its_price_unknown() -> None:
    tariff = Tariff(ImportContract(source="tibber"), FeedInContract(energy=ByTime(8.0)))
    table = price_table(tariff, {}, SPAN, BERLIN)
    assert (table.imports.total.at(NOON_S), table.feed_in.total.at(NOON_S)) == (None, 8.0)
