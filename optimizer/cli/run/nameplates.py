"""Device data for the feed's /info.json: from the settings, else from the devices themselves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from optimizer.devices.port import DeviceError, Identified
from optimizer.model.clock import Clock
from optimizer.runtime.pacing import backoff_s
from optimizer.runtime.parts import Device
from optimizer.serve.feed.values import Nameplate

if TYPE_CHECKING:
    from optimizer.settings.site import PlateSettings

log = logging.getLogger(__name__)

FIRST_S = 10.0
"""Delay after the start: control comes first."""
RETRY_S = 60.0


class Nameplates:
    """By `grid`, `meter.<name>`, `pv.<name>`, `battery.<name>` and `ev.<name>`; missing until a device has answered."""

    def __init__(
        self, devices: Sequence[Device], clock: Clock, given: Mapping[str, PlateSettings] | None = None
    ) -> None:
        """`given`: the data in the settings, by device."""
        self.known: dict[str, Nameplate] = {}
        self._given = given or {}
        self._devices = devices
        self._clock = clock

        for device in devices:
            if device.name in self._given:
                self._note(device, Nameplate())

    async def gather(self) -> None:
        """Ask every device until it has answered; never ends."""
        await self._clock.sleep(FIRST_S)
        await asyncio.gather(*(self._ask(device) for device in self._devices))
        await asyncio.Event().wait()

    async def _ask(self, device: Device) -> None:
        meter = device.meter
        if not _keys(device) or not isinstance(meter, Identified):
            return
        failures = 0
        while True:
            try:
                async with self._clock.timeout(device.deadline_s + device.write_deadline_s):
                    who = await meter.identify()
            except (DeviceError, TimeoutError) as error:
                failures += 1
                log.debug("%s does not identify itself: %s", device.name, error)
                await self._clock.sleep(backoff_s(failures, RETRY_S, device.name))
                continue
            except Exception:
                # An error here must never end the service.
                log.exception("identifying %s failed unexpectedly", device.name)
                return
            plate = Nameplate(model=" ".join(filter(None, (who.brand, who.model))), serial=who.serial)
            self._note(device, plate)
            return

    def _note(self, device: Device, said: Nameplate) -> None:
        given = self._given.get(device.name)
        plate = said
        if given is not None:
            plate = replace(
                said,
                model=given.model or said.model,
                serial=given.serial or said.serial,
                max_dc_w=given.max_dc_w,
                max_ac_w=given.max_ac_w,
            )
        self.known.update(dict.fromkeys(_keys(device), plate))


def _keys(device: Device) -> list[str]:
    return [
        *(["grid"] if device.grid else []),
        *([f"meter.{device.name}"] if device.side_meter else []),
        *(f"pv.{name}" for name in device.pvs),
        *(f"battery.{name}" for name in device.batteries),
        *(f"ev.{name}" for name in device.evs),
    ]
