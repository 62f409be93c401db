"""Both protocols together: who is asked when, and what is never asked twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from optimizer.devices.nrgkick.api import CURRENT_SET, DISABLED, Live, Values
from optimizer.devices.nrgkick.auto import AutoApi
from optimizer.devices.port import DeviceError, Fault
from tests.devices.hand_clock import HandClock


@dataclass
class Side:
    """One protocol that works or fails as told."""

    name: str
    clock: HandClock
    fault: Fault | None = None
    text: str = "no"
    calls: list[str] = field(default_factory=list)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.fault:
            raise DeviceError(self.fault, f"{self.name}: {self.text}")

    async def info(self) -> Values:
        self._called("info")
        return {"by": self.name}

    async def live(self) -> Live:
        self._called("live")
        return Live({"by": self.name}, self.clock.monotonic_s())

    async def write(self, path: str, value: float) -> None:
        self._called(f"{path}={value}")

    async def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def sides() -> tuple[HandClock, Side, Side, AutoApi]:
    clock = HandClock()
    json, modbus = Side("json", clock), Side("modbus", clock)
    return clock, json, modbus, AutoApi(json, modbus, clock)


Sides = tuple[HandClock, Side, Side, AutoApi]


async def test_readings_come_over_modbus_info_and_writes_over_json(sides: Sides) -> None:
    _, json, modbus, auto = sides
    assert (await auto.live()).values == {"by": "modbus"}
    assert await auto.info() == {"by": "json"}
    await auto.write(CURRENT_SET, 8.0)
    assert json.calls == ["info", "control.current_set=8.0"]
    assert modbus.calls == ["live"]


async def test_without_modbus_json_is_read_at_its_own_pace(sides: Sides) -> None:
    clock, json, modbus, auto = sides
    modbus.fault = "unreachable"
    first = await auto.live()
    assert first.values == {"by": "json"}
    clock.pass_s(5)
    assert await auto.live() is first
    clock.pass_s(5)
    assert (await auto.live()).at_s == first.at_s + 10
    assert (json.calls, modbus.calls) == (["live", "live"], ["live"])


async def test_a_write_is_read_back_at_once(sides: Sides) -> None:
    clock, json, modbus, auto = sides
    modbus.fault = "unreachable"
    await auto.live()
    await auto.write(CURRENT_SET, 8.0)
    for _ in range(2):
        clock.pass_s(2)
        await auto.live()
    assert json.calls.count("live") == 3


async def test_modbus_is_tried_again_after_a_minute(sides: Sides) -> None:
    clock, _, modbus, auto = sides
    modbus.fault = "timeout"
    await auto.live()
    modbus.fault = None
    clock.pass_s(59)
    assert (await auto.live()).values == {"by": "json"}
    clock.pass_s(1)
    assert (await auto.live()).values == {"by": "modbus"}


async def test_both_gone_says_both_and_tries_both_again(sides: Sides) -> None:
    _, json, modbus, auto = sides
    json.fault, modbus.fault = "timeout", "unreachable"
    with pytest.raises(DeviceError, match="json: no; and modbus: no") as raised:
        await auto.live()
    assert raised.value.fault == "timeout"
    with pytest.raises(DeviceError, match="json: no; and modbus: no"):
        await auto.info()
    modbus.fault = None
    assert (await auto.live()).values == {"by": "modbus"}


@pytest.mark.parametrize(
    ("fault", "text"), [("unreachable", ""), ("timeout", ""), ("garbled", ""), ("refused", f"API {DISABLED} there")]
)
async def test_a_write_goes_over_modbus_where_json_is_out_of_reach(sides: Sides, fault: Fault, text: str) -> None:
    _, json, modbus, auto = sides
    json.fault, json.text = fault, text
    await auto.write(CURRENT_SET, 8.0)
    assert modbus.calls == ["control.current_set=8.0"]


@pytest.mark.parametrize("fault", ["refused", "unauthorized"])
async def test_a_refusal_is_not_got_around_over_modbus(sides: Sides, fault: Fault) -> None:
    _, json, modbus, auto = sides
    json.fault = fault
    with pytest.raises(DeviceError):
        await auto.write(CURRENT_SET, 8.0)
    assert modbus.calls == []


async def test_closing_closes_both(sides: Sides) -> None:
    _, json, modbus, auto = sides
    await auto.close()
    assert (json.calls, modbus.calls) == (["close"], ["close"])
