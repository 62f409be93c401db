"""One HTTP connection to one device: pooled, kept alive, with a deadline and a size cap on every exchange.

Whatever goes wrong on the way comes out as a DeviceError whose message names the device by host and port
and never carries a query, a header or a password.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.request import parse_http_list

import httpx

from optimizer.devices.http_answer import LONGEST_PATH, Answer, JsonAnswer, refers_to, refusal, text_of, with_json
from optimizer.devices.http_config import HttpConfig, checked_url, credentials_advice, headers, tls
from optimizer.devices.pace import current_pace
from optimizer.devices.port import DeviceError
from optimizer.devices.words import plain
from optimizer.model.clock import Clock
from optimizer.words.text import Text

__all__ = ["Answer", "HttpConfig", "HttpDevice", "JsonAnswer", "refusal"]

UNSENDABLE = Text("HTTP cannot carry the request: look for a stray character in the token or password")
AT_ONCE = 4
"""Connections where requests need not wait for each other."""
CLOSING_S = 1.0
UNAUTHORIZED = 401
SCHEME = re.compile(r"[A-Za-z-]+(?:\s|$)")
"""How a challenge begins among the parts of a header: with the name of its scheme."""
CONNECTING = "connection.connect_tcp.started"
"""How httpcore names the step in which a connection is opened."""
CLOSED_WORDS = ("disconnected", "peer closed")
"""How httpcore words a connection that ended early, as against an answer that is not HTTP."""


class HttpDevice:
    """The connection of one adapter to one device."""

    def __init__(self, config: HttpConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Opens nothing yet. Raises ValueError for a URL or ca_file that cannot be used; `transport` is for tests."""
        self._config = config
        self._clock = clock
        self._base, self.name = checked_url(config.url)
        self._tls = tls(config)
        self._transport = transport
        self._host = httpx.URL(config.url).host
        self._pace = current_pace()
        self._turns = asyncio.Semaphore(1 if config.one_at_a_time else AT_ONCE)
        self._headers = headers(config)
        self._json_headers = self._headers.copy()
        self._json_headers["Content-Type"] = "application/json"
        self._digest: httpx.DigestAuth | None = None
        """Set once the device has asked for Digest authentication; keeps the challenge for later requests."""
        self._idle: list[httpx.AsyncBaseTransport] = []
        """Wires of one connection each, last used last; one that an exchange did not complete on never returns.

        They are no clients: what those do beside (cookies, redirects, challenges) no device needs, and every
        exchange would pay for it.
        """
        self._closed = False

    async def get_json(self, path: str, *, timeout_s: float | None = None, nan_is_null: bool = False) -> JsonAnswer:
        """GET `path` (percent-encoded, from `/`); DeviceError garbled when a 2xx body is not JSON."""
        return with_json(await self.request("GET", path, timeout_s=timeout_s), nan_is_null=nan_is_null)

    async def post_json(
        self, path: str, body: object = None, *, timeout_s: float | None = None, max_bytes: int | None = None
    ) -> JsonAnswer:
        """POST `body` as JSON (None: an empty body) and parse the answer, which may have `max_bytes`."""
        return with_json(await self.request("POST", path, body=body, timeout_s=timeout_s, max_bytes=max_bytes))

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        timeout_s: float | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """One exchange, whatever the status and the body's form.

        Raises DeviceError: unreachable, timeout, garbled (not HTTP, or larger than the cap) and, for 401 and
        403, unauthorized. The deadline starts when it is this request's turn.
        """
        content = None if body is None else json.dumps(body).encode()
        cap = max_bytes or self._config.max_bytes
        async with self._turns:
            if self._pace is not None:
                await self._pace.turn(self._host)
            answer = await self._in_time(method, path, content, timeout_s or self._config.timeout_s, cap)
        if answer.status in (401, 403) and self._config.raise_unauthorized:
            raise DeviceError(
                "unauthorized",
                Text(
                    "{where}: status {status}, credentials are missing or wrong; {advice}",
                    where=answer.where,
                    status=answer.status,
                    advice=credentials_advice(self._config),
                ),
            )
        return answer

    async def close(self) -> None:
        """Close the connection; never raises. Later requests answer unreachable."""
        self._closed = True
        while self._idle:
            await self._drop(self._idle.pop())

    async def _in_time(self, method: str, path: str, content: bytes | None, timeout_s: float, cap: int) -> Answer:
        shown = f"{_short(path.partition('?')[0])} " if self._config.shows_path else ""
        where = Text("{request} at {name}", request=f"{method} {shown}".rstrip(), name=self.name)
        if self._closed:
            raise DeviceError("unreachable", Text("{where}: the adapter is closed", where=where))
        wire = self._idle.pop() if self._idle else self._new_wire()
        completed = False
        try:
            async with self._clock.timeout(timeout_s):
                answer = await self._with_repeat(wire, method, path, content, where, cap)
            completed = not self._closed
            return answer
        except (TimeoutError, httpx.TimeoutException):
            raise DeviceError(
                "timeout", Text("{where}: no complete answer within {timeout} s", where=where, timeout=timeout_s)
            ) from None
        except httpx.RemoteProtocolError as error:
            if _was_closed(error):
                raise DeviceError(
                    "unreachable", Text("{where}: the device closed the connection", where=where)
                ) from None
            raise DeviceError("garbled", Text("{where}: the answer is not HTTP", where=where)) from None
        except httpx.LocalProtocolError:
            # The library's own words quote the header.
            raise DeviceError(
                "unreachable", Text("{where}: {unsendable}", where=where, unsendable=UNSENDABLE)
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as error:
            raise DeviceError("unreachable", Text("{where}: {error}", where=where, error=plain(error))) from None
        finally:
            # A cut exchange can leave the library's pool with a connection that it counts for ever and never
            # gives out again, and a late answer with nobody to read it: such a wire is not used again.
            if completed:
                self._idle.append(wire)
            else:
                await self._drop(wire)

    async def _with_repeat(
        self, wire: httpx.AsyncBaseTransport, method: str, path: str, content: bytes | None, where: str, cap: int
    ) -> Answer:
        try:
            return await self._exchange(wire, method, path, content, where, cap)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            if method != "GET" or not self._config.repeat_closed_get or not _was_closed(error):
                raise
        return await self._exchange(wire, method, path, content, where, cap)

    async def _exchange(
        self, wire: httpx.AsyncBaseTransport, method: str, path: str, content: bytes | None, where: str, cap: int
    ) -> Answer:
        """One exchange, with a second request if the device answers the first one with a Digest challenge.

        A device that answers 401 has not carried out the request, so that a write may be sent again.
        """
        headers = self._headers if content is None else self._json_headers
        extensions = {} if self._pace is None else {"trace": self._trace}
        request = httpx.Request(
            method, _url(self._base + path), headers=headers, content=content, extensions=extensions
        )
        if self._digest is None:
            answer, response = await self._sent(wire, request, where, cap)
            if not (response.status_code == UNAUTHORIZED and self._has_credentials and _digest_challenge(response)):
                return answer
            self._digest = httpx.DigestAuth(self._config.user, self._config.password)
            flow = self._digest.auth_flow(request)
            next(flow)  # yields the request that was sent already
        else:
            flow = self._digest.auth_flow(request)
            answer, response = await self._sent(wire, next(flow), where, cap)
        if challenge := _digest_challenge(response):
            response.headers["www-authenticate"] = challenge  # the library looks at the first words only
        try:
            again = flow.send(response)
        except StopIteration:
            return answer
        except (httpx.ProtocolError, NotImplementedError, LookupError, ValueError):
            self._digest = None  # with what it has learned, the next request would fail before it is sent
            raise DeviceError(
                "garbled", Text("{where}: its Digest challenge cannot be answered", where=where)
            ) from None
        return (await self._sent(wire, again, where, cap))[0]

    @property
    def _has_credentials(self) -> bool:
        return bool(self._config.user or self._config.password)

    async def _sent(
        self, wire: httpx.AsyncBaseTransport, request: httpx.Request, where: str, cap: int
    ) -> tuple[Answer, httpx.Response]:
        at_s = self._clock.monotonic_s()
        response = await wire.handle_async_request(request)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise DeviceError(
                    "garbled", Text("{where}: the answer is compressed, which was not asked for", where=where)
                )
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > cap:
                    raise DeviceError(
                        "garbled", Text("{where}: the answer is larger than {cap} bytes", where=where, cap=cap)
                    )
        finally:
            await response.aclose()
        # An authentication flow asks the response for its request, which only a client sets.
        response.request = request
        answer = Answer(response.status_code, text_of(received, response), at_s, where, refers_to=refers_to(response))
        return answer, response

    async def _trace(self, event: str, _info: Mapping[str, object]) -> None:
        """Told by the library of each step of an exchange."""
        if self._pace is not None and event == CONNECTING:
            self._pace.opened(self._host)

    def _new_wire(self) -> httpx.AsyncBaseTransport:
        """Without a timeout: the clock's deadline covers the whole exchange, and house time may be scaled."""
        if self._transport is not None:
            return self._transport
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=self._config.keepalive_s)
        return httpx.AsyncHTTPTransport(verify=self._tls, limits=limits, trust_env=False)

    async def _drop(self, wire: httpx.AsyncBaseTransport) -> None:
        """Close a wire; never raises."""
        try:
            async with self._clock.timeout(CLOSING_S):
                await wire.aclose()
        except (httpx.HTTPError, OSError, RuntimeError):
            return  # the socket is gone already, which is what was wanted


def _digest_challenge(response: httpx.Response) -> str:
    """The challenge to Digest, also among others in one header; empty if there is none."""
    for header in response.headers.get_list("www-authenticate"):
        parts = parse_http_list(header)
        begins = [at for at, part in enumerate(parts) if SCHEME.match(part)]
        for first, end in zip(begins, [*begins[1:], len(parts)], strict=True):
            if parts[first].lower().startswith("digest "):
                return ", ".join(parts[first:end])
    return ""


def _was_closed(error: Exception) -> bool:
    if isinstance(error, httpx.ConnectError):
        return False
    return isinstance(error, httpx.NetworkError) or any(word in str(error) for word in CLOSED_WORDS)


@lru_cache(maxsize=64)
def _url(url: str) -> httpx.URL:
    """Parsed once for every path that is polled."""
    return httpx.URL(url)


def _short(path: str) -> str:
    """A path for a message. Long patterns of channels are cut."""
    return path if len(path) <= LONGEST_PATH else path[:LONGEST_PATH].partition("(")[0] + "…"
