"""`optimizer check`: validates settings and rules and says what would run."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.plural import plural
from optimizer.cli.rules.commands import FAILED, DirArgument, ZoneOption, check_rules, report
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.table import table
from optimizer.serve.address import authority

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
    strict: Annotated[bool, typer.Option("--strict", help="End with code 1 when there are warnings.")] = False,
) -> None:
    """Read settings and rules, report every mistake with its place, and print what would run.

    With DIR only the rules there are checked; settings are then needed for nothing but the names of the devices.
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

    settings = settings_of(config)
    needs_devices(settings, config)
    books = RuleFiles.load(settings)
    devices = build_devices(settings, SystemClock(), MemoryKeep())
    typer.echo(f"{config}: {settings.site.name}, {settings.site.time_zone}, fuse {settings.site.fuse_a:g} A a phase\n")
    typer.echo(table(("device", "type", "brings", "is written to", "read every"), [_row(one) for one in devices]))
    typer.echo(f"\n{books.summary()}\n{_served(settings)}\nstate is kept in {settings.state_dir}")
    if not any(device.grid for device in devices):
        typer.echo("no device measures the grid connection: nothing can follow the surplus")
    warnings = report(books.book, settings) + len(settings.warnings)
    typer.echo(plural(warnings, "warning") if warnings else "all is well")
    if warnings and strict:
        raise typer.Exit(FAILED)


def _row(device: Device) -> tuple[str, ...]:
    brings = (
        *(("grid",) if device.grid else ()),
        *(f"pv.{name}" for name in device.pvs),
        *(f"battery.{name}" for name in device.batteries),
        *(f"ev.{name}" for name in device.evs),
    )
    return (
        device.name,
        device.brand,
        " ".join(brings) or "nothing",
        " ".join(device.controlled) or "no",
        f"{device.poll_s:g} s",
    )


def _served(settings: Settings) -> str:
    serve = settings.serve
    parts = [
        f"{what} on http://{authority(port.host, port.port)}"
        for what, port in (("status page and metrics", serve.status), ("charger feed", serve.feed))
        if port is not None
    ]
    return "; ".join(parts) or "nothing is served"
