"""`optimizer import-sessions`: the charging sessions of evcc join those of the journal."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from optimizer.journal.imported import Sorted
    from optimizer.journal.sessions import Session
    from optimizer.settings import Settings
    from optimizer.study.input.evcc.visits import Visits

SHOWN = 20
"""Lines of one kind that are printed."""
BEGIN, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import-sessions")(import_sessions)


def import_sessions(
    file: Annotated[Path | None, typer.Argument(help="CSV or JSON that evcc exports, or its evcc.db.")] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    charger: Annotated[
        list[str] | None,
        typer.Option("--charger", help="TITLE=NAME: the charging point of evcc is this charger. Repeatable."),
    ] = None,
    zone: Annotated[
        str, typer.Option("--zone", help="Time zone in which evcc ran, for CSV. Default: the one of the site.")
    ] = "",
    encoding: Annotated[
        str, typer.Option("--encoding", help="Encoding of a CSV file that another program saved, such as cp1252.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Write. Without it, only print what would be added.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove all sessions that came from evcc.")] = False,
) -> None:
    """Add the charging sessions of evcc to the recorded ones. Importing again adds only what is missing."""
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.journal.imported import add_sessions, sorted_out
    from optimizer.journal.schema import JournalError
    from optimizer.journal.sessions import read_sessions
    from optimizer.study.input.evcc.visits import read_visits
    from optimizer.study.input.series import StudyError

    if (file is None) != remove:
        fail(Text("name a file of evcc, or --remove"), ExitCode.MISTAKE)
    settings = settings_of(config)
    journal = state_folder(settings) / JOURNAL_FILE
    try:
        if file is None:
            _remove(journal, yes=yes)
            return
        names = _names(charger or [])
        visits = read_visits(file, _zone(zone, settings), encoding)
        found = [one.session(names.get(one.loadpoint, one.loadpoint)) for one in visits.visits]
        unused = [title for title in names if title not in {one.loadpoint for one in visits.visits}]
        if unused:
            titles = ", ".join(sorted({one.loadpoint for one in visits.visits})) or Text("none")
            fail(
                Text("{file} has no charging point “{title}”. It has {titles}", file=str(file), title=unused[0],
                     titles=titles),
                ExitCode.MISTAKE,
            )  # fmt: skip
        beside = sorted_out(found, read_sessions(journal, BEGIN, END))
        _tell(visits, beside, settings, config)
        if not beside.new:
            echo(Text("Nothing is to be added."))
        elif not yes:
            echo(Text("Nothing was written. Add --yes to write it."))
        else:
            count = add_sessions(journal, beside.new)
            echo(Text("Added: {count}. `optimizer import-sessions --remove` takes them out again.", count=count))
    except StudyError as error:
        fail(message_of(error), ExitCode.MISTAKE)
    except JournalError as error:
        fail(message_of(error), ExitCode.BROKEN)


def _remove(journal: Path, *, yes: bool) -> None:
    """Remove what was imported, or count it. Raises JournalError."""
    from optimizer.journal.imported import remove_sessions
    from optimizer.journal.sessions import read_sessions
    from optimizer.study.input.evcc.visits import SOURCE

    if yes:
        echo(Text("Removed: {count}.", count=remove_sessions(journal, SOURCE)))
        return
    count = sum(one.source == SOURCE for one in read_sessions(journal, BEGIN, END))
    echo(Text("From evcc: {count}. Nothing was removed. Add --yes to remove them.", count=count))


def _names(given: Iterable[str]) -> Mapping[str, str]:
    """The chargers by the titles of evcc."""
    names = {}
    for pair in given:
        title, equals, name = (part.strip() for part in pair.rpartition("="))
        if not (title and equals and name):
            fail(
                Text("--charger {pair}: write TITLE=NAME, such as --charger “Garage left=carport”", pair=pair),
                ExitCode.MISTAKE,
            )
        names[title] = name
    return names


def _zone(name: str, settings: Settings) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if not name:
        return settings.site.zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fail(Text("“{zone}” is not a time zone. Write a name such as Europe/Berlin", zone=name), ExitCode.MISTAKE)


def _tell(visits: Visits, beside: Sorted, settings: Settings, config: Path) -> None:
    """Print what would be added, and what not."""
    from optimizer.cli.run.sessions_command import notes, sums_table

    zone = settings.site.zone
    _lines(Text("Assumed:"), visits.remarks)
    _lines(Text("Left out, because they are no complete session:"), visits.left_out)
    _lines(
        Text("Left out, because the journal or the file has another session of this charger at the same time:"),
        [_overlap(one, there, zone) for one, there in beside.overlapping],
    )
    if beside.known:
        echo(Text("Already imported: {count}.", count=len(beside.known)))
    if beside.new:
        sums, note = sums_table(_by_charger(beside.new)), notes(beside.new)
        echo(Text("To be added: {count}.\n{sums}\n{note}", count=len(beside.new), sums=sums, note=note), nl=False)
    chargers = {one for name, device in settings.devices.items() for one in device.chargers(name)}
    for name in sorted({one.charger for one in beside.new} - chargers):
        echo(
            Text(
                "“{name}” is no charger of {file}. To add its sessions to one that is, write --charger “{name}=NAME” "
                "with one of these names: {chargers}",
                name=name,
                file=str(config),
                chargers=", ".join(sorted(chargers)) or Text("none"),
            )
        )


def _by_charger(sessions: Iterable[Session]) -> dict[str, list[Session]]:
    found: dict[str, list[Session]] = {}
    for one in sessions:
        found.setdefault(one.charger, []).append(one)
    return found


def _overlap(one: Session, there: Session, zone: ZoneInfo) -> str:
    here, other = (f"{session.start.astimezone(zone):%Y-%m-%d %H:%M}" for session in (one, there))
    mine = Text("{charger}, {here}: beside the recorded one of {other}", charger=one.charger, here=here, other=other)
    theirs = Text("{charger}, {here}: beside that of evcc of {other}", charger=one.charger, here=here, other=other)
    return theirs if there.source else mine


def _lines(head: str, lines: list[str]) -> None:
    if not lines:
        return
    echo(head)
    for line in lines[:SHOWN]:
        echo(Text("  {line}", line=line))
    if len(lines) > SHOWN:
        echo(Text("  and {count} more", count=len(lines) - SHOWN))
