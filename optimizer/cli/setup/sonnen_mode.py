"""Whether a sonnen with API v1 lets the service change its operating mode, so that `optimizer init` can ask."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio

from optimizer.words.text import Text, message_of

TIMEOUT_S = 3.0
LONGEST_S = 8.0


def gives_mode(url: str) -> bool | str:
    """Whether it does, or why it cannot be told now. Reads only."""
    return asyncio.run(_asked(url))


async def _asked(url: str) -> bool | str:
    from optimizer.devices.keep import MemoryKeep
    from optimizer.devices.pace import paced
    from optimizer.devices.port import DeviceError
    from optimizer.devices.sonnen.battery import Sonnen
    from optimizer.devices.sonnen.config import SonnenConfig
    from optimizer.model.clock import SystemClock

    clock = SystemClock()
    try:
        device = Sonnen(SonnenConfig("asked", url, "v1", timeout_s=TIMEOUT_S), clock, MemoryKeep())
        try:
            with paced(clock):
                async with asyncio.timeout(LONGEST_S):
                    await device.read()
                    return not await device.may_write()
        finally:
            await device.close()
    except DeviceError as error:
        return error.message
    except (TimeoutError, ValueError) as error:
        return message_of(error) or Text("no answer within {after_s}", after_s=LONGEST_S)
