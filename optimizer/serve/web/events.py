"""The live stream of the status page: one event after each decision (server-sent events)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from optimizer.serve.access.access import Refused
from optimizer.serve.access.client import client_of
from optimizer.serve.panel import Panel
from optimizer.serve.web.answers import plain
from optimizer.serve.web.documents import Status

MAX_STREAMS = 8
STREAMS_PER_CLIENT = 4
"""Live streams of one client: open pages of one household."""
EVENT_SPACING_S = 0.5
"""Real time between two events of a stream, however fast the house's clock runs."""
HEARTBEAT_S = 15.0


@dataclass(frozen=True, slots=True)
class Events:
    """The endpoint, and what it sends."""

    panel: Panel
    status: Callable[[], Status]
    """Returns the status document of this moment."""

    async def endpoint(self, request: Request) -> Response:
        """A stream for one client. Raises Refused if too many are open."""
        client = client_of(request.scope)
        streams = self.panel.streams
        if streams.total() >= MAX_STREAMS or streams[client] >= STREAMS_PER_CLIENT:
            raise Refused(503, "too many pages are open; close some")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self.stream(client), media_type="text/event-stream", headers=headers)

    async def stream(self, client: str = "") -> AsyncIterator[str]:
        """The status document at once and after each decision, and a comment while there is none."""
        panel = self.panel
        panel.streams[client] += 1
        try:
            while True:
                sent = panel.report
                if sent is not None:
                    yield f"data: {json.dumps(plain(self.status()), separators=(',', ':'))}\n\n"
                    await asyncio.sleep(EVENT_SPACING_S)
                if panel.report is not sent:
                    continue  # a decision during the pause
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await self.panel.next_tick()
                except TimeoutError:
                    yield ": no tick\n\n"
        finally:
            panel.streams[client] -= 1
            if not panel.streams[client]:
                del panel.streams[client]
