"""`optimizer device NAME read | set … | call COMMAND …`: reads or writes one device by hand."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.device.call_printer import CallPrinter
from optimizer.cli.device.manual import (
    NOT_WRITTEN,
    ON_RECORD,
    checked_name,
    closed,
    device_of,
    run_or_fail,
    written_by_hand,
)
from optimizer.cli.device.setting import set_by_hand
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.run.run import ConfigOption
from optimizer.cli.table import table
from optimizer.words.text import Text, message_of, stacked

if TYPE_CHECKING:
    from optimizer.devices.raw import RawCommands
    from optimizer.model.clock import Clock
    from optimizer.runtime.parts import Device
    from optimizer.runtime.record.ownership import Ownership
    from optimizer.settings import Settings

ACTIONS = Text("read, set, or call")


def register(app: typer.Typer) -> None:
    """Add the command."""
    # A negative power is a value and not an option.
    app.command("device", context_settings={"ignore_unknown_options": True})(device)


def device(
    name: Annotated[str, typer.Argument(help="Name of the device in the settings.")],
    action: Annotated[str, typer.Argument(help="read, set, or call.")] = "read",
    words: Annotated[
        list[str] | None, typer.Argument(help="The values to set, or the command to call and its body.")
    ] = None,
    config: ConfigOption = Path("site.yaml"),
    yes: Annotated[
        bool, typer.Option("--yes", help="Write to the device. Without it the command only shows the write.")
    ] = False,
) -> None:
    """Read a device, set a value on it, or call one of its own commands.

    read: all readings, with unit and age.
    set: current=10 pause=no phases=1 energy_limit=5000 for a charger. power=-1500, max_discharge=0, or auto for a
    battery.
    call: a command from the vendor's document, such as setChargeSlot start=16:00 finish=19:00. Without a command, it
    lists all.
    """
    set_up(LogFormat.TEXT, level=logging.WARNING)
    given = tuple(words or ())
    for word in given:
        if word.startswith("--"):
            fail(Text("unknown option {word}", word=word), ExitCode.MISTAKE)
    if action not in ("read", "set", "call"):
        fail(Text("unknown action “{action}”: use {actions}", action=action, actions=ACTIONS), ExitCode.MISTAKE)
    from optimizer.cli.load import settings_of

    settings = settings_of(config)
    checked_name(settings, name)
    one, clock = _readable(settings, name)
    if action == "read":
        run_or_fail(_read(one, clock))
    elif action == "set":
        set_by_hand(settings, one, given, yes)
    else:
        _call(settings, one, clock, given, yes)


def _readable(settings: Settings, name: str) -> tuple[Device, Clock]:
    """The device without the record, so that you can read it while the service runs."""
    from optimizer.devices.keep import MemoryKeep
    from optimizer.model.clock import SystemClock

    clock = SystemClock()
    return device_of(settings, name, clock, MemoryKeep()), clock


async def _read(one: Device, clock: Clock) -> None:
    from optimizer.cli.device.once import read_once
    from optimizer.cli.device.readings import HEAD, sample_rows, value_rows
    from optimizer.devices.port import DeviceError, Documented

    try:
        sample = await read_once(one, clock)
        echo(table(HEAD, sample_rows(sample, clock.monotonic_s())))
        if isinstance(one.meter, Documented):
            async with clock.timeout(one.deadline_s + one.write_deadline_s):
                values = await one.meter.documented()
            echo(said(Text("\nAll values in the device's own units and signs:\n")))
            echo(table(HEAD, value_rows(values, clock.monotonic_s())))
    except TimeoutError:
        raise DeviceError(
            "timeout", Text("{name}: no answer within {deadline} s", name=one.name, deadline=one.deadline_s)
        ) from None
    finally:
        await closed((one,))


def _call(settings: Settings, one: Device, clock: Clock, words: tuple[str, ...], yes: bool) -> None:
    from optimizer.cli.device.requests import Unclear, body_of, shown_body
    from optimizer.devices.raw import RawCommands
    from optimizer.settings.errors import did_you_mean

    name, meter = one.name, one.meter
    if not isinstance(meter, RawCommands):
        fail(
            Text("{name} ({brand}) has no commands of its own. Use `read` and `set`", name=name, brand=one.brand),
            ExitCode.MISTAKE,
        )
    if not words:
        rows = [
            (key, command.does, shown_body(command.example), command.broken) for key, command in meter.commands.items()
        ]
        echo(table((Text("command"), Text("what it does"), Text("example"), Text("known fault")), rows))
        return
    command = meter.commands.get(words[0])
    if command is None:
        meant = did_you_mean(words[0], meter.commands)
        fail(
            Text(
                "{brand} has no command “{words}”; {meant}",
                brand=one.brand,
                words=words[0],
                meant=meant or Text("`optimizer device {name} call` lists them", name=name),
            ),
            ExitCode.MISTAKE,
        )
    try:
        body = body_of(words[1:], command.example)
    except Unclear as unclear:
        fail(message_of(unclear), ExitCode.MISTAKE)
    if command.broken:
        echo(said(Text("known fault of {words}: {broken}", words=words[0], broken=command.broken)), err=True)
    if not command.writes:
        run_or_fail(_called(one, meter, words[0], body, clock, changes=False))
        return
    if not yes:
        sent = shown_body(body) or Text(
            "no body (example: {value})", value=shown_body(command.example) or Text("none is needed")
        )
        would = Text(
            "this would send {words} to {name}: {sent}", words=words[0], name=f"{name} ({one.brand})", sent=sent
        )
        does = [command.does, *([f"{command.stays}."] if command.stays else [])]
        fail(stacked([would, *does, NOT_WRITTEN]), ExitCode.MISTAKE)
    with written_by_hand(settings) as ownership:
        device = device_of(settings, name, clock, ownership)
        again = device.meter
        assert isinstance(again, RawCommands)
        if device.own_timeout_s is not None:
            # Such a device follows a setpoint. Other devices store the value as a setting of the owner.
            run_or_fail(_recorded(device, ownership, clock))
        run_or_fail(_called(device, again, words[0], body, clock, changes=True))


async def _recorded(device: Device, ownership: Ownership, clock: Clock) -> None:
    for key in device.controlled:
        ownership.require(key, device.brand, clock.now())


async def _called(
    one: Device, commands: RawCommands, command: str, body: dict[str, object], clock: Clock, *, changes: bool
) -> None:
    """Send it unchanged. Print the answer at once, then the values that have changed."""
    del clock
    try:
        outcome = await commands.call(command, body, CallPrinter())
    finally:
        await closed((one,))
    if not changes:
        return
    if outcome.refused:
        fail(Text("the device refuses it. Nothing was changed"), ExitCode.BROKEN)
    if not outcome.changed:
        fail(
            Text(
                "no value of the device changed within {waited} s. Either the device did not carry "
                "it out, the value was already set, or the device does not report it",
                waited=round(outcome.waited_s),
            ),
            ExitCode.BROKEN,
        )
    rows = [(key, str(before), str(after)) for key, (before, after) in outcome.changed.items()]
    echo(
        Text("after {waited_0d} s the device reports:\n", waited_0d=outcome.waited_s)
        + table((Text("value"), Text("before"), Text("now")), rows)
    )
    stays = commands.commands[command].stays
    if one.own_timeout_s is not None:
        echo(ON_RECORD)
    elif stays:
        echo(stays)
