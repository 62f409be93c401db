"""Orders as channels: what a setpoint means on each kind of storage system, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from optimizer.devices.fems.channels import ACTIVE, EQUALS, GREATER, LESS, REACTIVE
from optimizer.devices.fems.config import EssConfig
from optimizer.devices.fems.setpoint import DcSide, follows_pv, targets
from optimizer.devices.port import LATE_S, DeviceError
from optimizer.model.decision import AUTO, BatteryOrder
from tests.devices.fems.fake import AC, HYBRID, FakeEdge
from tests.devices.fems.orders import bounds, power

NULLS = [(EQUALS, None), (LESS, None), (GREATER, None)]


TABLE = [
    (power(2500.4), 0, {EQUALS: 2500}),
    (power(-3000), 0, {EQUALS: -3000}),
    (power(0), 0, {EQUALS: 0}),
    (power(-3000), 4200.4, {EQUALS: 1200}),
    (power(500), 4200, {EQUALS: 4700}),
    (bounds(0), 0, {LESS: 0}),
    (bounds(0), 4200, {LESS: 4200}),
    (bounds(799.9), 0, {LESS: 799}),
    (bounds(799.9), 1000, {LESS: 1799}),
    (bounds(charge_w=3000), 0, {GREATER: -3000}),
    (bounds(charge_w=2999.9), 0, {GREATER: -2999}),
    (bounds(charge_w=1000), 4000, {GREATER: 3000}),
    (bounds(500, 3000), 0, {LESS: 500, GREATER: -3000}),
    (bounds(), 4200, {}),
    (AUTO, 4200, {}),
]


@pytest.mark.parametrize(("order", "dc_pv_w", "channels"), TABLE)
def test_what_an_order_means(order: BatteryOrder, dc_pv_w: float, channels: dict[str, int]) -> None:
    wanted = targets(order, DcSide(dc_pv_w))
    assert wanted == channels
    assert all(type(value) is int for value in wanted.values())
    assert not (EQUALS in wanted and len(wanted) > 1)


@pytest.mark.parametrize(
    ("order", "headroom_w", "channels"),
    [
        (bounds(0), 50, {LESS: 3050}),
        (bounds(0), -50, {LESS: 2950}),
        (bounds(30), -50, {LESS: 2950}),
        (bounds(1500), -50, {LESS: 4500}),
        (bounds(0, 0), -50, {LESS: 2950, GREATER: 2950}),
        (bounds(0, 2000), -50, {LESS: 2950, GREATER: 1000}),
        (power(0), -50, {EQUALS: 2950}),
        (power(-2000), -50, {EQUALS: 2950}),
        (power(2000), -50, {EQUALS: 5000}),
        (power(-2000), 50, {EQUALS: 3050}),
    ],
)
def test_a_setpoint_beside_a_full_battery_is_never_equal_to_the_pv(
    order: BatteryOrder, headroom_w: float, channels: dict[str, int]
) -> None:
    assert targets(order, DcSide(3000.0, headroom_w, takes_no_charge=True)) == channels


def test_only_an_order_without_discharge_follows_the_pv() -> None:
    assert all(follows_pv(order) for order in (bounds(0), bounds(0, 0), bounds(50), power(0), power(-2000)))
    assert not any(follows_pv(order) for order in (bounds(51), bounds(charge_w=0), power(51)))


async def test_a_full_hybrid_whose_pv_passes_is_held_below_it_and_a_free_one_is_not_tried() -> None:
    edge = FakeEdge()
    edge.channels |= {"ess0/AllowedChargePower": 0, "ess0/DcDischargePower": 0, "ess0/ActivePower": 3000}
    fems = edge.fems(HYBRID)
    setpoints = []
    for order in (bounds(1500), bounds(1500), bounds(0), bounds(0), bounds(0)):
        edge.clock.pass_s(5.0)
        await fems.read()
        await fems.order("cellar", order)
        setpoints += [value for channel, value in edge.sent() if channel == LESS]
    assert setpoints == [4500, 4500, 3050, 3050, 3050]
    edge.clock.pass_s(120.0)
    await fems.read()
    assert fems.is_outdated("cellar")
    await fems.order("cellar", bounds(0))
    edge.clock.pass_s(5.0)
    await fems.read()
    assert fems.is_outdated("cellar")
    await fems.order("cellar", bounds(0))
    assert edge.sent() == [(LESS, 2950), (LESS, 2950)]
    edge.clock.pass_s(5.0)
    await fems.read()
    assert not fems.is_outdated("cellar")


@pytest.mark.parametrize("watts", [float("nan"), float("inf"), -float("inf"), 2e6])
def test_what_is_no_number_is_never_sent(watts: float) -> None:
    for order in (power(watts), bounds(watts), bounds(charge_w=watts)):
        with pytest.raises(DeviceError) as raised:
            targets(order)
        assert raised.value.fault == "refused"


async def test_the_bytes_of_a_setpoint_and_of_its_withdrawal() -> None:
    edge = FakeEdge()
    await edge.fems().order("cellar", power(-1500))
    assert edge.written == [
        ("ess0/SetActivePowerLessOrEquals", b'{"value": null}'),
        ("ess0/SetActivePowerGreaterOrEquals", b'{"value": null}'),
        ("ess0/SetActivePowerEquals", b'{"value": -1500}'),
    ]


async def test_the_other_side_is_withdrawn_before_each_switch_and_only_then() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", power(1000))
    edge.sent()
    await fems.order("cellar", power(1100))
    assert edge.sent() == [(EQUALS, 1100)]
    await fems.order("cellar", bounds(0))
    assert edge.sent() == [(EQUALS, None), (LESS, 0)]
    await fems.order("cellar", bounds(0, 2000))
    assert edge.sent() == [(LESS, 0), (GREATER, -2000)]
    await fems.order("cellar", bounds(charge_w=2000))
    assert edge.sent() == [(LESS, None), (GREATER, -2000)]
    await fems.order("cellar", power(-700))
    assert edge.sent() == [(GREATER, None), (EQUALS, -700)]
    await fems.order("cellar", AUTO)
    assert edge.sent() == [(EQUALS, None), (LESS, None), (GREATER, None)]
    await fems.order("cellar", AUTO)
    assert edge.sent() == []


async def test_a_lost_write_is_remembered_as_perhaps_done() -> None:
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", bounds(0))
    edge.sent()
    await fems.order("cellar", bounds(0))
    edge.answer = lambda request: httpx.Response(500) if b"-900" in request.content else None
    with pytest.raises(DeviceError):
        await fems.order("cellar", power(-900))
    edge.answer = lambda request: None
    edge.sent()
    await fems.order("cellar", bounds(0))
    assert edge.sent() == [(EQUALS, None), (LESS, 0)]


async def test_the_other_side_waits_for_a_value_that_may_still_arrive() -> None:
    """An Edge that is slow takes a bound after its withdrawal; Equals, repeated, would keep it alive."""
    edge = FakeEdge()
    fems = edge.fems()
    await fems.order("cellar", power(500))

    def hangs(request: httpx.Request) -> httpx.Response | None:
        if b"1500" in request.content:
            raise httpx.ReadTimeout("slow", request=request)
        return None

    edge.answer = hangs
    with pytest.raises(DeviceError):
        await fems.order("cellar", bounds(1500))
    edge.answer = lambda request: None
    edge.sent()
    for _ in range(2):
        with pytest.raises(DeviceError, match="may still arrive"):
            await fems.order("cellar", power(500))
        assert edge.sent() == [(LESS, None)]
    edge.clock.pass_s(LATE_S)
    await fems.order("cellar", power(500))
    assert edge.sent() == [(LESS, None), (EQUALS, 500)]
    await fems.order("cellar", power(500))
    assert edge.sent() == [(EQUALS, 500)]


async def test_a_withdrawal_that_fails_keeps_the_switch_from_happening() -> None:
    edge = FakeEdge(answer=lambda request: httpx.Response(500) if b"null" in request.content else None)
    with pytest.raises(DeviceError):
        await edge.fems().order("cellar", power(100))
    assert (EQUALS, 100) not in edge.sent()


async def test_a_hybrid_follows_its_dc_pv_with_every_write() -> None:
    edge = FakeEdge()
    fems = edge.fems(HYBRID)
    await fems.order("cellar", bounds(0))
    assert edge.sent()[-1] == (LESS, 3000)
    edge.channels["_sum/ProductionDcActualPower"] = 2500
    await fems.order("cellar", bounds(0))
    assert edge.sent() == [(LESS, 2500)]
    await fems.order("cellar", power(-1000))
    assert edge.sent() == [(LESS, None), (EQUALS, 1500)]


async def test_a_hybrid_without_known_dc_pv_gets_no_setpoint() -> None:
    edge = FakeEdge()
    edge.channels["_sum/ProductionDcActualPower"] = None
    with pytest.raises(DeviceError, match="DC PV is unknown"):
        await edge.fems(HYBRID).order("cellar", bounds(0))
    assert edge.sent() == []


@pytest.mark.parametrize(
    ("timeout_s", "hybrid", "refresh_s"), [(60, False, 20), (30, False, 10), (0, False, 20), (60, True, 20)]
)
def test_refresh(timeout_s: float, hybrid: bool, refresh_s: float) -> None:
    config = replace(HYBRID if hybrid else AC, api_timeout_s=timeout_s)
    assert FakeEdge().fems(config).refresh_s == refresh_s


async def test_each_storage_system_has_its_own_channels() -> None:
    edge = FakeEdge()
    edge.channels |= {"ess1/ActivePower": 0}
    fems = edge.fems(replace(AC, ess=(EssConfig("cellar"), EssConfig("shed", "ess1"))))
    await fems.order("shed", power(10))
    assert {address.split("/")[0] for address, _ in edge.written} == {"ess1"}
    with pytest.raises(DeviceError, match="no battery 'attic'"):
        await fems.order("attic", power(10))
    with pytest.raises(DeviceError, match="no battery 'attic'"):
        await fems.hand_back("attic")


async def test_all_six_channels_can_be_written_by_name() -> None:
    edge = FakeEdge()
    edge.channels["ess0/DebugSetActivePower"] = 0
    fems = edge.fems(replace(AC, reactive=True))
    await fems.hand_back("cellar")
    assert edge.sent() == [(name, None) for name in ACTIVE + REACTIVE]
    for channel in ACTIVE + REACTIVE:
        await fems.write_channel("cellar", channel, 7)
        await fems.write_channel("cellar", channel, None)
        assert edge.sent() == [(channel, 7), (channel, None)]
    await fems.write_channel("cellar", EQUALS, 5)
    await fems.write_channel("cellar", LESS, 6)
    assert edge.sent() == [(EQUALS, 5), (EQUALS, None), (LESS, 6)]


@pytest.mark.parametrize(
    ("channel", "value"),
    [(REACTIVE[0], 1), ("SetGridMode", 1), (EQUALS, True), (EQUALS, 1.5), (EQUALS, "1"), (EQUALS, 10**9)],
)
async def test_what_may_not_be_written_is_not(channel: str, value: object) -> None:
    edge = FakeEdge()
    with pytest.raises(DeviceError) as raised:
        await edge.fems().write_channel("cellar", channel, value)  # type: ignore[arg-type]
    assert raised.value.fault == "refused"
    assert edge.sent() == []
