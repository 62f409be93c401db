"""`optimizer init`: asks about the house and writes a commented site.yaml that `optimizer check` accepts."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.setup import entered
from optimizer.cli.setup.answers import KINDS, RELAYS, Answers
from optimizer.cli.setup.asking import LATER, Asker
from optimizer.cli.setup.device_questions import TOPIC, asked_devices, given_device
from optimizer.cli.setup.files import write_files
from optimizer.cli.setup.house_questions import (
    CAR,
    FORECAST,
    PRICES,
    SITE,
    asked_cars,
    asked_connection,
    asked_language,
    asked_prices,
    asked_roofs,
)
from optimizer.cli.setup.search import searched
from optimizer.cli.setup.switch_questions import asked_switches
from optimizer.model.calendar import names_no_place
from optimizer.words.language import spoken
from optimizer.words.text import Text, joined, message_of

COMMISSION = "commission"
EVERYTHING = (TOPIC, PRICES, CAR, FORECAST)
"""What is still to do if nobody was asked, or stopped before the end."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = Path("site.yaml"),
    device: Annotated[
        list[str] | None, typer.Option(help="A device as NAME=TYPE@ADDRESS. Repeatable. Without it the command asks.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the house.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA time zone, such as Europe/Berlin.")] = None,
    fuse: Annotated[float | None, typer.Option(min=6, max=125, help="Fuse of each phase in A.")] = None,
    grid: Annotated[str | None, typer.Option(help="The grid meter, if several devices measure the grid.")] = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Ask no questions. Use defaults for missing values.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write the settings of a site. Searches for devices and asks questions, or takes everything from the options."""
    set_up(LogFormat.TEXT)
    if output.exists() and not force:
        fail(
            Text("{file} exists. Use --output to write another file, or --force to overwrite it", file=str(output)),
            ExitCode.MISTAKE,
        )
    passwords: dict[str, str] = {}
    try:
        given = tuple(given_device(text) for text in device or ())
        zone = entered.zone(time_zone if time_zone is not None else entered.system_zone())
    except ValueError as error:
        fail(error.args[0], ExitCode.MISTAKE)
    asker = Asker()
    answers = Answers(name or "home", zone, fuse or 35.0, given, language=spoken().tag, grid=grid or "")
    stopped = False
    if not no_input:
        asking = _asked(
            asker, answers, passwords, ask_name=name is None, ask_zone=time_zone is None, ask_fuse=fuse is None
        )
        try:
            for answers in asking:  # noqa: B007 - the newest answers count
                pass
        except typer.Abort:
            if not answers.devices:
                raise
            stopped = True
    answers = _fitted(asker, answers, no_input or stopped)
    _write(output, replace(answers, reminders=_reminders(answers, asker, all_open=no_input or stopped)), passwords,
           stopped=stopped, zone_given=time_zone is not None)  # fmt: skip


def _asked(
    asker: Asker, answers: Answers, passwords: dict[str, str], *, ask_name: bool, ask_zone: bool, ask_fuse: bool
) -> Iterator[Answers]:
    """The answers after each part, so that nothing is lost if the person stops. Raises typer.Abort then."""
    answers = replace(answers, language=asked_language(asker, answers.language))
    asker.say(Text("Answer `later` to whatever you do not know yet. The status page reminds you of it."))
    if ask_name:
        answers = replace(answers, name=asker.text(Text("Name of the house"), answers.name, entered.short, SITE))
    if ask_zone:
        answers = replace(answers, time_zone=asker.text(Text("Time zone"), answers.time_zone, entered.zone, SITE))
    if ask_fuse:
        answers = asked_connection(asker, answers)
    yield answers
    if not answers.devices:
        asker.say("")
        offers = searched(asker)
        meters = tuple(one for one in offers if one.type not in RELAYS)
        for device in asked_devices(asker, passwords, meters):
            answers = replace(answers, devices=(*answers.devices, device))
            yield answers
        relays, names = tuple(one for one in offers if one.type in RELAYS), {one.name for one in answers.devices}
        for switch in asked_switches(asker, passwords, relays, names, answers.fuse_a):
            answers = replace(answers, switches=(*answers.switches, switch))
            yield answers
    cars, devices = asked_cars(asker, answers.devices)
    answers = replace(answers, cars=cars, devices=devices)
    yield answers
    answers = replace(answers, prices=asked_prices(asker, answers.time_zone, passwords))
    yield answers
    place, roofs = asked_roofs(asker)
    answers = replace(answers, place=place, roofs=roofs)
    yield answers
    asker.say("")
    question = Text("Open the status page to other machines in the home network?")
    yield replace(answers, open_page=asker.yes(question, "page", default=False))


def _fitted(asker: Asker, answers: Answers, no_input: bool) -> Answers:
    """One grid meter, and PV that is counted once."""
    meters = [one.name for one in answers.devices if KINDS[one.type].grid]
    if len(meters) > 1 and not answers.grid:
        question = Text("Which device is the grid meter ({names})?", names=", ".join(meters))
        grid = meters[0] if no_input else asker.text(
            question, meters[0], lambda text: entered.one_of(text, meters), TOPIC
        )  # fmt: skip
        answers = replace(answers, grid=grid)
    if answers.grid and answers.grid not in meters:
        names = ", ".join(meters) or Text("none")
        fail(
            Text("“{name}” does not measure the grid. These devices do: {names}", name=answers.grid, names=names),
            ExitCode.MISTAKE,
        )
    first_pv = next((one.name for one in answers.devices if KINDS[one.type].pv), "")
    devices = []
    for one in answers.devices:
        again = KINDS[one.type].pv and one.name != first_pv
        question = Text("Does {name} measure the same PV as {first}?", name=one.name, first=first_pv)
        if again and (no_input or asker.yes(question, TOPIC, default=True)):
            one = replace(one, counts_pv=False)  # noqa: PLW2901 - the same device, decided
        devices.append(one)
    return replace(answers, devices=tuple(devices))


def _reminders(answers: Answers, asker: Asker, *, all_open: bool) -> tuple[str, ...]:
    """The reminders for the status page: the trial of each charger, and missing answers."""
    chargers = any(KINDS[one.type].charger for one in answers.devices)
    missing = EVERYTHING if all_open else ()
    none = () if answers.devices else (TOPIC,)
    names = dict.fromkeys([*((COMMISSION,) if chargers else ()), *asker.later, *none, *missing])
    return tuple(one for one in names if chargers or one != CAR)


def _write(output: Path, answers: Answers, passwords: dict[str, str], *, stopped: bool, zone_given: bool) -> None:
    """Write the files, check that they are read without a mistake, and print the next steps."""
    from optimizer.cli.run.books import RuleFiles
    from optimizer.cli.run.login import login_lines
    from optimizer.settings import SettingsErrors, load_settings

    used = {*(one.name for one in answers.devices), *(one.name for one in answers.switches), answers.prices.service}
    passwords = {name: secret for name, secret in passwords.items() if name in used}
    try:
        written = write_files(output, answers, passwords)
    except OSError as error:
        why = Text("cannot write {file}: {why}", file=str(error.filename), why=message_of(error))
        fail(why, ExitCode.BROKEN)
    try:
        settings = load_settings(output, os.environ)
    except SettingsErrors as errors:
        head = said(Text("{file} is written, but contains mistakes. Correct them:", file=str(output)))
        fail(f"{head}\n{errors.render(spoken())}", ExitCode.MISTAKE)
    RuleFiles.load(settings)
    echo(f"\n{said(Text('Written:'))}")
    _show_pairs(written.files)
    unsure = "" if zone_given or not names_no_place(settings.site.zone) else settings.site.time_zone
    for note in _notes(output, answers, passwords, stopped=stopped, unruled=written.unruled, zone=unsure):
        echo(f"\n{said(note)}")
    echo(f"\n{said(Text('Next:'))}")
    _show_pairs(list(_next_steps(output, answers)))
    echo(f"\n{said(Text('While the service runs:'))}")
    for line in login_lines(settings, private=sys.stdout.isatty()):
        echo(f"  {said(line)}")


def _show_pairs(pairs: Sequence[tuple[str, Text]]) -> None:
    """Print a line for each pair, with the sentences in one column."""
    wide = max(len(first) for first, _ in pairs)
    for first, sentence in pairs:
        echo(f"  {first.ljust(wide)}  {said(sentence)}")


def _next_steps(output: Path, answers: Answers) -> Iterator[tuple[str, Text]]:
    """The commands after this one. `commission` takes a name where there are several, and for each load."""
    config = f"--config {output}"
    if not answers.devices:
        yield (
            "optimizer probe ADDRESS",
            Text("prints the settings of a device, for `devices` in {file}", file=str(output)),
        )
    yield f"optimizer probe {config}", Text("checks that each device answers and accepts writes")
    yield f"optimizer check {config}", Text("what would run")
    yield f"optimizer run --observe {config}", Text("decide and show; write to no device")
    chargers = [one.name for one in answers.devices if KINDS[one.type].charger]
    for name in chargers if len(chargers) > 1 else chargers and [""]:
        command = " ".join(["optimizer commission", *filter(None, [name]), config])
        yield command, Text("charge for a minute and compare with the settings")
    for switch in (one for one in answers.switches if one.power_w is not None):  # the others are comments
        what = Text("switch {name} on for a minute, and measure its power and phases", name=switch.name)
        yield f"optimizer commission {switch.name} {config}", what


def _notes(
    output: Path, answers: Answers, passwords: dict[str, str], *, stopped: bool, unruled: str, zone: str
) -> Iterator[str]:
    """Sentences about assumptions and missing parts."""
    if stopped:
        said_so_far = Text(
            "You stopped. {file} has the answers before that. Edit it, or begin again with --force.", file=str(output)
        )
        yield said_so_far
    if zone:
        text = (
            "Time zone: {zone}, as on this machine. It has no summer time. If your house is elsewhere, change "
            "`time_zone` in {file}, such as to Europe/Berlin: rules, prices, and departures use its clock."
        )
        yield Text(text, zone=zone, file=str(output))
    files = [f"{output.parent / name}.secret" for name, secret in passwords.items() if secret == LATER]
    if files:
        yield Text("Put the missing secret in place of `later` in: {files}.", files=", ".join(files))
    edges = [one.name for one in answers.devices if one.type == "fems"]
    if edges:
        yield Text(
            "{names}: `password: owner` is what every FEMS has until it is changed; where yours was, put it there.",
            names=", ".join(edges),
        )
    if unruled:
        yield Text("Without a rule, a load is left as it is. Add these to a rule file:\n{rules}", rules=unruled)
    if answers.reminders:
        from optimizer.cli.run.reminders import STEPS

        yield Text(
            "Still to do: {words}. The status page shows a list; `reminders` in {file} is what it reminds of.",
            words=joined([STEPS[word] for word in answers.reminders], "{first}, {then}"), file=str(output),
        )  # fmt: skip
