"""The part of the settings that a hand-back needs: the devices, `on_exit`, the folder of the record, and the
targets of messages.

A hand-back must work after a crash, also if other settings have mistakes. These are reported and stop nothing. Rules
are not read.
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
from optimizer.settings.switch_mapping import switch_findings


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """The part of the settings that could be read."""

    settings: Settings
    """Only `devices`, `switches`, `connections`, `on_exit`, `state_dir`, `site`, and `notify` come from the file."""
    unusable: Mapping[str, frozenset[str]]
    """Devices with a mistake in their settings, with the names of themselves and their batteries in rules."""
    errors: SettingsErrors | None
    """All mistakes."""


def load_for_release(path: Path, environ: Mapping[str, str]) -> ReleaseSettings:
    """The part of the file `path` that a hand-back needs, overridden by `environ`.

    Raises SettingsErrors if the file is not YAML, or if `devices`, `on_exit`, or `state_dir` is not valid.
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
    loads, unusable_loads = _switches(sources.data)
    usable = {name: section for name, section in sections.items() if _valid(devices={name: section})}
    settings = Settings(**given, devices=usable, **loads)
    twice = _named_twice(settings)
    kept = {name: device for name, device in settings.devices.items() if not twice & {*device.batteries(name)}}
    unusable = {name: _names(name, section) for name, section in sections.items() if name not in kept}
    unusable |= {name: frozenset({name}) for name in unusable_loads if name not in sections}
    update = {"devices": kept, **_of_messages(sources.data)}
    return ReleaseSettings(sources.located(settings.model_copy(update=update)), unusable, errors)


def _of_messages(data: Mapping[str, Any]) -> dict[str, Any]:
    """The valid sections `site` and `notify`, for the message about devices that are not handed back."""
    given = {name: data[name] for name in ("site", "notify") if name in data}
    return {name: getattr(Settings(**{name: one}), name) for name, one in given.items() if _valid(**{name: one})}


def _switches(data: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """The usable sections `switches` and `connections`, and the names of loads with a mistake."""
    connections, switches = data.get("connections") or {}, data.get("switches") or {}
    if not isinstance(connections, dict) or not isinstance(switches, dict):
        return {}, set(switches) if isinstance(switches, dict) else set()
    reached = {name: section for name, section in connections.items() if _valid(connections={name: section})}
    usable = {name: section for name, section in switches.items() if _is_usable(name, section, reached)}
    return {"connections": reached, "switches": usable}, set(switches) - set(usable)


def _is_usable(name: str, section: object, connections: Mapping[str, Any]) -> bool:
    if not _valid(switches={name: section}):
        return False
    given: dict[str, Any] = {"connections": connections, "switches": {name: section}}
    settings = Settings(**given)
    return not any(key[-1] == "connection" for key, _, _ in switch_findings(settings))


def _valid(**given: Any) -> bool:
    try:
        Settings(**given)
    except ValidationError:
        return False
    return True


def _named_twice(settings: Settings) -> set[str]:
    """Batteries without a known device."""
    counts = Counter(battery for name, device in settings.devices.items() for battery in device.batteries(name))
    return {battery for battery, count in counts.items() if count > 1}


def _names(name: str, section: object) -> frozenset[str]:
    more = section.get("more_batteries") if isinstance(section, dict) else None
    return frozenset({name, *(map(str, more) if isinstance(more, dict) else ())})
