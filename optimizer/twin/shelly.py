"""A simulated Shelly relay: RPC of generation 2 and later with Digest (SHA-256), or the HTTP API of generation 1."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

from optimizer.twin.http import Request, Response, json_response
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import VOLTAGE_V
from optimizer.twin.relay import RelayTwin

REALM = "shellyplus1pm-test"
NONCE = "60dc2c2e"
WATT_MINUTES = 60.0
FIELD = re.compile(r'(\w+)="?([^",]*)"?')


@dataclass(slots=True)
class ShellyTraps:
    """The variants of devices, and faults. Change it at any time."""

    generation: Literal[1, 2, 3, 4] = 2
    password: str = ""
    """Empty: no authentication. Generation 1 has Basic, the others have Digest for the user `admin`."""
    metered: bool = True
    """Whether it measures power."""
    overpower: bool = False
    """It refuses to switch on."""
    deaf: bool = False
    """It acknowledges writes and ignores them."""


class ShellyTwin(RelayTwin):
    """One relay with a load behind it."""

    def __init__(self, house: LiveHouse, load: int = 0, *, name: str = "", traps: ShellyTraps | None = None) -> None:
        """`load`: the index of the load in the house."""
        super().__init__(house, load, name)
        self.traps = traps or ShellyTraps()
        self.writes: list[str] = []

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        self._house.advance()
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        first = self.traps.generation == 1
        if request.path == "/shelly":
            known = {"type": "SHPLG-S", "fw": "20230913"} if first else {"gen": self.traps.generation, "app": "Plus1PM"}
            return json_response({**known, "id": "shelly-test", "ver": "1.4.4", "auth_en": bool(self.traps.password)})
        if self.traps.password and not self._is_allowed(request, first=first):
            challenge = f'Basic realm="{REALM}"'
            if not first:
                challenge = f'Digest qop="auth", realm="{REALM}", nonce="{NONCE}", algorithm=SHA-256'
            return Response(401, b"", "text/plain", {"WWW-Authenticate": challenge})
        return self._first(request, query) if first else self._second(request, query)

    def _is_allowed(self, request: Request, *, first: bool) -> bool:
        given = request.headers.get("authorization", "")
        if first:
            return given.startswith("Basic ")
        if not given.startswith("Digest "):
            return False
        fields = dict(FIELD.findall(given))
        inner = _sha(f"{fields.get('username')}:{REALM}:{self.traps.password}")
        outer = _sha(f"{request.method}:{fields.get('uri')}")
        wanted = _sha(
            ":".join((inner, NONCE, fields.get("nc", ""), fields.get("cnonce", ""), fields.get("qop", ""), outer))
        )
        return fields.get("username") == "admin" and fields.get("response") == wanted

    def _first(self, request: Request, query: Mapping[str, str]) -> Response:
        if request.path == "/relay/0":
            if query.get("turn") in ("on", "off"):
                self._switch(query["turn"] == "on", float(query.get("timer", 0)), f"turn={query['turn']}")
            left_s = round(self.load.timer_s or 0.0)
            return json_response(
                {"ison": self.load.on, "has_timer": left_s > 0, "timer_remaining": left_s,
                 "overpower": self.traps.overpower}
            )  # fmt: skip
        if request.path == "/status":
            meters = [{"power": self.load.power_w, "total": round(self.load.energy_wh * WATT_MINUTES)}]
            return json_response({"meters": meters if self.traps.metered else []})
        return json_response({}, 404)

    def _second(self, request: Request, query: Mapping[str, str]) -> Response:
        if query.get("id") != "0":
            return json_response({"code": -105, "message": "Argument 'id', value not found!"}, 500)
        if request.path == "/rpc/Switch.Set":
            was_on = self.load.on
            if query.get("on") not in ("true", "false"):
                return json_response({"code": -103, "message": "Missing or bad argument 'on'!"}, 500)
            self._switch(query["on"] == "true", float(query.get("toggle_after", 0)), f"on={query['on']}")
            return json_response({"was_on": was_on})
        if request.path == "/rpc/Switch.GetStatus":
            body: dict[str, object] = {"id": 0, "source": "HTTP_in", "output": self.load.on}
            if self.traps.metered:
                body |= {
                    "apower": self.load.power_w,
                    "voltage": VOLTAGE_V,
                    "aenergy": {"total": round(self.load.energy_wh, 3), "by_minute": [0.0, 0.0, 0.0]},
                }
            return json_response(body | ({"errors": ["overpower"]} if self.traps.overpower else {}))
        return json_response({"code": 404, "message": "No handler"}, 404)

    def _switch(self, on: bool, timer_s: float, write: str) -> None:
        self.writes.append(write)
        if not self.traps.deaf and not (on and self.traps.overpower):
            self.load.switch(on, timer_s or None)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
