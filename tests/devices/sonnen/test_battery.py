"""Taking, holding, changing and releasing a sonnen, and a crash in the middle of it."""

from __future__ import annotations

import pytest

from optimizer.devices.port import BatteryControl, DeviceError, Identified, Meter
from optimizer.devices.sonnen.battery import ASK_SOON_S, ASK_TIMES
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder
from optimizer.twin.http import Request, Response
from tests.devices.sonnen.scene import Scene, power, scene

BOTH = pytest.mark.parametrize("api", ["v1", "v2"])


def setpoint(api: str, direction: str, watts: int) -> str:
    return f"{'PUT' if api == 'v1' else 'POST'} /api/{api}/setpoint/{direction}/{watts}"


def mode(api: str, number: int) -> str:
    if api == "v1":
        return f"GET /api/setting?EM_OperatingMode={number}"
    return f'PUT /api/v2/configurations {{"EM_OperatingMode": "{number}"}}'


def test_it_is_what_the_port_asks_for() -> None:
    async def run(s: Scene) -> None:
        assert isinstance(s.sonnen, Meter)
        assert isinstance(s.sonnen, BatteryControl)
        assert isinstance(s.sonnen, Identified)
        assert (await s.sonnen.identify()).firmware == "1.15.6"
        await s.sonnen.close()

    scene(run)


@BOTH
@pytest.mark.parametrize("two_values", [True, False])
def test_take_hold_change_release(api: str, two_values: bool) -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(-1500.0))
        assert s.written() == [mode(api, 1), setpoint(api, "discharge", 0), setpoint(api, "charge", 1500)]
        assert s.keep.entries == {"cellar": {"mode": 2}}
        assert s.sonnen.refresh_s == 30.0
        assert await s.after(20) == pytest.approx(-1500, abs=5)
        await s.sonnen.order("cellar", power(-1500.0))
        assert s.written() == [setpoint(api, "charge", 1500)]
        assert await s.after(300) == pytest.approx(-1500, abs=5)
        await s.sonnen.order("cellar", power(700.4))
        assert s.written() == [setpoint(api, "charge", 0), setpoint(api, "discharge", 700)]
        assert await s.after(20) == pytest.approx(700, abs=5)
        await s.sonnen.order("cellar", power(0.0))
        assert s.written() == [setpoint(api, "discharge", 0), setpoint(api, "charge", 0)]
        assert await s.after(20) == pytest.approx(0, abs=5)
        await s.sonnen.hand_back("cellar")
        assert s.written() == [setpoint(api, "charge", 0), setpoint(api, "discharge", 0), mode(api, 2)]
        assert s.keep.entries == {}
        assert await s.after(40) == pytest.approx(-2500, abs=5)

    scene(run, api=api, two_values=two_values)


@BOTH
def test_the_mode_from_before_comes_back(api: str) -> None:
    async def run(s: Scene) -> None:
        s.twin.mode = 10
        await s.sonnen.order("cellar", power(-500.0))
        await s.sonnen.order("cellar", AUTO)
        assert (s.twin.mode, s.keep.entries) == (10, {})

    scene(run, api=api)


@BOTH
def test_a_crash_and_the_next_start(api: str) -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(2000.0))
        s.written()
        again = s.adapter()
        assert await s.after(3600) == pytest.approx(2000, abs=5)  # nothing ends it by itself
        await again.hand_back("cellar")
        assert s.written() == [setpoint(api, "charge", 0), setpoint(api, "discharge", 0), mode(api, 2)]
        assert (s.twin.mode, s.keep.entries) == (2, {})

    scene(run, api=api)


@BOTH
def test_a_crash_and_the_next_order_releases_first(api: str) -> None:
    async def run(s: Scene) -> None:
        s.twin.mode = 10
        await s.sonnen.order("cellar", power(2000.0))
        s.written()
        again = s.adapter()
        await again.order("cellar", power(-1000.0))
        assert s.written() == [
            setpoint(api, "charge", 0), setpoint(api, "discharge", 0), mode(api, 10),
            mode(api, 1), setpoint(api, "discharge", 0), setpoint(api, "charge", 1000),
        ]  # fmt: skip
        assert s.keep.entries == {"cellar": {"mode": 10}}

    scene(run, api=api)


@BOTH
@pytest.mark.parametrize("owners", [1, 2, 10])
def test_without_a_record_the_mode_is_the_owners(api: str, owners: int) -> None:
    async def run(s: Scene) -> None:
        s.twin.mode = owners
        await s.sonnen.hand_back("cellar")
        assert s.written() == []
        await s.sonnen.order("cellar", power(-1500.0))
        await s.sonnen.hand_back("cellar")
        assert (s.twin.mode, s.keep.entries) == (owners, {})
        s.written()
        for again in (s.sonnen, s.adapter()):  # the record of the runtime may still name it
            await again.hand_back("cellar")
        assert s.written() == []
        assert s.twin.mode == owners

    scene(run, api=api)


