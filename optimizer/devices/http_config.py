"""The connection to a device over HTTP: the settings, and the address, headers, and TLS context made from them."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """The settings for a device over HTTP."""

    url: str
    """`http://host[:port][/prefix]` or https; without user, password, query."""
    timeout_s: float = 5.0
    """Deadline of a whole exchange in s: connecting, sending and the last byte of the answer."""
    max_bytes: int = 1_048_576
    """Largest body in bytes; the connection is cut at the first byte beyond."""
    user: str = ""
    password: str = field(default="", repr=False)
    """Basic auth, sent with the first request, where user or password is set. Digest auth if the device asks for it."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request (tokens, `Accept`)."""
    verify_tls: bool = True
    """False accepts any certificate: for a device at home that signed its own."""
    ca_file: str = ""
    """PEM file of the authority behind the device's certificate; empty = the usual ones."""
    one_at_a_time: bool = True
    """One connection and one request after another; False allows four at once."""
    repeat_closed_get: bool = False
    """Repeat a GET once when the device had closed the kept connection."""
    raise_unauthorized: bool = True
    """Raise for 401 and 403; False leaves the answer, with what it says, to the adapter."""
    shows_path: bool = True
    """Whether messages quote the path of a request. False if it contains a key."""
    keepalive_s: float = 20.0
    """Idle s after which we close the connection ourselves; under the device's own limit."""


class Reachable(Protocol):
    """The settings of a brand that say how to reach its device."""

    @property
    def url(self) -> str:
        """`http://host[:port][/prefix]` or https."""
        ...

    @property
    def timeout_s(self) -> float:
        """Deadline of a whole exchange, s."""
        ...

    @property
    def user(self) -> str:
        """Empty: none."""
        ...

    @property
    def password(self) -> str:
        """Empty: none."""
        ...

    @property
    def verify_tls(self) -> bool:
        """False accepts any certificate."""
        ...

    @property
    def ca_file(self) -> str:
        """PEM file of the authority behind the certificate. Empty: the usual ones."""
        ...


def http_config(settings: Reachable, **more: Any) -> HttpConfig:
    """The HTTP settings from the settings of a brand. `more` are further fields of HttpConfig."""
    return HttpConfig(
        settings.url,
        settings.timeout_s,
        user=settings.user,
        password=settings.password,
        verify_tls=settings.verify_tls,
        ca_file=settings.ca_file,
        **more,
    )


def headers(config: HttpConfig) -> httpx.Headers:
    """The headers of every request. Headers from the settings replace these, in any spelling."""
    sent = httpx.Headers(
        {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive",
            "User-Agent": "optimizer",
        }
    )
    sent.update(config.headers)
    if config.user or config.password:
        credentials = base64.b64encode(f"{config.user}:{config.password}".encode()).decode()
        sent["Authorization"] = f"Basic {credentials}"
    return sent


def credentials_advice(config: HttpConfig) -> str:
    """The advice for the owner if the device refuses the credentials."""
    if config.password or config.user:
        return Text("correct `user` and `password` in the settings")
    return Text("correct the token in the settings") if config.headers else Text("the settings have none")


def checked_url(url: str) -> tuple[str, str]:
    """The URL without a trailing slash, and `host[:port]` as the name of the device. Raises ValueError."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        # The library's own words quote parts of it.
        raise ValueError("this is not the URL of a device, which is http://host[:port]") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("a device's URL is http://host[:port] or https://host[:port]")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ValueError("a device's URL carries no user, password, query or fragment: user and password are settings")
    return url.rstrip("/"), parsed.netloc.decode("ascii")


def tls(config: HttpConfig) -> ssl.SSLContext:
    """One TLS context for all connections. By itself the library makes one for each connection, also without https.

    Without https the context has no certificates, because they take several MB of memory. Raises ValueError.
    """
    if httpx.URL(config.url).scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not config.verify_tls or not config.ca_file:
        return httpx.create_ssl_context(verify=config.verify_tls, trust_env=False)
    try:
        return ssl.create_default_context(cafile=config.ca_file)
    except OSError as error:
        raise ValueError(f"ca_file {config.ca_file} holds no certificates to be read: {error}") from None
