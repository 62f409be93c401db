"""The components of an OpenEMS Edge at an address, so that `optimizer init` can offer them."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from optimizer.words.text import Text, message_of

OWNER = "owner"
"""The password that every Edge has for its owner until that is changed."""
TIMEOUT_S = 3.0
LONGEST_S = 8.0


@dataclass(frozen=True, slots=True)
class EdgeParts:
    """The ids that settings may name."""

    storages: tuple[tuple[str, bool], ...]
    """(id, whether PV is connected to its inverter)"""
    meters: tuple[str, ...]
    grid_meter: str = ""
    """Empty if the Edge does not report its grid meter."""


def edge_at(url: str, password: str = OWNER) -> EdgeParts | str:
    """The components of the Edge, or the reason why they are unknown. It only reads."""
    return asyncio.run(_asked(url, password))


async def _asked(url: str, password: str) -> EdgeParts | str:
    from optimizer.devices.fems.config import FemsConfig
    from optimizer.devices.fems.fems import inventory_of
    from optimizer.devices.pace import paced
    from optimizer.devices.port import DeviceError
    from optimizer.model.clock import SystemClock

    clock = SystemClock()
    try:
        with paced(clock):
            async with asyncio.timeout(LONGEST_S):
                found = await inventory_of(FemsConfig("asked", url, password=password, timeout_s=TIMEOUT_S), clock)
    except DeviceError as error:
        return error.message
    except (TimeoutError, ValueError) as error:
        return message_of(error) or Text("no answer within {after_s}", after_s=LONGEST_S)
    return EdgeParts(tuple(found.storages.items()), tuple(found.meters), found.grid_meter)
