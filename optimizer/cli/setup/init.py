"""`optimizer init`: asks about the house and writes a commented site.yaml that `optimizer check` accepts."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import LogFormat, set_up
from optimizer.cli.setup.init_text import KINDS, TOKEN_FILE, Answers, DeviceAnswer, settings_text

NEXT = """\
Written:
{written}

{notes}Next:
  optimizer probe --config {path}        checks that each device answers and accepts writes
  optimizer check --config {path}        what would run
  optimizer run --observe --config {path}    decide and show; write to no device
  optimizer commission --config {path}   charge for a minute and compare with the settings

While the service runs:
{page}
"""
LATER = "later"
"""The answer for a secret that is not at hand. It stands in the file until the person replaces it."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


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
    """Write the settings of a site. Asks questions, or takes everything from the options."""
    set_up(LogFormat.TEXT)
    if output.exists() and not force:
        fail(f"{output} exists. Use --output to write another file, or --force to overwrite it", ExitCode.MISTAKE)
    passwords: dict[str, str] = {}
    try:
        given = tuple(_given(text) for text in device or ())
        zone = _zone(time_zone if time_zone is not None else _system_zone())
    except ValueError as error:
        fail(str(error), ExitCode.MISTAKE)
    answers = Answers(name or "home", zone, fuse or 35.0, given, grid=grid or "")
    stopped = False
    if not no_input:
        asking = _asked(answers, passwords, ask_name=name is None, ask_zone=time_zone is None, ask_fuse=fuse is None)
        try:
            for answers in asking:  # noqa: B007 - the newest answers count
                pass
        except typer.Abort:
            if not answers.devices:
                raise
            stopped = True
    answers = _fitted(answers, no_input or stopped)
    _write(output, answers, passwords, stopped=stopped)


def _asked(
    answers: Answers, passwords: dict[str, str], *, ask_name: bool, ask_zone: bool, ask_fuse: bool
) -> Iterator[Answers]:
    """The answers after each part, so that nothing is lost if the person stops. Raises typer.Abort then."""
    if ask_name:
        answers = replace(answers, name=_prompt("Name of the house", answers.name, _short))
    if ask_zone:
        answers = replace(answers, time_zone=_prompt("Time zone", answers.time_zone, _zone))
    if ask_fuse:
        question = "Fuse of each phase at the grid connection, in A, such as 35 or 3x35"
        fuse_a = _prompt(question, f"{answers.fuse_a:g}", _fuse)
        rule = _prompt("Largest single-phase load in A (20 in Germany, 16 in Austria, 0: no such rule)", "0", _rule)
        answers = replace(answers, fuse_a=float(fuse_a), unbalance_a=float(rule) or None)
    yield answers
    if not answers.devices:
        for devices in _devices(passwords):
            answers = replace(answers, devices=devices)
            yield answers
    open_page = typer.confirm("Open the status page to other machines in the home network?", default=False)
    yield replace(answers, open_page=open_page)


def _devices(passwords: dict[str, str]) -> Iterator[tuple[DeviceAnswer, ...]]:
    """The devices after each one."""
    typer.echo("\nDevices. The types are:")
    for key, kind in KINDS.items():
        typer.echo(f"  {key.ljust(11)} {kind.title}")
    typer.echo(
        "(`optimizer discover` and `optimizer probe ADDRESS` show which device is where.\n"
        " Other meters: docs/how-to/connect-a-device.md)\n"
    )
    found: tuple[DeviceAnswer, ...] = ()
    while type_ := _prompt("Type of a device (empty to finish)", "", _type):
        found = (*found, _device(type_, {one.name for one in found}, passwords))
        yield found


