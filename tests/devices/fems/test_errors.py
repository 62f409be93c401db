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
    (httpx.Response(400), "refused", "400"),  # an expression that cannot be read
    (httpx.Response(500), "refused", "500"),  # another method
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


NAMED = "io.openems.common.exceptions.OpenemsError$OpenemsNamedException: "
PLAIN = "io.openems.common.exceptions.OpenemsException: "


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (NAMED + "Authentication failed", "FEMS says: Authentication failed)"),
        (NAMED + "Unable to find OpenEMS Component with ID [ess9]", "FEMS says: Unable to find OpenEMS Component with"),
        (PLAIN + "Value is missing", "FEMS says: Value is missing)"),
        (PLAIN + "Missing arguments to handle Channel", "FEMS says: Missing arguments to handle Channel)"),
        (("java.lang.IllegalArgumentException: Channel [Nope] is not defined for ID [ess0]. Implementation "
         "[io.openems.edge.simulator.ess.symmetric.reacting.SimulatorEssSymmetricReactingImpl]"),
         "FEMS says: Channel [Nope] is not defined for ID [ess0].)"),
        (PLAIN + "Unable to parse: JSON failed to parse [java.io.EOFException: End of input at line 1 column 2]: {",
         "JSON failed to parse [End of input at line 1 column 2]: {"),
        ("java.util.NoSuchElementException", "status 500"),
    ],
)  # fmt: skip
async def test_words_of_a_real_edge_are_shown_without_its_java_classes(message: str, words: str) -> None:
    body = {"message": message, "url": "http://fems/rest/channel/ess0/X", "status": "500"}
    fems = FakeEdge(answer=lambda request: httpx.Response(500, json=body)).fems()
    with pytest.raises(DeviceError) as raised:
        await fems.read()
    assert words in str(raised.value)
    assert not any(part in str(raised.value) for part in ("io.openems", "java.", "Exception", "Impl"))


async def test_an_old_edge_says_a_wrong_password_by_status_and_words() -> None:
    fems = FakeEdge(answer=lambda request: old(401, 1003, "Authentication failed")).fems()
    with pytest.raises(DeviceError, match="FEMS/OpenEMS, wrong password"):
        await fems.read()
    foreign = FakeEdge(answer=lambda request: httpx.Response(401, content=b"<html>")).fems()
    with pytest.raises(DeviceError, match="status 401, credentials are missing or wrong"):
        await foreign.read()
