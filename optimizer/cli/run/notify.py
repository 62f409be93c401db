"""From the settings to the notifier, to the targets of a test message, and to the message of `optimizer release`."""

# ruff: noqa: PLC0415 - Apprise is imported only where it is configured

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import SystemClock
from optimizer.model.extras import NOTIFY, how_to_install
from optimizer.serve.notify.kept import KeptNotices
from optimizer.serve.notify.notifier import Notifier, Outbox, say_held
from optimizer.serve.panel import Panel
from optimizer.settings.notify_mapping import has_apprise, to_limits
from optimizer.words.language import ENGLISH, Language, language_of
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.serve.notify.target import Target
    from optimizer.settings import Settings
    from optimizer.settings.notify import NotifySettings

log = logging.getLogger(__name__)


def build_notifier(settings: Settings, given: NotifySettings, panel: Panel, files: KeptFiles) -> Notifier:
    """The notifier. A target that cannot be used is shown as a problem, and does not stop the service."""
    targets, unusable = build_targets(given)
    return Notifier(
        targets,
        panel,
        site_language(settings),
        KeptNotices(files),
        limits=to_limits(given),
        plug_in_s=given.plug_in_h * 3600.0,
        unusable=unusable,
    )


def build_targets(given: NotifySettings) -> tuple[list[Target], dict[str, str]]:
    """The targets, and those that cannot be used, by name with the reason."""
    if not has_apprise():
        why = Text("Apprise is not installed. Run {command}", command=how_to_install(NOTIFY))
        return [], dict.fromkeys(given.targets, why)
    from optimizer.serve.notify.target import BadTarget, Target

    targets: list[Target] = []
    unusable: dict[str, str] = {}
    for name, one in given.targets.items():
        try:
            targets.append(Target(name, one.apprise_url.get_secret_value()))
        except BadTarget as error:
            unusable[name] = error.args[0]
    return targets, unusable


async def say_not_handed_back(settings: Settings, left: Mapping[str, str], folder: Path) -> None:
    """Send that `optimizer release` could not hand back these devices, by key with the reason. Without targets, or
    with targets that fail, it only logs."""
    given = settings.notify
    if given is None or not left:
        return
    targets, unusable = build_targets(given)
    for name, problem in unusable.items():
        log.warning("%s: %s", name, problem)
    clock, limits = SystemClock(), to_limits(given)
    await say_held(
        left, [Outbox(target, clock) for target in targets], KeptNotices(KeptFiles(folder)), limits,
        site=settings.site.name, language=site_language(settings), local=clock.now().astimezone(settings.site.zone),
    )  # fmt: skip


def site_language(settings: Settings) -> Language:
    """The language of messages to people."""
    return language_of(settings.site.language) or ENGLISH
