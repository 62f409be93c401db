"""An NRGkick behind a mock transport: answers by path, keeps what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from optimizer.devices.nrgkick.charger import Nrgkick
from optimizer.devices.nrgkick.config import NrgkickConfig
from optimizer.devices.nrgkick.json_api import JsonApi
from optimizer.model.clock import Clock, SystemClock
from tests.devices.nrgkick.bodies import CONTROL, INFO, VALUES

Answerer = Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeKick:
    """Set `answers[path]` to a body, a Response or a callable."""

    answers: dict[str, Any] = field(default_factory=lambda: {"/info": INFO, "/values": VALUES, "/control": CONTROL})
    asked: list[str] = field(default_factory=list)
    write: Answerer = lambda request: httpx.Response(200, json=dict(request.url.params))

    lost: bool = False
    """No connection any more."""

    def handle(self, request: httpx.Request) -> httpx.Response:
        if self.lost:
            raise httpx.ConnectError("no route")
        self.asked.append(request.url.raw_path.decode())
        if request.url.query:
            return self.write(request)
        answer = self.answers[request.url.path]
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, content=answer.content)
        return httpx.Response(200, json=answer)

    def api(self, clock: Clock | None = None) -> JsonApi:
        config = NrgkickConfig("carport", "http://kick", user="me", password="hunter2")
        return JsonApi(config, clock or SystemClock(), transport=httpx.MockTransport(self.handle))

    def charger(self, clock: Clock | None = None) -> Nrgkick:
        return Nrgkick("carport", self.api(clock), clock or SystemClock())
