"""The REST API of the simulated Edge: reads by regular expression, writes, JSON-RPC, and both regimes of errors."""

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
from optimizer.twin.fems_edge_config import edge_config
from optimizer.twin.fems_unit import FemsUnit
from optimizer.twin.http import Gate, Request, Response, json_response

NO_ID = "00000000-0000-0000-0000-000000000000"
GENERIC, NOT_ALLOWED, UNAUTHENTICATED, NO_COMPONENT = 1, 1002, 1003, 2000
GUEST, OWNER = "guest", "owner"
STAFF = ("installer", "admin")
"""Further passwords of every Edge; they may do what the owner may."""
NAMED = "io.openems.common.exceptions.OpenemsError$OpenemsNamedException"
PLAIN = "io.openems.common.exceptions.OpenemsException"
ARGUMENT = "java.lang.IllegalArgumentException"
PAGES = ("GET", "POST", "HEAD")
"""Methods whose errors have a body."""
NOT_CACHED = {"Cache-Control": "must-revalidate,no-cache,no-store"}
IMPLEMENTATION = "io.openems.edge.simulator.ess.symmetric.reacting.SimulatorEssSymmetricReactingImpl"


class FemsError(Exception):
    """An error as the Edge knows it: the old status, the old code, the message, and the Java class of it."""

    def __init__(self, status: int, code: int, message: str, kind: str = NAMED) -> None:
        super().__init__(message)
        self.status, self.code, self.kind = status, code, kind


