"""The relays of a Shelly or a Tasmota at an address, so that `optimizer init` can offer them."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.devices.switches.outline import Outline

TIMEOUT_S = 3.0
LONGEST_S = 8.0


def relays_at(type_: str, url: str, user: str, password: str) -> tuple[Outline, ...] | str:
    """The relays, or the reason why they are unknown. It only reads."""
    return asyncio.run(_asked(type_, url, user, password))


async def _asked(type_: str, url: str, user: str, password: str) -> tuple[Outline, ...] | str:
    from optimizer.devices.http_config import HttpConfig
    from optimizer.devices.pace import paced
    from optimizer.devices.port import DeviceError
    from optimizer.devices.switches.outline import shelly_relays, tasmota_relays
    from optimizer.model.clock import SystemClock

    clock = SystemClock()
    http = HttpConfig(url, TIMEOUT_S, user=user if password else "", password=password)
    try:
        with paced(clock):
            async with asyncio.timeout(LONGEST_S):
                if type_ == "shelly":
                    found = await shelly_relays(http, clock)
                else:
                    found = await tasmota_relays(http, clock, user, password)
    except DeviceError as error:
        return error.message
    except (TimeoutError, ValueError) as error:
        return message_of(error) or Text("no answer within {after_s}", after_s=LONGEST_S)
    return found or Text("no relay of this type is there")
