"""`optimizer commission CHARGER`: checks the settings against the wiring. Charges for a minute."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.device.manual import checked_name, closed, written_by_hand
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.run.reminders import keep_commissioned
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.table import table
from optimizer.words.text import Text, joined, message_of

if TYPE_CHECKING:
    from optimizer.cli.device.commission_trial import Before
    from optimizer.cli.device.commission_verdict import Check, Trial
    from optimizer.model.clock import Clock
    from optimizer.model.site import ChargerSite
    from optimizer.runtime.parts import Device
    from optimizer.runtime.record.ownership import Ownership
    from optimizer.settings import Settings

B = TypeVar("B")
T = TypeVar("T")
LOAD_PLAN = """\
This switches {name} on for a minute, measures its power, and switches it off. The settings say {power_0d} W.
Make sure that it may run now: a rod needs water. Least times and budget of operations do not hold.
Do not switch other large loads meanwhile."""
START = Text("Start?")
PLAN = """\
This pauses {name}, waits for the car to stop, charges with 6 A for a minute, and with one step more for some seconds.
With a late meter it takes up to a minute longer. {batteries}Then all settings are restored.
Do not switch the oven and other large loads meanwhile."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("commission")(commission)


def commission(
    charger: Annotated[
        str | None,
        typer.Argument(help="Charger or switchable load. Required unless there is one charger."),
    ] = None,
    config: ConfigOption = Path("site.yaml"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before charging.")] = False,
) -> None:
    """Charge for a minute. Check meter sign and delay, phase map, current steps, and lag against the settings.

    For a switchable load: switch it on for a minute, and check its power, its phases, and whether it follows.

    Exit code 0: nothing differs from the settings. 1: something differs, or the trial failed.
    """
    set_up(LogFormat.TEXT, level=logging.WARNING)
    from optimizer.cli.device.commission_verdict import judge
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.devices import build_devices
    from optimizer.model.clock import SystemClock
    from optimizer.settings.checks import grid_meter
    from optimizer.settings.mapping import to_site

    settings = settings_of(config)
    if charger is not None and charger in settings.switches:
        _commission_load(settings, charger, yes=yes)
        return
    name = _name(settings, charger)
    with written_by_hand(settings) as ownership:
        clock = SystemClock()
        devices = build_devices(settings, clock, ownership)
        device = next(one for one in devices if one.name == name)
        if device.charger is None:
            fail(Text("{name} ({brand}) is not a charger", name=name, brand=device.brand), ExitCode.MISTAKE)
        house = to_site(settings)
        site = house.chargers[device.evs[0]]
        quick = [one.name for one in devices if one.battery is not None and one.write_deadline_s <= 60.0]
        stand_by = Text(
            "The battery ({names}) is held at 0 W, so that the grid meter shows the car.\n", names=", ".join(quick)
        )
        echo(Text(PLAN, name=name, batteries=stand_by if quick else ""))
        if not yes and not typer.confirm(said(START)):
            fail(Text("nothing was done"), ExitCode.MISTAKE)
        trial, held = asyncio.run(_tried(devices, device, site, clock, ownership))
    _report(judge(trial, site, grid_meter(settings) or "", house.grid_delay_s), held)
    try:
        keep_commissioned(state_folder(settings), name)
    except OSError as error:
        # The trial itself is done and said. Only the reminder on the page stays.
        echo(Text("cannot write {file}: {why}", file=str(error.filename), why=message_of(error)), err=True)


def _commission_load(settings: Settings, name: str, *, yes: bool) -> None:
    """The trial of one switchable load."""
    from optimizer.cli.device.commission_load import LoadTrials
    from optimizer.cli.device.commission_load_verdict import judge_load
    from optimizer.cli.run.devices import build_devices
    from optimizer.model.clock import SystemClock
    from optimizer.settings.mapping import to_site

    with written_by_hand(settings) as ownership:
        clock = SystemClock()
        devices = build_devices(settings, clock, ownership)
        house = to_site(settings)
        site = house.switches[name]
        echo(Text(LOAD_PLAN, name=name, power_0d=site.power_w))
        if not yes and not typer.confirm(said(START)):
            fail(Text("nothing was done"), ExitCode.MISTAKE)
        load = next(one for one in devices if one.switches == (name,))
        trials = LoadTrials(
            devices=devices,
            load=load,
            site=site,
            fuse_a=house.fuse_a,
            clock=clock,
            ownership=ownership,
            tell=echo,
        )
        trial = asyncio.run(_carried_out(trials.check, trials.run, devices, ownership))
        held = sorted(ownership.held)
    _report(judge_load(trial, site), held)


def _name(settings: Settings, given: str | None) -> str:
    if given is not None:
        checked_name(settings, given)
        return given
    names = [name for name, one in settings.devices.items() if one.chargers(name)]
    if len(names) != 1:
        several = Text("there are several chargers. Name one: {names}", names=", ".join(names))
        fail(several if names else Text("the settings have no charger"), ExitCode.MISTAKE)
    return names[0]


async def _tried(
    devices: tuple[Device, ...], device: Device, site: ChargerSite, clock: Clock, ownership: Ownership
) -> tuple[Trial, list[str]]:
    """The trial, and the keys that are still on the record afterwards."""
    from optimizer.cli.device.commission_trial import Trials

    trials = Trials(devices=devices, charger=device, site=site, clock=clock, ownership=ownership, tell=echo)

    async def run(before: Before) -> tuple[Trial, list[str]]:
        return await trials.run(before), sorted(ownership.held)

    return await _carried_out(trials.check, run, devices, ownership)


async def _carried_out(
    check: Callable[[], Awaitable[B]], run: Callable[[B], Awaitable[T]], devices: tuple[Device, ...],
    ownership: Ownership,
) -> T:  # fmt: skip
    """Run a trial if it is possible. Ends the command with the reason otherwise, and if it fails."""
    from optimizer.cli.device.commission_trial import CannotTry
    from optimizer.devices.port import DeviceError

    try:
        before = await check()
    except (CannotTry, DeviceError) as error:
        await closed(devices)
        fail(Text("{error}\nNothing was done.", error=message_of(error)), ExitCode.BROKEN)
    try:
        with _cancelled_by_sigterm():
            return await run(before)
    except DeviceError as error:
        fail(
            Text("the trial failed: {error}{held}", error=message_of(error), held=_still(sorted(ownership.held))),
            ExitCode.BROKEN,
        )
    except asyncio.CancelledError:
        fail(
            Text("stopped.{value}", value=_still(sorted(ownership.held)) or Text(" All settings are restored.")),
            ExitCode.BROKEN,
        )
    finally:
        await closed(devices)


@contextmanager
def _cancelled_by_sigterm() -> Iterator[None]:
    """SIGTERM cancels the trial as Ctrl-C does, so that it restores the settings first."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # only a task awaits
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _report(checks: Sequence[Check], held: list[str]) -> None:
    rows = [
        (
            Text.of(check.what),
            Text.of(check.verdict),
            Text("{seen} → {advice}", seen=check.seen, advice=check.advice) if check.advice else check.seen,
        )
        for check in checks
    ]
    echo("\n" + table((Text("check"), Text("result"), Text("observed")), rows))
    if held:
        fail(_still(held).strip(), ExitCode.HELD)
    differing = [check.what for check in checks if check.verdict == "differs"]
    if differing:
        fail(
            Text(
                "\n{count} of {total} differ from the settings: {names}",
                count=len(differing),
                total=len(checks),
                names=joined(differing, "{first}, {then}"),
            ),
            ExitCode.BROKEN,
        )
    unclear = sum(check.verdict == "no result" for check in checks)
    echo(
        Text(
            "\nnothing differs from the settings{value}",
            value=Text(". {count} gave no result", count=unclear) if unclear else "",
        )
    )


def _still(held: list[str]) -> str:
    if not held:
        return ""
    return Text(
        "\n{names} could not be restored and stays on the record. Run `optimizer release` to try again",
        names=", ".join(held),
    )
