"""From the settings of notifications to their limits, and the warning about a missing Apprise."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from optimizer.model.extras import NOTIFY, how_to_install
from optimizer.serve.notify.policy import Limits
from optimizer.settings.document import KeyPath
from optimizer.settings.notify import NotifySettings
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and the advice."""


def to_limits(given: NotifySettings) -> Limits:
    """The limits on messages."""
    quiet = None
    if given.quiet_from is not None and given.quiet_to is not None:
        quiet = (_clock_s(given.quiet_from), _clock_s(given.quiet_to))
    return Limits(
        repeat_s=given.repeat_h * 3600.0, per_day=given.per_day, quiet_s=quiet, without=frozenset(given.without)
    )


def has_apprise() -> bool:
    """Whether Apprise is installed."""
    return find_spec("apprise") is not None


NOT_INSTALLED = Text("Apprise is not installed, so no message is sent")


def notify_warnings(settings: Settings) -> Iterator[Finding]:
    """Notifications without Apprise."""
    if settings.notify is not None and not has_apprise():
        yield (
            ("notify",),
            NOT_INSTALLED,
            Text("install it: {notify}", notify=how_to_install(NOTIFY)),
        )


def _clock_s(text: str) -> float:
    hours, _, minutes = text.partition(":")
    return int(hours) * 3600.0 + int(minutes) * 60.0
