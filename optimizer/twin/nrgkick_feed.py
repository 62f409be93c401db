"""The PV-led profile of the NRGkick, which reads a Custom API.

While it runs, the charger controls itself and refuses writes. The control of the real one is not documented. This one
uses the power of its car plus the grid export, minus the discharge of the house battery.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from urllib.parse import urlsplit

from optimizer.model.tasks import end_tasks
from optimizer.twin.charger import LEAST_A, VOLTAGE_V
from optimizer.twin.live import LiveHouse
from optimizer.twin.nrgkick_unit import NrgkickUnit

VALUES_PATH = "/api/v1/values.json"
POLL_S = 5.0
PATIENCE_S = 30.0
"""Time without a valid answer after which it pauses, s."""
MAX_ANSWER = 65_536


class FeedError(Exception):
    """The feed does not conform to the document of the charger."""


def parse_answer(raw: bytes) -> dict[str, object]:
    """`device_values` of a whole HTTP answer. Raises FeedError. It is strict, as a small device is."""
    head, found, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if not found or len(words) < 2 or not words[0].startswith("HTTP/1."):
        raise FeedError("not an HTTP answer")
    if words[1] != "200":
        raise FeedError(f"status {words[1]}")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if fields.get("content-type", "").partition(";")[0] != "application/json":
        raise FeedError(f"Content-Type {fields.get('content-type', 'missing')}")
    if "transfer-encoding" in fields or "content-encoding" in fields:
        raise FeedError("chunked or packed body")
    if fields.get("content-length") != str(len(body)):
        raise FeedError(f"Content-Length {fields.get('content-length', 'missing')} for {len(body)} bytes")
    try:
        document = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"body is not JSON: {error}") from error
    values = document.get("device_values") if isinstance(document, dict) else None
    if not isinstance(values, dict):
        raise FeedError("no device_values")
    return values


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number")


def total(values: dict[str, object], group: str, key: str) -> float:
    """Sum of `key` over the devices "0" to "4" of a group. 0 without the group. Raises FeedError."""
    devices = values.get(group, {})
    if not isinstance(devices, dict):
        raise FeedError(f"{group} is no object")
    result = 0.0
    for index, device in devices.items():
        number = device.get(key) if isinstance(device, dict) else None
        if index not in ("0", "1", "2", "3", "4") or isinstance(number, bool) or not isinstance(number, int | float):
            raise FeedError(f"{group}.{index}.{key} is {number!r}")
        result += number
    return result


def grid_power_w(values: dict[str, object]) -> float:
    """The power of the first meter, at the grid connection. Others measure a part of it. Raises FeedError."""
    total(values, "energy_meters", "grid_power_w")
    meters = values.get("energy_meters")
    if not isinstance(meters, dict) or "0" not in meters:
        raise FeedError("no energy meter")
    return total({"energy_meters": {"0": meters["0"]}}, "energy_meters", "grid_power_w")


class NrgkickFeed:
    """Polls a Custom API and controls the charger by it."""

    def __init__(
        self, live: LiveHouse, unit: NrgkickUnit, url: str, *, version: str = "1.0", host: bool = True
    ) -> None:
        """`url`: scheme, host and port of the feed. `version` of HTTP; `host`: whether it sends a Host header, which
        the vendor's server does not need."""
        self._head = f"GET {VALUES_PATH} HTTP/{version}\r\n"
        if host:
            self._head += f"Host: {urlsplit(url).hostname}\r\n"
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), parts.port or 80
        self._live = live
        self._unit = unit
        self._good_s = live.t_s
        self._task: asyncio.Task[None] | None = None
        self.problem = ""
        """The reason why the last answer was not valid, or empty."""

    def start(self) -> None:
        """Switch the PV-led profile on."""
        self._unit.pv_mode = True
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Switch it off. The settings of `/control` apply again."""
        if self._task is not None:
            await end_tasks([self._task])
            self._task = None
        self._unit.pv_mode = False
        self._unit.resume_settings()

    async def _run(self) -> None:
        while True:
            await self.poll()
            await self._live.clock.sleep(POLL_S)

    async def poll(self) -> None:
        """Read the feed once and set the charger by it."""
        try:
            async with self._live.clock.timeout(POLL_S):
                values = parse_answer(await self._fetch())
            charger = self._unit.charger
            grid = grid_power_w(values)
            surplus = charger.power_w - grid - max(0.0, total(values, "batteries", "bat_power_w"))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, FeedError) as error:
            self.problem = str(error) or type(error).__name__
            if self._live.t_s - self._good_s > PATIENCE_S:
                self._steer(0.0)
            return
        self.problem = ""
        self._good_s = self._live.t_s
        self._steer(surplus)

    def _steer(self, surplus_w: float) -> None:
        phases = self._unit.settings.phase_count
        amps = min(self._unit.max_current_a, surplus_w / VOLTAGE_V / phases)
        self._unit.charger.command(self._live.t_s, phases, round(amps, 1) if amps >= LEAST_A else 0.0)

    async def _fetch(self) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(f"{self._head}\r\n".encode())
            await writer.drain()
            return await _read_all(reader)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """Read until the other side closes the connection, as it must."""
    data = b""
    while chunk := await reader.read(4096):
        data += chunk
        if len(data) > MAX_ANSWER:
            raise FeedError(f"more than {MAX_ANSWER} bytes")
    return data