def _device(type_: str, taken: set[str], passwords: dict[str, str]) -> DeviceAnswer:
    kind = KINDS[type_]
    typer.echo(f"  {kind.before}")
    free = kind.name if kind.name not in taken else f"{kind.name}{len(taken) + 1}"
    name = _prompt("  Name", free, lambda text: _name(text, taken))
    device = DeviceAnswer(name, type_, _asked_url(type_))
    if type_ == "nrgkick" and typer.confirm("  Does it require a user and password?", default=False):
        device = replace(device, user=_prompt("  User", "", str))
        passwords[name] = _secret(
            "  Password (`later`: write it to a file)", "answer n to the question before if it needs none"
        )
    if type_ == "sonnen":
        device = replace(device, api=_prompt("  Its API, v1 or v2", "v2", _api))
        if device.api == "v2":
            passwords[name] = _secret("  Its token (`later` if you do not have it yet)", f"it is here: {kind.before}")
        else:
            device = _sonnen_v1(device)
    if name in passwords:
        device = replace(device, secret_file=f"{name}.secret")
    if type_ == "fems":
        device = _edge(device)
    if type_ in ("sonnen", "givtcp"):
        phases = _prompt("  House phases of its inverter (L1, or L1 L2 L3; ? = not known)", "?", _battery_phases)
        device = replace(device, battery_phases=tuple(phases.replace("?", "").split()))
    if kind.charger:
        wired = _prompt("  House phase of each charger phase, in the charger's order", "L1 L2 L3", _phases).split()
        most_a = _prompt("  Largest current per phase, in A", "16", _charger_amps)
        device = replace(device, phases=tuple(wired), max_current_a=float(most_a))
        if type_ == "nrgkick" and len(wired) == 3:
            switching = typer.confirm("  Is switching between one and three phases enabled in its app?", default=False)
            device = replace(device, phase_switching=switching)
    return device


def _sonnen_v1(device: DeviceAnswer) -> DeviceAnswer:
    """What API v1 does not report or allow: the capacity, and with some firmware the operating mode."""
    from optimizer.cli.setup.sonnen_mode import gives_mode

    found = gives_mode(device.url)
    if isinstance(found, str):
        typer.echo(f"    whether it gives access to its operating mode cannot be told now: {found}")
    elif not found:
        typer.echo("    it gives no access to its operating mode, and setpoints hold in manual mode only")
        by_hand = typer.confirm("  Have you set manual mode by hand? (n: the service only reads it)", default=False)
        device = replace(device, manual_by_hand=by_hand)
    typer.echo("    it reports no capacity; with several batteries, the mean state of charge is weighted by capacity")
    capacity = _prompt("  Its usable capacity in Wh (? = not known)", "?", _capacity)
    return replace(device, capacity_wh=0.0 if capacity == "?" else float(capacity))


def _edge(device: DeviceAnswer) -> DeviceAnswer:
    """The storage and grid meter of an Edge: what it says itself, to be confirmed; asked where it does not answer."""
    from optimizer.cli.setup.edge import EdgeParts, edge_at

    found = edge_at(device.url)
    if isinstance(found, str):
        typer.echo(f"    its components cannot be listed now: {found}")
    if not isinstance(found, EdgeParts) or not found.storages:
        hybrid = typer.confirm("  Is PV connected to the battery's own inverter?", default=False)
        return replace(device, hybrid=hybrid)
    words = ", ".join(f"{one} (hybrid)" if hybrid else one for one, hybrid in found.storages)
    typer.echo(f"    it answers: storage {words}; meters {', '.join(found.meters) or 'none'}")
    ids = [one for one, _ in found.storages]
    component = _prompt("  Which storage system is the battery?", ids[0], lambda text: _one_of(text, ids))
    meters = list(found.meters)
    grid_meter = _prompt(
        "  Which one is the grid meter (empty: none of them)?", found.grid_meter,
        lambda text: text and _one_of(text, meters),
    )  # fmt: skip
    more = tuple(one for one in found.storages if one[0] != component)
    return replace(
        device, component=component, hybrid=dict(found.storages)[component], grid_meter=grid_meter, more=more
    )


def _fitted(answers: Answers, no_input: bool) -> Answers:
    """One grid meter, and PV that is counted once."""
    meters = [one.name for one in answers.devices if KINDS[one.type].grid]
    if len(meters) > 1 and not answers.grid:
        first = meters[0]
        grid = first if no_input else _prompt(
            f"Which device is the grid meter ({', '.join(meters)})?", first, lambda text: _one_of(text, meters)
        )  # fmt: skip
        answers = replace(answers, grid=grid)
    if answers.grid and answers.grid not in meters:
        fail(
            f"“{answers.grid}” does not measure the grid. These devices do: {', '.join(meters) or 'none'}",
            ExitCode.MISTAKE,
        )
    first_pv = next((one.name for one in answers.devices if KINDS[one.type].pv), "")
    devices = []
    for one in answers.devices:
        again = KINDS[one.type].pv and one.name != first_pv
        if again and (no_input or typer.confirm(f"Does {one.name} measure the same PV as {first_pv}?", default=True)):
            one = replace(one, counts_pv=False)  # noqa: PLW2901 - the same device, decided
        devices.append(one)
    return replace(answers, devices=tuple(devices))


