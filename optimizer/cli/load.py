"""The start of commands that use devices: the settings, and the lock against a second instance."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.logs import tell_house_time
from optimizer.runtime.record.lock import AlreadyRunning, InstanceLock
from optimizer.settings import Settings, SettingsErrors, load_settings

log = logging.getLogger(__name__)


def settings_of(config: Path) -> Settings:
    """The settings; ends the command with every mistake in them."""
    try:
        settings = load_settings(config, os.environ)
    except SettingsErrors as errors:
        fail(errors.render(), ExitCode.MISTAKE)
    tell_house_time(settings.site.zone)
    for warning in settings.warnings:
        log.warning("%s", warning)
    return settings


def needs_devices(settings: Settings, config: Path) -> None:
    """End the command if no device is configured. Rules can be tested without devices, but nothing can run."""
    if not settings.devices:
        what = "`optimizer discover` finds chargers, `optimizer probe ADDRESS` prints settings, `optimizer init` asks"
        fail(f"{config}: no devices, so there is nothing to run\n      {what}", ExitCode.MISTAKE)


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
        fail(str(running), ExitCode.RUNNING)
    return lock


def state_folder(settings: Settings) -> Path:
    """The folder of the lock and of the record of devices written to."""
    assert settings.state_dir is not None  # load_settings has filled it in
    return settings.state_dir
