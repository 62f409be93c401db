"""A simulated house that runs in a thread of its own, so that commands can be called as a person calls them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from optimizer.model.clock import ScaledClock
from optimizer.twin.house import HouseSpec, RunningHouse, start_house
from tests.cli.program import Runner, application

T = TypeVar("T")
FIRST_S = 3.0
"""House seconds until every device has measured: in its first one, a house has no load yet."""
WINDOW_S = 0.02
"""The time of `optimizer.devices.pace` for its number of connections."""
NOON = datetime(2025, 6, 21, 10, 0, tzinfo=UTC)


class Village:
    """The house, and the way to look into it."""

    def __init__(self, spec: HouseSpec, clock: ScaledClock) -> None:
        self.clock = clock
        self._spec = spec
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.house: RunningHouse = asyncio.run_coroutine_threadsafe(start_house(spec, clock), self._loop).result(20)

    def look(self, at: Callable[[RunningHouse], T]) -> T:
        """The value of `at` in the house as of now."""

        async def now() -> T:
            self.house.live.advance()
            return at(self.house)

        return asyncio.run_coroutine_threadsafe(now(), self._loop).result(20)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.house.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()


@contextmanager
def village(spec: HouseSpec, speed: float = 60.0) -> Iterator[Village]:
    """Runs for the block, `speed` times as fast as the wall."""
    running = Village(spec, ScaledClock(NOON, speed))
    time.sleep(min(FIRST_S / speed, 0.2))
    try:
        # All devices have one address here, so the pace for one device would hold up all of them.
        with patch("optimizer.devices.pace.WINDOW_S", WINDOW_S):
            yield running
    finally:
        running.stop()


def call(*words: str, stdin: str = "") -> tuple[int, str]:
    """Exit code and all output of a command."""
    result = Runner().invoke(application(), words, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def site(folder: Path, text: str) -> Path:
    """A site.yaml with the shipped rules."""
    from optimizer.cli.run.books import shipped_rules

    path = folder / "site.yaml"
    path.write_text(f"rules: {shipped_rules()}\nserve: {{status: }}\n{text}")
    path.chmod(0o600)
    return path
