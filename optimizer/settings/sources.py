"""The sources of the settings for pydantic-settings: environment, credentials, and the file.

The environment wins over the credentials, and these win over the file. `OPTIMIZER_SITE__TIME_ZONE=Europe/Vienna` sets
`site.time_zone`. Secrets may be outside the file: `password_file` names a file with the password, and a systemd
credential has the name of its setting (`devices.house.password`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from optimizer.settings.document import KeyPath
from optimizer.settings.errors import Mistake, Place
from optimizer.settings.secret import checked_secret
from optimizer.words.text import Text, message_of

PREFIX = "OPTIMIZER_"
DELIMITER = "__"
"""The separator of the parts of a setting in the name of a variable."""
NOT_SETTINGS = frozenset({"OPTIMIZER_CONFIG", "OPTIMIZER_LOG_FORMAT", "OPTIMIZER_LOG_LEVEL"})
"""Variables of the command line, not of the settings."""
LONGEST_SECRET = 4096
ONE_LINE = Text("a readable file with one line")
SECRETS = ("password", "token", "apprise_url")
"""Settings that may be given as `<name>_file` or as a credential."""


class ReadSource(PydanticBaseSettingsSource):
    """Values that were read before from the file or the environment. The document has their positions."""

    def __init__(self, settings_cls: type[BaseSettings], data: Mapping[str, Any]) -> None:
        super().__init__(settings_cls)
        self._data = dict(data)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of one field, its key, and False because it needs no decoding."""
        return self._data.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All values, with unknown settings. Validation reports those."""
        return self._data


class VariableSource(EnvSettingsSource):
    """Named texts: environment variables or credentials. `delimiter` separates the parts of a setting in a name."""

    def __init__(self, settings_cls: type[BaseSettings], texts: Mapping[str, str], delimiter: str) -> None:
        """`texts` by name without prefix, in lower case."""
        self._texts = dict(texts)
        super().__init__(settings_cls, env_prefix="", env_nested_delimiter=delimiter)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._texts

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """The value as JSON. Other text is returned unchanged, so that validation reports it."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except (ValueError, RecursionError):
            return value

    def __call__(self) -> dict[str, Any]:
        """The settings in the texts. A text with an unknown setting is kept, so that validation reports it."""
        found = super().__call__()
        delimiter = self.env_nested_delimiter or ""
        for name, text in sorted(self._texts.items()):
            _keep(found, name.split(delimiter), text)
        return found


class GatheredSource(PydanticBaseSettingsSource):
    """The last source. It adds nothing and keeps the merged values of all sources, also invalid ones."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.data: dict[str, Any] = {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """This source has no values."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """This source has no values."""
        self.data = dict(self.current_state)
        return {}


def _keep(found: dict[str, Any], path: list[str], text: str) -> None:
    """Put `text` at `path` if there is no value yet."""
    *parents, last = path
    node: Any = found
    for part in parents:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            return
    node.setdefault(last, text)


def variables(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The environment variables that are settings: (variable, text) by the setting, with `__` between its parts."""
    return {
        name.removeprefix(PREFIX).lower(): (name, text)
        for name, text in environ.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS
    }


def secret_files(
    data: Mapping[str, Any], folder: Path, place: Any, path: KeyPath = ()
) -> tuple[dict[str, Any], list[Mistake]]:
    """`data` with every `password_file` replaced by the `password` in it, and the mistakes.

    Relative names start in `folder`, beside the settings. `place(path)` gives the place of a setting.
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
                Mistake(
                    place(here),
                    ".".join(map(str, here)),
                    Text("{stem} and {key} are both given", stem=stem, key=key),
                    Text("one of them"),
                )
            )
        else:
            text, wrong = (
                _secret(folder / str(value), stem) if isinstance(value, str) else ("", Text("is not a file name"))
            )
            if wrong:
                mistakes.append(Mistake(place(here), ".".join(map(str, here)), wrong, ONE_LINE))
            else:
                result[stem] = text
    return result, mistakes


def credentials(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Mistake]]:
    """The secrets that systemd passes in $CREDENTIALS_DIRECTORY, by the name of the setting, and the mistakes."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder or not Path(folder).is_dir():
        return {}, []
    found: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for file in sorted(Path(folder).iterdir()):
        path = tuple(file.name.split("."))
        if path[-1] in SECRETS and len(path) > 1:
            text, wrong = _secret(file, path[-1])
            if wrong:
                mistakes.append(Mistake(Place(f"credential {file.name}"), file.name, wrong, ONE_LINE))
            else:
                found[file.name] = text
    return found, mistakes


def _secret(file: Path, name: str) -> tuple[str, str]:
    """The secret for the setting `name` in `file` without surrounding white space, or the reason why there is none."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(LONGEST_SECRET + 1)
        text = raw.decode("utf-8-sig").strip()
    except OSError as error:
        return "", Text("the file {file} cannot be read: {strerror}", file=str(file), strerror=message_of(error))
    except UnicodeDecodeError:
        return "", Text("the file {file} is not text", file=str(file))
    if not text or "\n" in text or len(raw) > LONGEST_SECRET:
        return "", Text("the file {file} does not contain exactly one line", file=str(file))
    try:
        return checked_secret(name, text), ""
    except ValueError as error:
        return "", Text("the secret in {file} {error}", file=str(file), error=error.args[0])
