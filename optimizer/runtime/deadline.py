"""A deadline around an exchange with a device. Every failure inside becomes a DeviceError."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text

log = logging.getLogger(__name__)

NO_ANSWER = Text("no answer")


@asynccontextmanager
async def deadline(clock: Clock, seconds: float, doing: str, late: str = NO_ANSWER) -> AsyncIterator[None]:
    """Cancel the block after `seconds` of house time. The DeviceError then says that there was `late` in this time.

    `doing` names the exchange in the log, such as “reading carport”. Adapters must raise DeviceError only. Other
    exceptions of an adapter are logged and converted, because one faulty adapter must not stop the service.
    """
    try:
        async with clock.timeout(seconds):
            yield
    except DeviceError:
        raise
    except TimeoutError as error:
        raise DeviceError("timeout", Text("{late} within {seconds} s", late=late, seconds=seconds)) from error
    except Exception as error:
        log.exception("%s failed with an unexpected error", doing)
        raise DeviceError("garbled", Text("unexpected {error}", error=type(error).__name__)) from error
