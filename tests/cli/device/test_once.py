"""One reading of a device, for a command that reads once."""

from __future__ import annotations

import asyncio

import pytest

from optimizer.cli.device.once import LONGEST_S, read_once
from optimizer.devices.port import DeviceError, Sample
from optimizer.runtime.parts import Device
from tests.devices.hand_clock import HandClock


class Meter:
    def __init__(self, answers: bool = True) -> None:
        self.answers = answers

    async def read(self) -> Sample:
        if not self.answers:
            await asyncio.Event().wait()
        return Sample()

    async def close(self) -> None: ...


class PushedMeter(Meter):
    waited_s = 0.0

    async def heard(self, within_s: float) -> None:
        self.waited_s = within_s


def device(meter: Meter, max_age_s: float = 15.0) -> Device:
    return Device("meter", "mqtt", meter, deadline_s=0.01, max_age_s=max_age_s)


@pytest.mark.parametrize(("max_age_s", "waited_s"), [(15.0, 15.0), (3600.0, LONGEST_S)])
async def test_messages_have_as_long_as_a_reading_may_be_old(
    max_age_s: float, waited_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = PushedMeter()
    assert await read_once(device(meter, max_age_s), HandClock()) == Sample()
    assert meter.waited_s == waited_s
    assert capsys.readouterr().err == f"meter: waiting for its messages, {waited_s:g} s at most\n"


async def test_other_devices_are_read_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert await read_once(device(Meter()), HandClock()) == Sample()
    assert capsys.readouterr().err == ""


async def test_a_device_that_does_not_answer_is_told_with_its_deadline() -> None:
    class Quick(HandClock):
        def timeout(self, seconds: float) -> asyncio.Timeout:
            return asyncio.timeout(seconds)

    with pytest.raises(DeviceError, match="meter: no answer within"):
        await read_once(device(Meter(answers=False)), Quick())
