"""Simulated services on a loop of their own, and a command that runs beside them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from typer.testing import CliRunner

from optimizer.twin.http import HttpServer


@contextmanager
def served(make: Callable[[], HttpServer]) -> Iterator[str]:
    """The URL of a server that answers inside the block, whatever the thread of the test does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = make()
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def invoked(register: Callable[[typer.Typer], None], folder: Path, text: str, *words: str) -> tuple[int, str]:
    """The exit code and the output of a command with these settings. FOLDER in them is the state folder."""
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(text.replace("FOLDER", str(folder / "state")))
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["-c", str(folder / "site.yaml"), *words])
    return result.exit_code, result.output
