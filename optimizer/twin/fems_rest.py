"""The REST API of the simulated Edge: reads by regular expression, writes, and both regimes of errors."""

from __future__ import annotations

import asyncio
import base64
import binascii
import html
import json
import re
from collections import deque
from http import HTTPStatus

from optimizer.model.clock import Clock
from optimizer.twin.fems_channels import Channels
from optimizer.twin.fems_unit import FemsUnit
from optimizer.twin.http import Gate, Request, Response, json_response

NO_ID = "00000000-0000-0000-0000-000000000000"
GENERIC, NOT_ALLOWED, UNAUTHENTICATED, NO_COMPONENT = 1, 1002, 1003, 2000
GUEST, OWNER = "guest", "owner"


class FemsError(Exception):
    """An error as the Edge knows it: the old status, the old code, the message of both regimes."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class FemsGate(Gate):
    """Five connections at once; too many accepts in a short time suspend accepting: then connects hang."""

    WINDOW_S = 5.0

    def __init__(self, clock: Clock, connections: int, accepts: int) -> None:
        self._clock = clock
        self._free = asyncio.Semaphore(connections)
        self._most = accepts
        self._accepted: deque[float] = deque()

    async def enter(self) -> None:
        """Return when the connection may be served."""
        now = self._clock.monotonic_s()
        self._accepted.append(now)
        while self._accepted[0] < now - self.WINDOW_S:
            self._accepted.popleft()
        if len(self._accepted) > self._most:
            await self._clock.sleep(self.WINDOW_S)
        await self._free.acquire()

    def leave(self) -> None:
        """A served connection has ended."""
        self._free.release()


class FemsRest:
    """Answers requests for one Edge."""

    def __init__(self, unit: FemsUnit) -> None:
        self._unit = unit
        self._channels = Channels(unit)

    async def handle(self, request: Request) -> Response:
        """Any request."""
        try:
            return self._answer(request)
        except FemsError as error:
            return self._error(error, request)

    def _answer(self, request: Request) -> Response:
        role = self._role(request)
        segments = request.segments()
        if segments[:1] != ["rest"]:
            return Response(404, b"", "")
        if len(segments) != 4 or segments[1] != "channel":
            raise FemsError(400, GENERIC, f"Unhandled REST endpoint [{request.path}]")
        component, channel = segments[2:]
        self._unit.live.advance()
        if request.method == "GET":
            return self._get(component, channel)
        if request.method == "POST":
            if role != OWNER:
                raise FemsError(400, NOT_ALLOWED, "User [guest] has no permission to write")
            return self._post(component, channel, request.body)
        raise FemsError(400, GENERIC, f"Unhandled method [{request.method}]")

    def _role(self, request: Request) -> str:
        """The password alone decides."""
        scheme, _, blob = request.headers.get("authorization", "").partition(" ")
        password = ""
        if scheme.lower() == "basic":
            try:
                password = base64.b64decode(blob, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                password = ""
        if password == self._unit.spec.owner_password:
            return OWNER
        if password == self._unit.spec.guest_password:
            return GUEST
        raise FemsError(401, UNAUTHENTICATED, "Authentication failed")

    def _get(self, component: str, channel: str) -> Response:
        try:
            found = self._channels.find(component, channel)
        except (re.error, OverflowError, RecursionError) as error:
            raise FemsError(400, GENERIC, f"Bad expression: {error}") from error
        if not found:
            if self._unit.spec.new_errors:
                return Response(404, b"", "")
            raise FemsError(404, GENERIC, f"Channel [{component}/{channel}] not found")
        shown = [c.as_json(c.component in self._unit.dead) for c in found]
        return json_response(shown[0] if len(shown) == 1 else shown)

    def _post(self, component: str, channel: str, body: bytes) -> Response:
        try:
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise FemsError(400, GENERIC, "JSON could not be parsed") from error
        if not isinstance(content, dict) or "value" not in content:
            raise FemsError(400, GENERIC, "JSON has no member [value]")
        if not self._channels.has_component(component):
            raise FemsError(400, NO_COMPONENT, f"Unable to find Component with ID [{component}]")
        found = self._channels.exact(component, channel)
        if found is None:
            raise FemsError(500, GENERIC, f"Channel [{component}/{channel}] does not exist")
        if found.access == "RO":
            raise FemsError(400, GENERIC, f"Channel [{component}/{channel}] is not writable")
        # 200 means queued: neither the type nor the range of the value has been looked at.
        self._unit.write(component, channel, content["value"])
        return json_response({})

    def _error(self, error: FemsError, request: Request) -> Response:
        message = str(error)
        if not self._unit.spec.new_errors:
            body = {"jsonrpc": "2.0", "id": NO_ID, "error": {"code": error.code, "message": message, "data": []}}
            return json_response(body, error.status)
        text = f"io.openems.common.exceptions.OpenemsError$OpenemsNamedException: {message}"
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        if "application/json" in request.headers.get("accept", ""):
            response = json_response({"url": request.path, "status": str(int(status)), "message": text}, status)
        else:
            page = f"<html><body><h2>HTTP ERROR 500</h2><p>{html.escape(text)}</p></body></html>"
            response = Response(status, page.encode(), "text/html;charset=iso-8859-1")
        return Response(response.status, response.body, response.content_type, hang_up=True)
