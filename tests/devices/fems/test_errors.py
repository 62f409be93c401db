"""Both regimes of errors, told apart by the message."""

from __future__ import annotations

import httpx
import pytest

from optimizer.devices.port import DeviceError
from optimizer.model.decision import BatteryAction, BatteryOrder
from tests.devices.fems.fake import FakeEdge

HOLD = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0)
DENIED = "Access to this resource [POST] is denied for User with Role [GUEST]"


def old(status: int, code: int, message: str) -> httpx.Response:
    """Up to 2025.3."""
    error = {"code": code, "message": message, "data": []}
    return httpx.Response(status, json={"jsonrpc": "2.0", "id": "0", "error": error})


def new(message: str) -> httpx.Response:
    """From 2025.4 on."""
    cause = f"io.openems.common.exceptions.OpenemsError$OpenemsNamedException: {message}"
    return httpx.Response(500, json={"url": "/rest", "status": "500", "message": cause})


CASES = [
    (old(401, 1003, "Authentication failed"), "unauthorized", ""),
    (new("Authentication failed"), "unauthorized", "Authentication failed"),
    (old(400, 1002, DENIED), "unauthorized", "owner"),
    (new(DENIED), "unauthorized", "owner"),
    (old(400, 2000, "Unable to find OpenEMS Component with ID [ess9]"), "refused", "ess9"),
    (new("Unable to find OpenEMS Component with ID [ess9]"), "refused", "ess9"),
    (old(400, 1, "Channel [SetX] is read-only"), "refused", "SetX"),
    (new("Value is missing"), "refused", "Value is missing"),
    (old(400, 1, "Value is missing"), "refused", "Value is missing"),
    (httpx.Response(500, content=b"<html>oops</html>"), "refused", "500"),
    (httpx.Response(404), "refused", "none of these channels"),
    (httpx.Response(503, json=[]), "refused", "503"),
    (httpx.Response(500, json={"message": 7}), "refused", "500"),
]


@pytest.mark.parametrize(("response", "fault", "said"), CASES)
@pytest.mark.parametrize("writing", [False, True])
async def test_errors(writing: bool, response: httpx.Response, fault: str, said: str) -> None:
    edge = FakeEdge(
        answer=lambda request: httpx.Response(
            response.status_code, content=response.content, headers={"content-type": "application/json"}
        )
    )
    fems = edge.fems()
    with pytest.raises(DeviceError) as raised:
        await (fems.order("cellar", HOLD) if writing else fems.read())
    assert raised.value.fault == fault
    assert said in str(raised.value)


async def test_a_get_is_repeated_once_when_the_socket_was_closed_and_a_post_is_not() -> None:
    tries: list[str] = []

    def closed_once(request: httpx.Request) -> httpx.Response | None:
        tries.append(request.method)
        if len(tries) == 1:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return None

    fems = FakeEdge(answer=closed_once).fems()
    assert (await fems.read()).batteries
    assert tries == ["GET", "GET"]
    tries.clear()
    with pytest.raises(DeviceError) as raised:
        await fems.order("cellar", HOLD)
    assert raised.value.fault == "unreachable"
    assert tries == ["POST"]
