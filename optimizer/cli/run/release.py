"""`optimizer release`: hand back every device that an earlier run has left under control of the service."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.run.run import ConfigOption, FormatOption
from optimizer.words.language import spoken
from optimizer.words.text import Text, stacked

if TYPE_CHECKING:
    from optimizer.runtime.parts import Device
    from optimizer.runtime.record.ownership import Ownership
    from optimizer.settings.release import ReleaseSettings

log = logging.getLogger(__name__)

WithinOption = Annotated[
    float | None,
    typer.Option(min=0.0, help="Seconds to wait. Devices that have not confirmed stay on the record."),
]

MISTAKEN = Text("its settings contain a mistake. Correct them and run `optimizer release` again")

NO_RECORD = (
    "there is no record of devices written to at {path}, so the held devices are not known. If the state folder was "
    "moved, or its disk is not mounted, put it back and run `optimizer release` again. If the service has never run "
    "with this folder, it has written to nothing. `optimizer run` makes the record"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("release")(release)


def release(
    config: ConfigOption = Path("site.yaml"),
    log_format: FormatOption = LogFormat.TEXT,
    within: WithinOption = None,
) -> None:
    """Hand every device on the record back to its own control.

    You can repeat it. If the service is running, it does nothing (exit code 3). With mistakes in the settings, it
    hands back every device that it can. Exit code 0: no device is held any more. Exit code 4: a device could not be
    handed back and stays on the record, or there is no record. The targets of `notify` then get a
    message. With `--within` they get none, because a start of the service follows.
    """
    set_up(log_format)
    from optimizer.cli.load import lock_of, state_folder
    from optimizer.cli.run.claims import recorded_addresses
    from optimizer.runtime.record.ownership import Ownership

    given = _settings(config)
    lock = lock_of(given.settings)
    try:
        addresses = recorded_addresses(given.settings)
        ownership = Ownership(state_folder(given.settings), lock.problem, addresses)
        if not ownership.found:
            fail(Text(NO_RECORD, path=str(ownership.path)), ExitCode.HELD)
        damaged = ownership.damaged
        left = asyncio.run(_hand_back(given, ownership, within))
    finally:
        lock.release()
    if left:
        if within is None:
            # The lock is free by now: a message that takes its time keeps no new start from running.
            asyncio.run(_say(given, left))
        fail(
            stacked([Text("{key} is not handed back: {why}", key=key, why=why) for key, why in left.items()]),
            ExitCode.HELD,
        )
    if damaged:
        echo(said(Text("every device that the settings name is under its own control; the record could not be read")))
        return
    echo(said(Text("no device is held: every device is under its own control")))


async def _say(given: ReleaseSettings, left: Mapping[str, str]) -> None:
    from optimizer.cli.load import state_folder
    from optimizer.cli.run.notify import say_not_handed_back

    if given.settings.notify is not None:
        await say_not_handed_back(given.settings, left, state_folder(given.settings))


def _settings(config: Path) -> ReleaseSettings:
    """The readable part of the settings; ends the command if the record or the devices cannot be found in it."""
    from optimizer.settings import SettingsErrors
    from optimizer.settings.release import load_for_release

    try:
        given = load_for_release(config, os.environ)
    except SettingsErrors as errors:
        fail(errors.render(spoken()), ExitCode.MISTAKE)
    if given.errors is not None:
        log.warning("handing back although the settings contain mistakes:\n%s", given.errors.render())
    return given


async def _hand_back(given: ReleaseSettings, ownership: Ownership, within_s: float | None) -> dict[str, str]:
    """The devices that remain, by key, with the reason and what to do."""
    from optimizer.cli.run.devices import build_device
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.record.handback import LONGEST_S, by_key, hand_back_all
    from optimizer.settings.adapters import device_plans

    clock = SystemClock()
    devices: list[Device] = []
    unusable = dict(given.unusable)
    for plan in device_plans(given.settings):
        try:
            devices.append(build_device(plan, clock, ownership, ownership.held))
        except ValueError as error:
            log.error("%s: %s", plan.name, error)
            unusable[plan.name] = frozenset({plan.name, *plan.batteries})
    known = by_key(devices)
    left = {
        key: _lost(key, held.address or held.brand, unusable)
        for key, held in ownership.held.items()
        if key not in known
    }
    if ownership.damaged:  # it may have named any device
        ownership.suspect({key: device.brand for key, device in known.items()}, clock.now())
        left |= dict.fromkeys(unusable, Text("perhaps: the record is damaged, {why}", why=MISTAKEN))
    keys = sorted(known.keys() & ownership.held.keys())
    try:
        return left | await hand_back_all(
            keys, known, clock, ownership, within_s=LONGEST_S if within_s is None else within_s
        )
    finally:
        await asyncio.gather(*(device.meter.close() for device in devices), return_exceptions=True)


def _lost(key: str, where: str, unusable: Mapping[str, Collection[str]]) -> str:
    """Why a device that the settings do not name is left. `where`: its brand, with its address if it is known."""
    if any(key.partition(".")[2] in names for names in unusable.values()):
        return MISTAKEN
    return Text(
        "the settings no longer name this device ({where}). Add it again for one `optimizer release`. It stays under "
        "the last command until then",
        where=where,
    )
