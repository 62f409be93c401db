"""Access to the status listener: checks the Host and Origin headers, the token, and the rate of wrong tokens."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

ATTEMPTS = 10
"""Wrong tokens of one client within WINDOW_S. After them the client must wait, also with the right token."""
ALL_ATTEMPTS = 100
"""Wrong tokens of all clients together within WINDOW_S. After them every client must wait."""
WINDOW_S = 60.0
HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{0,5})?")
"""RFC 9110, 7.2: a name or an address, an IPv6 address in brackets, and a port."""


class Refused(Exception):
    """A request is refused. `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class AccessControl:
    """Checks requests, so that a browser on a foreign page can neither read nor change the house.

    `hosts` are the names of the page besides `localhost` and plain addresses. A name that an attacker points at this
    machine (DNS rebinding) is not among them.
    """

    def __init__(self, token: str, hosts: Iterable[str], monotonic_s: Callable[[], float]) -> None:
        self._token = token.encode()
        self._hosts = {"localhost", *(host.lower() for host in hosts)}
        self._monotonic_s = monotonic_s
        self._wrong: deque[tuple[float, str]] = deque(maxlen=ALL_ATTEMPTS)
        """The last wrong tokens: monotonic s and client."""

    @property
    def can_change(self) -> bool:
        """Whether a token is set. Without one nothing can be changed."""
        return bool(self._token)

    def may_read(self, host: str) -> None:
        """Raises Refused unless the Host header names this machine."""
        name = _hostname(host)
        if name not in self._hosts and not _is_address(name):
            raise Refused(421, f"{name or 'no host'} is not a name of this page; add it to serve.status.allowed_hosts")

    def may_change(self, host: str, origin: str | None, authorization: str, client: str) -> None:
        """Raises Refused unless the request has the right token and comes from this page or from no page.

        Wrong tokens are counted for each `client`, so that those of a stranger do not lock the owner out.
        """
        self.may_read(host)
        if origin is not None and _authority(origin) != host.lower():
            raise Refused(403, f"a page of {origin} may not change anything here")
        if not self._token:
            raise Refused(403, "nothing can be changed here: no token is set (serve.status.token)")
        now_s = self._monotonic_s()
        while self._wrong and now_s - self._wrong[0][0] >= WINDOW_S:
            self._wrong.popleft()
        if len(self._wrong) == ALL_ATTEMPTS or sum(one == client for _, one in self._wrong) >= ATTEMPTS:
            raise Refused(429, f"{ATTEMPTS} wrong tokens within a minute; wait until it is over")
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._token):
            self._wrong.append((now_s, client))
            raise Refused(401, "the token is missing or wrong")


def _authority(origin: str) -> str:
    """The `host[:port]` of an Origin header, or empty, which equals no accepted Host header."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _hostname(host: str) -> str:
    """The name or address of a Host header, empty if it is none. Some urlsplits take `[::1].evil.example` for `::1`."""
    found = HOST.fullmatch(host)
    return (found["address"] or found["name"]).lower() if found else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
