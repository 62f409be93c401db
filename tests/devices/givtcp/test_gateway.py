"""The way to GivTCP when the network or the gateway itself fails."""

from __future__ import annotations

import pytest

from optimizer.devices.givtcp.cache import NoData
from optimizer.devices.port import DeviceError
from optimizer.twin.faults import Fault
from optimizer.twin.http import Request, Response
from tests.devices.givtcp.scene import Scene, power, scene


def failing(s: Scene, status: int, times: int, *, posts: bool, gets: bool = False) -> None:
    """Answer the next requests of a kind by a status; POSTs are not carried out."""
    answer, left = s.wire._handler, [times]

    async def handler(request: Request) -> Response:
        wanted = posts if request.method == "POST" else gets
        if wanted and left[0]:
            left[0] -= 1
            return Response(status, b"busy", "text/html")
        return await answer(request)

    s.wire._handler = handler


def test_a_command_that_got_lost_is_given_up_and_written_again() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        failing(s, 502, 1, posts=True)
        with pytest.raises(DeviceError, match=r"no effect .* \(GivTCP said: busy\)"):
            await s.givtcp.order("cellar", power(-1000.0))
        assert s.clock.monotonic_s() < 31 + 40
        assert await s.hold(power(-1000.0), 3) == pytest.approx(-952, abs=2)

    scene(run)


@pytest.mark.parametrize("real_time", [True, False])
def test_a_rate_that_got_lost_is_not_left_out(real_time: bool) -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        failing(s, 502, 1, posts=True)
        with pytest.raises(DeviceError, match="setChargeRate"):
            await s.givtcp.order("cellar", power(-1000.0))
        await s.givtcp.order("cellar", power(-1000.0))
        assert (s.twin.regs.enable_charge, s.twin.regs.charge_rate) == (True, 10)  # and not at full power

    scene(run, real_time=real_time)


def test_no_such_command() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        failing(s, 404, 1, posts=True)
        with pytest.raises(DeviceError, match=r"status 404: no such command here") as caught:
            await s.givtcp.order("cellar", power(-1000.0))
        assert caught.value.fault == "refused"
        await s.givtcp.order("cellar", power(-1000.0))
        assert s.clock.monotonic_s() < 31 + 140  # nothing is waited for
        assert await s.after(30) == pytest.approx(-952, abs=2)

    scene(run)


def test_reads_that_fail_while_waiting_for_the_effect() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        await s.givtcp.read()
        await s.givtcp.gateway.settled()
        post = s.wire._handler

        async def handler(request: Request) -> Response:
            if request.method == "POST":
                answer = await post(request)
                failing(s, 500, 4, posts=False, gets=True)
                return answer
            return await post(request)

        s.wire._handler = handler
        assert await s.hold(power(-1000.0), 3) == pytest.approx(-952, abs=2)

    scene(run)


def test_the_gateway_is_gone() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        s.wire.fail = 1000
        for attempt in (s.givtcp.read(), s.givtcp.identify(), s.givtcp.order("cellar", power(-1000.0))):
            with pytest.raises(DeviceError) as caught:
                await attempt
            assert caught.value.fault == "unreachable"
        outcome = await s.givtcp.gateway.raw("POST", "setChargeRate", {"chargeRate": 1})
        assert outcome[0] is None
        assert "no route" in outcome[1]

    scene(run)


def test_it_goes_while_a_command_waits() -> None:
    async def run(s: Scene) -> None:
        await s.clock.sleep(31)
        post = s.wire._handler

        async def handler(request: Request) -> Response:
            answer = await post(request)
            if request.method == "POST":
                s.wire.fail = 1000
            return answer

        s.wire._handler = handler
        with pytest.raises(DeviceError) as caught:
            await s.givtcp.order("cellar", power(-1000.0))
        assert caught.value.fault == "unreachable"
        s.wire.fail = 0
        s.wire._handler = post
        assert await s.hold(power(-1000.0), 3) == pytest.approx(-952, abs=2)

    scene(run)


def test_an_odd_status_of_a_read() -> None:
    async def run(s: Scene) -> None:
        failing(s, 503, 1, posts=False, gets=True)
        with pytest.raises(DeviceError, match="status 503"):
            await s.givtcp.read()

    scene(run)


async def test_over_sockets_with_dropped_answers() -> None:
    from datetime import UTC, datetime

    from optimizer.devices.givtcp.config import GivEvcConfig
    from optimizer.devices.givtcp.evc import GivEvc
    from optimizer.devices.keep import MemoryKeep
    from optimizer.model.clock import ScaledClock
    from optimizer.twin.givtcp import GivTcpTwin
    from tests.devices.givtcp.scene import BATTERY, CARPORT
    from tests.direct import Steady, steady_house

    clock = ScaledClock(datetime(2025, 1, 15, 12, tzinfo=UTC), 30.0)
    house = steady_house(clock, Steady(), BATTERY, CARPORT)
    twin = GivTcpTwin(house, 0, 0)
    urls = await twin.start()
    evc = GivEvc(GivEvcConfig("carport", urls["direct"]), clock, MemoryKeep())
    try:
        await clock.sleep(2.0)
        await evc.set_current(12.0)
        house.faults.set("givtcp", Fault("drop"))
        with pytest.raises(DeviceError) as caught:
            await evc.set_current(20.0)
        assert caught.value.fault == "unreachable"
        house.faults.clear()
        assert (await evc.read()).evs[0].offered_a.value == 12.0
    finally:
        await evc.close()
        await twin.stop()


@pytest.mark.parametrize("status", [404, 502, 503])
def test_another_status_is_not_taken_for_a_givtcp_without_data(status: int) -> None:
    async def run(s: Scene) -> None:
        failing(s, status, 1, posts=False, gets=True)
        with pytest.raises(DeviceError, match=f"status {status}") as caught:
            await s.givtcp.read()
        assert not isinstance(caught.value, NoData)

    scene(run)


def test_a_server_of_another_kind_is_not_taken_for_a_givtcp() -> None:
    async def run(s: Scene) -> None:
        failing(s, 500, 4, posts=False, gets=True)
        with pytest.raises(DeviceError, match="status 500") as caught:
            await s.givtcp.read()
        assert not isinstance(caught.value, NoData)
        assert s.wire.writes == []

    scene(run)


def test_a_givtcp_that_had_data_is_not_asked_who_it_is() -> None:
    async def run(s: Scene) -> None:
        await s.givtcp.read()
        s.wire.seen.clear()
        failing(s, 500, 1, posts=False, gets=True)
        with pytest.raises(DeviceError, match="status 500"):
            await s.givtcp.read()
        assert len(s.wire.seen) <= 1

    scene(run)
