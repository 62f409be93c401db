"""The start of commands that use devices: the settings, and the lock against a second instance."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

from optimizer.cli.console import said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import tell_house_time
from optimizer.runtime.record.lock import AlreadyRunning, InstanceLock
from optimizer.settings import Settings, SettingsErrors, load_settings
from optimizer.words.language import ENGLISH, language_of, propose, spoken
from optimizer.words.text import Text, message_of

log = logging.getLogger(__name__)


def settings_of(config: Path, tell: Callable[[str], None] | None = None) -> Settings:
    """The settings; ends the command with every mistake in them. Warnings go to `tell`, or without it to the log.

    If the locale names no language, the command talks in the one of the settings from here on.
    """
    try:
        settings = load_settings(config, os.environ)
    except SettingsErrors as errors:
        fail(errors.render(spoken()), ExitCode.MISTAKE)
    propose(language_of(settings.site.language) or ENGLISH)
    tell_house_time(settings.site.zone)
    for warning in settings.warnings:
        if tell is not None:
            tell(Text("warning: {text}", text=warning))
        else:
            log.warning("%s", warning)
    return settings


def needs_devices(settings: Settings, config: Path) -> None:
    """End the command if no device is configured. Rules can be tested without devices, but nothing can run."""
    if not settings.devices:
        what = Text("{file}: no devices, so there is nothing to run", file=str(config))
        hint = Text(
            "`optimizer discover` finds chargers, `optimizer probe ADDRESS` prints settings, `optimizer init` asks"
        )
        fail(f"{said(what)}\n      {said(hint)}", ExitCode.MISTAKE)


def settings_and_lock(config: Path) -> tuple[Settings, InstanceLock]:
    """The settings and the lock of their state folder; ends the command if another instance holds it."""
    settings = settings_of(config)
    needs_devices(settings, config)
    return settings, lock_of(settings)


def lock_of(settings: Settings) -> InstanceLock:
    """Take the lock of the state folder; end the command if another instance holds it."""
    lock = InstanceLock(state_folder(settings))
    try:
        lock.acquire()
    except AlreadyRunning as running:
        fail(message_of(running), ExitCode.RUNNING)
    return lock


def state_folder(settings: Settings) -> Path:
    """The folder of the lock and of the record of devices written to."""
    assert settings.state_dir is not None  # load_settings has filled it in
    return settings.state_dir
