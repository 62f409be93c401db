"""Limits on open connections: for each client, for all together, and places that are kept for this machine."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from optimizer.serve.access.client import is_this_machine, network_of
from optimizer.serve.access.rate import Rates

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 32
"""Open connections of all clients together at one listener."""
PER_CLIENT = 12
"""Open connections of one client: two browsers and a monitoring system."""
KEPT_FOR_THIS_MACHINE = 8
"""Connections beyond MAX_CONNECTIONS that only clients on this machine get: health checks, the command line."""
RATE_FACTOR = 2.0
"""New connections of one client may come so many times as fast as its requests, so that a fast client gets a 429.
Clients on this machine may open connections as fast as they like: a health check shares their address."""
SAY_EVERY_S = 60.0
"""The log says at most this often that connections are refused."""


class Connections:
    """The open connections of one listener."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._open: Counter[str] = Counter()
        self._rates = Rates(monotonic_s, RATE_FACTOR)
        self._said_s: float | None = None

    def __len__(self) -> int:
        return self._open.total()

    def admit(self, host: str) -> bool:
        """Count a new connection from this address; False if it has to be closed at once."""
        client, local = network_of(host), is_this_machine(host)
        limit = MAX_CONNECTIONS + (KEPT_FOR_THIS_MACHINE if local else 0)
        if not local and self._rates.wait_s(client):
            self._say(f"{client} opens connections too fast")
        elif self._open[client] >= PER_CLIENT:
            self._say(f"{client} has {PER_CLIENT} connections open")
        elif self._open.total() >= limit:
            self._say(f"{limit} connections are open")
        else:
            self._open[client] += 1
            return True
        return False

    def leave(self, host: str) -> None:
        """An admitted connection has ended."""
        client = network_of(host)
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]

    def _say(self, why: str) -> None:
        now_s = self._monotonic_s()
        if self._said_s is None or now_s - self._said_s >= SAY_EVERY_S:
            self._said_s = now_s
            log.warning("HTTP connections are refused: %s", why)
