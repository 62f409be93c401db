"""The day's budget of flash writes: over restarts and wrong clocks, and never in the way of a hand-back."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from optimizer.devices.givtcp.wear import DAY_S, SAVE_S, Wear
from optimizer.devices.keep import MemoryKeep
from optimizer.devices.port import DeviceError
from tests.devices.givtcp.scene import Scene, power, scene
from tests.virtual_time import VirtualClock, run_virtually

MOST = 4


def test_an_order_is_refused_when_the_budget_is_used_up() -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="today's 2 writes") as caught:
            await s.adapter(flash_writes_a_day=2).order("cellar", power(-1000.0))
        assert caught.value.fault == "refused"
        assert len(s.written()) == 2
        with pytest.raises(DeviceError, match="today's 2 writes"):
            await s.adapter(flash_writes_a_day=2).order("cellar", power(-1000.0))
        assert s.written() == []  # a restart brings no new budget
        await s.clock.sleep(DAY_S)
        await s.adapter(flash_writes_a_day=2).order("cellar", power(-1000.0))
        assert s.written()  # a day does

    scene(run, real_time=False)


@pytest.mark.parametrize("export", [False, True])
@pytest.mark.parametrize("restart", [False, True])
def test_what_was_taken_is_handed_back_without_a_budget_too(restart: bool, export: bool) -> None:
    async def run(s: Scene) -> None:
        s.twin.regs.enable_discharge = True  # Timed Demand, so that going to Eco first is not yet what the owner had
        await s.clock.sleep(125)
        before = deepcopy(s.twin.regs)
        few = s.adapter(flash_writes_a_day=MOST)
        with pytest.raises(DeviceError, match=f"today's {MOST} writes"):
            for _ in range(40):
                await few.order("cellar", power(2000.0 if export else -1000.0))
                await s.clock.sleep(few.refresh_s)
        again = s.adapter(flash_writes_a_day=MOST) if restart else few
        s.written()
        await again.hand_back("cellar")
        assert s.written()
        assert "cellar" not in s.keep.entries
        assert s.twin.regs == before
        with pytest.raises(DeviceError, match=f"today's {MOST} writes"):
            await again.order("cellar", power(2000.0))
        assert len(s.keep.entries["cellar wear"]["ages_s"]) == MOST  # what a hand-back wrote counts, within bounds

    scene(run, real_time=False)


def test_a_disk_that_takes_no_count_refuses_an_order_and_no_hand_back() -> None:
    async def run(s: Scene) -> None:
        before = deepcopy(s.twin.regs)
        await s.hold(power(-1000.0), 5.0)
        assert s.twin.regs != before
        s.written()
        s.keep.broken = True
        for _ in range(300):  # what is refused is no write
            with pytest.raises(DeviceError, match="the disk is broken"):
                await s.givtcp.order("cellar", power(2000.0))
        assert s.written() == []
        await s.givtcp.hand_back("cellar")
        assert s.written()
        assert "cellar" not in s.keep.entries
        assert s.twin.regs == before
        s.keep.broken = False
        await s.hold(power(2000.0), 5.0)
        assert len(s.keep.entries["cellar wear"]["ages_s"]) < 50

    scene(run, real_time=False)


def on_a_clock(story: Callable[[VirtualClock, Callable[[], Wear]], Any]) -> None:
    async def main() -> None:
        clock, keep = VirtualClock(), MemoryKeep()
        await story(clock, lambda: Wear("cellar", MOST, clock, keep))

    run_virtually(main())


def used(wear: Wear) -> Wear:
    for _ in range(MOST):
        wear.count()
    return wear


@pytest.mark.parametrize("days", [-400.0, -1.0, 1.0, 400.0])
def test_a_clock_that_jumps_under_us_changes_nothing(days: float) -> None:
    async def story(clock: VirtualClock, life: Callable[[], Wear]) -> None:
        wear = used(life())
        for _ in range(4):
            await clock.sleep(DAY_S / 5.0)
            clock.wall_jump += timedelta(days=days)
            assert wear.used_up
            assert life().used_up
        await clock.sleep(DAY_S / 5.0 + 5.0)
        assert not wear.used_up
        assert not life().used_up

    on_a_clock(story)


@pytest.mark.parametrize("days", [-400.0, -1.0])
def test_a_clock_set_back_while_we_were_away_does_not_refuse_for_ever(days: float) -> None:
    async def story(clock: VirtualClock, life: Callable[[], Wear]) -> None:
        used(life())
        clock.wall_jump = timedelta(days=days)
        hours = 0
        while (wear := life()).used_up:  # a life of an hour each, in which an order is repeated
            hours += 1
            for _ in range(60):
                await clock.sleep(60.0)
                assert wear.used_up or hours >= 24
        assert 24 <= hours <= 28

    on_a_clock(story)


def test_a_clock_that_goes_to_and_fro_while_we_are_away_grants_one_budget() -> None:
    async def story(clock: VirtualClock, life: Callable[[], Wear]) -> None:
        used(life())
        granted = 0
        for days in (1, 0, 1, 0, 1, -400, 1):
            clock.wall_jump = timedelta(days=days)
            wear = life()
            if not wear.used_up:
                used(wear)
                granted += 1
            await clock.sleep(SAVE_S)
            assert wear.used_up
        assert granted == 1

    on_a_clock(story)


@pytest.mark.parametrize(
    "record",
    [{}, {"latest_s": "x", "ages_s": 3}, {"latest_s": None, "ages_s": [None, "x", -5.0]}, {"ages_s": {"a": 1}}],
)
def test_a_record_that_is_none_is_an_empty_one(record: dict[str, Any]) -> None:
    async def story() -> None:
        keep = MemoryKeep()
        keep.save("cellar wear", record)
        wear = Wear("cellar", MOST, VirtualClock(), keep)
        assert not wear.used_up
        used(wear)
        assert wear.used_up

    run_virtually(story())


def test_a_smaller_budget_counts_what_was_written_under_the_larger_one() -> None:
    async def story(clock: VirtualClock, life: Callable[[], Wear]) -> None:
        used(life())
        keep = life()._keep
        assert Wear("cellar", 2, clock, keep).used_up
        assert not Wear("cellar", 5, clock, keep).used_up

    on_a_clock(story)