def _write(output: Path, answers: Answers, passwords: dict[str, str], *, stopped: bool) -> None:
    """Write the files, and check that they are read without a mistake."""
    from optimizer.cli.run.books import RuleFiles, shipped_rules
    from optimizer.cli.run.login import login_lines
    from optimizer.rules.tools.schema import schema_text
    from optimizer.settings import SettingsErrors, load_settings

    passwords = {one.name: passwords[one.name] for one in answers.devices if one.name in passwords}
    folder, rules, schema = output.parent, output.parent / "rules", output.parent / "schema" / "rules.schema.json"
    written = [(f"{output}", "the settings")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, secret in passwords.items():
            _private(folder / f"{name}.secret", secret + "\n")
            written.append((f"{folder / name}.secret", f"the secret of {name}; only you may read it"))
        token = folder / TOKEN_FILE
        if not token.exists():
            _private(token, secrets.token_hex(16) + "\n")
            written.append((f"{token}", "the token for changes on the status page; only you may read it"))
        _private(output, settings_text(answers))
        if rules.exists():
            written.append((f"{rules}/", "exists and is not changed"))
        else:
            shutil.copytree(shipped_rules(), rules)
            # Their first line points an editor to it.
            schema.parent.mkdir(exist_ok=True)
            schema.write_text(schema_text(), encoding="utf-8")
            written += [(f"{rules}/", "the rules, which you can edit"), (f"{schema}", "schema for editors")]
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}", ExitCode.BROKEN)
    try:
        settings = load_settings(output, os.environ)
    except SettingsErrors as errors:
        fail(f"{output} is written, but contains mistakes. Correct them:\n{errors.render()}", ExitCode.MISTAKE)
    RuleFiles.load(settings)
    rows = "\n".join(f"  {path.ljust(max(len(path) for path, _ in written))}  {what}" for path, what in written)
    page = "\n".join(f"  {line}" for line in login_lines(settings, private=sys.stdout.isatty()))
    notes = "".join((_left_open(output, stopped=stopped), _missing(folder, passwords), _assumed(answers)))
    typer.echo("\n" + NEXT.format(path=output, written=rows, notes=notes, page=page), nl=False)


def _left_open(output: Path, *, stopped: bool) -> str:
    """What happened to the answers of a person who stopped."""
    if not stopped:
        return ""
    return f"You stopped. {output} has the answers before that. Edit it, or begin again with --force.\n\n"


def _missing(folder: Path, passwords: dict[str, str]) -> str:
    """Notes about secrets that the person did not have yet."""
    files = [f"{folder / name}.secret" for name, secret in passwords.items() if secret == LATER]
    return f"Put the missing secret in place of `{LATER}` in: {', '.join(files)}.\n\n" if files else ""


def _assumed(answers: Answers) -> str:
    """Notes about assumptions that may be wrong."""
    names = [one.name for one in answers.devices if one.type == "fems"]
    if not names:
        return ""
    return (
        f"{' and '.join(names)}: `password: owner` is what every FEMS has until it is changed; "
        "where yours was, put it there.\n\n"
    )


def _private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(0o600)


def _given(text: str) -> DeviceAnswer:
    """`carport=nrgkick@http://192.168.1.20`. Raises ValueError with the mistake."""
    name, equals, rest = text.partition("=")
    type_, at, url = rest.partition("@")
    if not equals or not at:
        raise ValueError(f"“{text}”: write a device as NAME=TYPE@ADDRESS, such as carport=nrgkick@http://192.168.1.20")
    _type(type_)
    return DeviceAnswer(_name(name, set()), type_, _url(url, type_), api="v1" if ":8080" in url else "v2")


def _prompt(question: str, default: str, check: Callable[[str], str]) -> str:
    """Ask until the answer is valid."""
    while True:
        text = str(typer.prompt(question, default=default, show_default=bool(default))).strip()
        try:
            return check(text)
        except ValueError as error:
            typer.echo(f"    {error}", err=True)


def _secret(question: str, hint: str) -> str:
    """Ask until the user enters something, with the reason for asking again."""
    while not (text := str(typer.prompt(question, default="", show_default=False, hide_input=True)).strip()):
        typer.echo(f"    nothing was entered; {hint}", err=True)
    return text


