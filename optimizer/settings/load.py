"""Loads the settings from the environment, the credentials, the files with secrets, and the file, in this order."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource

from optimizer.settings.checks import findings
from optimizer.settings.document import KeyPath, read_document
from optimizer.settings.errors import Mistake, SettingsErrors
from optimizer.settings.explain import Explainer, dotted
from optimizer.settings.root import Settings
from optimizer.settings.schema import Reference
from optimizer.settings.sources import (
    DELIMITER,
    SECRETS,
    GatheredSource,
    ReadSource,
    VariableSource,
    credentials,
    secret_files,
    variables,
)
from optimizer.settings.warnings import find_warnings
from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class Sources:
    """The file, the files with secrets, the credentials, and the environment."""

    chain: tuple[PydanticBaseSettingsSource, ...]
    """The sources, the one with the highest priority first."""
    gathered: GatheredSource
    """The merged values. Filled by `settings()`."""
    mistakes: tuple[Mistake, ...]
    """The mistakes that were found while the sources were read."""
    said: Mapping[str, Any]
    """The values of the file alone."""
    explainer: Explainer
    folder: Path
    """The folder of the file. Relative names start there."""
    environ: Mapping[str, str]

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Sources:
        """Raises SettingsErrors if the file cannot be read or is not YAML."""
        document = read_document(path)
        folder = path.resolve().parent
        given = variables(environ)
        names: dict[KeyPath, str] = {tuple(key.split(DELIMITER)): name for key, (name, _) in given.items()}
        texts = {key: text for key, (_, text) in given.items()}
        explainer = Explainer(document, names, _reference)
        base, mistakes = secret_files(document.data, folder, explainer.place)
        over, more = secret_files(
            VariableSource(Settings, texts, DELIMITER)(),
            folder,
            explainer.place,
        )
        handed, wrong = credentials(environ)
        gathered = GatheredSource(Settings)
        chain = (
            ReadSource(Settings, over),
            VariableSource(Settings, handed, "."),
            ReadSource(Settings, base),
            gathered,
        )
        return cls(
            chain=chain,
            gathered=gathered,
            mistakes=(*mistakes, *more, *wrong),
            said=document.data,
            explainer=explainer,
            folder=folder,
            environ=environ,
        )

    @property
    def data(self) -> dict[str, Any]:
        """The merged values of all sources, before validation."""
        return self.gathered.data

    def settings(self) -> tuple[Settings | None, list[Mistake]]:
        """The settings with absolute paths, or None if they are not valid, and every mistake."""
        try:
            # A parameter of the library. The type checker knows only the fields.
            settings = Settings(_build_sources=(self.chain, {}))  # type: ignore[call-arg]
        except ValidationError as error:
            return None, [*self.mistakes, *self.explainer.mistakes(error.errors())]
        found = (Mistake(self.explainer.place(key), dotted(key), *words) for key, *words in findings(settings))
        return self.located(settings), [*self.mistakes, *found]

    def located(self, settings: Settings) -> Settings:
        """`settings` with absolute paths."""
        update = {"rules": self.folder / settings.rules, "state_dir": self._state(settings)}
        return settings.model_copy(update=update)

    def _state(self, settings: Settings) -> Path:
        if settings.state_dir is not None:
            return self.folder / settings.state_dir
        given = self.environ.get("STATE_DIRECTORY", "").partition(":")[0]
        return Path(given) if given else self.folder / "state"


@cache
def _reference() -> Reference:
    """What is allowed. To find it takes longer than to load the settings, and only messages need it."""
    return Reference(Settings.model_json_schema())


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file `path`, overridden by `environ`.

    Raises SettingsErrors with every mistake and its place. `.render()` gives the text for the owner.
    """
    sources = Sources.read(path, environ)
    settings, mistakes = sources.settings()
    if settings is not None and not settings.rules.exists():
        what = Text("there is no file or folder {rules}", rules=str(settings.rules))
        right = Text("where the rule files are")
        mistakes.append(Mistake(sources.explainer.place(("rules",)), "rules", what, right))
    if settings is None or mistakes:
        raise SettingsErrors(mistakes)
    place = sources.explainer.place
    doubtful = (
        Text("{place}: {key}: {what}; {right}", place=place(key).named, key=dotted(key), what=what, right=right)
        for key, what, right in find_warnings(settings)
    )
    settings._warnings = (*_exposed(path, sources.said, sources.folder), *doubtful)
    return settings


def _exposed(path: Path, data: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Warnings about files with secrets that every user of this machine may read.

    The service of deploy/ runs as a user that owns none of them. If only the owner may read a file, the service cannot
    read it either. Then a credential is needed.
    """
    files: dict[Path, list[str]] = {}
    for key, value in _secrets(data):
        inside = key[-1] in SECRETS
        setting = dotted(key) if inside else dotted(key).removesuffix("_file")
        files.setdefault(path if inside else folder / str(value), []).append(setting)
    for file, settings in files.items():
        if file.stat().st_mode & stat.S_IROTH:
            lines = " ".join(f"LoadCredential={setting}:/etc/optimizer/secrets/{setting}" for setting in settings)
            yield Text(
                "{file} holds {settings}, and everybody on this machine may read it. If you run the service as "
                "yourself: chmod 600 {file}. For the systemd service: move each into a file of its own (of root, chmod "
                "600) and out of {name}, and hand it over by {lines} (docs/how-to/install-as-a-service.md, Passwords "
                "and tokens)",
                file=str(file), settings=", ".join(settings), lines=lines, name=path.name,
            )  # fmt: skip


def _secrets(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _secrets(value, (*path, key))
        elif key.removesuffix("_file") in SECRETS and value:
            yield (*path, key), value
