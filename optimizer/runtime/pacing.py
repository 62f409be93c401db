"""Waiting times: backoff with jitter, a circuit breaker, and a wait for an event or a time."""

from __future__ import annotations

import asyncio
import zlib

from optimizer.model.clock import Clock

PATIENCE = 3
"""Number of consecutive failures that are retried at the normal interval. Then the circuit opens."""
MAX_BACKOFF_S = 30.0
"""A device that answers again is detected within about this time."""
JITTER = 0.25
"""Part by which a backoff varies, so that devices and instances do not retry at the same time."""

TIMER_SLACK_S = 0.05
"""A timer may fire slightly early. An action that is due within this time is due now."""


def circuit_open(failures: int) -> bool:
    """Whether the number of consecutive failures reduces the attempts to occasional ones."""
    return failures > PATIENCE


def jittered(seconds: float, name: str, attempt: int) -> float:
    """`seconds` varied by ± JITTER. It is equal for the same name and attempt, so that runs are repeatable."""
    share = zlib.crc32(f"{name}/{attempt}".encode()) / 0xFFFFFFFF
    return seconds * (1 - JITTER + 2 * JITTER * share)


def backoff_s(failures: int, base_s: float, name: str, ceiling_s: float = MAX_BACKOFF_S) -> float:
    """Seconds until the next attempt after `failures` (≥ 1) in a row: the base, then doubled up to the ceiling."""
    doublings = min(16, max(0, failures - PATIENCE))
    return jittered(max(base_s, min(ceiling_s, base_s * 2.0**doublings)), name, failures)


async def wait_for(clock: Clock, event: asyncio.Event, seconds: float) -> bool:
    """Wait until `event` is set or `seconds` of house time are over. Clear the event. Returns whether it was set."""
    if not event.is_set() and seconds > 0:
        # A wait below the precision of a timer could end before any time passes, and repeat without an end.
        sleeper = asyncio.ensure_future(clock.sleep(max(seconds, TIMER_SLACK_S)))
        waiter = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({sleeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waiter.cancel()
    else:
        # A caller that never waits must still let other tasks run.
        await asyncio.sleep(0)
    fired = event.is_set()
    event.clear()
    return fired
