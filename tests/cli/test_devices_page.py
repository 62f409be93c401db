"""The examples in the pages docs/how-to/connect-*.md are settings that load."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.run.books import shipped_rules
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.tools.names import names_in
from optimizer.settings import load_settings

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
TEXT = "\n".join(page.read_text("utf-8") for page in sorted(HOW_TO.glob("connect-*.md")))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_loads(example: str, tmp_path: Path) -> None:
    if example.startswith("version: 1"):  # rules, not settings
        assert book_from_texts({"example.yaml": example}, names_in([example]), ZoneInfo("Europe/Berlin")).rules
        return
    # An indented one shows a device of another kind in place of the one before it.
    text = f"devices:\n{example}" if example.startswith("  ") else example
    for file in re.findall(r"\w+_file: (\S+)", text):
        (tmp_path / file).write_text("something\n")
        (tmp_path / file).chmod(0o600)
    path = tmp_path / "site.yaml"
    path.write_text(f"rules: {shipped_rules()}\n{text}")
    path.chmod(0o600)
    settings = load_settings(path, {})
    assert settings.devices or settings.serve.feed
    assert not settings.warnings


def test_every_type_of_device_is_described() -> None:
    for word in ("nrgkick", "fems", "sonnen", "givtcp", "givtcp_evc", "http_json", "modbus", "mqtt"):
        assert f"type: {word}" in TEXT
