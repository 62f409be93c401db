"""`optimizer demo`: the real service, over real sockets, with a simulated house, or only that house."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import PROGRESS, LogFormat, set_up, tell_house_time
from optimizer.cli.run.demo_announce import announced, invitation, tell, write_endpoints
from optimizer.cli.run.run import FormatOption, finish, with_signals
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.cli.run.assemble import House
    from optimizer.model.clock import ScaledClock
    from optimizer.runtime.loop import TickLoop
    from optimizer.twin.house import RunningHouse
    from optimizer.twin.ledger import Summary
    from optimizer.twin.trace import Source

log = logging.getLogger(PROGRESS)

GENERATED_START = datetime(2025, 6, 14, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
GENERATED_HOURS = 6.0


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The options of the user."""

    speed: float
    hours: float | None
    """House hours to run; None: until it is stopped."""
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
    trace: Annotated[Path | None, typer.Option(help="PV and load from a CSV file, plain or gzip.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=1.0, max=240.0, help="Speed factor. Default: 60, or 1 with --twins-only.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(min=0.01, help="Simulated hours to run. With --twins-only until Ctrl-C.")
    ] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Simulate poor Wi-Fi and device faults.")] = False,
    endpoints: Annotated[
        Path | None, typer.Option(help="Write all addresses and passwords to this file, as JSON.")
    ] = None,
    house: Annotated[
        str,
        typer.Option(help="Simulated house: small, hybrid (PV on the battery's inverter), or full (every brand)."),
    ] = "small",
    twins_only: Annotated[
        bool, typer.Option("--twins-only", help="Only the simulated devices, without the service.")
    ] = False,
    rules: Annotated[
        Path | None, typer.Option(help="Rule files instead of the shipped ones. You can edit them.")
    ] = None,
    log_format: FormatOption = LogFormat.TEXT,
) -> None:
    """Run the whole service on a simulated house and print a summary."""
    set_up(log_format, level=logging.WARNING)
    from optimizer.twin.house import HOUSES
    from optimizer.twin.trace import TraceError, load_trace

    if house not in HOUSES:
        fail(
            Text("unknown house “{house}”. Choose one of {names}", house=house, names=", ".join(HOUSES)),
            ExitCode.MISTAKE,
        )
    source, length = None, None if twins_only else GENERATED_HOURS
    if trace is not None:
        try:
            source = load_trace(trace)
        except TraceError as error:
            fail(message_of(error), ExitCode.MISTAKE)
        length = None if twins_only else source.duration_s / 3600.0
    length = hours if hours is not None else length
    speed = speed or (1.0 if twins_only else 60.0)
    options = DemoOptions(
        speed=speed,
        hours=length,
        faults=faults,
        endpoints=endpoints,
        house=house,
        source=source,
        rules=rules,
        token=secrets.token_hex(8),
    )
    with tempfile.TemporaryDirectory(prefix="optimizer-demo-") as folder:
        asyncio.run(_twins_only(options, log_format) if twins_only else _demo(options, Path(folder), log_format))


async def _demo(options: DemoOptions, folder: Path, log_format: LogFormat) -> None:
    import optimizer.cli.run.assemble
    import optimizer.serve.web.app  # noqa: F401 - both are loaded here, before house time begins to run
    from optimizer.model.clock import ScaledClock
    from optimizer.twin.house import HOUSES, start_house

    start = options.source.start if options.source is not None else GENERATED_START
    clock = ScaledClock(start, options.speed)
    twins = await start_house(HOUSES[options.house](options.source, 1), clock)
    try:
        house, left = await _run(options, folder, clock, twins)
    finally:
        await twins.stop()
    _sum_up(twins.summary(), clock.now(), log_format, house.service.loop)
    finish(house, left)


async def _twins_only(options: DemoOptions, log_format: LogFormat) -> None:
    """The devices with the time of this machine and the weather of the demo's day."""
    from optimizer.model.clock import ScaledClock
    from optimizer.twin.house import HOUSES, start_house
    from optimizer.twin.trace import Moved
    from optimizer.twin.weather import Weather

    clock = ScaledClock(datetime.now(UTC), options.speed)
    source = options.source or Weather(seed=1, start=GENERATED_START, first_sky="broken")
    twins = await start_house(HOUSES[options.house](Moved(source, clock.now()), 1), clock)
    try:
        tell(Text("A simulated house at {speed} times real speed, until Ctrl-C. Addresses:\n", speed=options.speed))
        _show(options, twins, twins.endpoints)
        tell(invitation(twins.endpoints))
        stop = asyncio.Event()
        with_signals(stop)
        ending = asyncio.ensure_future(_end(clock, options.hours, stop, twins))
        await stop.wait()
        ending.cancel()
    finally:
        await twins.stop()
    _sum_up(twins.summary(), clock.now(), log_format)


def _sum_up(seen: Summary, end: datetime, log_format: LogFormat, loop: TickLoop | None = None) -> None:
    from optimizer.cli.run.summary import summarise

    fields, text = summarise(seen, loop, end)
    if log_format is LogFormat.JSON:
        log.info("summary", extra={"fields": {"event": "summary", **fields}})
    else:
        echo(text)


async def _run(
    options: DemoOptions, folder: Path, clock: ScaledClock, twins: RunningHouse
) -> tuple[House, dict[str, str]]:
    """The service from its first connection to the last hand-back."""
    from optimizer.cli.run.assemble import assemble
    from optimizer.cli.run.books import RuleFiles
    from optimizer.cli.run.demo_pace import Pace
    from optimizer.cli.run.demo_site import demo_settings
    from optimizer.cli.run.progress import Progress
    from optimizer.serve.server import Servers

    settings = demo_settings(
        twins.endpoints, folder, hybrid=options.house == "hybrid", token=options.token, rules=options.rules
    )
    tell_house_time(settings.site.zone, clock.now)
    books = RuleFiles.load(settings)
    house = assemble(
        settings, books, clock, folder, watchers=(Progress(), Pace(options.speed, tell)), companions=(books.watch,)
    )
    servers = Servers([replace(listener, port=0) for listener in house.listeners])
    addresses = await servers.start()
    try:
        listening = twins.endpoints | {name: f"http://{host}:{port}" for name, (host, port) in addresses.items()}
        tell(Text("A simulated house at {speed} times real speed. Addresses:\n", speed=options.speed))
        _show(options, twins, listening)
        tell(Text("The status page accepts changes with the token {token}", token=options.token))
        tell(Text("You can edit the rules: {rules}\n", rules=str(settings.rules)))
        stop = asyncio.Event()
        with_signals(stop)
        ending = asyncio.ensure_future(_end(clock, options.hours, stop, twins))
        left = await house.service.run(stop)
        ending.cancel()
        return house, left
    finally:
        await servers.stop()
        house.close()


def _show(options: DemoOptions, twins: RunningHouse, listening: Mapping[str, str]) -> None:
    """Print the addresses and write them to the file. Then start the faults, if requested."""
    from optimizer.twin.faults import EVERYDAY

    tell(announced(listening) + "\n")
    if options.endpoints is not None:
        write_endpoints(options.endpoints, listening)
    if options.faults:
        twins.faults.everywhere(twins.twins, EVERYDAY)


async def _end(clock: ScaledClock, hours: float | None, stop: asyncio.Event, twins: RunningHouse) -> None:
    if hours is None:
        return
    await clock.sleep(hours * 3600.0)
    # Faults end before the hand-back, so that they do not change the summary.
    twins.faults.clear()
    stop.set()
