"""`optimizer check`: validates settings and rules and prints what would run."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.plural import plural
from optimizer.cli.rules.commands import FAILED, DirArgument, ZoneOption, check_rules, report
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.table import table
from optimizer.serve.address import authority
from optimizer.words.text import Text, joined

if TYPE_CHECKING:
    from optimizer.runtime.parts import Device
    from optimizer.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    rules: DirArgument = None,
    config: ConfigOption = Path("site.yaml"),
    zone: ZoneOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with code 1 if there are warnings.")] = False,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Also probe every device. Exit with code 1 if one does not fit the settings."),
    ] = False,
) -> None:
    """Check settings and rules. Report every mistake with its place, and print what would run.

    With DIR, only the rules there are checked. The settings then provide only the names of the devices.
    """
    set_up(LogFormat.TEXT)
    if rules is not None:
        check_rules(rules, config, zone, strict=strict)
        return
    from optimizer.cli.load import needs_devices, settings_of
    from optimizer.cli.run.books import RuleFiles
    from optimizer.cli.run.devices import build_devices
    from optimizer.devices.keep import MemoryKeep
    from optimizer.model.clock import SystemClock

    settings = settings_of(config, tell=lambda warning: echo(said(warning), err=True))
    needs_devices(settings, config)
    books = RuleFiles.load(settings)
    devices = build_devices(settings, SystemClock(), MemoryKeep())
    site = settings.site
    summary = Text(
        "{file}: {name}, {zone}, fuse {fuse_a} a phase",
        file=str(config), name=site.name, zone=site.time_zone, fuse_a=site.fuse_a,
    )  # fmt: skip
    echo(f"{said(summary)}\n")
    heads = (Text("device"), Text("type"), Text("brings"), Text("is written to"), Text("read every"))
    echo(table(heads, [_row(one) for one in devices]))
    state = Text("state is kept in {folder}", folder=str(settings.state_dir))
    echo(f"\n{said(books.summary())}\n{_served(settings)}\n{said(state)}")
    if not any(device.grid for device in devices):
        echo(said(Text("no device measures the grid connection, so the service cannot follow the surplus")))
    per_day = _journal_mb_per_day(settings)
    warnings = report(books.book, settings) + len(settings.warnings)
    warnings += _journal_warnings(settings, per_day) + _state_folder_warnings(settings, per_day)
    echo(said(plural(warnings, "warning") if warnings else Text("no warnings")))
    fits = True
    if probe:
        from optimizer.cli.device.probe import probe_settings

        echo("")
        fits = asyncio.run(probe_settings(settings, SystemClock()))
    if (warnings and strict) or not fits:
        raise typer.Exit(FAILED)


def _journal_mb_per_day(settings: Settings) -> float:
    """MB a day of the journal, measured in it or estimated. 0 if none is kept."""
    from optimizer.cli.load import state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.cli.run.books import device_names
    from optimizer.journal.capacity import estimated_mb_per_day, measured_mb_per_day
    from optimizer.settings.mapping import follow_tick_s, to_params

    if not settings.journal.enabled:
        return 0.0
    measured = measured_mb_per_day(state_folder(settings) / JOURNAL_FILE)
    if measured is not None:
        return measured
    names, params = device_names(settings), to_params(settings)
    devices = len(names.evs) + len(names.batteries) + len(names.pvs)
    return estimated_mb_per_day(devices, params.tick_s, follow_tick_s(settings, params))


def _state_folder_warnings(settings: Settings, per_day: float) -> int:
    """Print why the service could not write to its state folder. Returns the number of warnings."""
    from optimizer.cli.load import state_folder
    from optimizer.cli.rules.state_folder import state_folder_warnings
    from optimizer.cli.run.assemble import JOURNAL_FILE

    folder, keep = state_folder(settings), settings.journal
    found = list(state_folder_warnings(folder, folder / JOURNAL_FILE, min(keep.max_mb, keep.keep_days * per_day)))
    for text in found:
        echo(said(Text("warning: {text}", text=text)), err=True)
    return len(found)


def _journal_warnings(settings: Settings, per_day: float) -> int:
    """Print how many days of the journal fit. Returns 1 if these are fewer than `keep_days`."""
    from optimizer.journal.capacity import capacity_text, fits

    keep = settings.journal
    if not keep.enabled:
        return 0
    text, enough = capacity_text(keep.keep_days, keep.max_mb, per_day), fits(keep.keep_days, keep.max_mb, per_day)
    echo(said(text if enough else Text("warning: {text}", text=text)), err=not enough)
    return int(not enough)


def _row(device: Device) -> tuple[str, ...]:
    brings = (
        *(("grid",) if device.grid else ()),
        *(f"pv.{name}" for name in device.pvs),
        *(f"battery.{name}" for name in device.batteries),
        *(f"ev.{name}" for name in device.evs),
        *(f"switch.{name}" for name in device.switches),
    )
    return (
        device.name,
        device.brand,
        " ".join(brings) or said(Text("nothing")),
        " ".join(device.controlled) or said(Text("no")),
        f"{device.poll_s:g} s",
    )


def _served(settings: Settings) -> str:
    serve = settings.serve
    parts: list[str] = [
        Text("{what} on {url}", what=what, url=f"http://{authority(port.host, port.port)}")
        for what, port in ((Text("status page and metrics"), serve.status), (Text("charger feed"), serve.feed))
        if port is not None
    ]
    return said(joined(parts, "{first}; {then}") or Text("nothing is served"))