@BOTH
def test_where_the_record_is_lost_manual_mode_is_ended_and_no_other(api: str) -> None:
    async def run(s: Scene) -> None:
        s.twin.mode = 10
        s.keep.save("cellar", {})
        await s.sonnen.hand_back("cellar")
        assert (s.written(), s.keep.entries) == ([], {})
        await s.sonnen.order("cellar", power(2000.0))
        s.keep.save("cellar", {})
        await s.adapter().hand_back("cellar")
        assert (s.twin.mode, s.keep.entries) == (2, {})

    scene(run, api=api)


@BOTH
def test_where_the_record_is_lost_an_order_keeps_the_mode_that_it_finds(api: str) -> None:
    async def run(s: Scene) -> None:
        s.twin.mode = 10
        s.keep.save("cellar", {})
        await s.sonnen.order("cellar", power(-1000.0))
        assert s.keep.entries == {"cellar": {"mode": 10}}

    scene(run, api=api)


@BOTH
def test_a_crash_between_record_and_mode(api: str) -> None:
    async def run(s: Scene) -> None:
        s.keep.save("cellar", {"mode": 2})
        await s.adapter().order("cellar", power(-1000.0))
        assert s.written()[0] == mode(api, 1)
        assert await s.after(20) == pytest.approx(-1000, abs=5)

    scene(run, api=api)


@BOTH
def test_somebody_changes_the_mode_and_it_is_taken_anew(api: str) -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(-1000.0))
        s.twin.mode = 2
        await s.after(60)
        s.written()
        await s.sonnen.order("cellar", power(-1000.0))
        assert s.written() == [mode(api, 1), setpoint(api, "discharge", 0), setpoint(api, "charge", 1000)]
        assert await s.after(20) == pytest.approx(-1000, abs=5)

    scene(run, api=api)


def test_bounds_follow_the_sun() -> None:
    async def run(s: Scene) -> None:
        await s.after(10)
        hold = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)
        await s.sonnen.order("cellar", hold)
        assert s.sonnen.refresh_s == 10.0
        assert await s.after(15) == pytest.approx(-2500, abs=5)
        s.weather.pv_w = 0.0
        await s.after(2)
        await s.sonnen.order("cellar", hold)
        assert await s.after(15) == pytest.approx(0, abs=5)
        s.weather.load_w = 3000.0
        await s.after(2)
        await s.sonnen.order("cellar", BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=1200.0))
        assert await s.after(15) == pytest.approx(1200, abs=5)
        s.weather.pv_w = 6000.0
        await s.after(2)
        await s.sonnen.order("cellar", BatteryOrder(BatteryAction.BOUNDS, max_charge_w=800.0))
        assert await s.after(15) == pytest.approx(-800, abs=5)
        s.written()
        s.twin.traps.variant = "document"
        await s.sonnen.hand_back("cellar")

    scene(run)


def test_clamped_to_the_inverter_and_to_the_configuration() -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(9000.0))
        assert s.written()[-1] == "POST /api/v2/setpoint/discharge/4600"
        small = s.adapter(max_charge_w=1000.0)
        await small.order("cellar", power(-9000.0))
        assert s.written()[-1] == "POST /api/v2/setpoint/charge/1000"
        assert s.house.ledger.unsafe == []

    scene(run)


def test_v1_without_the_mode_is_read_only() -> None:
    async def run(s: Scene) -> None:
        assert (await s.sonnen.read()).batteries[0].soc_percent.value == 30
        with pytest.raises(DeviceError, match="manual_by_hand") as caught:
            await s.sonnen.order("cellar", power(-1000.0))
        assert caught.value.fault == "refused"
        assert s.written() == []
        s.twin.mode = 1
        by_hand = s.adapter(manual_by_hand=True)
        await by_hand.order("cellar", power(-1000.0))
        assert s.written() == [setpoint("v1", "discharge", 0), setpoint("v1", "charge", 1000)]
        assert await s.after(20) == pytest.approx(-1000, abs=5)
        await by_hand.hand_back("cellar")
        assert s.keep.entries == {}
        assert await s.after(20) == pytest.approx(0, abs=5)

    scene(run, api="v1", mode_access=False)


@pytest.mark.parametrize("error_status", [200, 404])
def test_v1_with_the_paths_of_the_documents_text_is_read_and_told(error_status: int) -> None:
    """No operating mode, `api/V1/setpoint`, `api/status`, and only the ten keys."""

    async def run(s: Scene) -> None:
        by_hand = s.adapter(manual_by_hand=True)
        s.twin.mode = 1
        assert (await by_hand.read()).batteries[0].soc_percent.value == 30
        assert await by_hand.may_write() == ""
        await by_hand.order("cellar", power(-1000.0))
        assert await s.after(20) == pytest.approx(-1000, abs=5)
        s.written()
        await by_hand.order("cellar", power(-1200.0))
        assert s.written() == ["PUT /api/V1/setpoint/charge/1200"]
        assert await s.after(20) == pytest.approx(-1200, abs=5)
        shown = {value.name: value.value for value in await by_hand.documented()}
        assert shown["status.USOC"] == round((await by_hand.read()).batteries[0].soc_percent.value or 0.0)
        await by_hand.hand_back("cellar")
        assert await s.after(20) == pytest.approx(0, abs=5)
        assert s.house.ledger.unsafe == []

    scene(run, api="v1", mode_access=False, variant="document", paths="text", error_status=error_status)


