"""The time that handing back takes: the end of the service waits for it, but not for ever."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from dataclasses import fields
from typing import Any

import pytest

from optimizer.devices.givtcp.gateway import GIVE_UP_S
from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryOrder
from optimizer.settings.brands import GivTcpSettings
from optimizer.twin.http import Request, Response
from tests.devices.givtcp.scene import Scene, bounds, power, scene

HOLD = bounds(discharge_w=0.0)
FULL_REFRESH_S = 120.0


def before(s: Scene) -> list[Any]:
    r = s.twin.regs
    return [r.charge_rate, r.discharge_rate, r.eco, r.enable_charge, r.enable_discharge, r.pause, r.pause_slot]


def losing(s: Scene, *kinds: str) -> None:
    """Of the next commands one each is lost: `hang` is taken and never answered, `drop` is cut at once."""
    answer, left = s.wire._handler, list(kinds)

    async def handler(request: Request) -> Response:
        if request.method != "POST" or not left:
            return await answer(request)
        if left.pop(0) == "hang":
            await s.clock.sleep(1e6)
        raise ConnectionResetError

    s.wire._handler = handler


async def cut_off(s: Scene, order: BatteryOrder | None, after_s: float) -> None:
    """Begin an order, or a hand-back, and cut it off as the end of the service does."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(after_s):
            await (s.givtcp.hand_back("cellar") if order is None else s.givtcp.order("cellar", order))


async def hand_back(s: Scene) -> float:
    """As the runtime does: again after each failure. Returns the s that it took."""
    started_s = s.clock.monotonic_s()
    while True:
        try:
            await s.givtcp.hand_back("cellar")
        except DeviceError:
            await s.clock.sleep(2.0)
        else:
            return s.clock.monotonic_s() - started_s


@pytest.mark.parametrize("soon_s", [4.0, None])
def test_settings_that_only_a_full_refresh_shows_wait_for_the_same_one(soon_s: float | None) -> None:
    async def run(s: Scene) -> None:
        owners = before(s)
        await s.hold(HOLD, 8)
        assert s.twin.regs.pause == 2
        s.written()
        assert await hand_back(s) <= FULL_REFRESH_S + 10.0
        assert [name for name, _ in s.written()] == ["setPauseSlot", "setBatteryPauseMode"]
        assert before(s) == owners
        assert s.house.ledger.unsafe == []  # one after another all the same

    scene(run, soon_s=soon_s)


def test_a_hand_back_whose_own_commands_got_lost_ends_in_time() -> None:
    async def run(s: Scene) -> None:
        owners = before(s)
        await s.hold(HOLD, 8)
        losing(s, "hang", "hang")
        begun_s = s.clock.monotonic_s()
        with pytest.raises(DeviceError, match="setPauseSlot"):
            await s.givtcp.hand_back("cellar")
        assert s.clock.monotonic_s() - begun_s <= 45.0  # what nobody answered is soon written again
        await cut_off(s, None, 27.0)
        assert await hand_back(s) <= GivTcpSettings.hand_back_s - 120.0
        assert before(s) == owners
        assert s.house.ledger.unsafe == []

    scene(run)


@pytest.mark.parametrize("soon_s", [4.0, None])
@pytest.mark.parametrize("after_s", [5.0, 30.0])
@pytest.mark.parametrize("kind", ["hang", "drop"])
def test_the_worst_moment_for_an_end_leaves_it_in_time(kind: str, after_s: float, soon_s: float | None) -> None:
    """A command of an order has just got lost, and what only a full refresh shows has still to be put back."""

    async def run(s: Scene) -> None:
        owners = before(s)
        await s.hold(HOLD, 8)
        losing(s, kind)
        await cut_off(s, power(-1000.0), after_s)
        assert await hand_back(s) <= GivTcpSettings.hand_back_s
        assert before(s) == owners
        assert s.house.ledger.unsafe == []

    scene(run, soon_s=soon_s)


@pytest.mark.parametrize("name", ["setPauseSlot", "setBatteryPauseMode"])
def test_one_that_does_nothing_is_found_and_written_again(name: str) -> None:
    async def run(s: Scene) -> None:
        owners = before(s)
        await s.hold(HOLD, 8)
        s.twin.traps.lies = {name: "success"}
        with pytest.raises(DeviceError, match=f"^{name} "):
            await s.givtcp.hand_back("cellar")
        assert "cellar" in s.keep.entries
        s.twin.traps.lies = {}
        s.written()
        await s.givtcp.hand_back("cellar")
        assert [said for said, _ in s.written()] == [name]
        assert (before(s), "cellar" in s.keep.entries) == (owners, False)

    scene(run)


def test_after_a_queued_command_nothing_more_is_sent() -> None:
    async def run(s: Scene) -> None:
        await s.hold(HOLD, 8)
        s.twin.traps.late_s = 40.0  # answered by an excuse after 15 s, carried out after 40
        s.written()
        await cut_off(s, None, 39.0)
        assert [name for name, _ in s.written()] == ["setPauseSlot"]
        s.twin.traps.late_s = 0.0
        await s.givtcp.hand_back("cellar")
        assert [name for name, _ in s.written()] == ["setBatteryPauseMode"]
        assert s.house.ledger.unsafe == []

    scene(run)


def test_a_mode_of_the_owner_is_not_undone_by_a_late_eco() -> None:
    async def run(s: Scene) -> None:
        s.twin.regs.enable_discharge = True  # Timed Demand
        await s.clock.sleep(125)
        owners = deepcopy(s.twin.regs)
        await s.hold(power(1500.0), 6)
        s.twin.traps.late_s = 240.0
        with pytest.raises(DeviceError, match="setBatteryMode"):
            await s.givtcp.hand_back("cellar")
        s.twin.traps.late_s = 0.0
        for field in fields(owners):  # by the owner's own hand: nothing is left to do, but Eco may still come
            setattr(s.twin.regs, field.name, deepcopy(getattr(owners, field.name)))
        await s.clock.sleep(35)
        await s.givtcp.hand_back("cellar")
        await s.after(300)
        assert s.twin.regs == owners

    scene(run)


def test_what_was_given_up_while_the_cache_stood_still_is_awaited_anew_when_it_moves_again() -> None:
    """The first refresh after that may be a partial one, which shows no pause: it looks as if nothing had been done."""

    async def run(s: Scene) -> None:
        gateway = s.givtcp.gateway
        await s.givtcp.read()
        s.twin.traps.frozen = True
        with pytest.raises(DeviceError):
            await s.givtcp.order("cellar", HOLD)
        await s.clock.sleep(200.0)
        assert gateway.late_s < s.clock.monotonic_s()
        s.twin.traps.frozen = False
        for _ in range(20):
            await s.clock.sleep(3.0)
            await s.givtcp.read()
        assert s.clock.monotonic_s() - 60.0 < gateway.moved_s
        assert gateway.late_s == gateway.moved_s + GIVE_UP_S

    scene(run)
