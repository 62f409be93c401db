"""The short form of the fuzzers; bench/fuzz_devices.py runs the long one."""

from __future__ import annotations

import pytest

from tests.devices.fuzzers import FUZZERS

COUNTS = {"nrgkick_frames": 40, "nrgkick_registers": 150, "nrgkick_http": 150, "fems_http": 150}


@pytest.mark.parametrize("name", FUZZERS)
async def test_whatever_a_device_sends(name: str) -> None:
    await FUZZERS[name](1, COUNTS.get(name, 300))
