"""All feeds against the simulated services: what they bring, what they miss, and the days when clocks change."""

from __future__ import annotations

from datetime import datetime

import pytest

from optimizer.sources.port import SourceError
from optimizer.sources.prices.awattar import Awattar
from optimizer.sources.prices.energy_charts import EnergyCharts
from optimizer.sources.prices.entity_state import EntityState
from optimizer.sources.prices.entsoe import Entsoe
from optimizer.sources.prices.feed import PriceFeed
from optimizer.sources.prices.json_list import JsonList
from optimizer.sources.prices.octopus import Octopus
from optimizer.sources.prices.tibber import Tibber
from optimizer.twin.http import Response
from optimizer.twin.market import Market
from optimizer.twin.price_services import ENTSOE_TOKEN, HOME_TOKEN, PAGE, TIBBER_TOKEN, PriceServices
from tests.sources.prices.services import (
    AFTERNOON,
    BERLIN,
    FixedClock,
    Wire,
    days_around,
    feeds,
    fetched,
    later,
    market_at,
)

HOME = JsonList(
    "http://home:8123/api/states/sensor.price",
    "[attributes.raw_today, attributes.raw_tomorrow][]",
    token=HOME_TOKEN,
    unit="EUR/kWh",
)
FEEDS: tuple[PriceFeed, ...] = (
    Awattar(),
    EnergyCharts(),
    Tibber(TIBBER_TOKEN, value="energy"),
    Octopus("E-1R-AGILE-24-10-01-C", with_vat=False),
    Entsoe(ENTSOE_TOKEN),
    HOME,
)
QUARTERLY = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.kind)
NOON = AFTERNOON.replace(hour=12)


@QUARTERLY
async def test_today_and_tomorrow_are_known_by_quarter_hour(feed: PriceFeed) -> None:
    series, market = await fetched(feed, Market()), Market()
    today, tomorrow = (AFTERNOON.replace(day=day, hour=0) for day in (28, 29))
    assert series.covers(today.timestamp(), later(tomorrow, 24).timestamp())
    for quarter in range(192):
        at = later(today, quarter / 4)
        assert series.at(at.timestamp()) == pytest.approx(market_at(market, at), abs=6e-3)
    assert (series.unit, series.source, series.fetched_s) == ("ct/kWh", feed.kind, AFTERNOON.timestamp())


@QUARTERLY
async def test_before_the_publication_the_series_ends_with_today(feed: PriceFeed) -> None:
    series = await fetched(feed, Market(), NOON)
    assert series.reach_s == NOON.replace(day=29, hour=0).timestamp()
    assert series.at(NOON.timestamp()) is not None


@QUARTERLY
async def test_a_late_publication_is_no_error(feed: PriceFeed) -> None:
    evening = AFTERNOON.replace(hour=18)
    assert (await fetched(feed, Market(late_h=6.0), evening)).reach_s == NOON.replace(day=29, hour=0).timestamp()


@QUARTERLY
@pytest.mark.parametrize(("month", "day", "quarters"), [(3, 29, 92), (10, 25, 100)])
async def test_days_when_clocks_change_are_whole(feed: PriceFeed, month: int, day: int, quarters: int) -> None:
    today = datetime(2026, month, day, tzinfo=BERLIN)
    series, market = await fetched(feed, Market(), later(today, 15)), Market()
    end = datetime(2026, month, day + 1, tzinfo=BERLIN)
    assert (end.timestamp() - today.timestamp()) / 900.0 == quarters
    for quarter in range(quarters):
        at = later(today, quarter / 4)
        assert series.at(at.timestamp()) == pytest.approx(market_at(market, at), abs=6e-3)


@QUARTERLY
async def test_an_hourly_feed_has_slots_of_an_hour(feed: PriceFeed) -> None:
    series = await fetched(feed, Market(step_s=3600))
    assert {slot.end_s - slot.start_s for slot in series} == {3600.0}
    assert series.covers(NOON.replace(hour=0).timestamp(), NOON.replace(day=30, hour=0).timestamp())


