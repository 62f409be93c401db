"""A simulated sonnen battery: REST v1 (port 8080 on the real one) and v2 (port 80). Its peculiarities are options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from optimizer.twin import sonnen_bodies as bodies
from optimizer.twin.faults import Fault
from optimizer.twin.http import HttpServer, Request, Response, json_response
from optimizer.twin.live import LiveHouse

MANUAL = 1
SELF_CONSUMPTION = 2
MODES = (1, 2, 6, 10)
"""Manual, self-consumption, module extension, time of use."""
OVERRULED_S = 20.0
"""Time after which a setpoint is overwritten in a mode other than manual."""

OK, INVALID_PATH, INVALID_METHOD = 0, 5, 16
"""Return codes of the vendor's paper."""


@dataclass(slots=True)
class SonnenTraps:
    """The behavior where documents and real devices disagree, and faults. Change it at any time."""

    variant: bodies.Variant = "modern"
    """Keys of the status."""
    token: str = "secret-token"  # noqa: S105 - a toy's own token
    """The token that v2 expects in `Auth-Token`."""
    write_api: bool = True
    """False: the owner has not enabled writing over v2 (401)."""
    vpp: bool = False
    """The virtual power plant controls the battery: v2 refuses setpoints."""
    vpp_answer: Literal["forbidden", "false"] = "forbidden"
    """The form of a refusal: status 403, or 200 with `false`."""
    paths: Literal["examples", "text"] = "examples"
    """The v1 paths of the document's examples (`api/v1/…`), or of its text (`api/V1/setpoint/…` and `api/status`)."""
    mode_access: bool = True
    """False: v1 without `/api/setting` and `/api/configuration`."""
    echo: bool = True
    """The answer to a written configuration is the object. False: it is `true`."""
    setpoint_status: int = 201
    """Status of a v2 setpoint: 201 or 200."""
    two_values: bool = True
    """Charge and discharge are two stored values. Their difference counts. False: the newer replaces both."""
    return_code: int = OK
    """Return code of every v1 answer: 5 invalid path, 13 internal error, 16 invalid method."""
    error_status: int = 200
    """HTTP status of a return code other than 0."""
    deaf: bool = False
    """Setpoints are acknowledged and ignored."""
    stubborn: bool = False
    """A change of the mode is acknowledged and ignored."""


