"""Both protocols together: fast readings over Modbus while it answers, everything else over JSON.

Writes go over JSON because only JSON says why it refuses; Modbus writes where JSON cannot be reached.
"""

from __future__ import annotations

import math

from optimizer.devices.nrgkick.api import DISABLED, Api, Live, Values
from optimizer.devices.port import DeviceError
from optimizer.model.clock import Clock
from optimizer.words.text import Text

MODBUS_RETRY_S = 60.0
"""After a failure Modbus is left alone for so long."""
JSON_PACE_S = 10.0
"""JSON is not read more often than this (the charger's flash and CPU), except to read back a write."""


class AutoApi:
    """One charger by two ways."""

    def __init__(self, json: Api, modbus: Api, clock: Clock) -> None:
        self._json = json
        self._modbus = modbus
        self._clock = clock
        self._modbus_from_s = -math.inf
        self._modbus_why = ""
        self._last: Live | None = None
        self._written_s = -math.inf

    async def info(self) -> Values:
        """From JSON, which has all of it; from Modbus where JSON does not answer."""
        try:
            return await self._json.info()
        except DeviceError as error:
            return await self._else_modbus_info(error)

    async def live(self) -> Live:
        """From Modbus; from JSON while that fails, at JSON's pace."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._modbus_from_s:
            try:
                return await self._modbus.live()
            except DeviceError as error:
                self._modbus_from_s = now_s + MODBUS_RETRY_S
                self._modbus_why = error.message
        return await self._paced_json(now_s)

    async def write(self, path: str, value: float) -> None:
        """Over JSON; over Modbus where JSON is out of reach or switched off. A refusal stays one."""
        self._written_s = self._clock.monotonic_s()
        try:
            await self._json.write(path, value)
        except DeviceError as error:
            if not _out_of_reach(error):
                raise
            await self._modbus.write(path, value)
        finally:
            self._last = None

    async def close(self) -> None:
        """Release both connections; never raises."""
        await self._json.close()
        await self._modbus.close()

    async def _else_modbus_info(self, error: DeviceError) -> Values:
        try:
            return await self._modbus.info()
        except DeviceError as second:
            raise DeviceError(
                error.fault, Text("{error}; and {second}", error=error.message, second=second.message)
            ) from None

    async def _paced_json(self, now_s: float) -> Live:
        reading_back = now_s - self._written_s < JSON_PACE_S
        if self._last is not None and not reading_back and now_s - self._last.at_s < JSON_PACE_S:
            return self._last
        try:
            self._last = await self._json.live()
        except DeviceError as error:
            # Without JSON there is nothing to wait for.
            self._last, self._modbus_from_s = None, -math.inf
            raise DeviceError(
                error.fault, Text("{error}; and {modbus_why}", error=error.message, modbus_why=self._modbus_why)
            ) from None
        return self._last


def _out_of_reach(error: DeviceError) -> bool:
    return error.fault in ("unreachable", "timeout", "garbled") or (error.fault == "refused" and DISABLED in str(error))
