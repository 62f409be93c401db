"""The REST API of the simulated FEMS: errors of both regimes, connections, and the channels of a real Edge."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from optimizer.twin.fems_rest import FemsGate
from optimizer.twin.virtual_time import VirtualClock
from tests.twin.fems_client import EQUALS, edge
from tests.twin.scene import fems_scene
from tests.virtual_time import virtually

OLD = {"jsonrpc": "2.0", "id": "00000000-0000-0000-0000-000000000000"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/rest/channel/ess0/SetActivePowerEquals", b"{bad", 400, 1),
        ("POST", "/rest/channel/ess0/SetActivePowerEquals", b'{"val":1}', 400, 1),
        ("POST", "/rest/channel/ess0/SetActivePowerEquals", b"[1]", 400, 1),
        ("POST", "/rest/channel/ess0/Soc", b'{"value":1}', 400, 1),
        ("GET", "/rest/channel/ess0", b"", 400, 1),
        ("DELETE", "/rest/channel/ess0/Soc", b"", 400, 1),
        ("POST", "/rest/channel/ess7/SetActivePowerEquals", b'{"value":1}', 400, 2000),
        ("POST", "/rest/channel/ess0/Nonsense", b'{"value":1}', 500, 1),
        ("GET", "/rest/channel/ess0/Nonsense", b"", 404, 1),
    ],
)
async def test_errors_up_to_2025_3(method: str, path: str, body: bytes, status: int, code: int) -> None:
    async with edge(old_errors=True) as e:
        answer = await e.http.request(method, path, content=body)
        assert answer.status_code == status
        error = answer.json()
        assert {**OLD, "error": {**error["error"], "code": code, "data": []}} == error


async def test_old_errors_of_credentials() -> None:
    async with edge(password="wrong", old_errors=True) as e:
        answer = await e.http.get("/rest/channel/_sum/EssSoc")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 1003)
        assert answer.json()["error"]["message"] == "Authentication failed"
    async with edge(password="user", old_errors=True) as e:
        assert await e.value("_sum/EssSoc") == 50
        answer = await e.post(EQUALS, 0)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, 1002)


@pytest.mark.parametrize("password", ["installer", "admin"])
async def test_the_makers_passwords_may_write_too(password: str) -> None:
    async with edge(password=password) as e:
        assert (await e.post(EQUALS, 0)).status_code == 200


async def test_each_kind_of_error_has_its_java_class() -> None:
    async with edge() as e:
        e.http.headers["Accept"] = "application/json"
        answers = [
            (await e.post("Nope", 1)).json()["message"],
            (await e.post(EQUALS, 1, "ess9")).json()["message"],
            (await e.post("Soc", 1)).json()["message"],
        ]
        assert answers[0].startswith("java.lang.IllegalArgumentException: Channel [Nope] is not defined for ID [ess0]")
        assert answers[1].endswith("OpenemsNamedException: Unable to find OpenEMS Component with ID [ess9]")
        assert answers[2].startswith("io.openems.common.exceptions.OpenemsException: ")


async def test_errors_from_2025_4_are_500_and_hang_up() -> None:
    async with edge(password="wrong") as e:
        answer = await e.http.get("/rest/channel/_sum/EssSoc", headers={"Accept": "application/json"})
        assert answer.status_code == 500
        assert answer.json() == {
            "url": f"{e.scene.house.endpoints['fems']}/rest/channel/_sum/EssSoc",
            "status": "500",
            "message": "io.openems.common.exceptions.OpenemsError$OpenemsNamedException: Authentication failed",
        }
        assert answer.headers["connection"] == "keep-alive"
        html = await e.http.get("/rest/channel/_sum/EssSoc", headers={"Accept": "*/*"})
        assert html.status_code == 500
        assert html.headers["content-type"].startswith("text/html")
    async with edge() as e:
        assert (await e.http.get("/rest/channel/_sum/Nothing")).content == b""
        assert (await e.http.get("/rest/channel/_sum/Nothing")).status_code == 404
        assert (await e.http.get("/rest/channel/_sum/%28")).status_code == 400
        assert (await e.http.get("/rest/channel/ctrl%5B%5E%2F%5D%2A/State")).status_code == 400
        assert (await e.http.get("/favicon.ico")).status_code == 404
        assert (await e.http.get("/foo")).status_code == 500
        assert (await e.post(EQUALS, "poison")).status_code == 200
        assert (await e.post(EQUALS, 1, "ess7")).status_code == 500


async def test_after_a_new_error_the_socket_is_closed_without_notice() -> None:
    async with fems_scene() as scene:
        host, port = scene.house.endpoints["fems"].removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /rest/channel/_sum/EssSoc HTTP/1.1\r\nHost: fems\r\n\r\n")
        answer = await reader.read()
        assert b"500 Internal Server Error" in answer
        assert b"Connection: keep-alive" in answer
        writer.close()


async def test_five_connections_are_served_and_the_sixth_waits() -> None:
    async with fems_scene() as scene:
        host, port = scene.house.endpoints["fems"].removeprefix("http://").split(":")
        request = b"GET /rest/channel/_sum/EssSoc HTTP/1.1\r\nHost: fems\r\nAuthorization: Basic eDp1c2Vy\r\n\r\n"
        streams = [await asyncio.open_connection(host, int(port)) for _ in range(6)]
        for reader, writer in streams[:5]:
            writer.write(request)
            assert b"200 OK" in await reader.readuntil(b"}")
        reader, writer = streams[5]
        writer.write(request)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await reader.read(1)
        streams[0][1].close()
        assert b"200 OK" in await reader.readuntil(b"}")
        for _, writer in streams:
            writer.close()


async def test_after_eleven_accepts_the_others_wait_until_the_rate_is_down() -> None:
    """They are not refused: the system takes the connections, and the Edge serves them once the burst is 5 s old."""
    async with fems_scene() as scene:
        base = scene.house.endpoints["fems"]
        start_s = scene.clock.monotonic_s()
        served_s = []
        for _ in range(20):
            async with httpx.AsyncClient(base_url=base, auth=("x", "user")) as http:
                assert (await http.get("/rest/channel/_sum/EssSoc")).status_code == 200
            served_s.append(scene.clock.monotonic_s() - start_s)
        # The clock moves only when the server waits.
        assert served_s == [0.0] * 11 + [5.0] * 9


class _CountingClock(VirtualClock):
    """A clock that ends a wait without an end."""

    sleeps = 0

    async def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        assert self.sleeps < 10, "the same wait repeats"
        await super().sleep(seconds)


@virtually
async def test_a_wait_ends_although_the_time_is_rounded() -> None:
    """At these times (accepted + 5 s) - now is 0, and now - 5 s is less than accepted."""
    clock = _CountingClock()
    await asyncio.sleep(2433.726154998749)
    clock.suspend(1660.6216854230593)
    gate = FemsGate(clock, connections=5, accepts=1)
    for _ in range(4):
        await gate.enter()
        gate.leave()
    assert clock.sleeps > 0


async def test_ten_accepts_in_five_seconds_never_wait() -> None:
    async with fems_scene() as scene:
        base = scene.house.endpoints["fems"]
        waited_s = 0.0
        for _ in range(40):
            before_s = scene.clock.monotonic_s()
            async with httpx.AsyncClient(base_url=base, auth=("x", "user")) as http:
                assert (await http.get("/rest/channel/_sum/EssSoc")).status_code == 200
            waited_s += scene.clock.monotonic_s() - before_s
            scene.clock.pass_s(0.5)
        assert waited_s == 0.0


L = ("L1", "L2", "L3")
METER = {
    "INTEGER W": ("ActivePower", *(f"ActivePower{x}" for x in L)),
    "INTEGER var": ("ReactivePower", *(f"ReactivePower{x}" for x in L)),
    "INTEGER mA": ("Current", *(f"Current{x}" for x in L)),
    "INTEGER mV": ("Voltage", *(f"Voltage{x}" for x in L)),
    "INTEGER mHz": ("Frequency",),
    "LONG Wh_Σ": tuple(f"Active{way}Energy{x}" for way in ("Production", "Consumption") for x in ("", *L)),
    "INTEGER ": ("State",),
}
OF_REAL_EDGES = {
    "meter0": METER,
    "pvInverter0": METER,
    "ess0": {
        "INTEGER W": ("ActivePower", "AllowedChargePower", "AllowedDischargePower", "DebugSetActivePower",
            "SetActivePowerEquals", "SetActivePowerLessOrEquals", "SetActivePowerGreaterOrEquals"),
        "INTEGER var": ("ReactivePower", "DebugSetReactivePower", "SetReactivePowerEquals"),
        "INTEGER VA": ("MaxApparentPower",),
        "INTEGER Wh": ("Capacity",),
        "INTEGER %": ("Soc",),
        "INTEGER mV": ("MinCellVoltage", "MaxCellVoltage"),
        "INTEGER °C": ("MinCellTemperature", "MaxCellTemperature"),
        "INTEGER ": ("State", "GridMode", "StartStop"),
        "BOOLEAN ": ("ApplyPowerFailed",),
        "LONG Wh_Σ": ("ActiveChargeEnergy", "ActiveDischargeEnergy"),
    },
    "_sum": {
        "INTEGER W": ("GridActivePower", "ProductionToEssPower", "GridMinActivePower", "GridGensetActivePowerL2",
            "UnmanagedConsumptionActivePower", "EssMaxDischargePower", "ConsumptionActivePowerL3"),
        "INTEGER var": ("EssReactivePower",),
        "DOUBLE €/MWh": ("GridBuyPrice",),
        "LONG sec_Σ": ("GridModeOffGridTime",),
        "LONG Wh_Σ": ("GridToEssEnergy", "EssToGridEnergy", "ProductionDcActiveEnergy", "EssDcChargeEnergy"),
        "BOOLEAN ": ("HasIgnoredComponentStates",),
    },
    "ctrlApiRest0": {"STRING ": ("ApiWorkerLog",), "BOOLEAN ": ("RunFailed",), "INTEGER ": ("State",)},
    "_meta": {"STRING ": ("Version",), "INTEGER ": ("State",)},
}  # fmt: skip


@pytest.mark.parametrize("component", OF_REAL_EDGES)
async def test_a_component_has_the_channels_of_a_real_edge(component: str) -> None:
    async with edge(pv_w=3000.0) as e:
        shown = {c["address"].partition("/")[2]: f"{c['type']} {c['unit']}" for c in await e.get(f"{component}/.*")}
        expected = {name: kind for kind, names in OF_REAL_EDGES[component].items() for name in names}
        assert shown.items() >= expected.items()


async def test_flows_between_sources_and_sinks_add_up() -> None:
    async with edge(pv_w=3000.0, load_w=800.0) as e:
        await e.post(EQUALS, -4000)
        e.scene.pass_s(30.0)
        values = {c["address"][5:]: c["value"] for c in await e.get("_sum/.*To.*Power")}
        assert values == {
            "ProductionToConsumptionPower": 800,
            "ProductionToEssPower": 2200,
            "ProductionToGridPower": 0,
            "GridToConsumptionPower": 0,
            "GridToEssPower": 1800,
            "EssToConsumptionPower": 0,
        }


async def test_texts_make_a_poll_twice_as_long() -> None:
    async with edge() as e:
        poll = await e.get("(_sum%7Cess0)/(State%7CGridActivePower%7CProductionActivePower%7CActivePower%7CSoc)")
        without = [{**c, "text": ""} for c in poll]
        assert len(json.dumps(poll)) > 1.4 * len(json.dumps(without))


async def test_words_of_a_refusal_quote_the_body_and_other_methods_get_none() -> None:
    async with edge() as e:
        e.http.headers["Accept"] = "application/json"
        path = f"/rest/channel/ess0/{EQUALS}"
        said = [(await e.http.post(path, content=body)).json()["message"] for body in ("{", "", "[1]")]
        assert said[0].endswith("at line 1 column 2 path $.]: {")
        assert said[1].endswith("Unable to parse: JSON [null] is not a JSON-Object")
        assert said[2].endswith("Unable to parse: JSON [[1]] is not a JSON-Object")
        assert "activeValue=50 %, access=READ_ONLY" in (await e.post("Soc", 1)).json()["message"]
        put = await e.http.put(path, json={"value": 0})
        assert (put.status_code, put.content, put.headers["cache-control"]) == (
            500, b"", "must-revalidate,no-cache,no-store",
        )  # fmt: skip
        garbled = await e.http.get("/rest/channel/_sum/State", auth=None, headers={"Authorization": "Basic !!!"})
        assert garbled.json()["message"].startswith("java.lang.IllegalArgumentException: Illegal base64")
