"""`optimizer device`: reading, setting and calling by hand, against simulated devices over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from optimizer.runtime.record.lock import InstanceLock
from optimizer.runtime.record.ownership import Ownership
from optimizer.twin.charger import ChargerSpec
from optimizer.twin.fems import FemsTwin
from optimizer.twin.house import HOUSES, HouseSpec, RunningHouse
from optimizer.twin.nrgkick import NrgkickTwin
from optimizer.twin.nrgkick_unit import NrgkickSpec, Settings
from optimizer.twin.physics import PhysicsSpec
from tests.cli.village import Village, call, site, village

SITE = """\
grid: fems
devices:
  carport: {{type: nrgkick, url: "{carport}", charger: {{phase_switching: true}}}}
  fems: {{type: fems, url: "{fems}", password: owner, battery: {{floor_soc_percent: 70}}}}
  sonnen: {{type: sonnen, url: "{sonnen_v2}", token: secret-token, pv: false}}
  givtcp: {{type: givtcp, url: "{givtcp_rest}", pv: false}}
  yard: {{type: givtcp_evc, url: "{givtcp_rest}", charger: {{phases: [L2], max_current_a: 32}}}}
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Village]:
    with village(HOUSES["full"](None, 1), speed=40.0) as house:
        yield house


@pytest.fixture
def config(running: Village, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("optimizer.model.clock.SystemClock", lambda: running.clock)
    return site(tmp_path, SITE.format(**running.house.endpoints))


def control(house: RunningHouse) -> Settings:
    twin = house.twins["carport"]
    assert isinstance(twin, NrgkickTwin)
    return twin.unit.settings


def held(config: Path) -> set[str]:
    return set(Ownership(config.parent / "state").held)


def device(config: Path, *words: str) -> tuple[int, str]:
    return call("device", *words, "--config", str(config))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("carport", ("ev.carport.offered_a", "values.powerflow.l1.voltage", "info.versions.sw_sm")),
        ("fems", ("battery.fems.soc_percent", "_sum/EssDcChargeEnergy", "ess0/DebugSetActivePower")),
        ("sonnen", ("battery.sonnen.manual", "status.Pac_total_W", "configurations.IC_InverterMaxPower_w")),
        ("givtcp", ("battery.givtcp.power_w", "Power.Power.Grid_Power", "Control.Battery_Charge_Rate")),
        ("yard", ("ev.yard.rated_a", "Charger.Charge_Limit")),
    ],
)
def test_read_shows_every_value_with_unit_and_age(config: Path, name: str, parts: tuple[str, ...]) -> None:
    code, text = device(config, name, "read")
    assert code == 0
    for part in parts:
        line = next(line for line in text.splitlines() if line.startswith(part))
        assert " s" in line, line
    assert "All values in the device's own units and" in text


def test_a_connector_of_13_a_limits_the_current_and_the_charger_follows(tmp_path: Path) -> None:
    twin = partial(NrgkickTwin, spec=NrgkickSpec(connector_max_a=13.0, connector_type=2))
    spec = HouseSpec("small", PhysicsSpec((ChargerSpec(),), ()), (twin,))
    with village(spec, speed=40.0) as small, pytest.MonkeyPatch.context() as patch:
        patch.setattr("optimizer.model.clock.SystemClock", lambda: small.clock)
        text = f'devices:\n  carport: {{type: nrgkick, url: "{small.house.endpoints["carport"]}"}}\n'
        code, said = device(site(tmp_path, text), "carport", "set", "current=16", "--yes")
        assert code == 0, said
        assert "carport and its connector allow 13 A, so that is written" in said
        assert "written: a current of 13 A per phase" in said
        assert "carport confirms it" in said
        assert small.look(control).current_set == 13.0


def test_without_yes_it_only_says_what_it_would_write(config: Path, running: Village) -> None:
    before = running.look(control)
    code, text = device(config, "carport", "set", "current=9.5", "pause=no")
    assert code == 2
    assert "this would write to carport (nrgkick): let it charge, a current of 9.5 A per phase" in text
    assert "--yes" in text
    assert running.look(control) == before
    assert not held(config)


def test_set_writes_reads_back_and_leaves_it_on_the_record_for_release(config: Path, running: Village) -> None:
    code, text = device(config, "carport", "set", "current=9.5", "pause=yes", "--yes")
    assert code == 0, text
    assert "carport confirms it" in text
    assert (running.look(control).current_set, running.look(control).charge_pause) == (9.5, 1)
    assert held(config) == {"ev.carport"}
    code, _ = call("release", "--config", str(config))
    assert code == 0
    assert (running.look(control).current_set, held(config)) == (6.0, set())


