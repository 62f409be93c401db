"""`optimizer demo`: the real service, over real sockets, on a simulated house."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from optimizer.cli.ends import Exit, fail
from optimizer.cli.logs import PROGRESS, LogFormat, set_up
from optimizer.cli.run import FormatOption, finish, with_signals
from optimizer.cli.table import table

if TYPE_CHECKING:
    from optimizer.cli.assemble import House
    from optimizer.model.clock import ScaledClock
    from optimizer.settings import Settings
    from optimizer.twin.house import RunningHouse
    from optimizer.twin.trace import Source

log = logging.getLogger(PROGRESS)

GENERATED_START = datetime(2025, 6, 14, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
GENERATED_HOURS = 6.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for."""

    speed: float
    hours: float
    faults: bool
    endpoints: Path | None
    house: str
    source: Source | None
    rules: Path | None
    token: str
    """Opens the status page to overrides, for this one run."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    trace: Annotated[Path | None, typer.Option(help="Sun and load from a CSV file (may be gzipped).")] = None,
    speed: Annotated[float, typer.Option(min=1.0, max=240.0, help="House seconds per second.")] = 60.0,
    hours: Annotated[float | None, typer.Option(min=0.01, help="House hours to run.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Let the devices misbehave as on poor Wi-Fi.")] = False,
    endpoints: Annotated[Path | None, typer.Option(help="Write what listens where to this file, as JSON.")] = None,
    house: Annotated[str, typer.Option(help="Which simulated house.")] = "small",
    rules: Annotated[Path | None, typer.Option(help="Rule files instead of the shipped ones; may be edited.")] = None,
    log_format: FormatOption = LogFormat.TEXT,
) -> None:
    """Run the whole service on a simulated house and sum up what it did."""
    set_up(log_format, level=logging.WARNING)
    from optimizer.twin.house import HOUSES
    from optimizer.twin.trace import TraceError, load_trace

    if house not in HOUSES:
        fail(f"there is no house “{house}”; there are {', '.join(HOUSES)}", Exit.MISTAKE)
    source, length = None, GENERATED_HOURS
    if trace is not None:
        try:
            source = load_trace(trace)
        except TraceError as error:
            fail(str(error), Exit.MISTAKE)
        length = source.duration_s / 3600.0
    length = hours if hours is not None else length
    wish = Wish(speed, length, faults, endpoints, house, source, rules, token=secrets.token_hex(8))
    with tempfile.TemporaryDirectory(prefix="optimizer-demo-") as folder:
        asyncio.run(_demo(wish, Path(folder), log_format))


async def _demo(wish: Wish, folder: Path, log_format: LogFormat) -> None:
    import optimizer.cli.assemble
    import optimizer.serve.app  # noqa: F401 - both are loaded here, before house time begins to run
    from optimizer.model.clock import ScaledClock
    from optimizer.twin.house import HOUSES, start_house

    start = wish.source.start if wish.source is not None else GENERATED_START
    clock = ScaledClock(start, wish.speed)
    twins = await start_house(HOUSES[wish.house](wish.source, 1), clock)
    try:
        house, left = await _run(wish, folder, clock, twins)
    finally:
        await twins.stop()
    from optimizer.cli.summary import summarise

    fields, text = summarise(twins.summary(), house.service.loop, clock.now())
    if log_format is LogFormat.JSON:
        log.info("summary", extra={"fields": {"event": "summary", **fields}})
    else:
        typer.echo(text)
    finish(house, left)


async def _run(wish: Wish, folder: Path, clock: ScaledClock, twins: RunningHouse) -> tuple[House, dict[str, str]]:
    """The service from its first connection to the last hand-back."""
    from optimizer.cli.assemble import assemble
    from optimizer.cli.books import RuleFiles
    from optimizer.cli.demo_site import demo_settings
    from optimizer.cli.progress import Progress
    from optimizer.serve.server import Servers
    from optimizer.twin.faults import EVERYDAY

    settings = demo_settings(twins.endpoints, folder, hybrid=wish.house == "hybrid", token=wish.token, rules=wish.rules)
    books = RuleFiles.load(settings)
    house = assemble(settings, books, clock, folder, watchers=(Progress(),), companions=(books.watch,))
    servers = Servers([replace(listener, port=0) for listener in house.listeners])
    addresses = await servers.start()
    try:
        listening = twins.endpoints | {name: f"http://{host}:{port}" for name, (host, port) in addresses.items()}
        _announce(wish, settings, listening)
        if wish.faults:
            twins.faults.everywhere(twins.twins, EVERYDAY)
        stop = asyncio.Event()
        with_signals(stop)
        ending = asyncio.ensure_future(_end(clock, wish.hours, stop, twins))
        left = await house.service.run(stop)
        ending.cancel()
        return house, left
    finally:
        await servers.stop()
        house.close()


async def _end(clock: ScaledClock, hours: float, stop: asyncio.Event, twins: RunningHouse) -> None:
    await clock.sleep(hours * 3600.0)
    # Faults end before the hand-back, so that the summary is that of the house and not of its Wi-Fi.
    twins.faults.clear()
    stop.set()


def _announce(wish: Wish, settings: Settings, listening: Mapping[str, str]) -> None:
    typer.echo(f"A simulated house, {wish.speed:g} times as fast as yours. What listens where:\n", err=True)
    rows = [(name, _what(where, name, settings), where) for name, where in listening.items()]
    typer.echo(table(("name", "what it is", "address"), rows) + "\n", err=True)
    typer.echo(f"The status page takes orders with the token {wish.token}", err=True)
    typer.echo(f"The rules may be edited meanwhile: {settings.rules}\n", err=True)
    if wish.endpoints is not None:
        try:
            wish.endpoints.write_text(json.dumps(dict(listening), indent=1) + "\n")
        except OSError as error:
            fail(f"{wish.endpoints} cannot be written: {error.strerror}; --endpoints names another place", Exit.MISTAKE)


def _what(where: str, endpoint: str, settings: Settings) -> str:
    ours = {"status": "our status page and /metrics", "feed": "our feed for the charger's own PV mode"}
    if endpoint in ours:
        return ours[endpoint]
    there = [f"{name} ({given.type})" for name, given in settings.devices.items() if getattr(given, "url", "") == where]
    return f"simulated {' and '.join(there)}" if there else "another way to a simulated device"
