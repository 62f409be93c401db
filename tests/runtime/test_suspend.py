"""A machine that was suspended, or a process that stood still: nothing from before is taken for now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.model.decision import EvOrder
from optimizer.model.state import State
from optimizer.runtime.record.ownership import Ownership
from tests.runtime.house import DISCHARGE, HOLD, House
from tests.virtual_time import run_virtually, virtually

MINUTES_S, HOURS_S = 600.0, 3.0 * 3600.0
OFFSETS_S = (0.3, 1.1, 2.5, 4.9, 7.0, 11.9, 16.2, 19.9)
"""Where in the tick of 5 s, the poll of 1 s and the refresh of 20 s the gap begins."""

Gap = Callable[[House], None]
"""Time that passes while nothing runs."""
GAPS: dict[str, Gap] = {
    "suspended 10 min": lambda house: house.clock.suspend(MINUTES_S),
    "suspended 3 h": lambda house: house.clock.suspend(HOURS_S),
    "stood still 10 min": lambda house: house.clock.stand_still(MINUTES_S),
    "stood still 3 h": lambda house: house.clock.stand_still(HOURS_S),
}
every_gap = pytest.mark.parametrize("gap", GAPS.values(), ids=GAPS)


def decided_s(house: House) -> list[float]:
    return [state.mono_s for state in house.decider.states]


@every_gap
@pytest.mark.parametrize("offset_s", OFFSETS_S)
@virtually
async def test_no_setpoint_is_repeated_on_a_decision_from_before(gap: Gap, offset_s: float) -> None:
    house = House()
    house.decider.orders["battery.cellar"] = HOLD
    async with house.running():
        await asyncio.sleep(60.0 + offset_s)
        gap(house)
        woke_s = house.clock.monotonic_s()
        await asyncio.sleep(60.0)
        after = [at_s for at_s, _ in house.battery.writes if at_s >= woke_s]
        first_s = next(at_s for at_s in decided_s(house) if at_s >= woke_s)
        assert after
        assert min(after) >= first_s
        assert house.battery.in_force == HOLD


@every_gap
@pytest.mark.parametrize("timeout_s", [60.0, None])
@virtually
async def test_without_a_decision_what_was_ordered_is_handed_back(
    gap: Gap, timeout_s: float | None, tmp_path: Path
) -> None:
    house = House(folder=tmp_path, battery_timeout_s=timeout_s)
    house.decider.orders = {"battery.cellar": DISCHARGE, "ev.carport": EvOrder(10.0, 3)}
    async with house.running():
        await asyncio.sleep(62.0)
        house.decider.frozen = True
        gap(house)
        writes = len(house.battery.writes)
        # The lease may have to run out of a timer of up to a lease's length first: timers do not see a suspend.
        await asyncio.sleep(house.decider.lease_s + 30.0)
        assert len(house.battery.writes) == writes
        assert house.battery.in_force is None
        assert house.charger.offer_a == 0.0
        assert not Ownership(tmp_path).held


@every_gap
@pytest.mark.parametrize("offset_s", OFFSETS_S)
@virtually
async def test_readings_from_before_are_unknown_until_they_are_read_anew(gap: Gap, offset_s: float) -> None:
    house = House()
    links = (house.meter.link, house.charger.link, house.battery.link)
    async with house.running() as service:
        await asyncio.sleep(60.0 + offset_s)
        for link in links:
            link.down = True
        gap(house)
        at_once = service.sense()
        assert not at_once.grid.power_w.known
        await asyncio.sleep(30.0)
        for state in house.decider.states:
            if state.mono_s >= at_once.mono_s:
                assert not state.grid.power_w.known
                assert not state.evs["carport"].offered_a.known
                assert not state.batteries["cellar"].soc_percent.known
        for link in links:
            link.down = False
        await asyncio.sleep(60.0)
        assert house.decider.states[-1].grid.power_w.known
        assert house.decider.states[-1].evs["carport"].offered_a.known


@pytest.mark.parametrize("gap", [GAPS["suspended 10 min"], GAPS["suspended 3 h"]])
@virtually
async def test_an_answer_that_lay_waiting_meanwhile_is_no_reading(gap: Gap) -> None:
    house = House()
    async with house.running() as service:
        await asyncio.sleep(60.2)
        house.meter.link.slow_s = 2.0
        await asyncio.sleep(1.5)
        posted = service.board.latest("meter")
        house.meter.power_w = 4321.0
        gap(house)
        house.meter.link.slow_s = 1000.0
        await asyncio.sleep(2.0)
        assert service.board.latest("meter") is posted
        assert service.monitors["meter"].report().errors["timeout"] == 1
        assert not service.sense().grid.power_w.known


@every_gap
@pytest.mark.parametrize("offset_s", OFFSETS_S)
def test_nothing_is_caught_up_on(gap: Gap, offset_s: float, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        house = House()
        house.decider.orders = {"battery.cellar": HOLD, "ev.carport": EvOrder(10.0, 3)}
        async with house.running():
            await asyncio.sleep(60.0 + offset_s)
            gap(house)
            woke_s = house.clock.monotonic_s()
            reads, writes = len(house.meter.reads), len(house.battery.writes)
            await asyncio.sleep(60.0)
            ticks = [at_s for at_s in decided_s(house) if at_s >= woke_s]
            assert 12 <= len(ticks) <= 14
            # The turn that was due meanwhile, and then the next one of the ordinary cadence.
            assert len([at_s for at_s in ticks if at_s < ticks[0] + 5.0]) <= 2
            assert len(house.meter.reads) - reads <= 63
            assert len(house.battery.writes) - writes <= 5

    run_virtually(main())
    assert "no tick for" in caplog.text


@every_gap
@virtually
async def test_a_charger_that_may_have_restarted_meanwhile_is_paused_anew(gap: Gap) -> None:
    house = House()
    house.order_ev(0.0)
    house.meter.phase_a = (10.0, 10.0, 10.0)
    async with house.running():
        await asyncio.sleep(61.5)
        assert house.charger.offer_a == 0.0
        writes = len(house.charger.writes)
        # It has lost its pause and says that it is paused, with a car that does not draw yet; the meter brings
        # about a decision before the charger is read.
        house.charger.paused, house.charger.drawn_a = False, 0.0
        house.meter.phase_a = (40.0, 10.0, 10.0)
        gap(house)
        await asyncio.sleep(90.0)
        assert "pause" in house.charger.kinds()[writes:]
        assert house.charger.offer_a == 0.0


@virtually
async def test_each_suspend_costs_a_running_car_one_stop_and_one_start_at_most() -> None:
    house = House()
    house.order_ev(10.0)
    async with house.running():
        await asyncio.sleep(120.0)
        for number in range(5):
            before = house.charger.kinds()
            house.clock.suspend(MINUTES_S)
            await asyncio.sleep(120.0 + 1.7 * number)
            since = house.charger.kinds()[len(before) :]
            assert since.count("release") <= 1
            assert since.count("phases") == 0
            assert house.charger.offer_a == 10.0


@virtually
async def test_a_charger_is_counted_at_its_worst_when_nobody_has_read_it_since() -> None:
    house = House()
    house.order_ev(10.0)
    seen: list[State] = []
    async with house.running():
        await asyncio.sleep(60.0)
        house.charger.link.down = True
        house.decider.on_think = seen.append
        house.clock.suspend(HOURS_S)
        await asyncio.sleep(20.0)
        assert seen
        for state in seen:
            commanded = state.evs["carport"].commanded
            assert commanded is not None
            assert max(commanded.offer_a, commanded.unconfirmed_a) >= house.charger.offer_a
        house.charger.link.down = False
        await asyncio.sleep(60.0)


def test_a_write_on_its_way_through_a_suspend_ends_nothing() -> None:
    """The charger is read again before the answer from before the suspend is heard."""

    async def main() -> None:
        house = House()
        house.order_ev(10.0)
        async with house.running() as service:
            await asyncio.sleep(60.0)
            house.charger.answers_after_s = 4.0
            house.order_ev(8.0)
            written = asyncio.Event()
            house.charger.watch = lambda kind, value: written.set()
            await written.wait()
            await asyncio.sleep(1.0)
            house.clock.suspend(MINUTES_S)
            await asyncio.sleep(120.0)
            assert not service.broken
            assert house.charger.offer_a == 8.0

    run_virtually(main())