class SonnenTwin:
    """One sonnen in the house. In manual mode it keeps a setpoint without timeout."""

    def __init__(
        self, house: LiveHouse, battery: int = 0, *, name: str = "sonnen", zone: str = "Europe/Berlin",
        traps: SonnenTraps | None = None,
    ) -> None:  # fmt: skip
        """`battery`: its index in the house."""
        self.traps = traps or SonnenTraps()
        self.mode = SELF_CONSUMPTION
        self.charge_w = 0.0
        self.discharge_w = 0.0
        self._name = name
        self._house = house
        self._battery = house.physics.batteries[battery]
        self._zone = ZoneInfo(zone)
        self._overruled_s = 0.0
        self._v1 = HttpServer(self._answer_v1, house.clock, mischief=self._mischief)
        self._v2 = HttpServer(self._answer_v2, house.clock, mischief=self._mischief)
        house.each_cycle(self._cycle)

    @property
    def name(self) -> str:
        """Key of its endpoints, of its faults, and in the ledger."""
        return self._name

    async def start(self) -> Mapping[str, str]:
        """Listen on loopback. Returns the URLs of the endpoints `v1` and `v2`."""
        return {"v1": await self._v1.start(), "v2": await self._v2.start()}

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        await self._v1.stop()
        await self._v2.stop()

    @property
    def setpoint_w(self) -> float:
        """The power of the stored values, within the limit of the inverter, + discharge."""
        limit_w = self._battery.spec.max_apparent_w
        return max(-limit_w, min(limit_w, self.discharge_w - self.charge_w))

    def _mischief(self) -> Fault | None:
        return self._house.faults.pick(self._name, self._house.t_s)

    def _cycle(self, t_s: float) -> None:
        """The own control of the battery, before each second."""
        if self.mode == MANUAL or t_s < self._overruled_s:
            self._battery.command(self.setpoint_w, self.setpoint_w, follow=False)
            return
        self.charge_w = self.discharge_w = 0.0
        self._battery.command()

    def _view(self) -> bodies.View:
        return bodies.View(
            house=self._house.advance(),
            battery=self._battery,
            mode=self.mode,
            setpoint_w=self.setpoint_w,
            local=self._house.wall().astimezone(self._zone),
        )

    # v1: no authentication, lower case, return codes

    async def _answer_v1(self, request: Request) -> Response:
        if self.traps.return_code:
            return self._code(self.traps.return_code)
        view = self._view()
        match request.segments():
            case path if path == self._v1_status:
                return json_response(bodies.status(view, self.traps.variant)) if _is(request, "GET") else self._wrong()
            case ["api", version, "setpoint", ("charge" | "discharge") as direction, watts] if version == self._version:
                if not _is(request, "PUT"):
                    return self._wrong()
                return self._code(OK if self._take_setpoint(direction, watts) else INVALID_PATH)
            case ["api", "setting"] if self.traps.mode_access:
                wanted = parse_qs(request.query).get("EM_OperatingMode", [""])[0]
                if not self._take_mode(wanted):
                    return self._code(INVALID_PATH)
                return json_response({"EM_OperatingMode": wanted})
            case ["api", "configuration", "EM_OperatingMode"] if self.traps.mode_access:
                return json_response({"EM_OperatingMode": str(self.mode)})
        return self._code(INVALID_PATH)

    @property
    def _version(self) -> str:
        return "v1" if self.traps.paths == "examples" else "V1"

    @property
    def _v1_status(self) -> list[str]:
        return ["api", "v1", "status"] if self.traps.paths == "examples" else ["api", "status"]

    def _wrong(self) -> Response:
        return self._code(INVALID_METHOD)

    def _code(self, code: int) -> Response:
        if code != OK:
            self._house.ledger.refuse(self._name)
        status = 200 if code == OK else self.traps.error_status
        return json_response({"ReturnCode": str(code)}, status, "text/html; charset=UTF-8")

    # v2: a token for all but the status

    async def _answer_v2(self, request: Request) -> Response:
        view = self._view()
        path = request.segments()
        if path == ["api", "v2", "status"] and _is(request, "GET"):
            return json_response(bodies.status(view, "modern"))
        if path[:2] != ["api", "v2"]:
            return json_response({"error": "Not found"}, 404)
        if request.headers.get("auth-token") != self.traps.token:
            return json_response({"error": "Unauthorized"}, 401)
        if _is(request, "GET"):
            return self._read_v2(path[2:], view)
        if not self.traps.write_api:
            self._house.ledger.refuse(self._name)
            return json_response({"error": "Unauthorized"}, 401)
        return self._write_v2(path[2:], request)

    def _read_v2(self, path: list[str], view: bodies.View) -> Response:
        match path:
            case ["latestdata"]:
                return json_response(bodies.latest_data(view))
            case ["battery"]:
                return json_response(bodies.battery(view))
            case ["inverter"]:
                return json_response(bodies.inverter(view))
            case ["powermeter"]:
                return json_response(bodies.powermeter(view))
            case ["configurations"]:
                return json_response(bodies.configurations(view))
            case ["configurations", key] if key in bodies.configurations(view):
                return json_response({key: bodies.configurations(view)[key]})
        return json_response({"error": "Not found"}, 404)

    def _write_v2(self, path: list[str], request: Request) -> Response:
        match request.method, path:
            case "POST", ["setpoint", ("charge" | "discharge") as direction, watts]:
                if self.traps.vpp:
                    self._house.ledger.refuse(self._name)
                    return (
                        json_response(False)
                        if self.traps.vpp_answer == "false"
                        else json_response({"error": "VPP is active"}, 403)
                    )
                if not self._take_setpoint(direction, watts):
                    return json_response({"error": "Invalid value"}, 400)
                return json_response(True, self.traps.setpoint_status)
            case "PUT", ["configurations"]:
                return self._take_configurations(request.body)
        return json_response({"error": "Method not allowed"}, 405)

    def _take_configurations(self, body: bytes) -> Response:
        try:
            wanted: Any = json.loads(body)
            items = {str(key): str(value) for key, value in wanted.items()}
        except (ValueError, AttributeError):
            return json_response({"error": "Invalid body"}, 400)
        if not self._take_mode(items.get("EM_OperatingMode", str(self.mode))):
            return json_response({"error": "Invalid value"}, 400)
        return json_response(items if self.traps.echo else True)

    # common parts

    def _take_mode(self, text: str) -> bool:
        """Returns False for an unknown mode."""
        if not text.isdecimal() or int(text) not in MODES:
            self._house.ledger.refuse(self._name)
            return False
        self._house.ledger.wrote(self._name, "mode")
        if not self.traps.stubborn:
            self.mode = int(text)
        return True

    def _take_setpoint(self, direction: str, text: str) -> bool:
        """Returns False for a value that is not a whole number of watts."""
        if not text.isdecimal() or len(text) > 6:
            self._house.ledger.refuse(self._name)
            return False
        self._house.ledger.wrote(self._name, "setpoint")
        limit_w = self._battery.spec.max_apparent_w
        if float(text) > limit_w:
            self._house.ledger.incident(self._name, f"{direction} {text} W, the inverter's limit is {limit_w:.0f} W")
        if self.traps.deaf:
            return True
        if not self.traps.two_values:
            self.charge_w = self.discharge_w = 0.0
        if direction == "charge":
            self.charge_w = float(text)
        else:
            self.discharge_w = float(text)
        self._overruled_s = self._house.t_s + OVERRULED_S
        return True


def _is(request: Request, method: str) -> bool:
    return request.method == method
