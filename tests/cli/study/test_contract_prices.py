"""Import prices by zones of time in studies."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.study.contract_prices import FOLLOWS, by_contract, constant_feed_in, constant_import
from optimizer.cli.study.house import household
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import FeedInContract, ImportContract
from optimizer.sources.prices.table import Tariff
from optimizer.study.input.series import Series

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = ByTime(30.0, (Zone(20.0, 22 * 3600.0, 6 * 3600.0),))


def rows(step_s: float, hours: int = 48) -> Series:
    """Two days from midnight in Berlin before the clocks change."""
    count = round(hours * 3600 / step_s)
    start = datetime(2026, 10, 23, 22, tzinfo=UTC)
    return Series("test", start, step_s, array("d", [0.0] * count), array("d", [0.0] * count))


def test_a_night_tariff_counts_in_each_row_also_when_clocks_change() -> None:
    priced = by_contract(ImportContract(energy=NIGHT, vat_percent=10.0), rows(300.0), BERLIN)
    assert priced.price_ct is not None
    assert {round(price, 9) for price in priced.price_ct} == {22.0, 33.0}
    cheap_h = sum(price < 30.0 for price in priced.price_ct) * 300.0 / 3600.0
    assert cheap_h == 6 + 2 + 7 + 1  # the second night has an hour more, and the data end an hour earlier


def test_a_long_row_has_the_mean() -> None:
    priced = by_contract(ImportContract(energy=NIGHT), rows(12 * 3600.0), BERLIN)
    assert priced.price_ct is not None
    assert priced.price_ct[0] == pytest.approx(25.0)
    assert not any(map(math.isnan, priced.price_ct))


def test_without_changing_prices_nothing_changes() -> None:
    series = rows(900.0)
    assert by_contract(None, series, BERLIN) is series
    assert by_contract(ImportContract(source="epex"), series, BERLIN).notes == (FOLLOWS,)


def test_constants_of_contracts() -> None:
    fixed = ImportContract(energy=ByTime(20.0), fees={"network": ByTime(5.0)}, vat_percent=20.0)
    assert constant_import(Tariff(fixed)) == pytest.approx(30.0)
    assert constant_import(Tariff(ImportContract(energy=NIGHT))) is None
    assert constant_import(Tariff(ImportContract(energy=ByTime(20.0), fees={"network": NIGHT}))) is None
    assert constant_import(Tariff()) is None
    assert constant_feed_in(Tariff(feed_in=FeedInContract(energy=ByTime(8.0)))) == 8.0
    assert constant_feed_in(Tariff(feed_in=FeedInContract(energy=NIGHT))) is None
    assert constant_feed_in(Tariff(feed_in=FeedInContract(source="epex"))) is None


@pytest.mark.parametrize(
    ("text", "import_ct", "feed_in_ct", "changes"),
    [
        ("tariff: {import_ct: 30, feed_in_ct: 8}", 30.0, 8.0, False),
        ("prices: {import: {ct: 31}, feed_in: {ct: 7}}", 31.0, 7.0, False),
        ("prices: {import: {ct: 31, zones: [{ct: 20, from: '22:00', to: '06:00'}]}}", None, None, True),
    ],
)
def test_the_house_of_the_settings_has_its_contract(
    text: str, import_ct: float | None, feed_in_ct: float | None, changes: bool, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "site.yaml").write_text(text)
    house = household(tmp_path / "site.yaml")
    assert (house.tariff.import_ct, house.tariff.feed_in_ct) == (import_ct, feed_in_ct)
    assert (house.imports is not None) is changes
