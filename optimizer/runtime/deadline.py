"""A deadline around what is done with a device; whatever goes wrong within it comes out as a DeviceError."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock

log = logging.getLogger(__name__)


@asynccontextmanager
async def deadline(clock: Clock, seconds: float, doing: str, late: str = "no answer") -> AsyncIterator[None]:
    """Cuts the block after `seconds` of house time and says that there was `late` within them.

    `doing` names it in the log, such as “reading carport”: an adapter that raises anything else than a DeviceError
    has broken its promise, and one broken adapter must not take the house down with it.
    """
    try:
        async with clock.timeout(seconds):
            yield
    except DeviceError:
        raise
    except TimeoutError as error:
        raise DeviceError("timeout", f"{late} within {seconds:.3g} s") from error
    except Exception as error:
        log.exception("%s failed in an unexpected way", doing)
        raise DeviceError("garbled", f"unexpected {type(error).__name__}") from error
