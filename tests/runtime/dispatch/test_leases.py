"""Leases: what is due, and that a service keeps to it for hours."""

from __future__ import annotations

import asyncio
import math

import pytest

from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Command
from optimizer.model.site import BatterySite
from optimizer.runtime.dispatch.leases import Due, Gaps, Terms, Written, battery_due
from tests.runtime.house import DISCHARGE, HOLD, House
from tests.virtual_time import virtually

FEMS = Terms(refresh_s=20.0, min_interval_s=0.0, own_timeout_s=60.0)
SONNEN = Terms(refresh_s=30.0, min_interval_s=0.0, own_timeout_s=None)


def leased(order: BatteryOrder, issued_s: float = 0.0) -> Command:
    return Command("battery.cellar", order, issued_s, issued_s + 60.0)


def test_a_new_order_is_written_at_once_and_repeated_at_the_refresh() -> None:
    assert battery_due(leased(HOLD), None, False, FEMS, 1.0) == (Due.WRITE, 1.0)
    assert battery_due(leased(HOLD), Written(HOLD, 1.0, 1.0), True, FEMS, 5.0) == (Due.NOTHING, 21.0)
    assert battery_due(leased(HOLD, 20.0), Written(HOLD, 1.0, 1.0), True, FEMS, 21.0) == (Due.WRITE, 21.0)


def test_a_changed_order_waits_for_the_least_interval() -> None:
    slow = FEMS._replace(min_interval_s=300.0, refresh_s=200.0)
    written = Written(HOLD, 0.0, 0.0)
    assert battery_due(leased(DISCHARGE, 10.0), written, True, slow, 12.0) == (Due.NOTHING, 70.0)
    assert battery_due(leased(DISCHARGE, 290.0), written, True, slow, 300.0) == (Due.WRITE, 300.0)


def test_a_forced_charge_is_lowered_at_once() -> None:
    slow = FEMS._replace(min_interval_s=300.0, refresh_s=200.0)
    less, more = (BatteryOrder(BatteryAction.POWER, power_w) for power_w in (-1000.0, -3000.0))
    assert battery_due(leased(less, 10.0), Written(more, 0.0, 0.0), True, slow, 12.0) == (Due.WRITE, 12.0)
    assert battery_due(leased(more, 10.0), Written(less, 0.0, 0.0), True, slow, 12.0) == (Due.NOTHING, 70.0)


def test_auto_hands_back_once() -> None:
    assert battery_due(leased(AUTO), Written(HOLD, 0.0, 0.0), True, FEMS, 3.0)[0] is Due.HAND_BACK
    assert battery_due(leased(AUTO), None, False, FEMS, 3.0) == (Due.NOTHING, math.inf)


def test_a_lapsed_lease_is_never_written_again() -> None:
    written = Written(HOLD, 0.0, 55.0)
    assert battery_due(leased(HOLD), written, True, FEMS, 60.0) == (Due.NOTHING, 115.0)
    assert battery_due(leased(HOLD), written, True, FEMS, 115.0)[0] is Due.HAND_BACK
    assert battery_due(leased(HOLD), written, True, SONNEN, 60.0)[0] is Due.HAND_BACK
    assert battery_due(leased(HOLD), None, False, SONNEN, 60.0) == (Due.NOTHING, math.inf)


def test_gaps_count_only_while_a_setpoint_is_wanted() -> None:
    gaps = Gaps().written(0.0).written(20.0).ended().written(500.0).written(530.0)
    assert gaps.longest_s == 30.0


@virtually
async def test_fems_is_refreshed_at_a_third_of_its_timeout_for_an_hour() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        await asyncio.sleep(3600.0)
        assert max(house.battery.gaps_s()) <= 21.0
        assert min(house.battery.gaps_s()) >= 19.0
        assert house.battery.in_force == HOLD
        assert house.reports.all[-1].leases[0].longest_gap_s <= 21.0


@virtually
async def test_a_lost_write_is_repeated_within_the_lease() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        for _ in range(20):  # each at another moment between two refreshes
            await asyncio.sleep(97.0)
            house.battery.link.lose_writes = 8
        assert max(house.battery.gaps_s()) < 60.0
        assert house.battery.in_force == HOLD