def test_phases_and_energy_limit(config: Path, running: Village) -> None:
    assert device(config, "carport", "set", "phases=1", "--yes")[0] == 0
    assert device(config, "carport", "set", "energy_limit=5000", "--yes")[0] == 0
    assert (running.look(control).phase_count, running.look(control).energy_limit) == (1, 5000)
    assert device(config, "carport", "set", "phases=3", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("carport", "set", "current=20"), "16 A that the settings allow"),
        (("carport", "set", "current=5"), "below it use pause=yes"),
        (("carport", "set", "curent=9"), "did you mean current=…?"),
        (("carport", "set", "current=nan"), "current=nan: use a number in A"),
        (("carport", "set", "current=10kW"), "current=10kW: use a number in A"),
        (("carport", "set", "current=20A"), "16 A that the settings allow"),
        (("fems", "set", "power=-9kW"), "the settings allow -5000 W"),
        (("carport", "set", "current=9", "current=8"), "given twice"),
        (("carport", "set", "phases=1", "current=8"), "A charger that refuses them refuses"),
        (("carport", "set", "phases=2"), "1 or 3"),
        (("carport", "set", "pause=maybe"), "use yes or no"),
        (("carport", "set", "energy_limit=2000000"), "1000000 Wh"),
        (("carport", "set"), "no value given"),
        (("carport", "set", "current=8", "--yess"), "unknown option --yess"),
        (("yard", "set", "phases=1"), "phase_switching: false"),
        (("fems", "set", "power=-9000"), "the settings allow -5000 W"),
        (("fems", "set", "power=1", "max_charge=2"), "not both"),
        (("fems", "set", "max_discharge=-1"), "0 or more"),
        (("fems", "set", "battery=attic", "auto"), "it has no battery “attic”"),
        (("fems", "paint"), "read, set, or call"),
        (("yerd",), "did you mean “yard”?"),
        (("carport", "call"), "no commands of its own"),
        (("givtcp", "call", "setChargeSlat"), "did you mean “setChargeSlot”"),
        (("givtcp", "call", "setChargeSlot", "16:00"), "write each part of a body as name=value,"),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_can(config: Path, words: tuple[str, ...], why: str) -> None:
    code, text = device(config, *words)
    assert code == 2
    assert why in text


def test_a_battery_is_told_and_handed_back(config: Path, running: Village) -> None:
    code, text = device(config, "fems", "set", "power=-1500", "--yes")
    assert code == 0, text
    assert "charge with 1500 W" in text
    assert "drops the setpoint after 60 s" in text
    assert held(config) == {"battery.fems"}
    code, text = device(config, "fems", "set", "auto", "--yes")
    assert code == 0, text
    assert not held(config)

    def written(house: RunningHouse) -> dict[str, object]:
        twin = house.twins["fems"]
        assert isinstance(twin, FemsTwin)
        return dict(twin.unit.written)

    assert not running.look(written)


def test_a_battery_at_its_floor_is_not_discharged(config: Path) -> None:
    code, text = device(config, "fems", "set", "power=1000", "--yes")
    assert code == 1
    assert "does not discharge below 70 %" in text
    assert not held(config)


def test_a_raw_command_reports_what_was_seen(config: Path) -> None:
    code, text = device(config, "givtcp", "call", "setChargeSlot", "start=16:00", "finish=19:00", "slot=1", "--yes")
    assert code == 0, text
    assert "was a success" in text
    assert "Timeslots.Charge_start_time_slot_1" in text
    assert "The slot returns every day until somebody clears it" in text
    code, text = device(config, "givtcp", "call", "forceCharge", "duration=2")
    assert code == 2
    assert "GivTCP puts the earlier values back when the time is over" in text
    code, text = device(config, "givtcp", "call", "forceCharge", "duration=2", "--yes")
    assert code == 0, text
    assert "GivTCP puts the earlier values back when the time is over" in text
    assert "until somebody changes it" not in text
    code, text = device(config, "givtcp", "call", "getCache")
    assert (code, "status 200" in text) == (0, True)


def test_a_raw_command_that_does_nothing_is_told_as_that(config: Path) -> None:
    code, text = device(config, "givtcp", "call", "setDateTime", "21/11/2026 03:20:00", "--yes")
    assert code == 1
    assert "always fails" in text
    assert "the device refuses it" in text


def test_a_body_comes_from_a_file_and_an_empty_one_is_refused(config: Path, tmp_path: Path) -> None:
    code, text = device(config, "givtcp", "call", "settings", "--yes")
    assert code == 1
    assert "needs a body" in text
    nested = tmp_path / "body.json"
    nested.write_text('{"start": "16:00", "finish": "18:00"}')
    code, text = device(config, "givtcp", "call", "setChargeSlot2", f"@{nested}", "--yes")
    assert code == 0, text
    nested.write_text("{}")
    assert device(config, "givtcp", "call", "settings", f"@{nested}", "--yes")[0] == 2


def test_channels_of_fems_are_commands(config: Path) -> None:
    code, text = device(config, "fems", "call")
    assert code == 0
    assert text.count("Set") == 6
    code, text = device(config, "fems", "call", "SetActivePowerEquals", "-1000", "--yes")
    assert code == 0, text
    assert "ess0/DebugSetActivePower" in text
    assert held(config) == {"battery.fems"}
    assert device(config, "fems", "call", "SetActivePowerEquals", "null", "--yes")[0] == 0
    assert device(config, "fems", "call", "SetReactivePowerEquals", "5", "--yes")[0] == 1
    assert call("release", "--config", str(config))[0] == 0


def test_beside_a_running_service_there_is_only_reading(config: Path, running: Village) -> None:
    lock = InstanceLock(config.parent / "state")
    lock.acquire()
    before = running.look(control)
    try:
        assert device(config, "carport", "read")[0] == 0
        for words in (("carport", "set", "current=9"), ("givtcp", "call", "syncDateTime")):
            code, text = device(config, *words, "--yes")
            assert code == 3
            assert "Nothing was written" in text
    finally:
        lock.release()
    assert running.look(control) == before


def test_a_refusal_is_told_in_the_words_of_the_device(config: Path, running: Village) -> None:
    def solar(on: bool) -> None:
        def switch(house: RunningHouse) -> None:
            twin = house.twins["carport"]
            assert isinstance(twin, NrgkickTwin)
            twin.unit.pv_mode = on

        running.look(switch)

    solar(True)
    try:
        code, text = device(config, "carport", "set", "pause=no", "--yes")
    finally:
        solar(False)
    assert code == 1
    assert "blocked by solar-charging" in text