def _asked_url(type_: str) -> str:
    """The address. Prints it if it was completed."""
    entered = ""

    def full(text: str) -> str:
        nonlocal entered
        entered = text
        return _url(text, type_)

    url = _prompt("  Its address", KINDS[type_].url, full)
    if url.partition("://")[2] != entered.partition("://")[2 if "://" in entered else 0].rstrip("/"):
        typer.echo(f"    taken as {url}")
    return url


def _short(text: str) -> str:
    if not 1 <= len(text) <= 60:
        raise ValueError("1 to 60 characters")
    return text


def _zone(text: str) -> str:
    from zoneinfo import available_timezones

    from optimizer.settings.errors import did_you_mean

    if text not in available_timezones():
        raise ValueError(
            f"“{text}” is not a time zone; {did_you_mean(text, available_timezones()) or 'Europe/Berlin is one'}"
        )
    return text


def _system_zone() -> str:
    """The time zone of this machine; UTC if unknown."""
    named = os.environ.get("TZ", "").removeprefix(":")
    link = Path("/etc/localtime")
    for text in (named, link.resolve().as_posix().partition("zoneinfo/")[2] if link.is_symlink() else ""):
        try:
            return _zone(text)
        except ValueError:
            continue
    return "UTC"


def _number(text: str, low: float, high: float) -> str:
    try:
        value = float(re.sub(r"\s*a$", "", text, flags=re.IGNORECASE))
    except ValueError:
        raise ValueError("a number in A") from None
    if not low <= value <= high:
        raise ValueError(f"{low:g} to {high:g} A")
    return f"{value:g}"


def _fuse(text: str) -> str:
    """`35`, `35 A`, or `3x35` as it is written on the meter cabinet."""
    return _number(re.sub(r"^\s*3\s*[x×*]\s*", "", text, flags=re.IGNORECASE), 6, 125)


def _charger_amps(text: str) -> str:
    return _number(text, 6, 32)


def _capacity(text: str) -> str:
    if text == "?":
        return text
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(k?)(?:wh)?", text, re.IGNORECASE)
    value_wh = float(match[1]) * (1000.0 if match[2] else 1.0) if match else 0.0
    if not 100.0 <= value_wh <= 1_000_000.0:
        raise ValueError("an energy from 100 Wh to 1000000 Wh, such as 10000 or 10 kWh")
    return f"{value_wh:g}"


def _rule(text: str) -> str:
    return "0" if re.fullmatch(r"0\s*a?", text, re.IGNORECASE) else _number(text, 6, 63)


def _type(text: str) -> str:
    if text and text not in KINDS:
        from optimizer.settings.errors import did_you_mean

        raise ValueError(f"“{text}” is not one of {', '.join(KINDS)}; {did_you_mean(text, KINDS)}".rstrip("; "))
    return text


def _name(text: str, taken: set[str]) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("lowercase letters, digits, and _, beginning with a letter, at most 31 characters")
    if text in taken:
        raise ValueError(f"“{text}” is already used")
    return text


def _url(text: str, type_: str) -> str:
    """The address of a device. The default port and path of its type may be missing."""
    from optimizer.settings.devices import checked_url

    url = checked_url(text if "://" in text else f"http://{text}")
    given, usual = urlsplit(url), urlsplit(KINDS[type_].url)
    if usual.port is None or given.scheme != usual.scheme or ("://" in text and given.path):
        return url
    port = given.port or usual.port
    path = given.path or (usual.path if port == usual.port else "")
    return f"{given.scheme}://{given.netloc.removesuffix(f':{given.port}')}:{port}{path}"


def _api(text: str) -> str:
    return _one_of(text, ["v1", "v2"])


def _phases(text: str) -> str:
    words = text.upper().replace(",", " ").split()
    if sorted(words) not in (["L1"], ["L2"], ["L3"], ["L1", "L2", "L3"]):
        raise ValueError("one phase (L2) or all three in the charger's order (L1 L2 L3)")
    return " ".join(words)


def _battery_phases(text: str) -> str:
    return "?" if text.strip() == "?" else _phases(text)


def _one_of(text: str, words: list[str]) -> str:
    if text not in words:
        raise ValueError(f"one of {', '.join(words)}")
    return text
