"""One reading, for a command that reads a device once."""

from __future__ import annotations

from optimizer.cli.console import echo, said
from optimizer.devices.port import DeviceError, Pushed, Sample
from optimizer.model.clock import Clock
from optimizer.runtime.parts import Device
from optimizer.words.text import Text

LONGEST_S = 60.0
"""A command waits no longer for values that come by themselves."""


async def read_once(device: Device, clock: Clock) -> Sample:
    """One poll within the deadline of the device. Raises DeviceError.

    Values that come by themselves (MQTT) have as long as a reading may be old: they come every few seconds only.
    """
    meter = device.meter
    try:
        if isinstance(meter, Pushed):
            wait_s = min(device.max_age_s, LONGEST_S)
            echo(
                said(Text("{name}: waiting for its messages, {wait} s at most", name=device.name, wait=wait_s)),
                err=True,
            )
            async with clock.timeout(device.deadline_s + wait_s):
                await meter.heard(wait_s)
        async with clock.timeout(device.deadline_s):
            return await meter.read()
    except TimeoutError:
        raise DeviceError(
            "timeout", Text("{name}: no answer within {deadline} s", name=device.name, deadline=device.deadline_s)
        ) from None
