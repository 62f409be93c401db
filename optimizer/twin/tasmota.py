"""A simulated relay with Tasmota: `/cm?cmnd=…`, with user and password in the query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from optimizer.twin.http import Request, Response, json_response
from optimizer.twin.live import LiveHouse
from optimizer.twin.physics import VOLTAGE_V
from optimizer.twin.relay import RelayTwin

COMMAND = re.compile(r"(power|pulsetime)(\d*)( \w+)?")
PULSE_BASE = 100


@dataclass(slots=True)
class TasmotaTraps:
    """The variants of devices, and faults. Change it at any time."""

    password: str = ""
    """Empty: no authentication. The user is `admin`."""
    single: bool = True
    """Whether it has one relay, which it then names POWER."""
    metered: bool = True
    deaf: bool = False
    """It answers the wanted state and does not switch."""
    relays: tuple[str, ...] = ("Tasmota",)
    """The friendly names of its relays. Only the first one works."""
    power_on_state: int = 3
    """3: after a power cut its relays are as before. 0: off."""


class TasmotaTwin(RelayTwin):
    """One relay with a load behind it."""

    def __init__(self, house: LiveHouse, load: int = 0, *, name: str = "", traps: TasmotaTraps | None = None) -> None:
        """`load`: the index of the load in the house."""
        super().__init__(house, load, name)
        self.traps = traps or TasmotaTraps()
        self.pulse = 0
        """Its PulseTime, in the units of Tasmota."""
        self.flash_writes = 0

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        self._house.advance()
        query = {key: values[-1] for key, values in parse_qs(request.query).items()}
        if request.path != "/cm":
            return Response(404, b"File Not Found", "text/plain")
        if self.traps.password and (query.get("user"), query.get("password")) != ("admin", self.traps.password):
            return json_response({"WARNING": "Need user=<username>&password=<password>"}, 401)
        return json_response(self._carried_out(query.get("cmnd", "").lower()))

    def _carried_out(self, command: str) -> dict[str, object]:
        if command == "status 8":
            energy = {"Total": round(self.load.energy_wh / 1000.0, 3), "Power": round(self.load.power_w),
                      "Voltage": round(VOLTAGE_V)}  # fmt: skip
            return {"StatusSNS": {"Time": "2026-06-01T12:00:00", **({"ENERGY": energy} if self.traps.metered else {})}}
        if command == "status":
            status = {
                "Module": 43,
                "DeviceName": "Tasmota",
                "FriendlyName": list(self.traps.relays),
                "Topic": "tasmota_BE54DC",
                "Power": int(self.load.on),
                "PowerOnState": self.traps.power_on_state,
            }
            return {"Status": status}  # fmt: skip
        if command == "status 2":
            return {"StatusFWR": {"Version": "14.2.0(release)"}}
        found = COMMAND.fullmatch(command)
        if found is None or found[2] not in ("", "1"):
            return {"Command": "Unknown"}
        argument = (found[3] or "").strip()
        if found[1] == "pulsetime":
            if argument:
                self.flash_writes += 1
                self.pulse = int(argument)
            return {f"PulseTime{found[2]}": {"Set": self.pulse, "Remaining": round(self.load.timer_s or 0.0)}}
        on = self.load.on
        if argument in ("on", "off"):
            on = argument == "on"
            if not self.traps.deaf:
                self.load.switch(on, float(self.pulse - PULSE_BASE) if self.pulse > PULSE_BASE else None)
        return {"POWER" if self.traps.single else "POWER1": "ON" if on else "OFF"}
