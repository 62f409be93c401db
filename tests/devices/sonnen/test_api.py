"""Answers of both APIs that are not as documented, to a clear error or a lenient reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from optimizer.devices.http import HttpConfig, HttpDevice
from optimizer.devices.port import DeviceError
from optimizer.devices.sonnen.api import V1, V2, SonnenApi
from tests.devices.hand_clock import HandClock

Call = Callable[[SonnenApi], Awaitable[Any]]


def mode(api: SonnenApi) -> Awaitable[Any]:
    return api.mode()


def set_mode(api: SonnenApi) -> Awaitable[Any]:
    return api.set_mode(1)


def charge(api: SonnenApi) -> Awaitable[Any]:
    return api.set_point("charge", 5)


def status(api: SonnenApi) -> Awaitable[Any]:
    return api.status()


def plate(api: SonnenApi) -> Awaitable[Any]:
    return api.plate()


def ask(make: type[V1] | type[V2], call: Call, code: int, body: bytes) -> Any:
    async def main() -> Any:
        transport = httpx.MockTransport(lambda _: httpx.Response(code, content=body))
        return await call(make(HttpDevice(HttpConfig("http://sonnen"), HandClock(), transport=transport)))

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("make", "call", "code", "body", "fault"),
    [
        (V1, mode, 200, b'{"EM_OperatingMode": "x"}', "garbled"),
        (V1, mode, 200, b'{"EM_OperatingMode": "2.5"}', "garbled"),
        (V1, mode, 200, b'{"ReturnCode": "13"}', "refused"),
        (V1, mode, 500, b"", "refused"),
        (V1, set_mode, 200, b'{"ReturnCode": "5"}', "refused"),
        (V1, charge, 500, b"", "refused"),
        (V1, charge, 200, b'{"ReturnCode": "16"}', "refused"),
        (V1, charge, 200, b"{broken", "garbled"),
        (V1, status, 200, b"<html>", "garbled"),
        (V2, charge, 500, b"", "refused"),
        (V2, charge, 200, b"", "garbled"),
        (V2, charge, 200, b'"yes"', "garbled"),
        (V2, charge, 200, b'{"ReturnCode": 5}', "refused"),
        (V2, charge, 403, b"", "unauthorized"),
        (V2, set_mode, 200, b"false", "garbled"),
        (V2, set_mode, 404, b'{"error": "Not found"}', "refused"),
        (V2, mode, 401, b"", "unauthorized"),
    ],
)
def test_errors(make: type[V1] | type[V2], call: Call, code: int, body: bytes, fault: str) -> None:
    with pytest.raises(DeviceError) as caught:
        ask(make, call, code, body)
    assert caught.value.fault == fault
    assert "sonnen" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "call", "code", "body", "outcome"),
    [
        (V1, mode, 404, b"", None),
        (V1, mode, 200, b'{"ReturnCode": "5"}', None),
        (V1, mode, 200, b'{"EM_OperatingMode": 10}', 10),
        (V1, charge, 200, b"", None),
        (V1, charge, 200, b"ok", None),
        (V1, charge, 200, b'{"ReturnCode": 0}', None),
        (V2, charge, 200, b"true", None),
        (V2, charge, 201, b'{"ReturnCode": "0"}', None),
        (V2, set_mode, 200, b"true", None),
        (V2, mode, 200, b'{"EM_OperatingMode": "2"}', 2),
    ],
)
def test_lenient(make: type[V1] | type[V2], call: Call, code: int, body: bytes, outcome: Any) -> None:
    assert ask(make, call, code, body) == outcome


def test_a_plate_without_modules() -> None:
    found = ask(V2, plate, 200, b'{"IC_InverterMaxPower_w": "3300", "IC_BatteryModules": null}')
    assert found.max_power_w.value == 3300.0
    assert not found.capacity_wh.known
