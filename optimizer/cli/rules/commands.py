"""`optimizer check DIR`, `optimizer test`, `optimizer explain`: the tools for rule authors."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.moments import asked_moment
from optimizer.cli.plural import plural
from optimizer.words.language import ENGLISH, speak, spoken
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.model.fields import DeviceNames
    from optimizer.rules.book.book import Book
    from optimizer.settings import Settings

FAILED = 1
"""Exit code: a test failed, or there are warnings and `--strict` is given."""

DirArgument = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="Folder or file with rules. Default: from the settings.")
]
ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="Settings with device names and time zone. Optional.")
]
ZoneOption = Annotated[
    str | None, typer.Option("--zone", help="Time zone such as Europe/Berlin, if the settings have none.")
]


def register(app: typer.Typer) -> None:
    """Add `test` and `explain`; `check` is in optimizer/cli/rules/check.py and uses check_rules."""
    app.command("test")(test)
    app.command("explain")(explain)


class Scope(NamedTuple):
    """The rules and the house that they are for."""

    path: Path
    names: DeviceNames
    zone: ZoneInfo
    settings: Settings | None
    texts: dict[str, str]

    def book(self) -> Book:
        """The compiled rules; ends the command with every mistake in them."""
        from optimizer.rules.book.files import book_from_texts
        from optimizer.rules.language.errors import RuleErrors

        try:
            return book_from_texts(self.texts, self.names, self.zone)
        except RuleErrors as errors:
            fail(errors.render(), ExitCode.MISTAKE)


def scope(directory: Path | None, config: Path, zone: str | None) -> Scope:
    """The rules and their house: from the settings, or from the names in the rules."""
    from optimizer.rules.book.files import read_texts
    from optimizer.rules.language.errors import RuleErrors
    from optimizer.rules.tools.names import names_in

    settings = None
    if config.exists() or config != Path("site.yaml"):
        from optimizer.cli.load import settings_of

        settings = settings_of(config)
    path = directory or (settings.rules if settings is not None else Path("rules"))
    try:
        texts = read_texts(path)
    except RuleErrors as errors:
        fail(errors.render(), ExitCode.MISTAKE)
    if settings is None:
        return Scope(
            path=path,
            names=names_in([*texts.values(), *_test_texts(path)]),
            zone=_zone(zone),
            settings=None,
            texts=texts,
        )
    from optimizer.cli.run.books import device_names

    return Scope(
        path=path,
        names=device_names(settings),
        zone=_zone(zone) if zone else settings.site.zone,
        settings=settings,
        texts=texts,
    )


def _test_texts(path: Path) -> list[str]:
    """The texts of the tests, for devices that only tests name. A file that cannot be read is reported later."""
    from optimizer.rules.book.files import read_texts
    from optimizer.rules.language.errors import RuleErrors

    try:
        return list(read_texts(path / "tests").values()) if (path / "tests").is_dir() else []
    except RuleErrors:
        return []


def _zone(name: str | None) -> ZoneInfo:
    """The zone given, else the machine's, else UTC."""
    if name is not None:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            fail(Text("unknown time zone {name}. Write a name such as Europe/Berlin", name=name), ExitCode.MISTAKE)
    try:
        link = os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
        return ZoneInfo(link or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def check_rules(directory: Path | None, config: Path, zone: str | None = None, *, strict: bool = False) -> None:
    """Print errors, warnings, the claims of each target, and the next windows. Ends the command on a mistake."""
    where = scope(directory, config, zone)
    book = where.book()
    warnings = report(book, where.settings)
    names = where.names
    if where.settings is None:
        devices = (
            [f"ev.{n}" for n in names.evs] + [f"battery.{n}" for n in names.batteries] + [f"pv.{n}" for n in names.pvs]
        )
        checked = Text("no settings: checked for {names} in {zone}", names=", ".join(devices), zone=str(where.zone))
        echo(said(checked))
    found = plural(warnings, "warning") if warnings else Text("no errors")
    rules = plural(len(book.rules), "rule")
    echo(said(Text("{rules} in {path}: {found}", rules=rules, path=str(where.path), found=found)))
    if warnings and strict:
        raise typer.Exit(FAILED)


def report(book: Book, settings: Settings | None) -> int:
    """Print warnings, claims, and windows of a book. Returns the number of warnings.

    Without settings, the fields that the devices report are unknown, so there is no warning about them.
    """
    from optimizer.rules.tools.lints import lints
    from optimizer.rules.tools.never_known import rules_that_never_act
    from optimizer.rules.tools.outline import outline
    from optimizer.settings.surplus_order import beside_rules
    from optimizer.settings.unreported import unreported
    from optimizer.settings.vehicle_goals import goals_without_charger

    missing = unreported(settings) if settings is not None else frozenset[str]()
    warnings = lints(book, missing)
    if settings is not None:
        warnings += beside_rules(settings, book)
    texts = list(goals_without_charger(settings, book)) if settings is not None else []
    for warning in warnings:
        echo(said(warning.render()), err=True)
    for text in texts:
        echo(said(Text("warning: {text}", text=text)), err=True)
    echo(outline(book, datetime.now(UTC), spoken()))
    idle = list(rules_that_never_act(book, missing))
    if idle:
        echo(said(Text("Rules that can never act here:")))
    for rule, why in idle:
        echo(f"  {rule}: {said(why)}")
    return len(warnings) + len(texts)


def test(
    directory: DirArgument = None,
    config: ConfigOption = Path("site.yaml"),
    tests: Annotated[
        Path | None, typer.Option("--tests", help="Folder or file with tests. Default: DIR/tests.")
    ] = None,
    zone: ZoneOption = None,
) -> None:
    """Run the tests of the rules. Show expected and actual values with the causes."""
    from optimizer.rules.language.errors import RuleErrors
    from optimizer.rules.tools.rule_tests import load_tests, never_active, run_test
    from optimizer.rules.tools.test_text import results_text

    where = scope(directory, config, zone)
    book = where.book()
    path = tests or (where.path if where.path.is_dir() else where.path.parent) / "tests"
    try:
        results = [run_test(one, book) for one in load_tests(path, book)]
    except RuleErrors as errors:
        fail(errors.render(), ExitCode.MISTAKE)
    echo(said(results_text(results, never_active(results, book))))
    if any(not result.passed for result in results):
        raise typer.Exit(FAILED)


def explain(
    directory: DirArgument = None,
    config: ConfigOption = Path("site.yaml"),
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="A time: 2025-06-21 14:30, 14:30 today, or 2h ago. Uses the journal if it has this time.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="A value to assume, such as battery.soc=55%. Repeatable."),
    ] = None,
    zone: ZoneOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Explain each target (winner, losers, reason), each rule's state, and each condition term by term.

    Without --at, --set, and a folder it asks the running service. Else, or if no service runs, it uses the journal.
    """
    from optimizer.cli.study.recorded import recorded_scene
    from optimizer.rules.book.engine import EMPTY_MEMORY
    from optimizer.rules.language.errors import ExpressionError
    from optimizer.rules.tools.explain import explain as explained
    from optimizer.rules.tools.explain_document import explanation_document
    from optimizer.rules.tools.explain_text import explanation_text
    from optimizer.rules.tools.inputs import blank_state, read_value, settable, with_values

    where = scope(directory, config, zone)
    if as_json:
        speak(ENGLISH)  # a program reads it
    if where.settings is not None and directory is None and at is None and not values:
        from optimizer.cli.run.live_explanation import live_explanation

        text = live_explanation(where.settings, as_json=as_json)
        if text is not None:
            echo(text)
            return
    now = datetime.now(UTC)
    moment = now if at is None else asked_moment("--at", at, now, where.zone, today=True)
    book, memory = where.book(), EMPTY_MEMORY
    state = blank_state(where.names, moment, where.zone, 1000.0)
    if where.settings is not None and (at is not None or not values):
        found = recorded_scene(where.settings, where.names, moment)
        if found is not None:
            recorded_book, state, memory = found
            echo(said(Text("as recorded at {time}", time=f"{state.local:%Y-%m-%d %H:%M:%S}")), err=as_json)
            book = recorded_book if directory is None else book
    assumed = {}
    try:
        for text in values or ():
            name, equals, value = text.partition("=")
            if not equals:
                fail(Text("--set {text}: write FIELD=VALUE, such as battery.soc=55%", text=text), ExitCode.MISTAKE)
            ref = settable(name.strip(), where.names)
            assumed[ref] = read_value(value, ref)
        state = with_values(state, assumed)
    except ExpressionError as error:
        why = Text("{message} ({hint})", message=error.message, hint=error.hint) if error.hint else error.message
        fail(Text("--set: {why}", why=why), ExitCode.MISTAKE)
    explanation = explained(book, state, memory)
    document = explanation_document(explanation)
    echo(json.dumps(document, indent=1) if as_json else said(explanation_text(explanation)))
