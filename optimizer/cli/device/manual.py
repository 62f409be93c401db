"""Writes by hand: never while the service runs, and always on the record of devices to hand back."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.devices.keep import Keep
    from optimizer.model.clock import Clock
    from optimizer.model.state import Ev
    from optimizer.runtime.parts import Device
    from optimizer.runtime.record.ownership import Ownership
    from optimizer.settings import Settings

NOT_WRITTEN = Text("Nothing was written. Add --yes to write it.")
ON_RECORD = Text("The device stays on the record. `optimizer release` or the next start hands it back")


def checked_name(settings: Settings, name: str) -> None:
    """Ends the command if the settings have no such device."""
    from optimizer.settings.errors import did_you_mean

    if name not in settings.devices:
        names = ", ".join(settings.devices) or Text("none")
        meant = did_you_mean(name, settings.devices)
        devices = Text("there is no device “{name}”. Devices: {names}", name=name, names=names)
        similar = Text("there is no device “{name}”; {meant}", name=name, meant=meant)
        fail(similar if meant else devices, ExitCode.MISTAKE)


@contextmanager
def written_by_hand(settings: Settings) -> Iterator[Ownership]:
    """The record, under the lock. Ends the command (exit code 3) if a service runs for this house."""
    from optimizer.cli.load import state_folder
    from optimizer.cli.run.claims import recorded_addresses
    from optimizer.runtime.record.lock import AlreadyRunning, InstanceLock
    from optimizer.runtime.record.ownership import Ownership

    lock = InstanceLock(state_folder(settings))
    try:
        lock.acquire()
    except AlreadyRunning as running:
        fail(
            Text(
                "{running}\nNothing was written. Reading is possible. `optimizer status` shows the decisions.",
                running=message_of(running),
            ),
            ExitCode.RUNNING,
        )
    try:
        yield Ownership(state_folder(settings), lock.problem, recorded_addresses(settings))
    finally:
        lock.release()


async def closed(devices: tuple[Device, ...]) -> None:
    """Close all connections."""
    await asyncio.gather(*(device.meter.close() for device in devices), return_exceptions=True)


async def ev_now(device: Device, clock: Clock) -> Ev:
    """Its charger, read within its deadline. Raises DeviceError."""
    from optimizer.devices.port import DeviceError

    try:
        async with clock.timeout(device.deadline_s):
            sample = await device.meter.read()
    except TimeoutError:
        raise DeviceError(
            "timeout", Text("{name}: no answer within {deadline} s", name=device.name, deadline=device.deadline_s)
        ) from None
    if not sample.evs:
        raise DeviceError("garbled", Text("{name} reports no charger", name=device.name))
    return sample.evs[0]


def run_or_fail(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end. An error of a device ends the command with its message."""
    from optimizer.devices.port import DeviceError

    try:
        asyncio.run(work)
    except DeviceError as error:
        fail(Text("{error} ({fault})", error=message_of(error), fault=error.fault), ExitCode.BROKEN)


def device_of(settings: Settings, name: str, clock: Clock, keep: Keep) -> Device:
    """The configured device `name`, not yet connected."""
    from optimizer.cli.run.devices import build_devices

    return next(one for one in build_devices(settings, clock, keep) if one.name == name)
