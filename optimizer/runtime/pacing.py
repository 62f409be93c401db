"""How long to wait: backoff with jitter, circuit breaking, and waiting for an event or a time."""

from __future__ import annotations

import asyncio
import zlib

from optimizer.model.clock import Clock

PATIENCE = 3
"""Failures in a row that are retried at the ordinary pace; then the circuit opens."""
MAX_BACKOFF_S = 30.0
"""A device that is back is noticed within about this time."""
JITTER = 0.25
"""Share by which a backoff varies, so that devices and instances do not knock in step."""

TIMER_SLACK_S = 0.05
"""A timer may fire a hair early; what is due within this time is due now."""


def circuit_open(failures: int) -> bool:
    """Whether so many failures in a row mean that the device is only probed now and then."""
    return failures > PATIENCE


def jittered(seconds: float, name: str, attempt: int) -> float:
    """`seconds` varied by ± JITTER; the same for the same name and attempt, so that runs repeat."""
    share = zlib.crc32(f"{name}/{attempt}".encode()) / 0xFFFFFFFF
    return seconds * (1 - JITTER + 2 * JITTER * share)


def backoff_s(failures: int, base_s: float, name: str, ceiling_s: float = MAX_BACKOFF_S) -> float:
    """Seconds until the next attempt after `failures` (≥ 1) in a row: the base, then doubling to the ceiling."""
    doublings = min(16, max(0, failures - PATIENCE))
    return jittered(max(base_s, min(ceiling_s, base_s * 2.0**doublings)), name, failures)


async def wait_for(clock: Clock, event: asyncio.Event, seconds: float) -> bool:
    """Wait until `event` is set or `seconds` of house time are over; clears the event, tells whether it was set."""
    if not event.is_set() and seconds > 0:
        # A wait shorter than a timer's precision could end without any time having passed, again and again.
        sleeper = asyncio.ensure_future(clock.sleep(max(seconds, TIMER_SLACK_S)))
        waiter = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({sleeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waiter.cancel()
    else:
        # Even a caller that never has to wait leaves the others their turn.
        await asyncio.sleep(0)
    fired = event.is_set()
    event.clear()
    return fired