class FemsGate(Gate):
    """The one acceptor of the Edge's web server, which accepts the connections in their order.

    It stops while as many connections as it may serve are open. It also stops after more accepts than `accepts`
    within WINDOW_S, until the oldest of them is older than that. Connections wait meanwhile: the system has taken them.
    """

    WINDOW_S = 5.0
    LEAST_WAIT_S = 0.001
    """A shorter wait can be lost in the precision of the time, and repeat without an end."""

    def __init__(self, clock: Clock, connections: int, accepts: int) -> None:
        self._clock = clock
        self._free = asyncio.Semaphore(connections)
        self._most = accepts
        self._turn = asyncio.Lock()
        self._accepted: deque[float] = deque()

    async def enter(self) -> None:
        """Return when the connection may be served."""
        async with self._turn:
            while self._rate() > self._most:
                wait_s = self._accepted[0] + self.WINDOW_S - self._clock.monotonic_s()
                await self._clock.sleep(max(self.LEAST_WAIT_S, wait_s))
            await self._free.acquire()
            self._accepted.append(self._clock.monotonic_s())

    def _rate(self) -> int:
        """The number of connections accepted in the last WINDOW_S."""
        since_s = self._clock.monotonic_s() - self.WINDOW_S
        while self._accepted and self._accepted[0] <= since_s:
            self._accepted.popleft()
        return len(self._accepted)

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
        old = self._unit.spec.old_errors
        if "%2f" in request.path.lower():
            return Response(400, b"", "")  # the web server refuses an encoded slash
        if self._unit.phase == "booting" or request.path == "/favicon.ico":
            return Response(404, b"", "")
        role = self._role(request)
        segments = request.segments()
        if segments == ["jsonrpc"] and not old:
            return self._jsonrpc(role, request)
        if segments[:1] != ["rest"]:
            if old:
                return Response(404, b"", "")
            what = f"Unknown REST endpoint: {request.path}" if segments else "Missing arguments to handle request"
            raise FemsError(404, GENERIC, what, PLAIN)
        if segments[1:2] != ["channel"]:
            raise FemsError(400, GENERIC, f"Unhandled REST target [{'/'.join(segments[1:2])}]", PLAIN)
        if len(segments) != 4:
            raise FemsError(400, GENERIC, "Missing arguments to handle Channel", PLAIN)
        component, channel = segments[2:]
        self._unit.live.advance()
        if request.method == "GET":
            return self._get(component, channel)
        if request.method == "POST":
            if role == GUEST:
                raise FemsError(400, NOT_ALLOWED, _denied("HTTP POST"))
            return self._post(component, channel, request.body)
        raise FemsError(400, GENERIC, f"Unhandled REST Channel request method [{request.method}]", PLAIN)

    def _role(self, request: Request) -> str:
        """The password alone decides."""
        scheme, _, blob = request.headers.get("authorization", "").partition(" ")
        password = ""
        if scheme.lower() == "basic":
            try:
                password = base64.b64decode(blob, validate=True).decode().partition(":")[2]
            except binascii.Error as error:
                if not self._unit.spec.old_errors:
                    raise FemsError(401, UNAUTHENTICATED, "Illegal base64 character 21", ARGUMENT) from error
            except UnicodeDecodeError:
                password = ""
        if password in (self._unit.spec.owner_password, *STAFF):
            return OWNER
        if password == self._unit.spec.guest_password:
            return GUEST
        raise FemsError(401, UNAUTHENTICATED, "Authentication failed")

    def _get(self, component: str, channel: str) -> Response:
        old = self._unit.spec.old_errors
        try:
            found = self._channels.find(component, channel)
        except (re.error, OverflowError, RecursionError) as error:
            if not old:
                return Response(400, b"", "")
            raise FemsError(400, GENERIC, f"Bad expression: {error}") from error
        if not found:
            if not old:
                return Response(404, b"", "")
            raise FemsError(404, GENERIC, f"Channel [{component}/{channel}] not found")
        shown = [c.as_json(c.component in self._unit.dead) for c in found]
        return json_response(shown[0] if len(shown) == 1 else shown)

    def _post(self, component: str, channel: str, body: bytes) -> Response:
        content = _parsed(body)
        if "value" not in content:
            raise FemsError(400, GENERIC, "Value is missing", PLAIN)
        if not self._channels.has_component(component):
            raise FemsError(400, NO_COMPONENT, f"Unable to find OpenEMS Component with ID [{component}]")
        found = self._channels.exact(component, channel)
        if found is None:
            text = f"Channel [{channel}] is not defined for ID [{component}]. Implementation [{IMPLEMENTATION}]"
            raise FemsError(500, GENERIC, text, ARGUMENT)
        if found.access == "RO":
            now = f"activeValue={found.shown()} {found.unit}".rstrip()
            text = f"[Channel [ID={channel}, type={found.kind}, {now}, access=READ_ONLY]] is not a Write Channel"
            raise FemsError(400, GENERIC, text, PLAIN)
        # 200 means queued: neither the type nor the range of the value has been looked at.
        self._unit.write(component, channel, content["value"])
        return json_response({})

    def _jsonrpc(self, role: str, request: Request) -> Response:
        if role == GUEST:
            raise FemsError(400, NOT_ALLOWED, _denied("HTTP POST JSON-RPC"))
        content = _parsed(request.body)
        if content.get("method") != "getEdgeConfig":
            raise FemsError(400, GENERIC, f"Unhandled Request [{content.get('method')}]")
        return json_response(
            {"jsonrpc": "2.0", "id": content.get("id", NO_ID), "result": edge_config(self._unit, self._channels)}
        )

    def _error(self, error: FemsError, request: Request) -> Response:
        message = str(error)
        if self._unit.spec.old_errors:
            answer = {"jsonrpc": "2.0", "id": NO_ID, "error": {"code": error.code, "message": message, "data": []}}
            return json_response(answer, error.status)
        text = f"{error.kind}: {message}"
        body, content_type = b"", ""
        if request.method in PAGES and "application/json" in request.headers.get("accept", ""):
            url = f"http://{request.headers.get('host', 'localhost')}{request.path}"
            fields = {"message": text, "url": url, "status": str(int(HTTPStatus.INTERNAL_SERVER_ERROR))}
            lines = ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in fields.items())
            body, content_type = f"{{\n{lines}\n}}".encode(), "application/json"
        elif request.method in PAGES:
            page = f"<html>\n<head>\n</head>\n<body>\n<h2>HTTP ERROR 500 {html.escape(text)}</h2>\n</body></html>"
            body, content_type = page.encode(), "text/html;charset=iso-8859-1"
        return Response(HTTPStatus.INTERNAL_SERVER_ERROR, body, content_type, NOT_CACHED, hang_up=True)


def _parsed(body: bytes) -> dict[str, object]:
    text = body.decode("utf-8", "replace")
    try:
        content = json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        why = f"JSON failed to parse [java.io.EOFException: End of input at line 1 column 2 path $.]: {text[:40]}"
        raise FemsError(400, GENERIC, f"Unable to parse: {why}", PLAIN) from error
    if not isinstance(content, dict):
        raise FemsError(400, GENERIC, f"Unable to parse: JSON [{json.dumps(content)[:40]}] is not a JSON-Object", PLAIN)
    return content


def _denied(what: str) -> str:
    return f"Access to this resource [{what}] is denied for User with Role [GUEST]"
