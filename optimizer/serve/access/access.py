"""Access to the status listener: checks Host and Origin, the token or the login, and the rate of wrong tokens."""

from __future__ import annotations

import hmac
import re
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from optimizer.serve.access.caller import Caller
from optimizer.serve.access.logins import Login, Logins
from optimizer.serve.access.names import is_address, is_local_name
from optimizer.words.text import Text

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


class ForeignName(Refused):
    """The Host header is not a name of this page. `name` is the one that it has, or empty."""

    def __init__(self, name: str) -> None:
        super().__init__(421, f"{name or 'no host'} is not a name of this page; add it to serve.status.allowed_hosts")
        self.name = name


class AccessControl:
    """Checks requests, so that a browser on a foreign page can neither read nor change the house.

    `hosts` are the names of the page besides `localhost`, plain addresses, and names that end in `.local`. A name that
    an attacker points at this machine (DNS rebinding) is not among them.
    """

    def __init__(
        self, token: str, hosts: Iterable[str], monotonic_s: Callable[[], float], logins: Logins | None = None
    ) -> None:
        self._token = token.encode()
        self._hosts = {"localhost", *(host.lower() for host in hosts)}
        self._monotonic_s = monotonic_s
        self._logins = logins
        self._wrong: deque[tuple[float, str]] = deque(maxlen=ALL_ATTEMPTS)
        """The last wrong tokens: monotonic s and client."""

    @property
    def can_change(self) -> bool:
        """Whether a token is set. Without one nothing can be changed."""
        return bool(self._token)

    @property
    def logins(self) -> Logins:
        """The logins. Raises Refused if there can be none."""
        if self._logins is None or not self._token:
            raise Refused(403, NOTHING_SET)
        return self._logins

    def may_read(self, host: str) -> None:
        """Raises ForeignName unless the Host header names this machine."""
        name = _hostname(host)
        if name not in self._hosts and not is_address(name) and not is_local_name(name):
            raise ForeignName(name)

    def login_of(self, caller: Caller) -> Login | None:
        """The login of the caller, or None for a visitor, who may only read."""
        return self._logins.of(caller.login) if self._logins is not None and self._token else None

    def may_change(self, caller: Caller) -> None:
        """Raises Refused unless the caller has the right token, or is logged in and asks from this page."""
        self._is_of_this_page(caller)
        if caller.from_page and not caller.authorization:
            if self.login_of(caller) is None:
                raise Refused(401, "this browser is not logged in, or its login has ended. Log in again")
            return
        scheme, _, given = caller.authorization.partition(" ")
        self._check_token(given if scheme.lower() == "bearer" else "", caller.client)

    def log_in(self, caller: Caller, token: str) -> tuple[str, Login]:
        """The secret for the caller's cookie, and the login. Raises Refused.

        Each login has a new secret, and ends the former login of the same browser.
        """
        self._is_of_this_page(caller)
        if not caller.from_page:
            raise Refused(403, "log in on the page of the house")
        self._check_token(token, caller.client)
        logins, former = self.logins, self.login_of(caller)
        if former is not None:
            logins.end(former.id)
        return logins.start(caller.agent)

    def _is_of_this_page(self, caller: Caller) -> None:
        self.may_read(caller.host)
        if caller.origin is not None and _authority(caller.origin) != caller.host.lower():
            raise Refused(403, Text(ANOTHER_PAGE, origin=caller.origin))
        if not self._token:
            raise Refused(403, NOTHING_SET)

    def _check_token(self, given: str, client: str) -> None:
        """Raises Refused for a wrong token, and counts it.

        The count is for each `client`, so that the tokens of a stranger do not lock the owner out.
        """
        now_s = self._monotonic_s()
        while self._wrong and now_s - self._wrong[0][0] >= WINDOW_S:
            self._wrong.popleft()
        if len(self._wrong) == ALL_ATTEMPTS or sum(one == client for _, one in self._wrong) >= ATTEMPTS:
            raise Refused(429, Text("{count} wrong tokens within a minute; wait until it is over", count=ATTEMPTS))
        if not hmac.compare_digest(given.strip().encode(errors="replace"), self._token):
            self._wrong.append((now_s, client))
            raise Refused(401, "the token is missing or wrong")


ANOTHER_PAGE = "a page of {origin} may not change anything here. If it is this page, let the proxy pass Host unchanged"
NOTHING_SET = "nothing can be changed here: no token is set (serve.status.token)"


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
