"""A simulated Shelly relay: RPC of generation 2 and later with Digest (SHA-256), or the HTTP API of generation 1."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from optimizer.twin.http import Request, Response, json_response
from optimizer.twin.live import LiveHouse
from optimizer.twin.mdns import Mdns
from optimizer.twin.physics import VOLTAGE_V
from optimizer.twin.relay import RelayTwin

REALM = "shellyplus1pm-test"
NONCE = "60dc2c2e"
SERVICE = "_shelly._tcp.local."
ID, MAC, APP = "shellyplus1pm-a8032abe54dc", "A8032ABE54DC", "Plus1PM"
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
    relays: tuple[str, ...] = ("",)
    """The names of its relays, as its configuration lists them. Only the first one works."""
    after_power_cut: str = "off"
    """State of a relay after a power cut: `initial_state`, or `default_state` of generation 1."""
    mdns: bool = False
    """Whether it announces itself."""


class ShellyTwin(RelayTwin):
    """One relay with a load behind it."""

    def __init__(self, house: LiveHouse, load: int = 0, *, name: str = "", traps: ShellyTraps | None = None) -> None:
        """`load`: the index of the load in the house."""
        super().__init__(house, load, name)
        self.traps = traps or ShellyTraps()
        self.writes: list[str] = []
        self._mdns = Mdns(SERVICE, f"{ID}-{self.name}", ID)

    async def start(self) -> Mapping[str, str]:
        """Listen, and announce it if asked for."""
        endpoints = await super().start()
        if self.traps.mdns:
            url = urlsplit(endpoints[""])
            texts = {"gen": str(self.traps.generation), "app": APP, "ver": "1.4.4"}
            await self._mdns.start(str(url.hostname), int(url.port or 80), texts)
        return endpoints

    async def stop(self) -> None:
        """Stop listening."""
        await self._mdns.stop()
        await super().stop()

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        self._house.advance()
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        first = self.traps.generation == 1
        if request.path == "/shelly":
            return json_response(self._about(first=first))
        if self.traps.password and not self._is_allowed(request, first=first):
            challenge = f'Basic realm="{REALM}"'
            if not first:
                challenge = f'Digest qop="auth", realm="{REALM}", nonce="{NONCE}", algorithm=SHA-256'
            return Response(401, b"", "text/plain", {"WWW-Authenticate": challenge})
        return self._first(request, query) if first else self._second(request, query)

    def _is_allowed(self, request: Request, *, first: bool) -> bool:
        given = request.headers.get("authorization", "")
        if first:
            return given == "Basic " + base64.b64encode(f"admin:{self.traps.password}".encode()).decode()
        if not given.startswith("Digest "):
            return False
        fields = dict(FIELD.findall(given))
        inner = _sha(f"{fields.get('username')}:{REALM}:{self.traps.password}")
        outer = _sha(f"{request.method}:{fields.get('uri')}")
        wanted = _sha(
            ":".join((inner, NONCE, fields.get("nc", ""), fields.get("cnonce", ""), fields.get("qop", ""), outer))
        )
        return fields.get("username") == "admin" and fields.get("response") == wanted

    def _about(self, *, first: bool) -> dict[str, object]:
        auth = bool(self.traps.password)
        if first:
            return {"type": "SHPLG-S", "mac": MAC, "auth": auth, "fw": "20230913", "num_outputs": 1}
        return {"name": None, "id": ID, "mac": MAC, "gen": self.traps.generation, "ver": "1.4.4", "app": APP,
                "auth_en": auth, "auth_domain": ID if auth else None}  # fmt: skip

    def _first(self, request: Request, query: Mapping[str, str]) -> Response:
        if request.path == "/relay/0":
            if query.get("turn") in ("on", "off"):
                self._switch(query["turn"] == "on", float(query.get("timer", 0)), f"turn={query['turn']}")
            left_s = round(self.load.timer_s or 0.0)
            return json_response(
                {"ison": self.load.on, "has_timer": left_s > 0, "timer_remaining": left_s,
                 "overpower": self.traps.overpower}
            )  # fmt: skip
        if request.path == "/settings":
            relays = [{"name": name or None, "default_state": self.traps.after_power_cut} for name in self.traps.relays]
            return json_response({"mode": "relay", "relays": relays})
        if request.path == "/status":
            meters = [{"power": self.load.power_w, "total": round(self.load.energy_wh * WATT_MINUTES)}]
            return json_response({"meters": meters if self.traps.metered else []})
        return json_response({}, 404)

    def _second(self, request: Request, query: Mapping[str, str]) -> Response:
        if request.path == "/rpc/Shelly.GetConfig":
            return json_response({"sys": {"device": {"name": None}}} | {
                f"switch:{number}": {"id": number, "name": name or None, "in_mode": "follow",
                                     "initial_state": self.traps.after_power_cut}
                for number, name in enumerate(self.traps.relays)
            })  # fmt: skip
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
