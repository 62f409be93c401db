"""Whatever goes wrong with a device comes out as a DeviceError."""

from __future__ import annotations

import pytest

from optimizer.devices.port import DeviceError
from optimizer.runtime.deadline import deadline
from tests.virtual_time import VirtualClock, run_virtually


def test_what_takes_too_long_is_cut_and_told_with_its_time() -> None:
    async def slow(clock: VirtualClock) -> None:
        async with deadline(clock, 3.0, "reading carport"):
            await clock.sleep(3.5)

    async def live() -> float:
        clock = VirtualClock()
        begun_s = clock.monotonic_s()
        with pytest.raises(DeviceError, match="no answer within 3 s") as caught:
            await slow(clock)
        assert caught.value.fault == "timeout"
        return clock.monotonic_s() - begun_s

    assert run_virtually(live()) == pytest.approx(3.0)


def test_what_an_adapter_says_is_passed_on() -> None:
    async def live() -> None:
        async with deadline(VirtualClock(), 3.0, "writing to ev.carport"):
            raise DeviceError("refused", "PV control is on")

    with pytest.raises(DeviceError, match="PV control is on") as caught:
        run_virtually(live())
    assert caught.value.fault == "refused"


def test_a_broken_promise_is_logged_with_its_place_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def live() -> None:
        async with deadline(VirtualClock(), 3.0, "reading carport"):
            raise KeyError("power")

    with pytest.raises(DeviceError, match="unexpected KeyError") as caught:
        run_virtually(live())
    assert caught.value.fault == "garbled"
    assert "reading carport failed with an unexpected error" in caplog.text
    assert "KeyError: 'power'" in caplog.text
