"""`optimizer release`: hand back whatever an earlier run has left under our control."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from optimizer.cli.ends import Exit, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.run import ConfigOption, FormatOption

if TYPE_CHECKING:
    from optimizer.runtime.ownership import Ownership
    from optimizer.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("release")(release)


def release(config: ConfigOption = Path("site.yaml"), log_format: FormatOption = LogFormat.TEXT) -> None:
    """Hand every device on the record back to its own control.

    Safe to repeat, and safe beside a running service: that one is left alone (exit code 3). Exit code 0: nothing
    is held any more; 4: something could not be handed back and stays on the record.
    """
    set_up(log_format)
    from optimizer.cli.load import settings_and_lock, state_folder
    from optimizer.runtime.ownership import Ownership

    settings, lock = settings_and_lock(config)
    try:
        ownership = Ownership(state_folder(settings))
        left = asyncio.run(_hand_back(settings, ownership))
    finally:
        lock.release()
    if left:
        fail("\n".join(f"{key} is not handed back: {why}" for key, why in left.items()), Exit.HELD)
    typer.echo("nothing is held: every device is under its own control")


async def _hand_back(settings: Settings, ownership: Ownership) -> dict[str, str]:
    from optimizer.cli.devices import build_devices
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.handback import by_key, hand_back_all

    clock = SystemClock()
    devices = build_devices(settings, clock, ownership)
    known = by_key(devices)
    if ownership.damaged:
        ownership.suspect({key: device.brand for key, device in known.items()}, clock.now())
    try:
        return await hand_back_all(sorted(ownership.held), known, clock, ownership)
    finally:
        await asyncio.gather(*(device.meter.close() for device in devices), return_exceptions=True)
