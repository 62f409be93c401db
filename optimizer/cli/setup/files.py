"""The files that `optimizer init` writes: settings, secrets, the token, and the rules with their schema."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from optimizer.cli.setup.answers import Answers
from optimizer.cli.setup.init_text import TOKEN_FILE, settings_text
from optimizer.cli.setup.switch_text import RULES_FILE, rules_text
from optimizer.words.text import Text


class Written(NamedTuple):
    """The result."""

    files: list[tuple[str, Text]]
    """Each file, and a sentence about it."""
    unruled: str
    """The rules of loads that were not written, because there is a folder of rules. Empty if none is missing."""


def write_files(output: Path, answers: Answers, passwords: Mapping[str, str]) -> Written:
    """Write the settings to `output` and the other files beside it. Existing rules and an existing token stay.

    Raises OSError.
    """
    folder, rules = output.parent, output.parent / "rules"
    written, loads = [(f"{output}", Text("the settings"))], rules_text(answers.switches, answers.language)
    folder.mkdir(parents=True, exist_ok=True)
    for name, secret in passwords.items():
        _private(folder / f"{name}.secret", secret + "\n")
        written.append((f"{folder / name}.secret", Text("the secret of {name}; only you may read it", name=name)))
    token = folder / TOKEN_FILE
    if not token.exists():
        _private(token, secrets.token_hex(16) + "\n")
        written.append((f"{token}", Text("the token for changes on the status page; only you may read it")))
    _private(output, settings_text(answers))
    if rules.exists():
        return Written([*written, (f"{rules}/", Text("exists and is not changed"))], loads)
    return Written([*written, *_write_rules(rules, loads)], "")


def _write_rules(rules: Path, loads: str) -> list[tuple[str, Text]]:
    """Write the shipped rules, their schema, and `loads`, the rules of loads."""
    from optimizer.cli.run.books import shipped_rules  # noqa: PLC0415 - only where there are no rules yet
    from optimizer.rules.tools.schema import schema_text  # noqa: PLC0415

    shutil.copytree(shipped_rules(), rules)
    # Their first line points an editor to it.
    schema = rules.parent / "schema" / "rules.schema.json"
    schema.parent.mkdir(exist_ok=True)
    schema.write_text(schema_text(), encoding="utf-8")
    written = [(f"{rules}/", Text("the rules, which you can edit")), (f"{schema}", Text("schema for editors"))]
    if loads:
        (rules / RULES_FILE).write_text(loads, encoding="utf-8")
        written.append((f"{rules / RULES_FILE}", Text("a rule for each load")))
    return written


def _private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(0o600)
