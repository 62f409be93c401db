"""`optimizer goal`: lists the goals of the cars, and sets or ends one for one departure."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import Json, Unreachable, say_not_kept
from optimizer.cli.run.service_or_files import changed_in_files, listed_by_service, page_to_change
from optimizer.cli.run.who import who
from optimizer.journal.kept_file import KeptFiles
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from optimizer.model.goals import GoalReport
    from optimizer.runtime.goals.board import GoalBoard
    from optimizer.runtime.goals.kept import KeptGoals
    from optimizer.settings import Settings

PAUSES = Text("Examples: `goal --pause sunday`, `goal carport --pause 2027-01-03`, `goal --resume`")
NO_CHARGER = "no charger is configured, so there are no goals"
EXAMPLES = Text("Examples: `goal carport 80% tomorrow 06:30`, `goal carport 12kWh 07:00`, `goal carport --end`")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("goal")(goal)


def goal(
    name: Annotated[str | None, typer.Argument(help="A charger or a vehicle.")] = None,
    words: Annotated[
        list[str] | None, typer.Argument(help="80% or 12kWh, and the time: 07:00, tomorrow 06:30, sat 09:00.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    end: Annotated[bool, typer.Option("--end", help="End the goal that was set by hand.")] = False,
    pause: Annotated[
        str | None,
        typer.Option("--pause", help="Pause the repeating goals until this day: sunday, 3.1., 2027-01-03, sun 18:00."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="End this pause.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Set the goal of a car for one departure, or end it. Without arguments, list all goals.

    The goal replaces the departure of a repeating goal on the same day, and only that one. A running service takes it
    at once. Without one, it is kept for the next start. --pause and --resume are for one charger or vehicle, or for all
    without a name.
    """
    from optimizer.cli.load import settings_of
    from optimizer.model.goals import GoalError

    settings = settings_of(config)
    if not any(device.chargers(key) for key, device in settings.devices.items()):
        fail(Text("{config}: {no_charger}", config=str(config), no_charger=NO_CHARGER), ExitCode.MISTAKE)
    try:
        if name is not None and (only := _only_charger(settings, name)):
            name, words = only, [name, *(words or ())]
        if pause is not None or resume:
            if words or end or (pause is not None and resume):
                fail(Text("--pause and --resume take a charger only. {examples}", examples=PAUSES), ExitCode.MISTAKE)
            documents = [_paused(settings, one, pause) for one in _named(settings, name, resume=resume)]
        elif name is None:
            documents = _listed(settings)
        elif end:
            if words:
                fail(Text("--end takes a charger only. {examples}", examples=EXAMPLES), ExitCode.MISTAKE)
            documents = [_ended(settings, name)]
        else:
            documents = [_set(settings, name, " ".join(words or ()))]
    except GoalError as error:
        fail(Text("{why}. {examples}", why=message_of(error), examples=EXAMPLES), ExitCode.MISTAKE)
    except Unreachable as error:
        fail(message_of(error), error.code)
    if as_json:
        echo(json.dumps(documents, indent=2))
        return
    for one in documents:
        echo(goal_line(one))
        say_not_kept(one)


def _only_charger(settings: Settings, name: str) -> str:
    """The single charger of the house, if `name` is an aim in the place of its name. Empty otherwise."""
    from optimizer.model.goal_text import aim_of
    from optimizer.model.goals import GoalError

    chargers = [one for key, device in settings.devices.items() for one in device.chargers(key)]
    try:
        aim_of(name)
    except GoalError:
        return ""
    return chargers[0] if len(chargers) == 1 else ""


def goal_line(one: Json) -> str:
    """One goal in a line or two."""
    line = Text("{charger}: {text}", charger=one["charger"], text=Text.of(one["text"]))
    if one["once"]:
        line += Text(" (set by {by})", by=one["by"])
    if one["replaces"]:
        line += Text("\n  It replaces the departure of {departure}.", departure=one["replaces"][:16].replace("T", " "))
    return line


