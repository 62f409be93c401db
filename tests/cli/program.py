"""The program for tests that call its commands in this process. Its commands are built once: this takes 0.2 s."""

from __future__ import annotations

from functools import cache
from typing import Any
from unittest.mock import patch

from typer.main import get_command
from typer.testing import CliRunner, Result

from optimizer.cli import application as made

application = cache(made)
"""The one application of this process."""
_built = cache(get_command)


class Runner(CliRunner):
    """Calls the commands of `application`."""

    def invoke(self, *words: Any, **more: Any) -> Result:
        with patch("typer.testing._get_command", _built):
            return super().invoke(*words, **more)
