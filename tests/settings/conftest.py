"""A small valid site, and how to read one from text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from optimizer.settings import Settings, SettingsErrors, load_settings

HOUSE = """\
site:
  name: test house
  time_zone: Europe/Berlin
devices:
  carport:
    type: nrgkick
    url: http://192.0.2.10
  house:
    type: fems
    url: http://192.0.2.20
"""

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text as site.yaml beside an empty folder of rules, and read it."""
    (tmp_path / "rules").mkdir()
    file = tmp_path / "site.yaml"

    def _read(text: str = HOUSE, environ: Mapping[str, str] | None = None) -> Settings:
        file.write_text(text, encoding="utf-8")
        return load_settings(file, environ or {})

    return _read


@pytest.fixture
def complain(read: Read) -> Callable[..., str]:
    """The message about a text that has mistakes, without the folder's name."""

    def _complain(text: str = HOUSE, environ: Mapping[str, str] | None = None) -> str:
        with pytest.raises(SettingsErrors) as caught:
            read(text, environ)
        message: str = caught.value.render()
        return message

    return _complain
