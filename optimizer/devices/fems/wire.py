"""REST of an Edge: reads by regular expression, writes by literal name, both regimes of errors.

Up to 2025.3 errors come with fitting statuses and a JSON-RPC body. From 2025.4 on they come as 500 with the message in
another body, and the socket is closed. So errors are told apart by their message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import httpx

from optimizer.devices.fems.channels import LOG, REST_CONTROLLERS, channel_path, parse_channels, poll_path, seldom
from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.fems.inventory import LISTED, Inventory, from_channels, from_edge_config
from optimizer.devices.http import HttpDevice, JsonAnswer
from optimizer.devices.http_config import http_config
from optimizer.devices.port import DeviceError, Fault
from optimizer.devices.words import printable
from optimizer.model.clock import Clock
from optimizer.words.text import Text

MAX_BYTES = 262_144
CONFIG_BYTES = 4_194_304
"""Largest answer to `getEdgeConfig`: a FEMS lists all that could be installed on it."""
WRONG_PASSWORD = Text("FEMS/OpenEMS, wrong password; as delivered, `user` may read and `owner` may also write")

REFUSALS: tuple[tuple[str, Fault, str], ...] = (
    ("authentication failed", "unauthorized", WRONG_PASSWORD),
    ("not authenticated", "unauthorized", Text("FEMS/OpenEMS, the password is missing")),
    ("denied", "unauthorized", Text("this password may not write; use the owner's")),
    ("permission", "unauthorized", Text("this password may not write; use the owner's")),
    ("unable to find", "refused", Text("there is no such component; check the ids of storage and meter")),
    ("channel", "refused", Text("the channel is not there or not writable")),
)
"""Part of the Edge's message in lower case → what it means; the first that fits."""

JAVA = re.compile(r"\b(?:[a-z_]\w*\.){2,}[A-Z][\w$]*(?::\s*)?")
"""The name of a Java class with its package."""
MAX_WORDS = 2_000
IMPLEMENTATION = re.compile(r"\s*Implementation \[[^\]]*\]")


class Found(NamedTuple):
    """The channels of one read."""

    channels: Mapping[str, object]
    """Values by address; None where the Edge says null."""
    at_s: float
    """Monotonic s; no value that is read each time is older."""
    slow_at_s: float
    """Monotonic s; no value that is read seldom is older."""


class FemsWire:
    """One kept connection, one request after another: an Edge suspends those who open many."""

    def __init__(self, config: FemsConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        http = http_config(config, max_bytes=MAX_BYTES, repeat_closed_get=True, raise_unauthorized=False)
        self._http = HttpDevice(http, clock, transport=transport)
        self._clock = clock
        self._fast, self._all = poll_path(config, slow=False), poll_path(config)
        self._seldom = seldom(config)
        self._slow_s = config.slow_s
        self._last = Found({}, float("-inf"), float("-inf"))

    @property
    def last(self) -> Found:
        """The channels of the last poll, with the values that are read seldom."""
        return self._last

    async def poll(self, *, complete: bool = False) -> Found:
        """The channels of one poll by one request; those that are read seldom where they are due, or `complete`."""
        slow = complete or self._clock.monotonic_s() - self._last.slow_at_s >= self._slow_s
        found = await self._get(self._all if slow else self._fast)
        if slow:
            self._last = found
        else:
            self._last = Found(self._with_slow(found.channels), found.at_s, self._last.slow_at_s)
        return self._last

    def _with_slow(self, fast: Mapping[str, object]) -> dict[str, object]:
        """The values of now, with those read seldom of the components that are still there."""
        components = {address.partition("/")[0] for address in fast}
        kept = {
            address: value
            for address, value in self._last.channels.items()
            if (parts := address.partition("/"))[0] in components and parts[2] in self._seldom
        }
        return {**kept, **fast}

    async def read(self, components: tuple[str, ...], channels: tuple[str, ...]) -> Found:
        """Those of the channels that these components have, by one request."""
        return await self._get(channel_path(components, channels))

    async def log(self) -> Mapping[str, object]:
        """The logs of the REST controllers; empty where there is none."""
        try:
            return (await self._get(channel_path((REST_CONTROLLERS,), (LOG,)))).channels
        except DeviceError as error:
            if error.fault == "refused":
                return {}
            raise

    async def inventory(self) -> Inventory:
        """The components that settings may name; by JSON-RPC, or by channels where that is denied or unknown."""
        question = {"jsonrpc": "2.0", "id": "1", "method": "getEdgeConfig", "params": {}}
        try:
            answer = await self._http.post_json("/jsonrpc", question, max_bytes=CONFIG_BYTES)
        except DeviceError as error:
            if error.fault != "garbled":
                raise
        else:
            body = answer.body
            found = from_edge_config(body.get("result") if answer.ok and isinstance(body, Mapping) else None)
            if found.storages or found.meters:
                return found
        return from_channels((await self._get(channel_path((".*",), LISTED))).channels)

    async def write(self, component: str, channel: str, value: int | None) -> None:
        """Set a channel, or withdraw its value by null; returns when the Edge has queued it."""
        path = channel_path((component,), (channel,))
        answer = await self._http.post_json(path, {"value": value})
        if not answer.ok:
            raise _refusal(answer)

    async def close(self) -> None:
        """Release the connection; never raises."""
        await self._http.close()

    async def _get(self, path: str) -> Found:
        answer = await self._http.get_json(path)
        if not answer.ok:
            raise _refusal(answer)
        return Found(parse_channels(answer.body, answer.where), answer.at_s, answer.at_s)


def _refusal(answer: JsonAnswer) -> DeviceError:
    message = _message(answer.body)
    lower = message.lower()
    for part, fault, meaning in REFUSALS:
        if part in lower:
            return DeviceError(
                fault,
                Text("{where}: {meaning} (FEMS says: {message})", where=answer.where, meaning=meaning, message=message),
            )
    if answer.status in (401, 403):
        return DeviceError(
            "unauthorized",
            Text(
                "{where}: status {status}, credentials are missing or wrong", where=answer.where, status=answer.status
            ),
        )
    if answer.status == 404:
        return DeviceError("refused", Text("{where}: FEMS has none of these channels", where=answer.where))
    return DeviceError(
        "refused",
        Text(
            "{where}: status {status}{message}",
            where=answer.where,
            status=answer.status,
            message=message and f" (FEMS says: {message})",
        ),
    )


def _message(body: object) -> str:
    """The Edge's words in either regime, without names of Java classes; empty where there are none."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else body.get("message")
    if not isinstance(message, str):
        return ""
    words = IMPLEMENTATION.sub("", JAVA.sub("", message[:MAX_WORDS])).strip()
    return printable(words)
