"""The settings as far as handing back needs them: after a crash is no time to insist on the rest.

The devices that can be read, what a charger is left with, and where the record is. Rules are not looked at; what
is wrong elsewhere is told and stops nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.settings.errors import SettingsErrors
from optimizer.settings.load import Sources
from optimizer.settings.root import Settings


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """What could be read."""

    settings: Settings
    """Only `devices`, `on_exit` and `state_dir` are as the owner says."""
    unusable: Mapping[str, frozenset[str]]
    """Devices whose own settings have a mistake, with the names that rules may know them and their batteries by."""
    errors: SettingsErrors | None
    """Everything that is wrong."""


def load_for_release(path: Path, environ: Mapping[str, str]) -> ReleaseSettings:
    """What handing back needs of the file `path`, overridden by `environ`.

    Raises SettingsErrors where the file is not YAML, or says wrongly where the record or the devices are.
    """
    sources = Sources.read(path, environ)
    settings, mistakes = sources.settings()
    if settings is not None and not mistakes:
        return ReleaseSettings(settings, {}, None)
    errors = SettingsErrors(mistakes)
    sections = sources.data.get("devices") or {}
    given = {key: sources.data[key] for key in ("state_dir",) if key in sources.data}
    if not isinstance(sections, dict) or not _valid(**given):
        raise errors
    if "on_exit" in sources.data and _valid(on_exit=sources.data["on_exit"]):
        given["on_exit"] = sources.data["on_exit"]
    usable = {name: section for name, section in sections.items() if _valid(devices={name: section})}
    settings = Settings(**given, devices=usable)
    twice = _named_twice(settings)
    kept = {name: device for name, device in settings.devices.items() if not twice & {*device.batteries(name)}}
    unusable = {name: _names(name, section) for name, section in sections.items() if name not in kept}
    return ReleaseSettings(sources.located(settings.model_copy(update={"devices": kept})), unusable, errors)


def _valid(**given: Any) -> bool:
    try:
        Settings(**given)
    except ValidationError:
        return False
    return True


def _named_twice(settings: Settings) -> set[str]:
    """Batteries of which nobody can tell to which device they belong."""
    counts = Counter(battery for name, device in settings.devices.items() for battery in device.batteries(name))
    return {battery for battery, count in counts.items() if count > 1}


def _names(name: str, section: object) -> frozenset[str]:
    more = section.get("more_batteries") if isinstance(section, dict) else None
    return frozenset({name, *(map(str, more) if isinstance(more, dict) else ())})
