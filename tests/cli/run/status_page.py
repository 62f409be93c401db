"""A status page that answers as a test wants, and the commands that ask it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from optimizer.cli.run import status, why_command
from optimizer.model.site import Site
from optimizer.serve.energy import Books
from optimizer.serve.web.view import status_document
from tests.serve.house import report, state

NOW = datetime(2025, 6, 21, 12, 30, tzinfo=UTC)  # 14:30 in Berlin


def document(**changes: Any) -> dict[str, Any]:
    """The status document of a house."""
    tick = report(state(soc=None), **changes)
    return {**status_document(tick, 1000.0, Books(), Site()), "healthy": "", "journal": "", "can_override": False}


def app() -> typer.Typer:
    """A program with both commands."""
    made = typer.Typer()
    status.register(made)
    why_command.register(made)
    return made


def site(folder: Path, status: str = "{port: 9}") -> Path:
    """The settings of a house whose service does not run."""
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(
        "site: {name: test, time_zone: Europe/Berlin}\n"
        "devices:\n  carport: {type: nrgkick, url: 'http://127.0.0.1:9'}\n"
        f"state_dir: {folder / 'state'}\nserve: {{status: {status}}}\n"
    )
    return config


def served(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    """Let `answer` answer each request."""
    stream = httpx.Client(transport=httpx.MockTransport(answer)).stream

    def mocked(method: str, url: str, trust_env: bool = True, **options: Any) -> Any:
        return stream(method, url, **options)

    monkeypatch.setattr(httpx, "stream", mocked)
