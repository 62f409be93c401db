"""Hand-back: all is withdrawn, and the Edge is seen not to follow any of it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from optimizer.devices.fems.channels import EQUALS, GREATER, LESS
from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.port import DeviceError
from optimizer.model.decision import AUTO
from tests.devices.fems.fake import AC, FakeEdge
from tests.devices.fems.orders import bounds, power

NULLS = [(EQUALS, None), (LESS, None), (GREATER, None)]


async def test_hand_back_withdraws_everything_even_what_this_process_never_wrote() -> None:
    edge = FakeEdge()
    edge.channels["ess0/DebugSetActivePower"] = 0
    fems = edge.fems()
    for _ in range(2):
        await fems.hand_back("cellar")
        assert edge.sent() == NULLS


async def test_hand_back_returns_only_when_the_setpoint_is_gone() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", power(-1500))
    edge.channels["ess0/DebugSetActivePower"] = -1500

    def two_cycles_later(request: httpx.Request) -> None:
        if len(edge.clock.slept) == 2:
            edge.channels["ess0/DebugSetActivePower"] = -20

    edge.answer = two_cycles_later
    await fems.hand_back("cellar")
    assert edge.clock.slept == [1.0, 1.0]


async def test_a_setpoint_that_stays_is_not_handed_back() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", power(-1500))
    edge.channels["ess0/DebugSetActivePower"] = -1500
    for _ in range(2):
        with pytest.raises(DeviceError, match="still follows -1500 W"):
            await fems.hand_back("cellar")
        assert edge.sent()[-3:] == NULLS
    edge.channels["ess0/DebugSetActivePower"] = None
    await fems.order("cellar", AUTO)
    assert edge.sent() == NULLS


async def test_at_the_end_of_its_range_its_own_control_may_want_the_same() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", power(-4000))
    edge.channels["ess0/DebugSetActivePower"] = -4000
    await fems.hand_back("cellar")
    assert edge.clock.slept == []


NEVER = replace(AC, api_timeout_s=0)


def following(watts: int | None, grid_w: int | None = 900) -> FakeEdge:
    edge = FakeEdge()
    edge.channels |= {"ess0/DebugSetActivePower": watts, "_sum/GridActivePower": grid_w}
    return edge


@pytest.mark.parametrize("config", [AC, NEVER])
async def test_what_an_earlier_process_set_must_be_seen_to_be_gone(config: FemsConfig) -> None:
    edge = following(-1500)
    fems = edge.fems(config)
    for _ in range(3):
        with pytest.raises(DeviceError, match="ess0 still follows -1500 W") as raised:
            await fems.hand_back("cellar")
        assert raised.value.fault == "refused"
    edge.channels["ess0/DebugSetActivePower"] = 0
    await fems.hand_back("cellar")


async def test_without_a_timeout_of_the_edge_it_is_withdrawn_again_and_refused_while_it_lasts() -> None:
    edge = following(-1500)
    fems = edge.fems(NEVER)
    for _ in range(100):
        with pytest.raises(DeviceError, match="still follows -1500 W"):
            await fems.hand_back("cellar")
        assert edge.sent() == NULLS
    assert edge.clock.monotonic_s() > 400.0


async def test_after_the_edges_own_timeout_it_is_not_ours_any_more() -> None:
    edge = following(-1500)
    fems = edge.fems()
    begun_s = edge.clock.monotonic_s()
    refused = 0
    while True:
        try:
            await fems.hand_back("cellar")
        except DeviceError:
            refused += 1
        else:
            break
    assert refused > 1
    assert 60.0 <= edge.clock.monotonic_s() - begun_s <= 70.0
    assert edge.sent() == NULLS  # once: each further write would restart the timer
    with pytest.raises(DeviceError, match="still follows -1500 W"):
        await fems.hand_back("cellar")  # anew, after whatever may have come between
    assert edge.sent() == NULLS


async def test_an_order_in_between_begins_anew() -> None:
    edge = following(-1500)
    fems = edge.fems()
    with pytest.raises(DeviceError):
        await fems.hand_back("cellar")
    await fems.order("cellar", bounds(800))
    edge.sent()
    edge.clock.pass_s(55.0)
    with pytest.raises(DeviceError):
        await fems.hand_back("cellar")
    assert edge.sent() == NULLS


async def test_while_it_is_doubted_leaving_it_to_itself_looks_again() -> None:
    edge = following(-1500)
    fems = edge.fems()
    for _ in range(2):
        with pytest.raises(DeviceError):
            await fems.order("cellar", AUTO)
    edge.channels["ess0/DebugSetActivePower"] = -20
    await fems.order("cellar", AUTO)
    edge.asked.clear()
    await fems.order("cellar", AUTO)
    assert edge.asked == []


async def test_bounds_must_be_seen_to_be_gone_too() -> None:
    edge = following(799)
    fems = edge.fems()
    await fems.order("cellar", bounds(800))
    with pytest.raises(DeviceError, match="still follows 799 W"):
        await fems.hand_back("cellar")


@pytest.mark.parametrize(
    ("watts", "grid_w"),
    [
        (-1500, 60),  # self-consumption has it so, and the house stands still
        (-1500, None),
        (None, 900),  # an Edge that does not show it
        (0, 900),
        (-4000, 900),  # an end of the allowed range
        (6000, 900),
    ],
)
async def test_what_its_own_control_may_want_or_nobody_can_see_is_not_refused(
    watts: int | None, grid_w: int | None
) -> None:
    edge = following(watts, grid_w)
    await edge.fems(NEVER).hand_back("cellar")
    assert edge.sent() == NULLS
    assert edge.clock.slept == []


async def test_an_edge_that_does_not_answer_is_not_handed_back() -> None:
    edge = FakeEdge(answer=lambda request: httpx.Response(503) if request.method == "GET" else None)
    with pytest.raises(DeviceError):
        await edge.fems().hand_back("cellar")
