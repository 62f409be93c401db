"""The readings of all devices at one moment, for a trial. A device without an answer is unknown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.devices.port import DeviceError, Sample
from optimizer.model.clock import Clock
from optimizer.model.reading import Reading
from optimizer.runtime.parts import Device

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """The house at one moment, without chargers and loads. None if unknown."""

    grid_w: float | None
    house_a: tuple[float | None, ...]
    """Current of each house phase, + import. Empty if not measured."""
    battery_w: float | None
    """The sum of all batteries, + discharge. 0 without a battery."""
    pv_w: float | None
    """The sum of all PV systems. 0 without one."""

    @property
    def supply_w(self) -> float | None:
        """Grid, batteries, and PV together: what the house consumes."""
        if self.grid_w is None or self.battery_w is None or self.pv_w is None:
            return None
        return self.grid_w + self.battery_w + self.pv_w


async def sampled(device: Device, clock: Clock) -> Sample:
    """The readings of one device. Empty if it does not answer within its deadline."""
    try:
        async with clock.timeout(device.deadline_s):
            return await device.meter.read()
    except (DeviceError, TimeoutError) as error:
        log.warning("%s cannot be read: %s", device.name, error)
        return Sample()


async def sampled_all(devices: Sequence[Device], clock: Clock) -> list[Sample]:
    """The readings of all devices, read at the same time, in the order of `devices`."""
    return await asyncio.gather(*(sampled(one, clock) for one in devices))


def house_of(devices: Sequence[Device], samples: Sequence[Sample]) -> House:
    """The house in these samples, which are in the order of `devices`."""
    grid_w: float | None = None
    house_a: tuple[float | None, ...] = ()
    battery_w: float | None = 0.0
    pv_w: float | None = 0.0
    for one, sample in zip(devices, samples, strict=True):
        if one.grid and sample.grid is not None:
            grid_w = sample.grid.power_w.value
            house_a = tuple(reading.value for reading in sample.grid.phase_current_a)
        batteries = {battery.name: battery.power_w for battery in sample.batteries}
        pvs = {pv.name: pv.power_w for pv in sample.pvs}
        battery_w = _plus(battery_w, [batteries.get(name) for name in one.batteries])
        pv_w = _plus(pv_w, [pvs.get(name) for name in one.pvs])
    return House(grid_w, house_a, battery_w, pv_w)


def _plus(total_w: float | None, readings: Sequence[Reading[float] | None]) -> float | None:
    """The sum. None if a part is unknown, or its device does not report it."""
    for reading in readings:
        power_w = None if reading is None else reading.value
        total_w = None if total_w is None or power_w is None else total_w + power_w
    return total_w
