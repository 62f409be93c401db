"""Virtual time for tests; see optimizer.twin.virtual_time, which the soak benchmark shares."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any

from optimizer.twin.virtual_time import NOON, VirtualClock, VirtualLoop, run_virtually

__all__ = ["NOON", "VirtualClock", "VirtualLoop", "run_virtually", "virtually"]


def virtually(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """The test in virtual time: hours pass in milliseconds."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        run_virtually(test(*args, **kwargs))

    return run
