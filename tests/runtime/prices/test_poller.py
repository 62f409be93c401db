"""A feed over days: late publications, ends, failures, restarts, and the number of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import local_day
from optimizer.model.tasks import end_tasks
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
from optimizer.twin.price_services import ENTSOE_TOKEN, HOME_TOKEN, PAGE, TIBBER_TOKEN
from tests.runtime.prices.services import BERLIN, MORNING, Rig
from tests.virtual_time import VirtualClock, virtually

HOUR = 3600.0
LIMITS: list[tuple[PriceFeed, float, int]] = [
    (Awattar(), HOUR, 24),
    (EnergyCharts(), 900.0, 96),
    (Tibber(TIBBER_TOKEN), 900.0, 96),
    (Octopus("E-1R-AGILE-24-10-01-C"), 1800.0, 48),
    (Entsoe(ENTSOE_TOKEN), 900.0, 96),
    (
        JsonList(
            "http://market/v1/marketdata",
            "data[]",
            start="start_timestamp",
            end="end_timestamp",
            value="marketprice",
            unit="EUR/MWh",
        ),
        900.0,
        96,
    ),
]
"""By service: the least time between two requests, and the most requests of a day."""


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    task = asyncio.ensure_future(rig.poller.run())
    try:
        yield rig
    finally:
        await end_tasks([task])


def knows_today(rig: Rig) -> bool:
    return rig.poller.series.covers(rig.now_s, local_day(rig.now_s, BERLIN).end_s)


def knows_tomorrow(rig: Rig) -> bool:
    return rig.poller.series.covers(*local_day(rig.now_s, BERLIN, 1))


@virtually
async def test_prices_of_today_come_within_seconds_and_of_tomorrow_after_the_publication(tmp_path: Path) -> None:
    async with running(Rig(tmp_path, VirtualClock(MORNING))) as rig:
        await rig.clock.sleep(15.0)
        assert knows_today(rig)
        assert not knows_tomorrow(rig)
        await rig.clock.sleep(7 * HOUR)
        assert knows_tomorrow(rig)
        assert rig.requests == 2


@virtually
async def test_a_late_publication_is_asked_for_until_it_is_there(tmp_path: Path) -> None:
    async with running(Rig(tmp_path, VirtualClock(MORNING), market=Market(late_h=6.0), feed=EnergyCharts())) as rig:
        await rig.clock.sleep(10.9 * HOUR)
        assert not knows_tomorrow(rig)
        assert rig.poller.message == ""  # late is no failure
        await rig.clock.sleep(0.5 * HOUR)
        assert knows_tomorrow(rig)


@virtually
async def test_a_unit_that_is_probably_wrong_is_told_once_and_the_prices_are_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    by_market = {"start": "start_timestamp", "end": "end_timestamp", "value": "marketprice"}
    feed = JsonList("http://market/v1/marketdata", "data[]", unit="ct/kWh", **by_market)
    says = "Perhaps they are in EUR/MWh and not in ct/kWh. Check `unit` in the settings"
    async with running(Rig(tmp_path, VirtualClock(MORNING), feed=feed)) as rig:
        await rig.clock.sleep(8 * HOUR)
        assert says in rig.poller.report().problem
        assert rig.poller.message == ""
        assert knows_today(rig)
        assert caplog.text.count(says) == 1
    again = Rig(tmp_path, rig.clock, services=rig.services, feed=feed)
    assert says in again.poller.report().problem


@virtually
async def test_prices_end_with_the_feed_and_are_never_kept_longer(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock, market=Market(ended=MORNING))) as rig:
        await clock.sleep(15.0 * HOUR)
        assert knows_today(rig)
        await clock.sleep(2.0 * HOUR)  # after midnight
        assert rig.poller.series.at(rig.now_s) is None
        assert rig.poller.report().known_until_s is None
        assert rig.poller.message == "the answer has no prices from now on"
        rig.market.ended = None
        await clock.sleep(1.3 * HOUR)
        assert knows_today(rig)
        assert rig.poller.message == ""


@virtually
async def test_a_restart_uses_the_cache_and_asks_nothing(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)) as rig:
        await clock.sleep(7 * HOUR)
    async with running(Rig(tmp_path, clock, services=rig.services)) as again:
        assert again.poller.series == rig.poller.series
        await clock.sleep(6 * HOUR)
        assert again.requests == 2


@virtually
async def test_a_restart_on_the_next_day_without_a_network_knows_the_prices_of_yesterdays_cache(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)):
        await clock.sleep(7 * HOUR)
    await clock.sleep(10 * HOUR)  # 1 o'clock
    again = Rig(tmp_path, clock)
    again.exchange.fail = True
    async with running(again):
        await clock.sleep(HOUR)
        assert knows_today(again)
        await clock.sleep(24 * HOUR)
        assert again.poller.series.at(again.now_s) is None


@virtually
async def test_a_restart_loop_keeps_the_distance_of_requests(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    rig.services.down = Response(429, b"")
    for _ in range(60):
        async with running(Rig(tmp_path, clock, services=rig.services)):
            await clock.sleep(60.0)
    assert rig.requests <= 2


@given(wait_s=st.floats(0.0, 3 * 3600.0), known=st.booleans())
@virtually
async def test_a_process_that_waits_says_so_while_nothing_is_known(
    tmp_path_factory: pytest.TempPathFactory, wait_s: float, known: bool
) -> None:
    clock, folder = VirtualClock(MORNING), tmp_path_factory.mktemp("state")
    first = Rig(folder, clock)
    first.exchange.fail = not known
    await first.poller.ask()
    await clock.sleep(wait_s)
    report = (second := Rig(folder, clock)).poller.report()
    if known:
        assert report.message == ""
        assert report.known_until_s is not None
        return
    assert report.known_until_s is None
    assert (report.message == "") == second.poller.is_due()
    assert report.message == "" or "The next one follows in" in report.message


@virtually
async def test_other_settings_are_another_feed(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)):
        await clock.sleep(60.0)
    assert Rig(tmp_path, clock, feed=EnergyCharts()).poller.series.slots == ()


@virtually
@pytest.mark.parametrize("down", [Response(429, b""), Response(500, b"no"), PAGE])
async def test_a_failing_service_is_logged_once_and_known_prices_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, down: Response
) -> None:
    caplog.set_level(logging.INFO, "optimizer.runtime.requests")
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)) as rig:
        await clock.sleep(60.0)
        rig.services.down = down
        await clock.sleep(15 * HOUR)
        assert knows_today(rig)
        assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
        assert rig.poller.report().failures == rig.requests - 1 > 5
        rig.services.down = None
        await clock.sleep(1.3 * HOUR)
        assert knows_today(rig)
        assert "read again" in caplog.messages[-1]


@virtually
async def test_an_unexpected_error_of_a_feed_does_not_end_the_service(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    rig.exchange.crash = ZeroDivisionError("secret")
    async with running(rig):
        await clock.sleep(HOUR)
        assert rig.poller.message == "unexpected ZeroDivisionError"
        rig.exchange.crash = TimeoutError()
        await clock.sleep(HOUR)
        assert rig.poller.message == "no answer within 60 s"
        rig.exchange.crash = None
        await clock.sleep(1.3 * HOUR)
        assert knows_today(rig)


@virtually
@pytest.mark.parametrize(("feed", "apart_s", "a_day"), LIMITS, ids=lambda value: getattr(value, "kind", ""))
async def test_no_service_is_asked_more_often_than_it_allows_over_a_week(
    tmp_path: Path, feed: PriceFeed, apart_s: float, a_day: int
) -> None:
    clock = VirtualClock(datetime(2026, 10, 21, 7, tzinfo=BERLIN))  # over a change of clocks
    async with running(Rig(tmp_path, clock, feed=feed)) as rig:
        for day in range(8):
            rig.market.late_h = 8.0 if day % 3 == 0 else 0.0
            rig.services.down = Response(500, b"") if day % 7 == 5 else None
            before = rig.requests
            await clock.sleep(24 * HOUR)
            assert rig.requests - before <= a_day
            assert rig.services.down is not None or rig.poller.series.at(rig.now_s) is not None
        (times,) = rig.services.asked_at_s.values()
        assert min(later - earlier for earlier, later in pairwise(times)) >= apart_s
        assert len(times) >= 8


@virtually
async def test_days_without_trouble_need_two_requests_at_most(tmp_path: Path) -> None:
    clock = VirtualClock(datetime(2026, 3, 20, 7, tzinfo=BERLIN))
    async with running(Rig(tmp_path, clock, feed=Tibber(TIBBER_TOKEN))) as rig:
        for _ in range(14):
            await clock.sleep(24 * HOUR)
            assert knows_today(rig)
        assert rig.requests <= 16


@virtually
async def test_a_wall_clock_that_is_set_does_not_stop_the_feed(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)) as rig:
        await clock.sleep(60.0)
        clock.wall_jump = timedelta(days=-400)
        await clock.sleep(1.3 * HOUR)
        assert knows_today(rig)
        clock.wall_jump = timedelta()
        await clock.sleep(1.3 * HOUR)
        assert knows_today(rig)


@virtually
async def test_the_state_of_an_entity_is_valid_for_two_requests(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock, feed=EntityState("http://home", "sensor.p", HOME_TOKEN, "EUR/kWh"))) as rig:
        await clock.sleep(HOUR)
        assert rig.poller.series.at(rig.now_s) is not None
        assert 10 <= rig.requests <= 13
        times = rig.services.asked_at_s["home"]
        assert min(later - earlier for earlier, later in pairwise(times)) >= 300.0
        rig.exchange.fail = True
        await clock.sleep(900.0)
        assert rig.poller.series.at(rig.now_s) is None
        await clock.sleep(80 * HOUR)
        rig.exchange.fail = False
        await clock.sleep(HOUR * 1.3)
        assert rig.poller.series.slots[0].start_s >= rig.now_s - 72 * HOUR
