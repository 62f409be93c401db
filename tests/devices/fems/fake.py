"""An Edge behind a mock transport: channels by address, a map of written values, both regimes of errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

from optimizer.devices.fems.config import EssConfig, FemsConfig
from optimizer.devices.fems.fems import Fems
from optimizer.devices.fems.wire import FemsWire
from tests.devices.hand_clock import HandClock

AC = FemsConfig("roof", "http://fems", password="owner", ess=(EssConfig("cellar"),))
HYBRID = FemsConfig("roof", "http://fems", password="owner", ess=(EssConfig("cellar", "ess0", hybrid=True),))

CHANNELS: dict[str, Any] = {
    "_sum/State": 0,
    "_sum/GridMode": 1,
    "_sum/GridActivePower": -1234,
    "_sum/GridActivePowerL1": 230,
    "_sum/GridActivePowerL2": -460,
    "_sum/GridActivePowerL3": -1004,
    "_sum/ProductionActivePower": 4321,
    "_sum/ProductionDcActualPower": 3000,
    "_sum/ProductionActiveEnergy": 987654,
    "_sum/EssDischargePower": -800,
    "_sum/EssSoc": 61,
    "_sum/EssCapacity": 10100,
    "ess0/Soc": 62,
    "ess0/Capacity": 10200,
    "ess0/MaxApparentPower": 6000,
    "ess0/ActivePower": 2200,
    "ess0/DcDischargePower": -800,
    "ess0/AllowedChargePower": -4000,
    "ess0/AllowedDischargePower": 9000,
    "ess0/DebugSetActivePower": 2100,
    "meter0/CurrentL1": 1100,
    "meter0/CurrentL2": 2100,
    "meter0/CurrentL3": -4400,
}


@dataclass
class FakeEdge:
    """Answers reads from `channels`; keeps writes in order and applies them to nothing."""

    channels: dict[str, Any] = field(default_factory=lambda: dict(CHANNELS))
    asked: list[str] = field(default_factory=list)
    written: list[tuple[str, bytes]] = field(default_factory=list)
    """(address, body) of each POST, in order."""
    answer: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
    """Answers instead, where it gives something."""
    components: dict[str, Any] | None = None
    """The answer to `getEdgeConfig`; None: an Edge without JSON-RPC."""
    questions: list[Any] = field(default_factory=list)
    clock: HandClock = field(default_factory=HandClock)

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/jsonrpc":
            self.questions.append(json.loads(request.content))
            return httpx.Response(200, json=self.components) if self.components else httpx.Response(404)
        component, channel = unquote(request.url.path).removeprefix("/rest/channel/").rsplit("/", 1)
        if request.method == "GET":
            self.asked.append(request.url.raw_path.decode())
        else:
            self.written.append((f"{component}/{channel}", request.content))
        if (instead := self.answer(request)) is not None:
            return instead
        if request.method == "POST":
            return httpx.Response(200, json={})
        found = [
            {"address": address, "type": "INTEGER", "accessMode": "RO", "text": "", "unit": "", "value": value}
            for address, value in self.channels.items()
            if re.fullmatch(component, address.split("/")[0]) and re.fullmatch(channel, address.split("/")[1])
        ]
        if not found:
            return httpx.Response(404)
        return httpx.Response(200, json=found if len(found) > 1 else found[0])

    def fems(self, config: FemsConfig = AC) -> Fems:
        """The adapter; where no battery is a hybrid, the channels of one that was left as it is become AC-coupled."""
        if self.channels == CHANNELS and not any(ess.hybrid for ess in config.ess):
            self.channels |= {"_sum/ProductionDcActualPower": None, "ess0/ActivePower": -800}
            del self.channels["ess0/DcDischargePower"]
        wire = FemsWire(config, self.clock, transport=httpx.MockTransport(self.handle))
        return Fems(config, wire, self.clock)

    def sent(self) -> list[tuple[str, int | None]]:
        """The writes since the last call, as (channel, value)."""
        sent = [(address.split("/")[1], json.loads(body)["value"]) for address, body in self.written]
        self.written.clear()
        return sent