@QUARTERLY
@pytest.mark.parametrize("eur_mwh", [-500.0, 4000.0, -0.5, 0.0])
async def test_extreme_prices_are_not_clipped(feed: PriceFeed, eur_mwh: float) -> None:
    series = await fetched(feed, Market(changed={round(NOON.timestamp()): eur_mwh}))
    assert series.at(NOON.timestamp()) == pytest.approx(eur_mwh / 10.0)


@QUARTERLY
async def test_a_feed_that_ended_leaves_the_prices_unknown(feed: PriceFeed) -> None:
    series = await fetched(feed, Market(ended=datetime(2026, 11, 20, tzinfo=BERLIN)))
    assert series.slots == ()


@pytest.mark.parametrize("feed", [feed for feed in FEEDS if feed.kind != "ENTSO-E"], ids=lambda feed: feed.kind)
async def test_a_null_in_the_middle_is_a_gap(feed: PriceFeed) -> None:
    """ENTSO-E cannot have one: a missing point repeats the one before."""
    series = await fetched(feed, Market(changed={round(NOON.timestamp()): None}))
    assert series.gaps(NOON.timestamp() - 900.0, NOON.timestamp() + 1800.0) == (
        (NOON.timestamp(), NOON.timestamp() + 900.0),
    )


@QUARTERLY
@pytest.mark.parametrize(
    ("down", "fault"),
    [
        (Response(429, b"slow down"), "limited"),
        (Response(500, b"error"), "refused"),
        (Response(403, b""), "unauthorized"),
        (PAGE, "garbled"),
        (Response(200, b""), "garbled"),
        (Response(200, b'{"a": NaN}'), "garbled"),
        (Response(200, b"[" * 100_000), "garbled"),
    ],
)
async def test_bad_answers_are_errors_of_the_source(feed: PriceFeed, down: Response, fault: str) -> None:
    services = PriceServices(Market(), FixedClock(AFTERNOON))  # type: ignore[arg-type]
    services.down = down
    with pytest.raises(SourceError) as caught:
        await feeds.fetch(feed, Wire(services, feed.address), days_around(AFTERNOON), 0.0)
    assert caught.value.fault == fault
    assert TIBBER_TOKEN not in str(caught.value)
    assert ENTSOE_TOKEN not in str(caught.value)


@pytest.mark.parametrize("feed", [Tibber("secret-1"), Entsoe("secret-1")], ids=lambda feed: feed.kind)
async def test_a_wrong_token_is_said(feed: PriceFeed) -> None:
    with pytest.raises(SourceError) as caught:
        await fetched(feed, Market())
    assert caught.value.fault == "unauthorized"
    assert "secret" not in repr(feed) + str(caught.value) + repr(feed.address)
    assert "secret" not in repr(feed.request(days_around(AFTERNOON)))


async def test_an_expression_that_finds_nothing_brings_no_prices() -> None:
    services = PriceServices(Market(), FixedClock(AFTERNOON))  # type: ignore[arg-type]
    services.down = Response(200, b"[]")
    series = await feeds.fetch(HOME, Wire(services, HOME.address), days_around(AFTERNOON), 0.0)
    assert series.slots == ()


async def test_the_state_of_an_entity_is_the_price_of_now_only() -> None:
    feed = EntityState("http://home:8123", "sensor.price", HOME_TOKEN, "EUR/kWh")
    series, now_s = await fetched(feed, Market()), AFTERNOON.timestamp()
    assert series.at(now_s) == pytest.approx(market_at(Market(), AFTERNOON), abs=1e-3)
    assert series.at(now_s + 600.0) is None
    assert (await fetched(feed, Market(ended=datetime(2026, 11, 20, tzinfo=BERLIN)))).slots == ()
