"""The EV charger behind the simulated GivTCP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.twin.givtcp.scene import Scene, scene

EVC = [
    ("setChargeControl", {"mode": "Start"}, "started", True),
    ("setChargeControl", {"mode": "start"}, "started", False),
    ("setCurrentLimit", {"current": 16}, "limit_a", 16.0),
    ("setCurrentLimit", {"current": 40}, "limit_a", 32.0),
    ("setCurrentLimit", {"current": 3}, "limit_a", 6.0),
    ("setCurrentLimit", {"current": "10"}, "limit_a", 16.0),
    ("setCurrentLimit", {"current": 10.5}, "limit_a", 16.0),
    ("setChargingMode", {"state": "Solar"}, "mode", "Solar"),
    ("setChargingMode", {"state": "enable"}, "mode", "Grid"),
    ("setChargeMode", "disable", "plug_and_go", False),
    ("setImportCap", {"current": 40}, "import_cap_a", 40.0),
    ("setMaxSessionEnergy", {"energy": 20.5}, "max_session_kwh", 20.5),
    ("setMaxSessionEnergy", {"energy": "20.5"}, "broken", True),
]


@pytest.mark.parametrize(("command", "body", "key", "value"), EVC)
def test_every_charger_command_answers_500(command: str, body: Any, key: str, value: Any) -> None:
    async def run(s: Scene) -> None:
        assert s.twin.evc is not None
        assert await s.post(command, body) == "500"
        assert getattr(s.twin.evc, key) == value

    scene(run)


def test_charger_charges_and_shows_it() -> None:
    async def run(s: Scene) -> None:
        await s.post("setCurrentLimit", {"current": 10})
        await s.post("setChargeControl", {"mode": "Start"})
        await s.clock.sleep(60)
        car = (await s.client.get("/getEVCCache")).json()["Charger"]
        assert (car["Charging_State"], car["Charge_Limit"], car["Charge_Control"]) == ("Charging", 10.0, "Start")
        assert car["Active_Power_L1"] == 2300
        assert car["Import_Cap"] == 0
        await s.post("setChargeControl", {"mode": "Stop"})
        await s.clock.sleep(30)
        car = (await s.client.get("/getEVCCache")).json()["Charger"]
        assert (car["Charging_State"], car["Active_Power"]) == ("Connected", 0)

    scene(run)
