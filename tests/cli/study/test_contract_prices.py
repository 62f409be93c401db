"""Import prices by zones of time in studies."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.study.contract_prices import (
    FEED_IN_FOLLOWS,
    FOLLOWS,
    by_contract,
    by_contracts,
    constant_feed_in,
    constant_import,
    read_market,
    read_prices,
)
from optimizer.cli.study.house import household
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import FeedInContract, ImportContract
from optimizer.sources.prices.table import Tariff
from optimizer.study.input.series import Series, StudyError

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


def test_a_market_price_of_a_file_becomes_the_price_of_the_contract(tmp_path: Path) -> None:
    file = tmp_path / "epex.csv"
    lines = [f"{datetime(2026, 10, 23, 22, tzinfo=UTC).timestamp() + 900 * n:.0f},{10 + n % 4}" for n in range(191)]
    file.write_text("start,ct_per_kwh\n" + "\n".join(lines))
    contract = ImportContract(source="epex", vat_percent=19.0, fees={"network": ByTime(5.0)})
    priced = by_contract(contract, rows(300.0), BERLIN, read_market(file))
    assert priced.price_ct is not None
    assert [round(price, 3) for price in priced.price_ct[:4]] == [17.85, 17.85, 17.85, 19.04]
    assert math.isnan(priced.price_ct[-1])  # the last quarter hour is not in the file
    assert priced.notes == ()


def test_market_prices_without_an_effect_are_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "epex.csv"
    file.write_text("start,ct_per_kwh\n2020-01-01T00:00:00Z,9\n")
    market = read_market(file)
    for contract in (None, ImportContract(energy=NIGHT)):
        with pytest.raises(StudyError, match="no price of the settings follows a source"):
            by_contracts(Tariff(contract), rows(900.0), BERLIN, market)
    with pytest.raises(StudyError, match="not of the time of the study, which begins at 2026-10-23"):
        by_contract(ImportContract(source="epex"), rows(900.0), BERLIN, market)


def test_feed_in_follows_the_same_market_and_pays_nothing_while_it_is_negative(tmp_path: Path) -> None:
    file = tmp_path / "epex.csv"
    lines = [f"{datetime(2026, 10, 23, 22, tzinfo=UTC).timestamp() + 3600 * n:.0f},{n % 5 - 2}" for n in range(48)]
    file.write_text("start,ct_per_kwh\n" + "\n".join(lines))
    contract = FeedInContract(source="epex", deduction_ct=0.5, nothing_while_negative=True)
    series = rows(900.0)
    paid = by_contracts(Tariff(feed_in=contract), series, BERLIN, read_market(file))
    assert paid.price_ct is None
    assert paid.feed_in_ct is not None
    assert paid.market_ct is not None
    assert [paid.feed_in_ct[4 * hour] for hour in range(5)] == [0.0, 0.0, -0.5, 0.5, 1.5]
    assert list(paid.market_ct[:20:4]) == [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert by_contracts(Tariff(feed_in=contract), series, BERLIN).notes == (FEED_IN_FOLLOWS,)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b\n", "the head must be"), (b"\xff\xfe", "not text"), (b" " * 20_000_001, "larger than 20 MB")],
)
def test_files_that_cannot_be_read_are_named(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_bytes(content)
    with pytest.raises(StudyError, match=words):
        read_market(tmp_path / "p.csv")
    with pytest.raises(StudyError, match="cannot be read"):
        read_market(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("column", "price", "other"),
    [
        ("ct_per_kwh", 0.31, "EUR/kWh"),
        ("ct_per_kwh", 94.0, "EUR/MWh"),
        ("eur_per_kwh", 31.0, "ct/kWh"),
        ("eur_per_mwh", 94.0, ""),
    ],
)
def test_a_column_with_another_unit_is_doubted(column: str, price: float, other: str, tmp_path: Path) -> None:
    lines = [f"{1_780_000_000 + 3600 * n},{price + n / 100}" for n in range(24)]
    (tmp_path / "p.csv").write_text("\n".join([f"start,{column}", *lines]))
    doubt = read_prices(tmp_path / "p.csv")[1]
    assert f"Perhaps they are in {other}" in doubt if other else doubt == ""
    assert read_prices(tmp_path / "p.csv", "HUF")[1] == ""


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
