"""Relays that are switched by any HTTP request."""

from __future__ import annotations

import json

import pytest

from optimizer.devices.http_config import HttpConfig
from optimizer.devices.port import DeviceError
from optimizer.devices.switches.config import HttpCall, HttpSwitchConfig
from optimizer.devices.switches.http import HttpSwitch
from optimizer.devices.switches.reports import Place, Reports
from optimizer.twin.http import Request, Response, json_response
from tests.direct import Direct
from tests.virtual_time import VirtualClock, virtually


class Server:
    """A server with one relay."""

    def __init__(self) -> None:
        self.state, self.status, self.seen = "AUS", 200, list[tuple[str, str, bytes]]()

    async def answer(self, request: Request) -> Response:
        self.seen.append((request.method, request.path, request.body))
        if request.path == "/set":
            self.state = json.loads(request.body)["to"]
            return json_response({}, self.status)
        return json_response({"relay": {"state": self.state, "kw": 1.5, "kwh": 7.0}})


def relay(server: Server, *, state: bool = True) -> HttpSwitch:
    config = HttpSwitchConfig(
        name="rod",
        http=HttpConfig("http://relay"),
        on=HttpCall("/set", "POST", {"to": "EIN"}),
        off=HttpCall("/set", "POST", {"to": "AUS"}),
        reports=Reports(
            state=Place("/state", "relay.state") if state else None,
            power=Place("/state", "relay.kw", 1000.0) if state else None,
            energy=Place("/state", "relay.kwh", 1000.0) if state else None,
            on_word="ein",
            off_word="aus",
        ),
    )
    return HttpSwitch(config, VirtualClock(), transport=Direct(server.answer))


@virtually
async def test_it_switches_and_reads_its_own_words() -> None:
    server = Server()
    rod = relay(server)
    assert (await rod.read()).switches[0].on.value is False
    await rod.switch(True)
    (switch,) = (await rod.read()).switches
    assert (switch.on.value, switch.power_w.value, switch.energy_total_wh.value) == (True, 1500.0, 7000.0)
    await rod.rest()
    assert server.state == "AUS"
    assert rod.timer_s is None


@virtually
async def test_without_a_state_the_last_write_counts() -> None:
    rod = relay(Server(), state=False)
    assert (await rod.read()).switches[0].on.value is None
    await rod.switch(False)
    assert (await rod.read()).switches[0].on.value is False


@virtually
async def test_an_unknown_word_and_a_refusal_are_said() -> None:
    server = Server()
    rod = relay(server)
    server.state = "HALB"
    assert "HALB" in (await rod.read()).switches[0].on.why
    server.status = 500
    with pytest.raises(DeviceError, match="status 500"):
        await rod.switch(True)
