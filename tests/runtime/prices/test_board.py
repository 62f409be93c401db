"""The prices of a tick: looked up, unknown with a reason, and right when clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from optimizer.model.cheapest import cheapest_hours
from optimizer.model.reading import NOT_MEASURED
from optimizer.runtime.prices.board import PriceBoard
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import FeedInContract, ImportContract
from optimizer.sources.prices.table import Tariff
from tests.runtime.prices.services import BERLIN, MORNING, Rig
from tests.virtual_time import VirtualClock, virtually

H = 3600.0
SPOT = Tariff(ImportContract(source="market", fees={"fees": ByTime(15.0)}), FeedInContract(energy=ByTime(8.0)), 25.0)
NIGHT = Tariff(ImportContract(energy=ByTime(30.0, (Zone(20.0, 22 * H, 6 * H),))))


def test_without_contracts_nothing_is_measured() -> None:
    prices = PriceBoard(Tariff(), BERLIN)(MORNING, 0.0)
    assert (prices.import_ct, prices.rank_percent, prices.market_ct) == (NOT_MEASURED, NOT_MEASURED, NOT_MEASURED)


def test_zones_change_at_their_border_and_not_after_a_quarter_of_an_hour() -> None:
    board = PriceBoard(NIGHT, BERLIN)
    at = datetime(2026, 11, 28, 21, 59, 59, 999_000, tzinfo=BERLIN)
    assert board(at, 0.0).import_ct.value == 30.0
    assert board(at.replace(hour=22, minute=0, second=0, microsecond=0), 1.0).import_ct.value == 20.0
    assert board(at.replace(day=29, hour=0, minute=0, second=0), 2.0).import_ct.value == 20.0


@pytest.mark.parametrize(("hour", "fold", "price"), [(1, 0, 30.0), (2, 0, 10.0), (2, 1, 10.0), (3, 0, 30.0)])
def test_the_hour_that_occurs_twice_has_its_price_twice(hour: int, fold: int, price: float) -> None:
    board = PriceBoard(Tariff(ImportContract(energy=ByTime(30.0, (Zone(10.0, 2 * H, 3 * H),)))), BERLIN)
    at = datetime(2026, 10, 25, hour, 30, tzinfo=BERLIN, fold=fold)
    assert board(at, 0.0).import_ct.value == price


def test_rank_and_extremes_of_a_night_tariff() -> None:
    prices = PriceBoard(NIGHT, BERLIN)(datetime(2026, 11, 28, 12, tzinfo=BERLIN), 0.0)
    assert prices.rank_percent.value == pytest.approx(100.0 / 3.0)
    assert (prices.lowest_ct.value, prices.highest_ct.value) == (20.0, 30.0)
    assert prices.mean_ct.value == pytest.approx(30.0 - 10.0 / 3.0)
    assert (prices.lowest_6h_ct.value, prices.lowest_12h_ct.value, prices.rank_6h_percent.value) == (30.0, 20.0, 0.0)
    assert prices.feed_in_ct is NOT_MEASURED


def test_a_tick_within_a_quarter_hour_is_a_lookup() -> None:
    board = PriceBoard(NIGHT, BERLIN)
    at = datetime(2026, 11, 28, 12, tzinfo=BERLIN)
    assert board(at, 0.0) is board(at.replace(minute=14), 840.0)
    assert board(at, 0.0) is not board(at.replace(minute=15), 900.0)


@virtually
async def test_prices_of_tomorrow_that_come_late_leave_the_next_hours_unknown(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(MORNING.replace(hour=18)))
    rig.market.late_h = 8.0
    board = rig.board(SPOT)
    await rig.poller.ask()
    prices = board(rig.clock.now(), 0.0)
    assert prices.import_ct.known
    assert prices.rank_percent.known
    assert (prices.rank_6h_percent.known, prices.rank_12h_percent.known, prices.lowest_24h_ct.known) == (
        True,
        False,
        False,
    )
    assert prices.rank_12h_percent.why == "not all import prices of this time are known"


@virtually
async def test_a_price_that_is_unknown_has_the_reason_of_its_source(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(MORNING))
    board = rig.board(SPOT)
    rig.exchange.fail = True
    await rig.poller.ask()
    prices = board(rig.clock.now(), 0.0)
    assert prices.import_ct.value is None
    assert prices.import_ct.why == "market has no price for now: nothing listens there"
    assert prices.feed_in_ct.value == 8.0
    assert prices.alternative_ct.value == 25.0
    rig.exchange.fail = False
    await rig.poller.ask()
    board.forget()
    assert board(rig.clock.now(), 0.0).import_ct.known
    assert board(rig.clock.now(), 0.0).import_ct.value == pytest.approx(
        15.0 + (board(rig.clock.now(), 0.0).market_ct.value or 0.0)
    )


def test_a_wall_clock_that_is_set_back_finds_the_earlier_price() -> None:
    board = PriceBoard(NIGHT, BERLIN)
    at = datetime(2026, 11, 28, 12, tzinfo=BERLIN)
    assert board(at, 0.0).import_ct.value == 30.0
    assert board(at.replace(hour=5), 5.0).import_ct.value == 20.0


@virtually
async def test_the_cheapest_hours_of_a_night_are_as_many_as_asked(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(MORNING.replace(hour=15)))
    board = rig.board(SPOT)
    night = cheapest_hours("cheapest(3h, 22:00 to 07:00)")
    board.answer([night])
    await rig.poller.ask()
    board.forget()
    chosen, market = [], rig.market
    for minute in range(0, 16 * 60, 5):
        at = datetime(2026, 11, 28, 15, tzinfo=BERLIN) + timedelta(minutes=minute)
        if board(at, 0.0).cheapest["3h, 22:00 to 07:00"].value:
            chosen.append(at)
    assert len(chosen) == 36
    start = datetime(2026, 11, 28, 22, tzinfo=BERLIN)
    quarters = [round((start + timedelta(minutes=15 * n)).timestamp()) for n in range(36)]
    cheapest = sorted(quarters, key=lambda quarter: market.price(quarter) or 0.0)[:12]
    assert {round(at.timestamp()) // 900 * 900 for at in chosen} == set(cheapest)


@virtually
async def test_with_tomorrow_late_the_cheapest_hours_are_unknown_and_not_those_of_today(tmp_path: Path) -> None:
    rig = Rig(tmp_path, VirtualClock(MORNING.replace(hour=23)))
    rig.market.late_h = 20.0
    board = rig.board(SPOT)
    board.answer([cheapest_hours("cheapest(3h, 22:00 to 07:00)"), cheapest_hours("cheapest(1h)")])
    await rig.poller.ask()
    board.forget()
    answers = board(rig.clock.now(), 0.0).cheapest
    assert answers["3h, 22:00 to 07:00"].value is None
    assert answers["3h, 22:00 to 07:00"].why == "prices of the window are not known, and could change the answer"
    assert answers["1h"].known


def test_windows_that_begin_at_any_minute_begin_in_time() -> None:
    board = PriceBoard(NIGHT, BERLIN)
    board.answer([cheapest_hours("cheapest(24h, 12:10 to 12:20)")])
    at = datetime(2026, 11, 28, 12, 5, tzinfo=BERLIN)
    inside = [board(at.replace(minute=minute), 0.0).cheapest["24h, 12:10 to 12:20"].value for minute in (9, 10, 19, 20)]
    assert inside == [False, True, True, False]
