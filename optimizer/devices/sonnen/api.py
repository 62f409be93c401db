"""The two generations of a sonnen's REST API behind one small interface."""

from __future__ import annotations

from typing import Literal, Protocol

from optimizer.devices.http import Answer, HttpDevice, refusal
from optimizer.devices.port import DeviceError
from optimizer.devices.sonnen.status import INVALID_PATH, Plate, ReturnCode, accepted
from optimizer.devices.values import bounded
from optimizer.devices.words import printable
from optimizer.model.reading import known
from optimizer.model.text_numbers import as_number
from optimizer.words.text import Text

Direction = Literal["charge", "discharge"]
MODE = "EM_OperatingMode"
MOST_WH = 1e6
VPP = Text("the virtual power plant may hold the battery, or writing is not enabled for the token")


class SonnenApi(Protocol):
    """The calls of the adapter, for both generations. Every one may raise DeviceError."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of everything that can be read, the status first."""
        ...

    async def status(self) -> tuple[object, float, str]:
        """The status' body, the monotonic s of the request, and its place for messages."""
        ...

    async def plate(self) -> Plate:
        """The values that do not change."""
        ...

    async def mode(self) -> int | None:
        """The operating mode; None where this firmware gives no access to it."""
        ...

    async def set_mode(self, mode: int) -> None:
        """Change the operating mode. Acknowledged, not verified."""
        ...

    async def set_point(self, direction: Direction, watts: int) -> None:
        """Write one of the two values, ≥ 0. Acknowledged, not verified."""
        ...

    async def firmware(self) -> str:
        """Its version, or empty."""
        ...


V1_STATUS = ("/api/v1/status", "/api/status")
V1_SETPOINT = ("/api/v1/setpoint", "/api/V1/setpoint")
"""The paths of the examples in the vendor's document, and the paths of its text. All known firmware has the first."""


class V1:
    """Port 8080, no authentication.

    If the device does not know a path, the other spelling of the document is tried. The one that worked stays.
    """

    def __init__(self, http: HttpDevice) -> None:
        self._http = http
        self._status_paths = V1_STATUS
        self._setpoint_paths = V1_SETPOINT

    @property
    def paths(self) -> tuple[str, ...]:
        return self._status_paths[0], f"/api/configuration/{MODE}"

    async def status(self) -> tuple[object, float, str]:
        first, second = self._status_paths
        answer = await self._http.request("GET", first)
        if _is_unknown(answer):
            other = await self._http.request("GET", second)
            if other.ok and not _is_unknown(other):
                self._status_paths, answer = (second, first), other
        return _body(answer), answer.at_s, answer.where

    async def plate(self) -> Plate:
        return Plate()

    async def mode(self) -> int | None:
        answer = await self._http.request("GET", f"/api/configuration/{MODE}")
        if answer.status in (404, 405, 501):
            return None
        try:
            fields = accepted(_body(answer), answer.where)
        except ReturnCode as error:
            if error.code == INVALID_PATH:
                return None
            raise
        return _mode(fields.get(MODE), answer.where)

    async def set_mode(self, mode: int) -> None:
        answer = await self._http.request("GET", f"/api/setting?{MODE}={mode}")
        accepted(_body(answer), answer.where)

    async def set_point(self, direction: Direction, watts: int) -> None:
        first, second = self._setpoint_paths
        answer = await self._http.request("PUT", f"{first}/{direction}/{watts}")
        if _is_unknown(answer):
            # It has done nothing, so the second attempt cannot be a second command.
            other = await self._http.request("PUT", f"{second}/{direction}/{watts}")
            if other.ok and not _is_unknown(other):
                self._setpoint_paths, answer = (second, first), other
        if not answer.ok:
            raise refusal(answer)
        # Some firmware answers nothing, or text; only an object can carry a return code.
        if answer.text.lstrip().startswith("{"):
            accepted(answer.json(), answer.where)

    async def firmware(self) -> str:
        return ""


class V2:
    """Port 80, header `Auth-Token`."""

    def __init__(self, http: HttpDevice) -> None:
        self._http = http

    @property
    def paths(self) -> tuple[str, ...]:
        parts = ("status", "latestdata", "configurations", "inverter", "battery", "powermeter")
        return tuple(f"/api/v2/{part}" for part in parts)

    async def status(self) -> tuple[object, float, str]:
        answer = await self._http.request("GET", "/api/v2/status")
        return _body(answer), answer.at_s, answer.where

    async def plate(self) -> Plate:
        answer = await self._http.request("GET", "/api/v2/configurations")
        fields = accepted(_body(answer), answer.where)
        module = as_number(fields.get("CM_MarketingModuleCapacity"))
        modules = as_number(fields.get("IC_BatteryModules"))
        power = bounded(fields.get("IC_InverterMaxPower_w"), "IC_InverterMaxPower_w", answer.at_s, 1.0, 1e5)
        if module is None or modules is None or not 0.0 < module * modules < MOST_WH:
            return Plate(max_power_w=power)
        return Plate(power, known(module * modules, answer.at_s))

    async def mode(self) -> int | None:
        answer = await self._http.request("GET", f"/api/v2/configurations/{MODE}")
        return _mode(accepted(_body(answer), answer.where).get(MODE), answer.where)

    async def set_mode(self, mode: int) -> None:
        answer = await self._http.request("PUT", "/api/v2/configurations", body={MODE: str(mode)})
        body = _body(answer)
        if body is not True:
            accepted(body, answer.where)

    async def set_point(self, direction: Direction, watts: int) -> None:
        try:
            answer = await self._http.request("POST", f"/api/v2/setpoint/{direction}/{watts}")
        except DeviceError as error:
            if error.fault == "unauthorized":
                raise DeviceError("unauthorized", Text("{error}; {vpp}", error=error.message, vpp=VPP)) from None
            raise
        if not answer.ok:
            raise DeviceError(
                "refused", Text("{where}: status {status}; {vpp}", where=answer.where, status=answer.status, vpp=VPP)
            )
        body = answer.json()
        if body is False:
            raise DeviceError("refused", Text("{where}: the answer is false; {vpp}", where=answer.where, vpp=VPP))
        if body is not True:
            accepted(body, answer.where)

    async def firmware(self) -> str:
        answer = await self._http.request("GET", "/api/v2/configurations")
        return printable(str(accepted(_body(answer), answer.where).get("DE_Software", "")), 40)


def _is_unknown(answer: Answer) -> bool:
    """Whether the device says that it does not know this path."""
    if answer.status == 404:
        return True
    if not answer.text.lstrip().startswith("{"):
        return False
    try:
        accepted(answer.json(), answer.where)
    except ReturnCode as error:
        return error.code == INVALID_PATH
    except DeviceError:
        return False
    return False


def _body(answer: Answer) -> object:
    """The body of a good answer. A return code in a bad one says more than its status."""
    if answer.ok:
        return answer.json()
    if answer.text.lstrip().startswith("{"):
        accepted(answer.json(), answer.where)
    raise refusal(answer)


def _mode(value: object, where: str) -> int:
    number = as_number(value)
    if number is None or not number.is_integer() or not 1 <= number <= 100:
        raise DeviceError("garbled", Text("{where}: the operating mode is not a number", where=where))
    return int(number)