@virtually
async def test_refusals_of_a_device_in_trouble_do_not_cost_the_setpoint() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        for _ in range(20):  # each at another moment between two refreshes
            await asyncio.sleep(97.0)
            house.battery.link.refuse_writes = 10
        assert max(house.battery.gaps_s()) < 60.0
        assert house.battery.in_force == HOLD


@virtually
async def test_a_hand_back_that_failed_holds_up_no_setpoint() -> None:
    house = House()
    async with house.running():
        for away_s in (61.0, 73.0, 87.0, 101.0, 117.0):
            house.decider.orders["battery.cellar"] = HOLD
            await asyncio.sleep(30.0)
            house.decider.orders["battery.cellar"] = AUTO
            house.battery.link.lose_writes = 1000
            await asyncio.sleep(away_s)
            house.battery.link.lose_writes = 0
            house.decider.orders["battery.cellar"] = DISCHARGE
            await asyncio.sleep(8.0)
            assert house.battery.in_force == DISCHARGE


@virtually
async def test_a_write_that_takes_effect_before_its_answer_is_no_disobedience() -> None:
    house = House()
    house.battery.answers_after_s = 4.0
    charge = BatteryOrder(BatteryAction.POWER, power_w=-2000.0)
    async with house.running():
        for order in (DISCHARGE, charge, HOLD, charge, AUTO, DISCHARGE):
            house.decider.orders["battery.cellar"] = order
            await asyncio.sleep(60.0)
        assert {report.devices[2].disobeys for report in house.reports.all} == {""}


@pytest.mark.parametrize("silent_s", range(6, 20, 2))
@virtually
async def test_an_order_lost_in_a_restart_around_its_slow_answer_is_written_again(silent_s: int) -> None:
    house = House(battery_timeout_s=None)
    house.decider.orders["battery.cellar"] = DISCHARGE
    house.battery.answers_after_s = 4.0
    async with house.running() as service:
        await asyncio.sleep(45.0 - silent_s)
        house.battery.is_silent = True
        await asyncio.sleep(silent_s)
        house.battery.writes.clear()
        while not house.battery.writes:
            await house.clock.sleep(0.1)
        house.battery.restart()
        house.battery.is_silent = False
        while not service.monitors["cellar"].up:
            await house.clock.sleep(0.1)
        await asyncio.sleep(5.0)
        assert house.battery.in_force == DISCHARGE


@pytest.mark.parametrize("refused_s", [46.0, 48.0, 48.5, 49.0, 50.0, 52.0])
@virtually
async def test_a_battery_that_was_handed_back_is_not_taken_anew_for_what_was_before(refused_s: float) -> None:
    house = House(battery_timeout_s=None)
    house.decider.orders["battery.cellar"] = DISCHARGE
    async with house.running() as service:
        await asyncio.sleep(1.0)
        house.battery.deaf = True
        house.battery.link.refuse_writes = 1000
        await asyncio.sleep(refused_s - 1.0)
        house.battery.link.refuse_writes = 0
        house.decider.orders["battery.cellar"] = AUTO
        service.loop.wake()
        await asyncio.sleep(30.0)
        house.battery.deaf = False
        assert house.battery.hand_backs
        house.battery.hand_backs.clear()
        house.decider.orders["battery.cellar"] = DISCHARGE
        await asyncio.sleep(30.0)
        assert house.battery.in_force == DISCHARGE
        assert house.battery.hand_backs == []


@virtually
async def test_a_hand_back_that_failed_is_no_trouble_once_a_setpoint_is_wanted_again() -> None:
    house = House()
    async with house.running():
        house.decider.orders["battery.cellar"] = HOLD
        await asyncio.sleep(30.0)
        house.battery.link.refuse_writes = 1000
        house.decider.orders["battery.cellar"] = AUTO
        await asyncio.sleep(30.0)
        assert "hand_back failed" in house.reports.all[-1].leases[0].failing
        house.decider.orders["battery.cellar"] = DISCHARGE
        await asyncio.sleep(6.0)
        house.battery.link.refuse_writes = 0
        await asyncio.sleep(20.0)
        assert house.battery.in_force == DISCHARGE
        assert house.reports.all[-1].leases[0].failing == ""
        assert house.reports.all[-1].devices[2].refuses == ""


