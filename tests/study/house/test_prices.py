"""The prices of a simulated house: those that a service would know at that time, and never later ones."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day
from optimizer.model.cheapest import cheapest_hours
from optimizer.model.state import Prices
from optimizer.model.upcoming import upcoming
from optimizer.rules.book.asked import Asked
from optimizer.study.house.prices import CONSTANT, HousePrices, Tariff
from optimizer.study.input.series import Series
from tests.study.scene import ZONE

FIRST = datetime(2025, 6, 2, tzinfo=ZONE)
"""Local midnight."""
ASKED = Asked((cheapest_hours("cheapest(3h, until 07:00)"),), (upcoming("6h"),))
NIGHT = "3h, until 07:00"


def quarters(values: list[float], **prices: list[float]) -> Series:
    """Rows of a quarter hour from the first midnight on."""
    nothing = array("d", [0.0] * len(values))
    start = FIRST.astimezone(UTC)
    return Series(
        "q", start, 900.0, nothing, nothing, array("d", values), **{k: array("d", v) for k, v in prices.items()}
    )


def days(count: int) -> list[float]:
    """Prices that differ in each quarter hour, cheapest at night."""
    return [10.0 + at % 96 for at in range(96 * count)]


def at(prices: HousePrices, time: datetime) -> Prices:
    return prices(time.timestamp(), 0.0, 10.0)


def test_the_prices_of_tomorrow_are_known_from_a_quarter_past_one_on() -> None:
    prices = HousePrices(quarters(days(3)), Tariff(feed_in_ct=8.0), ZONE, ASKED)
    before, after = FIRST + timedelta(hours=13, minutes=14), FIRST + timedelta(hours=13, minutes=15)
    assert not at(prices, before).rank_12h_percent.known
    assert at(prices, after).rank_12h_percent.known
    assert not at(prices, FIRST + timedelta(hours=12)).rank_24h_percent.known
    assert at(prices, FIRST + timedelta(days=1)).rank_percent.value == 0.0
    assert at(prices, FIRST + timedelta(hours=2)).import_ct.value == 18.0
    assert at(prices, FIRST + timedelta(hours=2)).feed_in_ct.value == 8.0


def test_the_cheapest_hours_are_those_of_the_service() -> None:
    prices = HousePrices(quarters(days(2)), Tariff(), ZONE, ASKED)
    answers = [at(prices, FIRST + timedelta(minutes=15 * n)).cheapest[NIGHT].value for n in range(96, 124)]
    assert answers == [True] * 12 + [False] * 16
    assert at(prices, FIRST + timedelta(hours=2)).lowest["6h"].value == 18.0


def test_a_gap_in_the_data_is_unknown_and_said_once() -> None:
    values = days(1)
    values[2] = nan
    prices = HousePrices(quarters(values), Tariff(), ZONE, ASKED)
    for tick in range(360):
        at(prices, FIRST + timedelta(seconds=10 * tick))
    assert not at(prices, FIRST + timedelta(minutes=35)).import_ct.known
    (note,) = prices.notes()
    assert note.startswith("For ")
    assert "rules ask for were not published" in note


def test_constant_prices_are_no_series_as_in_the_service() -> None:
    nothing = replace(quarters(days(1)), price_ct=None)
    prices = HousePrices(nothing, Tariff(30.0, 8.0, 19.0), ZONE, ASKED)
    found = at(prices, FIRST)
    assert (found.import_ct.value, found.feed_in_ct.value, found.alternative_ct.value) == (30.0, 8.0, 19.0)
    assert found.cheapest == {}
    assert prices.notes() == (CONSTANT,)
    assert HousePrices(nothing, Tariff(30.0), ZONE, Asked()).notes() == ()


def test_prices_by_a_contract_without_a_source_are_always_known() -> None:
    prices = HousePrices(quarters(days(3)), Tariff(published_s=None), ZONE, ASKED)
    assert at(prices, FIRST + timedelta(hours=1)).rank_24h_percent.known


def test_market_and_feed_in_by_row() -> None:
    series = quarters(days(1), feed_in_ct=[7.0] * 48 + [-1.0] * 48, market_ct=[3.0] * 96)
    prices = HousePrices(series, Tariff(feed_in_ct=99.0), ZONE, ASKED)
    assert at(prices, FIRST).feed_in_ct.value == 7.0
    assert at(prices, FIRST + timedelta(hours=12)).feed_in_ct.value == -1.0
    assert at(prices, FIRST).market_ct.value == 3.0


@given(
    hour=st.floats(0.0, 47.9),
    later=st.lists(st.floats(-50.0, 90.0), min_size=96 * 4, max_size=96 * 4),
)
def test_no_answer_depends_on_a_price_that_is_not_published_yet(hour: float, later: list[float]) -> None:
    """Other prices after the published ones change nothing."""
    now = FIRST + timedelta(hours=hour)
    published = hour % 24.0 >= 13.25
    known_until_s = local_day(now.timestamp(), ZONE, 1 if published else 0).end_s
    rows = round((known_until_s - FIRST.timestamp()) / 900.0)
    usual = days(4)
    other = [*usual[:rows], *later[rows:]]
    answers = [at(HousePrices(quarters(values), Tariff(), ZONE, ASKED), now) for values in (usual, other)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("step_s", [60.0, 300.0, 900.0])
def test_rows_of_any_length_give_the_same_prices(step_s: float) -> None:
    fine = quarters(days(2))
    count = round(900.0 / step_s)
    rows = [value for value in days(2) for _ in range(count)]
    nothing = array("d", [0.0] * len(rows))
    other = Series("q", fine.start, step_s, nothing, nothing, array("d", rows))
    now = FIRST + timedelta(hours=15)
    one, two = (at(HousePrices(series, Tariff(), ZONE, ASKED), now) for series in (fine, other))
    assert one == two