def _listed(settings: Settings) -> list[Json]:
    """From the running service if it answers, from the file otherwise."""
    found = listed_by_service(settings, "goals")
    if found is not None:
        return found
    from optimizer.cli.load import state_folder
    from optimizer.runtime.goals.kept import KeptGoals
    from optimizer.serve.web.goals import goals_document

    board = _board(settings, KeptGoals(KeptFiles(state_folder(settings))))
    return [dict(one) for one in goals_document(board, settings.site.zone)]


def _set(settings: Settings, name: str, text: str) -> Json:
    """Through the running service, or in the file while no service runs. Raises GoalError."""
    from optimizer.model.calendar import local_time
    from optimizer.model.clock import SystemClock
    from optimizer.model.goal_text import goal_of

    aim, ready_s = goal_of(text, SystemClock().now().timestamp(), settings.site.zone)
    kept = _in_file(settings, lambda board: board.set(name, aim, ready_s, who()))
    if kept is not None:
        return kept
    ready = local_time(ready_s, settings.site.zone).isoformat()
    body = {"charger": name, "goal": aim.text, "ready": ready, "by": who()}
    return page_to_change(settings).post("goals", body)


def _named(settings: Settings, name: str | None, *, resume: bool) -> list[str]:
    """The name, or the chargers whose goals repeat, or pause. Raises GoalError if there are none."""
    from optimizer.model.goals import GoalError

    if name is not None:
        return [name]
    found = [one["charger"] for one in _listed(settings) if one.get("paused_until" if resume else "repeats")]
    if not found:
        raise GoalError(Text("no goals pause") if resume else Text("the settings have no goals that repeat"))
    return found


def _paused(settings: Settings, name: str, until: str | None) -> Json:
    """The goal after a pause of the repeating ones, or after its end. Raises GoalError."""
    from optimizer.model.calendar import local_time
    from optimizer.model.clock import SystemClock
    from optimizer.model.goal_text import until_of

    if until is None:
        kept = _in_file(settings, lambda board: board.resume(name, who()))
        return kept if kept is not None else _after_delete(settings, name, f"goals/{name}/pause")
    until_s = until_of(until, SystemClock().now().timestamp(), settings.site.zone)
    kept = _in_file(settings, lambda board: board.pause(name, until_s, who()))
    if kept is not None:
        return kept
    body = {"until": local_time(until_s, settings.site.zone).isoformat(), "by": who()}
    return page_to_change(settings).post(f"goals/{name}/pause", body)


def _ended(settings: Settings, name: str) -> Json:
    """The goal that holds now. Raises GoalError."""
    kept = _in_file(settings, lambda board: board.end(name, who()))
    if kept is not None:
        return kept
    return _after_delete(settings, name, f"goals/{name}")


def _after_delete(settings: Settings, name: str, path: str) -> Json:
    """The goal that holds after the end of something. Raises Unreachable."""
    page = page_to_change(settings)
    ended = page.delete(path)
    usual = settings.vehicles[name].charger if name in settings.vehicles else name
    goals: list[Json] = page.get("status").get("goals", [])
    goal = next((one for one in goals if one["charger"] == usual), {"charger": name, "text": "ended"})
    return {**goal, **ended}


def _in_file(settings: Settings, change: Callable[[GoalBoard], GoalReport]) -> Json | None:
    """The goal after a change in the file. None: a service runs. Raises GoalError."""
    from optimizer.runtime.goals.kept import KeptGoals
    from optimizer.serve.web.goals import goal_document

    def made(folder: Path) -> Json:
        store = KeptGoals(KeptFiles(folder))
        report = change(_board(settings, store))
        if store.failed:
            fail(Text("the goal cannot be kept for the next start: {failed}", failed=store.failed), ExitCode.BROKEN)
        return dict(goal_document(report, settings.site.zone))

    return changed_in_files(settings, made)


def _board(settings: Settings, store: KeptGoals) -> GoalBoard:
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.goals.board import GoalBoard
    from optimizer.settings.goal_mapping import to_goal_plan

    return GoalBoard(to_goal_plan(settings), SystemClock(), store)
