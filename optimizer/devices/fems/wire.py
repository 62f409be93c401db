"""REST of an Edge: reads by regular expression, writes by literal name, both regimes of errors.

Up to 2025.3 errors come with fitting statuses and a JSON-RPC body, from 2025.4 on as 500 with the message in
another body, after which the socket is closed; so errors are told apart by their message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import httpx

from optimizer.devices.fems.channels import channel_path, parse_channels, poll_path
from optimizer.devices.fems.config import FemsConfig
from optimizer.devices.http import HttpConfig, HttpDevice, JsonAnswer, printable
from optimizer.devices.port import DeviceError, Fault
from optimizer.model.clock import Clock

MAX_BYTES = 262_144

REFUSALS: tuple[tuple[str, Fault, str], ...] = (
    ("authentication failed", "unauthorized", "the password is wrong"),
    ("not authenticated", "unauthorized", "the password is missing"),
    ("denied", "unauthorized", "this password may not write; use the owner's"),
    ("permission", "unauthorized", "this password may not write; use the owner's"),
    ("unable to find", "refused", "there is no such component; check the ids of storage and meter"),
    ("channel", "refused", "the channel is not there or not writable"),
)
"""Part of the Edge's message in lower case → what it means; the first that fits."""


class Found(NamedTuple):
    """What a read brought."""

    channels: Mapping[str, object]
    """Values by address; None where the Edge says null."""
    at_s: float
    """Monotonic s; none of the values is older."""


class FemsWire:
    """One kept connection, one request after another: an Edge suspends those who open many."""

    def __init__(self, config: FemsConfig, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        http = HttpConfig(
            url=config.url,
            timeout_s=config.timeout_s,
            max_bytes=MAX_BYTES,
            user=config.user,
            password=config.password,
            verify_tls=config.verify_tls,
            ca_file=config.ca_file,
            repeat_closed_get=True,
        )
        self._http = HttpDevice(http, clock, transport=transport)
        self._poll = poll_path(config)

    async def poll(self) -> Found:
        """All channels of one poll by one request."""
        return await self._get(self._poll)

    async def read(self, components: tuple[str, ...], channels: tuple[str, ...]) -> Found:
        """Those of the channels that these components have, by one request."""
        return await self._get(channel_path(components, channels))

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
        return Found(parse_channels(answer.body, answer.where), answer.at_s)


def _refusal(answer: JsonAnswer) -> DeviceError:
    message = _message(answer.body)
    lower = message.lower()
    for part, fault, meaning in REFUSALS:
        if part in lower:
            return DeviceError(fault, f"{answer.where}: {meaning} (FEMS says: {message})")
    if answer.status == 404:
        return DeviceError("refused", f"{answer.where}: FEMS has none of these channels")
    return DeviceError("refused", f"{answer.where}: status {answer.status}{message and f' (FEMS says: {message})'}")


def _message(body: object) -> str:
    """The Edge's words in either regime; empty where there are none."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    message = error.get("message") if isinstance(error, dict) else body.get("message")
    return printable(message.rpartition("OpenemsNamedException: ")[2]) if isinstance(message, str) else ""
