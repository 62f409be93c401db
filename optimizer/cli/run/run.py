"""`optimizer run`: the service."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.words.text import message_of

if TYPE_CHECKING:
    from optimizer.cli.run.assemble import House
    from optimizer.runtime.record.device_claims import DeviceClaims
    from optimizer.settings import Settings

log = logging.getLogger(__name__)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")]
FormatOption = Annotated[LogFormat, typer.Option("--log-format", help="Text, or one JSON object per line.")]
UNWATCHED_PACE_S = 900.0
"""Interval of progress lines without a terminal. Reasons are printed when they change."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    config: ConfigOption = Path("site.yaml"),
    observe: Annotated[bool, typer.Option("--observe", help="Decide and show, but write to no device.")] = False,
    log_format: FormatOption = LogFormat.TEXT,
) -> None:
    """Run the service: read, decide, and write until stopped. Then hand every device back."""
    set_up(log_format, journald="JOURNAL_STREAM" in os.environ)
    from optimizer.cli.load import settings_and_lock, state_folder
    from optimizer.cli.run.assemble import assemble
    from optimizer.cli.run.books import RuleFiles
    from optimizer.cli.run.progress import Progress
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.hung import wanted
    from optimizer.runtime.record.device_claims import DeviceClaims
    from optimizer.runtime.systemd import Notifier

    settings, lock = settings_and_lock(config)
    claims = DeviceClaims()
    try:
        if not observe:
            _claim(claims, settings)
        books = RuleFiles.load(settings)
        house = assemble(
            settings,
            books,
            SystemClock(),
            state_folder(settings),
            observe=observe,
            watchers=(Progress(60.0 if os.isatty(2) else UNWATCHED_PACE_S),),
            companions=(books.watch,),
            notifier=Notifier(os.environ),
            exit_when_hung=wanted(os.environ),
            lock_problem=lock.problem,
        )
        held = bool(house.service.ownership.held)
        if observe:
            log.warning("observing: the service shows decisions and writes to no device")
        try:
            left = asyncio.run(keep_house(house))
        except asyncio.CancelledError:
            fail("stopped without hand-back. Run `optimizer release`", ExitCode.HELD)
        finally:
            house.close()
        finish(house, left)
        wrote = held or any(monitor.report().writes for monitor in house.service.monitors.values())
        log.info("every device is handed back" if wrote else "nothing was written to")
    finally:
        claims.release()
        lock.release()


def _claim(claims: DeviceClaims, settings: Settings) -> None:
    """Claim every device that the service may write to; end the command if another process has one."""
    from optimizer.cli.run.claims import controlled_addresses
    from optimizer.runtime.record.device_claims import AlreadyControlled

    try:
        claims.take(controlled_addresses(settings))
    except AlreadyControlled as other:
        fail(message_of(other), ExitCode.RUNNING)


async def keep_house(house: House, stop: asyncio.Event | None = None) -> dict[str, str]:
    """Serve and run the house until `stop`, SIGTERM, or SIGINT. Returns devices not handed back, with the reason.

    A second signal ends it at once. The record on disk then names the held devices.
    """
    from optimizer.serve.server import ListenError, Servers

    stop = stop or asyncio.Event()
    servers = Servers(house.listeners)
    try:
        addresses = await servers.start()
    except ListenError as error:
        fail(message_of(error), ExitCode.MISTAKE)
    for name, (host, port) in addresses.items():
        log.info("%s listens on http://%s:%d", name, host, port)
    try:
        with_signals(stop)
        left = await house.service.run(stop)
        if house.notifier is not None:
            await house.notifier.last_words(left)
        return left
    finally:
        await servers.stop()


def with_signals(stop: asyncio.Event) -> None:
    """The first SIGTERM or SIGINT sets `stop`, the second cancels the running task."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def caught(name: str) -> None:
        if stop.is_set() and task is not None:
            log.warning("%s again: stopping without hand-back", name)
            task.cancel()
        else:
            log.info("%s: stopping; handing back every device that was written to", name)
            stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, caught, one.name)


def finish(house: House, left: dict[str, str]) -> None:
    """End with the exit code for the outcome."""
    if left:
        fail("\n".join(f"{key} is not handed back: {why}" for key, why in left.items()), ExitCode.HELD)
    if house.service.broken:
        fail(house.service.broken, ExitCode.BROKEN)
