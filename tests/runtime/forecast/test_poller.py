"""A forecast service over days: nights, failures, restarts, gaps, and the number of requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from optimizer.model.calendar import local_day
from optimizer.model.tasks import end_tasks
from optimizer.sources.forecast.feed import ForecastFeed
from optimizer.twin.forecast_services import PAGE
from optimizer.twin.http import Response
from tests.runtime.forecast.services import BERLIN, METEO, MORNING, SOLAR, SOLCAST, Rig
from tests.virtual_time import VirtualClock, virtually

HOUR = 3600.0
FEEDS = pytest.mark.parametrize("feed", [METEO, SOLAR, SOLCAST], ids=lambda feed: feed.kind)


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    task = asyncio.ensure_future(rig.poller.run())
    try:
        yield rig
    finally:
        await end_tasks([task])


def knows_today(rig: Rig) -> bool:
    return rig.poller.forecast.power.covers(rig.now_s, local_day(rig.now_s, BERLIN).end_s)


def knows_tomorrow(rig: Rig) -> bool:
    return rig.poller.forecast.power.covers(*local_day(rig.now_s, BERLIN, 1))


@virtually
@FEEDS
async def test_today_and_tomorrow_are_known_within_seconds_also_at_night(tmp_path: Path, feed: ForecastFeed) -> None:
    for hour in (8, 23):
        async with running(Rig(tmp_path / str(hour), VirtualClock(MORNING.replace(hour=hour)), feed)) as rig:
            await rig.clock.sleep(15.0)
            assert knows_today(rig)
            assert knows_tomorrow(rig)
            noon_s = MORNING.replace(day=21, hour=13).timestamp()
            assert (rig.poller.forecast.power.at(noon_s) or 0.0) > 500.0
            assert rig.poller.forecast.power.at(noon_s + 12 * HOUR) in (0.0, None)


@virtually
@FEEDS
async def test_no_service_is_asked_more_often_than_it_allows_over_a_week(tmp_path: Path, feed: ForecastFeed) -> None:
    clock = VirtualClock(datetime(2026, 10, 21, 7, tzinfo=BERLIN))  # over a change of clocks
    async with running(Rig(tmp_path, clock, feed)) as rig:
        for day in range(8):
            rig.services.down = Response(503, b"") if day % 7 == 5 else None
            before = rig.requests
            await clock.sleep(24 * HOUR)
            assert rig.requests - before <= min(feed.most_a_day, 24 * len(feed.requests((0.0, 0.0))))  # type: ignore[arg-type]
            assert rig.services.down is not None or knows_today(rig)
        assert not rig.services.refused
        assert rig.requests >= 8


@virtually
async def test_nights_are_quiet(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)) as rig:
        await clock.sleep(14 * HOUR)
        before = rig.requests
        await clock.sleep(5.5 * HOUR)  # 22:00 to 3:30
        assert rig.requests == before
        await clock.sleep(3 * HOUR)
        assert rig.requests > before


@virtually
async def test_a_restart_uses_the_cache_and_asks_nothing(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock, SOLCAST)) as rig:
        await clock.sleep(60.0)
    async with running(Rig(tmp_path, clock, SOLCAST, services=rig.services)) as again:
        assert again.poller.forecast == rig.poller.forecast
        await clock.sleep(HOUR)
        assert again.requests == 2


@virtually
async def test_a_restart_loop_does_not_use_up_the_requests_of_a_day(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock, SOLCAST)
    rig.services.down = Response(500, b"")
    for _ in range(200):
        async with running(Rig(tmp_path, clock, SOLCAST, services=rig.services)):
            await clock.sleep(200.0)
    assert rig.requests <= 10
    rig.services.down = None
    async with running(Rig(tmp_path, clock, SOLCAST, services=rig.services)) as again:
        await clock.sleep(24 * HOUR)
        assert knows_today(again)
    assert not rig.services.refused


@virtually
@FEEDS
@pytest.mark.parametrize("down", [Response(429, b""), Response(500, b"no"), PAGE], ids=["429", "500", "html"])
async def test_a_failing_service_is_logged_once_and_the_known_forecast_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, feed: ForecastFeed, down: Response
) -> None:
    caplog.set_level(logging.INFO, "optimizer.runtime.requests")
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock, feed)) as rig:
        await clock.sleep(60.0)
        rig.services.down = down
        await clock.sleep(15 * HOUR)
        assert knows_today(rig)
        assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1
        assert rig.poller.report().message
        await clock.sleep(57 * HOUR)
        assert rig.poller.forecast.power.at(rig.now_s) is None  # it ends, and is kept no longer
        assert rig.poller.report().known_until_s is None
        rig.services.down = None
        await clock.sleep(24 * HOUR)
        assert knows_today(rig)
        assert "read again" in caplog.messages[-1]
        assert not rig.services.refused


@virtually
async def test_a_late_answer_ends_at_the_deadline_and_an_unexpected_error_ends_nothing(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    rig.exchange.crash = ZeroDivisionError("secret")
    async with running(rig):
        await clock.sleep(HOUR)
        assert rig.poller.message == "unexpected ZeroDivisionError"
        rig.exchange.crash = TimeoutError()
        await clock.sleep(1.5 * HOUR)
        assert rig.poller.message == "no answer within 120 s"
        rig.exchange.crash = None
        await clock.sleep(1.5 * HOUR)
        assert knows_today(rig)


@virtually
async def test_nulls_and_missing_entries_are_gaps_and_no_zeros(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    noon_s = MORNING.replace(hour=12).timestamp()
    rig.services.sky.nulls = {int(noon_s) + 900}
    rig.services.sky.gap = (noon_s + 3600.0, noon_s + 7200.0)
    async with running(rig):
        await clock.sleep(60.0)
    power = rig.poller.forecast.power
    assert power.gaps(noon_s - HOUR, noon_s + 3 * HOUR) == (
        (noon_s, noon_s + 900.0),
        (noon_s + 3600.0, noon_s + 7200.0),
    )


@virtually
async def test_an_answer_without_a_future_is_a_failure(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    rig = Rig(tmp_path, clock)
    rig.services.sky.horizon_days = 0
    async with running(rig):
        await clock.sleep(60.0)
    assert rig.poller.message == "the answer has no power from now on"


@virtually
async def test_other_roofs_are_another_forecast(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock, METEO)):
        await clock.sleep(60.0)
    assert Rig(tmp_path, clock, SOLAR).poller.forecast.power.slots == ()


@virtually
async def test_a_wall_clock_that_is_set_does_not_stop_the_service(tmp_path: Path) -> None:
    clock = VirtualClock(MORNING)
    async with running(Rig(tmp_path, clock)) as rig:
        await clock.sleep(60.0)
        clock.wall_jump = timedelta(days=-400)
        await clock.sleep(1.5 * HOUR)
        assert knows_today(rig)
        clock.wall_jump = timedelta()
        await clock.sleep(1.5 * HOUR)
        assert knows_today(rig)