def test_v1_tries_the_other_spelling_only_where_the_path_is_unknown() -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="internal error"):
            await s.sonnen.read()
        assert [path for _, path, _ in s.wire.seen] == ["/api/v1/status"]
        s.twin.traps.return_code = 0
        s.wire.seen.clear()
        await s.sonnen.read()
        assert [path for _, path, _ in s.wire.seen] == ["/api/v1/status"]

    scene(run, api="v1", return_code=13)


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize(("code", "words"), [(5, "does not know this path"), (13, "internal error"), (16, "method")])
def test_return_codes_become_errors(code: int, words: str, status: int) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match=words) as caught:
            await s.sonnen.read()
        assert caught.value.fault == "refused"
        assert "sonnen:8080" in str(caught.value)

    scene(run, api="v1", return_code=code, error_status=status)


def test_a_bad_token_reads_and_does_not_write() -> None:
    async def run(s: Scene) -> None:
        wrong = s.adapter(token="wrong-one")
        sample = await wrong.read()
        assert sample.batteries[0].soc_percent.value == 30
        assert not sample.batteries[0].capacity_wh.known
        with pytest.raises(DeviceError) as caught:
            await wrong.order("cellar", power(-1000.0))
        assert caught.value.fault == "unauthorized"
        assert "wrong-one" not in str(caught.value)
        assert s.keep.entries == {}

    scene(run)


@pytest.mark.parametrize(("answer", "fault"), [("forbidden", "unauthorized"), ("false", "refused")])
def test_the_virtual_power_plant_refuses(answer: str, fault: str) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match="virtual power plant") as caught:
            await s.sonnen.order("cellar", power(-1000.0))
        assert caught.value.fault == fault
        assert s.keep.entries == {"cellar": {"mode": 2}}
        await s.sonnen.hand_back("cellar")
        assert (s.twin.mode, s.keep.entries) == (2, {})

    scene(run, vpp=True, vpp_answer=answer)


@BOTH
def test_a_mode_that_does_not_change(api: str) -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError, match=r"mode 1 was written, 10 s later it is in mode 2"):
            await s.sonnen.order("cellar", power(-1000.0))
        s.twin.mode = 1
        with pytest.raises(DeviceError, match=r"mode 2 was written"):
            await s.sonnen.hand_back("cellar")
        assert s.keep.entries == {"cellar": {"mode": 2}}

    scene(run, api=api, stubborn=True)


def test_a_battery_that_does_the_opposite() -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(2000.0))
        s.twin.traps.deaf = True
        with pytest.raises(DeviceError, match=r"told -1000 W .*, 10 s later it does (2000|1999) W"):
            await s.sonnen.order("cellar", power(-1000.0))

    scene(run)


def test_writing_not_enabled() -> None:
    async def run(s: Scene) -> None:
        with pytest.raises(DeviceError) as caught:
            await s.sonnen.order("cellar", power(-1000.0))
        assert caught.value.fault == "unauthorized"

    scene(run, write_api=False)


def test_the_network_fails_in_the_middle() -> None:
    async def run(s: Scene) -> None:
        await s.sonnen.order("cellar", power(-1000.0))
        s.wire.fail = 1
        with pytest.raises(DeviceError) as caught:
            await s.sonnen.order("cellar", power(-1000.0))
        assert caught.value.fault == "unreachable"
        await s.sonnen.order("cellar", power(-1000.0))
        assert await s.after(20) == pytest.approx(-1000, abs=5)

    scene(run)


@pytest.mark.parametrize(("refusals", "written_w"), [(3, 4600), (99, 5000)])
def test_no_setpoint_before_the_inverters_limit_is_told_or_seen_not_to_be(refusals: int, written_w: int) -> None:
    """A server in trouble refuses for a moment; a battery that never tells is kept within what is configured."""

    async def run(s: Scene) -> None:
        answer, left = s.wire._handler, refusals

        async def handler(request: Request) -> Response:
            nonlocal left
            if request.method == "GET" and request.path.endswith("/configurations") and left > 0:
                left -= 1
                return Response(500)
            return await answer(request)

        s.wire._handler = handler
        for _ in range(min(refusals, ASK_TIMES - 1)):
            with pytest.raises(DeviceError, match="limit"):
                await s.sonnen.order("cellar", power(-9000.0))
            assert s.written() == []
            await s.clock.sleep(ASK_SOON_S)
        await s.sonnen.order("cellar", power(-9000.0))
        assert s.written()[-1] == setpoint("v2", "charge", written_w)

    scene(run)
