"""The limit on requests of one client, so that no client takes the time that decisions need.

It is far above the needs of Prometheus, an open page, or a charger. Each listener counts for itself.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from optimizer.serve.access.client import client_of, is_this_machine

SUSTAINED = 50.0
"""Requests a second that one client may make without limit of time."""
BURST = 200.0
"""Requests that a client may make at once after a pause."""
HEALTH = "/healthz"
MOST_CLIENTS = 1024
"""Clients that are remembered. The client that has been silent longest is forgotten first."""


class Rates:
    """For each client a bucket of `factor` × BURST requests that fills with `factor` × SUSTAINED a second."""

    def __init__(self, monotonic_s: Callable[[], float], factor: float = 1.0) -> None:
        self._monotonic_s = monotonic_s
        self._factor = factor
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By client: remaining requests, and the monotonic time in s of this number."""

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_s(self, client: str) -> float:
        """Count a request of `client`. Returns the s that it has to wait, 0 for none."""
        now_s = self._monotonic_s()
        burst, sustained = self._factor * BURST, self._factor * SUSTAINED
        left, then_s = self._buckets.pop(client, (burst, now_s))
        left = min(burst, left + (now_s - then_s) * sustained)
        allowed = left >= 1.0
        self._buckets[client] = (left - 1.0 if allowed else left, now_s)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / sustained


def limited(app: ASGIApp, monotonic_s: Callable[[], float]) -> ASGIApp:
    """The app with answer 429 and Retry-After for a client that asks too often.

    The health check of this machine is not limited. It shares its address with a reverse proxy, if there is one, and so
    with all of the proxy's clients.
    """
    rates = Rates(monotonic_s)

    async def limiting(scope: Scope, receive: Receive, send: Send) -> None:
        wait_s = 0.0 if _is_own_health_check(scope) else rates.wait_s(client_of(scope))
        if not wait_s:
            await app(scope, receive, send)
            return
        error = {"error": f"more than {SUSTAINED:g} requests a second; wait a little"}
        headers = {"retry-after": str(math.ceil(wait_s)), "connection": "close"}
        await JSONResponse(error, 429, headers)(scope, receive, send)

    return limiting


def _is_own_health_check(scope: Scope) -> bool:
    host, _ = scope.get("client") or ("", 0)
    return scope.get("path") == HEALTH and is_this_machine(str(host))
