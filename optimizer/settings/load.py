"""Reading the settings: the file, under it secrets from elsewhere, over it the environment."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.settings.checks import findings
from optimizer.settings.document import read_document
from optimizer.settings.environment import SECRETS, credentials, merged, secret_files, tree, variables
from optimizer.settings.errors import Mistake, SettingsErrors
from optimizer.settings.explain import Explainer, dotted
from optimizer.settings.root import Settings


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file `path`, overridden by `environ`.

    Raises SettingsErrors with every mistake found, each with its place; `.render()` is for the owner.
    """
    document = read_document(path)
    folder = path.resolve().parent
    given = variables(environ)
    explainer = Explainer(document, {key: name for key, (name, _) in given.items()}, Settings.model_json_schema)
    base, mistakes = secret_files(document.data, folder, explainer.place)
    over, more = secret_files(tree({key: value for key, (_, value) in given.items()}), folder, explainer.place)
    data = merged(merged(base, tree(credentials(environ))), over)
    try:
        settings = Settings(**data)
    except ValidationError as error:
        raise SettingsErrors([*mistakes, *more, *explainer.mistakes(error.errors())]) from None
    found = [*findings(settings)]
    paths = {"rules": folder / settings.rules, "state_dir": _state(settings, folder, environ)}
    settings = settings.model_copy(update=paths)
    if not settings.rules.exists():
        found.append((("rules",), f"there is no file or folder {settings.rules}", "where the rule files are"))
    mistakes += [*more, *(Mistake(explainer.place(key), dotted(key), what, right) for key, what, right in found)]
    if mistakes:
        raise SettingsErrors(mistakes)
    settings._warnings = tuple(_exposed(path, document.data, folder))
    return settings


def _state(settings: Settings, folder: Path, environ: Mapping[str, str]) -> Path:
    if settings.state_dir is not None:
        return folder / settings.state_dir
    given = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(given) if given else folder / "state"


def _exposed(path: Path, data: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Warnings about files with secrets that everybody on this machine may read."""
    secrets = [*_secrets(data)]
    files = [path] if any(key in SECRETS for key, _ in secrets) else []
    files += [folder / str(value) for key, value in secrets if key not in SECRETS]
    for file in files:
        if file.stat().st_mode & stat.S_IROTH:
            yield f"{file} holds secrets and everybody on this machine may read it; chmod o-r {file}"


def _secrets(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _secrets(value)
        elif key.removesuffix("_file") in SECRETS and value:
            yield key, value