@virtually
async def test_no_refresh_without_a_decision_and_the_devices_own_timeout_takes_over() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = DISCHARGE
    async with house.running():
        await asyncio.sleep(100.0)
        house.decider.frozen = True
        last_decision_s = house.decider.states[-1].mono_s
        await asyncio.sleep(600.0)
        last_write_s = house.battery.writes[-1][0]
        assert last_write_s < last_decision_s + 60.0
        assert house.battery.in_force is None
        # The withdrawal that follows comes only after the device's own timeout.
        assert [at_s >= last_write_s + 60.0 for at_s in house.battery.hand_backs] == [True]
        house.decider.frozen = False
        await asyncio.sleep(10.0)
        assert house.battery.in_force == DISCHARGE


@virtually
async def test_a_device_without_a_timeout_is_handed_back_when_its_lease_has_run_out() -> None:
    house = House(battery_timeout_s=None)
    house.decider.orders["battery.cellar"] = DISCHARGE
    async with house.running():
        await asyncio.sleep(100.0)
        house.decider.frozen = True
        await asyncio.sleep(62.0)
        assert len(house.battery.hand_backs) == 1
        assert house.battery.in_force is None


@virtually
async def test_the_least_interval_between_changes_holds() -> None:
    house = House(battery_site=BatterySite("cellar", min_interval_s=60.0))
    async with house.running():
        for turn in range(200):
            house.decider.orders["battery.cellar"] = HOLD if turn % 2 else DISCHARGE
            await asyncio.sleep(5.0)
    last, since_s = house.battery.writes[0][1], house.battery.writes[0][0]
    for at_s, order in house.battery.writes[1:]:
        if order != last:
            assert at_s - since_s >= 60.0
            last, since_s = order, at_s


@virtually
async def test_a_battery_that_cannot_be_reached_is_unknown_and_told_and_gets_its_order_when_it_is_back() -> None:
    house = House()
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running() as service:
        await asyncio.sleep(60.0)
        writes = len(house.battery.writes)
        house.battery.link.down = True
        await asyncio.sleep(90.0)
        assert len(house.battery.writes) == writes
        assert house.battery.in_force is None
        assert not house.decider.states[-1].batteries["cellar"].power_w.known
        assert "connection refused" in house.decider.states[-1].batteries["cellar"].power_w.why
        assert not service.monitors["cellar"].up
        house.battery.link.down = False
        await asyncio.sleep(35.0)
        assert house.battery.in_force == HOLD
        assert service.monitors["cellar"].up


@virtually
async def test_a_battery_taken_anew_gets_the_order_of_now_and_not_that_from_before_its_hand_back() -> None:
    house = House(battery_timeout_s=None)
    house.decider.orders["battery.cellar"] = DISCHARGE
    hand_back, handed_back = house.battery.hand_back, asyncio.Event()

    async def slowly(battery: str) -> None:
        await asyncio.sleep(10.0)
        house.decider.orders["battery.cellar"] = AUTO
        await asyncio.sleep(10.0)
        await hand_back(battery)
        handed_back.set()

    house.battery.deaf = True
    house.battery.hand_back = slowly  # type: ignore[method-assign]
    async with house.running():
        await handed_back.wait()
        writes = len(house.battery.writes)
        await asyncio.sleep(60.0)
        assert len(house.battery.writes) == writes


@virtually
async def test_a_setpoint_whose_readings_have_moved_is_repeated_at_once() -> None:
    house = House()
    battery = house.battery
    battery.outdated = False
    battery.is_outdated = lambda _name: battery.outdated
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        await asyncio.sleep(100.0)
        battery.outdated = True
        moved_s = house.clock.monotonic_s()
        await asyncio.sleep(6.0)
        battery.outdated = False
        at_once = [at_s for at_s, _ in battery.writes if at_s > moved_s]
        assert len(at_once) >= 2
        await asyncio.sleep(100.0)
        assert min(battery.gaps_s()[-4:]) >= 19.0
