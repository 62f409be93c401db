"""Twins without sockets: a transport that hands an httpx request to a twin's handler, on virtual time."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from optimizer.model.clock import Clock
from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import ChargerSpec
from optimizer.twin.faults import Faults
from optimizer.twin.http import Handler, Request
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import House, PhysicsSpec


class Direct(httpx.AsyncBaseTransport):
    """Answers by `handler`; `fail` (a count) lets the next requests end in a broken connection."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.fail = 0
        self.seen: list[tuple[str, str, bytes]] = []
        """Method, path with query, body."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.seen.append((request.method, request.url.raw_path.decode(), body))
        if self.fail:
            self.fail -= 1
            raise httpx.ConnectError("no route to host")
        raw = request.url.raw_path.decode()
        path, _, query = raw.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await self._handler(Request(request.method, path, query, headers, body, "test:1"))
        return httpx.Response(
            answer.status, headers={"content-type": answer.content_type, **answer.headers}, stream=_Bytes(answer.body)
        )

    @property
    def writes(self) -> list[tuple[str, str, bytes]]:
        """The requests with another method than GET."""
        return [entry for entry in self.seen if entry[0] != "GET"]


class _Bytes(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self._body


class Steady:
    """Constant sun and load; both may be changed."""

    def __init__(self, pv_w: float = 0.0, load_w: float = 500.0) -> None:
        self.pv_w = pv_w
        self.load_w = load_w

    @property
    def start(self) -> datetime:
        return datetime(2025, 6, 21, 10, 0, tzinfo=UTC)

    def at(self, unix_s: float) -> tuple[float, float]:
        return self.pv_w, self.load_w


def steady_house(clock: Clock, source: Steady, battery: BatterySpec, *chargers: ChargerSpec) -> LiveHouse:
    """A house under constant conditions."""
    return LiveHouse(House(PhysicsSpec(chargers, (battery,))), source, clock, Faults())
