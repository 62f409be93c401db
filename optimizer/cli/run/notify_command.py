"""`optimizer notify`: sends a test message to every target of the notifications."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.serve.notify.message import Message
    from optimizer.serve.notify.notifier import Outbox


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("notify")(notify)


def notify(
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
) -> None:
    """Send a test message to every target of the notifications. Exit with code 1 if one of them fails."""
    from optimizer.cli.load import settings_of
    from optimizer.cli.run.notify import build_targets, site_language
    from optimizer.model.clock import SystemClock
    from optimizer.serve.notify.message import message
    from optimizer.serve.notify.notifier import Outbox
    from optimizer.settings.notify_mapping import NOT_INSTALLED

    # Without Apprise, each target says so itself.
    settings = settings_of(config, tell=lambda text: None if NOT_INSTALLED in text else echo(said(text), err=True))
    if settings.notify is None:
        fail(
            Text("{config}: there are no targets; add `notify` (docs/how-to/notifications.md)", config=str(config)),
            ExitCode.MISTAKE,
        )
    targets, problems = build_targets(settings.notify)
    test = message(settings.site.name, [Text("This is a test message.")], site_language(settings))
    problems |= asyncio.run(_send([Outbox(target, SystemClock()) for target in targets], test))
    for name in settings.notify.targets:
        problem = problems.get(name, "")
        answer = Text("{name}: failed: {why}", name=name, why=problem) if problem else Text("{name}: sent", name=name)
        echo(said(answer), err=bool(problem))
    if any(problems.values()):
        raise typer.Exit(ExitCode.BROKEN)


async def _send(outboxes: list[Outbox], test: Message) -> dict[str, str]:
    """Send `test` to each target. Returns the reason of each failure by target, empty after success."""
    from optimizer.serve.notify.notifier import SEND_S

    problems = await asyncio.gather(*(outbox.send(test, SEND_S) for outbox in outboxes))
    return {outbox.target.name: problem for outbox, problem in zip(outboxes, problems, strict=True)}
