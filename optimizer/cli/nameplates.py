"""What the devices say of themselves (model, serial number), gathered once for the feed's /info.json."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from optimizer.devices.port import DeviceError, Identified
from optimizer.model.clock import Clock
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device
from optimizer.serve.feed import Nameplate

log = logging.getLogger(__name__)

FIRST_S = 10.0
"""Control comes first at a start."""
RETRY_S = 60.0


class Nameplates:
    """By `grid`, `pv.<name>` and `battery.<name>`; empty until the devices have answered."""

    def __init__(self, devices: Sequence[Device], clock: Clock) -> None:
        self.known: dict[str, Nameplate] = {}
        self._devices = devices
        self._clock = clock

    async def gather(self) -> None:
        """Ask every device until it has answered; never ends."""
        await self._clock.sleep(FIRST_S)
        await asyncio.gather(*(self._ask(device) for device in self._devices))
        await asyncio.Event().wait()

    async def _ask(self, device: Device) -> None:
        meter = device.meter
        keys = [
            *(["grid"] if device.grid else []),
            *(f"pv.{name}" for name in device.pvs),
            *(f"battery.{name}" for name in device.batteries),
        ]
        if not keys or not isinstance(meter, Identified):
            return
        failures = 0
        while True:
            try:
                async with self._clock.timeout(device.deadline_s + device.write_deadline_s):
                    who = await meter.identify()
            except (DeviceError, TimeoutError) as error:
                failures += 1
                log.debug("%s does not say who it is: %s", device.name, error)
                await self._clock.sleep(backoff_s(failures, RETRY_S, device.name))
                continue
            except Exception:
                # A name on a page must never end the service.
                log.exception("asking %s who it is failed in an unexpected way", device.name)
                return
            plate = Nameplate(model=" ".join(filter(None, (who.brand, who.model))), serial=who.serial)
            self.known.update(dict.fromkeys(keys, plate))
            return
