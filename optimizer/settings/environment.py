"""What the environment says: OPTIMIZER_SITE__TIME_ZONE=Europe/Vienna sets `site.time_zone`.

Also where secrets come from that do not stand in the file: files named by `…_file`, and systemd's
credentials, whose names are the settings' own (`devices.house.password`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import Mistake, Place
from optimizer.settings.secret import checked_secret

PREFIX = "OPTIMIZER_"
NOT_SETTINGS = frozenset({"OPTIMIZER_CONFIG", "OPTIMIZER_LOG_FORMAT", "OPTIMIZER_LOG_LEVEL"})
"""Variables of the command line, not of the settings."""
LONGEST_SECRET = 4096
ONE_LINE = "a readable file with one line"
SECRETS = ("password", "token")
"""Settings that may be given as `<name>_file` or as a credential."""


def variables(environ: Mapping[str, str]) -> dict[KeyPath, tuple[str, Any]]:
    """Settings in the environment: path → (variable, value). A value that begins with [ or { is JSON."""
    found: dict[KeyPath, tuple[str, Any]] = {}
    for name, text in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            found[tuple(name.removeprefix(PREFIX).lower().split("__"))] = (name, _parsed(text))
    return found


def _parsed(text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def tree(values: Mapping[KeyPath, Any]) -> dict[str, Any]:
    """Nested mappings from paths; a shorter path gives way to a longer one."""
    root: dict[str, Any] = {}
    for path, value in sorted(values.items(), key=lambda item: len(item[0])):
        node = root
        for part in path[:-1]:
            inner = node.get(str(part))
            if not isinstance(inner, dict):
                inner = node[str(part)] = {}
            node = inner
        node[str(path[-1])] = value
    return root


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `over` on top; mappings are merged, everything else replaced."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def secret_files(
    data: Mapping[str, Any], folder: Path, place: Any, path: KeyPath = ()
) -> tuple[dict[str, Any], list[Mistake]]:
    """`data` with every `password_file` replaced by the `password` in it, and what went wrong.

    Relative names are looked up beside the settings, in `folder`. `place(path)` tells where a setting stands.
    """
    result: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for key, value in data.items():
        here = (*path, key)
        stem = key.removesuffix("_file")
        if isinstance(value, dict):
            result[key], inner = secret_files(value, folder, place, here)
            mistakes += inner
        elif stem == key or stem not in SECRETS:
            result[key] = value
        elif stem in data:
            mistakes.append(
                Mistake(place(here), ".".join(map(str, here)), f"{stem} and {key} are both given", "one of them")
            )
        else:
            text, wrong = _secret(folder / str(value), stem) if isinstance(value, str) else ("", "is not a file name")
            if wrong:
                mistakes.append(Mistake(place(here), ".".join(map(str, here)), wrong, ONE_LINE))
            else:
                result[stem] = text
    return result, mistakes


def credentials(environ: Mapping[str, str]) -> tuple[dict[KeyPath, str], list[Mistake]]:
    """Secrets that systemd hands over in $CREDENTIALS_DIRECTORY, by the setting that each is named after, and what
    is wrong with them."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not Path(folder).is_dir():
        return {}, []
    found: dict[KeyPath, str] = {}
    mistakes: list[Mistake] = []
    for file in sorted(Path(folder).iterdir()):
        path = tuple(file.name.split("."))
        if path[-1] in SECRETS and len(path) > 1:
            text, wrong = _secret(file, path[-1])
            if wrong:
                mistakes.append(Mistake(Place(f"credential {file.name}"), file.name, wrong, ONE_LINE))
            else:
                found[path] = text
    return found, mistakes


def _secret(file: Path, name: str) -> tuple[str, str]:
    """The secret for the setting `name` in `file`, without white space around it; or why there is none."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(LONGEST_SECRET + 1)
        text = raw.decode("utf-8-sig").strip()
    except OSError as error:
        return "", f"the file {file} cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        return "", f"the file {file} is not text"
    if not text or "\n" in text or len(raw) > LONGEST_SECRET:
        return "", f"the file {file} does not hold exactly one line"
    try:
        return checked_secret(name, text), ""
    except ValueError as error:
        return "", f"the secret in {file} {error}"
