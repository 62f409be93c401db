"""`optimizer probe`: every simulated system is recognized by its address, and nothing is changed by that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
import typer

from optimizer.cli.device import probe as module
from optimizer.devices import recognition
from optimizer.devices.recognition import Found, Tried
from optimizer.model.clock import SystemClock
from optimizer.twin.fems import FemsSpec, FemsTwin
from optimizer.twin.givtcp import GivTcpTraps, GivTcpTwin
from optimizer.twin.house import HOUSES, HouseSpec, full_house
from optimizer.twin.nrgkick import NrgkickSpec, NrgkickTwin
from optimizer.twin.physics import LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from optimizer.twin.tasmota import TasmotaTraps, TasmotaTwin
from tests.cli.village import Village, call, site, village

Version = Literal[2, 3]
Body = Literal["empty", "nothing", "no cache"]
READ_ONLY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def running() -> Iterator[Village]:
    with village(HOUSES["full"](None, 1), speed=20.0) as house:
        yield house


@pytest.fixture(autouse=True)
def _clock(running: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.model.clock.SystemClock", lambda: running.clock)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("carport", ("NRGkick over JSON", "firmware 4.1", "ev.found.offered_a", "type: nrgkick", "PV mode in its app")),
        ("carport_modbus", ("NRGkick over Modbus", "serial number T2400000000000000T1W0", "protocol: modbus")),
        ("fems", ("FEMS/OpenEMS over REST", "grid.power_w", "no: ", "use the owner's", "type: fems")),
        ("sonnen_v1", ("sonnen over REST v1", "battery.found.soc_percent", "api: v1")),
        ("sonnen_v2", ("sonnen over REST v2", "battery.found.power_w", "api: v2", "no: ", "Software-Integration")),
        ("givtcp_rest", ("GivEnergy over REST", "SA0000G000", "type: givtcp", "ev.found.rated_a", "givtcp_evc")),
        ("givtcp_direct", ("GivEnergy over REST", "battery.found.reserve_soc_percent")),
    ],
)
def test_each_system_is_recognized(running: Village, endpoint: str, words: tuple[str, ...]) -> None:
    where = running.house.endpoints[endpoint]
    code, text = call("probe", where if "://" in where else f"modbus://{where}", "--timeout", "30")
    assert code == 0, text
    for word in words:
        assert word in text


def test_with_the_owners_password_or_token_it_may_write(running: Village) -> None:
    ends = running.house.endpoints
    for where, option, secret in (
        (ends["fems"], "--password", "owner"),
        (ends["sonnen_v2"], "--token", "secret-token"),
    ):
        code, text = call("probe", where, option, secret, "--timeout", "30")
        assert code == 0
        assert "yes, as far as this can be found out without" in text
        assert "secret" not in text


def test_inverters_behind_one_gateway_are_found_without_their_path(running: Village) -> None:
    code, text = call("probe", running.house.endpoints["givtcp_rest"].removesuffix("/REST1"), "--timeout", "30")
    assert code == 0, text
    assert "GivEnergy over REST" in text


@pytest.mark.parametrize("old_errors", [False, True])
def test_a_wrong_password_ends_the_search_and_is_said(old_errors: bool) -> None:
    spec = HouseSpec(
        "edge",
        PhysicsSpec((), full_house(None, 1).physics.batteries[:1]),
        (partial(FemsTwin, spec=FemsSpec(old_errors=old_errors)),),
    )
    with village(spec, speed=1.0) as edge:
        code, text = call("probe", edge.house.endpoints["fems"], "--password", "hunter2", "--timeout", "30")
        assert code == 1
        assert "FEMS/OpenEMS, wrong password" in text
        assert "hunter2" not in text
        twin = edge.house.twins["fems"]
        assert isinstance(twin, FemsTwin)
        assert twin.connections <= 4


def test_an_edge_is_offered_with_its_ids(running: Village) -> None:
    code, text = call("probe", running.house.endpoints["fems"], "--password", "owner", "--timeout", "30")
    assert code == 0, text
    assert "grid_meter: meter0, battery: {component: ess0, hybrid: false}" in text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("battery: {component: ess9}", "FEMS has no storage system “ess9”; it has ess0"),
        ("grid_meter: meter9", "FEMS has no meter “meter9”; it has meter0 (grid)"),
        ("battery: {hybrid: true}", "“ess0” has no PV on its own inverter"),
    ],
)
def test_settings_that_do_not_fit_an_edge_are_no_success(
    running: Village, tmp_path: Path, settings: str, words: str
) -> None:
    url = running.house.endpoints["fems"]
    config = site(
        tmp_path, f'grid: fems\ndevices:\n  fems: {{type: fems, url: "{url}", password: owner, {settings}}}\n'
    )
    code, text = call("probe", "--config", str(config))
    assert code == 1, text
    assert f"mistake in the settings: {words}" in text
    assert text.splitlines()[-1] == "the settings do not fit fems"
    code, text = call("check", "--config", str(config), "--probe")
    assert code == 1, text
    assert f"mistake in the settings: {words}" in text
    assert call("check", "--config", str(config))[0] == 0


@pytest.mark.parametrize("password", ["", "relay-secret"])
def test_a_relay_is_recognized_and_belongs_under_switches(password: str) -> None:
    twins = (
        partial(ShellyTwin, load=0, traps=ShellyTraps(password=password, relays=("tank", "garden"))),
        partial(ShellyTwin, load=1, traps=ShellyTraps(generation=1, password=password)),
        partial(TasmotaTwin, load=2, traps=TasmotaTraps(password=password)),
        partial(ShellyTwin, load=3, traps=ShellyTraps(relays=())),
    )
    names = ("plus", "old", "plug", "meter")
    loads = tuple(LoadSpec(name) for name in names)
    with village(HouseSpec("relays", PhysicsSpec((), (), loads=loads), twins), speed=1.0) as running:
        urls = [running.house.endpoints[name] for name in names]
        for url, type_ in zip(urls, ("shelly", "shelly", "tasmota"), strict=False):
            code, text = call("probe", url, "--password", password)
            assert code == 0, text
            assert f"for site.yaml, under switches:  a_name: {{type: {type_}, url: {url}" in text
            assert "switch.found.power_w" in text
            assert ("password_file: …" in text) is bool(password)
            code, text = call("probe", url, "--password", "wrong-one")
            assert ("it wants its password" in text) is (code == 1) is bool(password), text
            assert "wrong-one" not in text
        assert (
            "its relays, which `channel` names: 0 (tank), 1 (garden)"
            in call("probe", urls[0], "--password", password)[1]
        )
        code, text = call("probe", urls[3])
        assert code == 1
        assert "a Shelly without a relay" in text
        assert not running.look(lambda house: any(load.operations for load in house.live.physics.loads))


def test_probing_writes_nothing(running: Village) -> None:
    def writes(house: object) -> dict[str, object]:
        return {name: dict(kinds) for name, kinds in running.house.ledger.writes.items()}

    assert running.look(writes) == {}


def test_an_address_where_nothing_answers(running: Village) -> None:
    code, text = call("probe", READ_ONLY)
    assert code == 1
    assert "no known device answers at" in text
    assert "NRGkick at http://127.0.0.1:9" in text
    code, text = call("probe", "ftp://x")
    assert (code, "an address is a host" in text) == (2, True)
    assert call("probe")[0] == 2


async def test_a_search_that_takes_time_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def recognize(*_: object) -> tuple[list[Found], list[Tried]]:
        await asyncio.sleep(3.0 * module.QUIET_S)
        assert "asking for every known device at 192.0.2.9" in capsys.readouterr().err
        return [], [Tried("NRGkick", "no answer")]

    monkeypatch.setattr(module, "QUIET_S", 0.01)
    monkeypatch.setattr(recognition, "recognize", recognize)
    with pytest.raises(typer.Exit):
        await module._address("192.0.2.9", recognition.Access(), SystemClock())


def test_the_devices_of_a_site(running: Village, tmp_path: Path) -> None:
    ends = running.house.endpoints
    config = site(
        tmp_path,
        f'grid: fems\ndevices:\n  carport: {{type: nrgkick, url: "{ends["carport"]}"}}\n'
        f'  fems: {{type: fems, url: "{ends["fems"]}", password: user}}\n'
        f'  gone: {{type: nrgkick, url: "{READ_ONLY}"}}\n',
    )
    code, text = call("probe", "--config", str(config))
    assert code == 1
    assert "carport (nrgkick): NRGkick Gen2, T2400000000000000T1W0, firmware 4.1" in text
    assert "accepts writes: no: " in text
    assert "no answer from gone; writes refused by fems. " in text
    assert "gone (nrgkick): GET /info at 127.0.0.1:9" in text


@pytest.mark.parametrize(
    ("type_", "endpoint", "path", "answers"),
    [
        ("nrgkick", "fems", "", "FEMS/OpenEMS (type: fems)"),
        ("fems", "carport", "", "NRGkick (type: nrgkick)"),
        ("sonnen", "carport", "", "NRGkick (type: nrgkick)"),
        ("nrgkick", "carport", "/api/v1", "NRGkick (type: nrgkick)"),
        ("fems", "fems", "/rest", "FEMS/OpenEMS (type: fems)"),
    ],
)
def test_a_device_at_the_address_of_another_is_named(
    running: Village, tmp_path: Path, type_: str, endpoint: str, path: str, answers: str
) -> None:
    url = f"{running.house.endpoints[endpoint]}{path}"
    code, text = call("probe", "--config", str(site(tmp_path, f'devices:\n  a: {{type: {type_}, url: "{url}"}}\n')))
    assert code == 1
    assert f"at {running.house.endpoints[endpoint]} answers: {answers}" in text
    assert text.endswith("the url of a leads to something else; correct it\n")


@pytest.mark.parametrize(
    ("meter", "why"),
    [
        ('type: http_json, url: "{carport}", readings: {grid_power: {request: /valus, path: a}}', "status 404"),
        (
            "type: modbus, host: 127.0.0.1, port: {modbus}, readings: {grid_power: {address: 9999, type: int32}}",
            "illegal",
        ),
    ],
)
def test_a_meter_that_answers_with_an_error_has_answered(
    running: Village, tmp_path: Path, meter: str, why: str
) -> None:
    ends = running.house.endpoints
    meter = meter.replace("{carport}", ends["carport"]).replace("{modbus}", ends["carport_modbus"].rpartition(":")[2])
    code, text = call("probe", "--config", str(site(tmp_path, f"grid: meter\ndevices:\n  meter: {{{meter}}}\n")))
    assert code == 1
    assert why in text
    assert text.endswith("\nno answer from meter that fits its type; the reason is above\n")


def test_a_device_that_refuses_the_password_has_answered(running: Village, tmp_path: Path) -> None:
    fems = f'{{type: fems, url: "{running.house.endpoints["fems"]}", password: hunter2}}'
    code, text = call("probe", "--config", str(site(tmp_path, f"devices:\n  fems: {fems}\n")))
    assert code == 1
    assert text.endswith("\ncredentials refused by fems\n") and "no answer" not in text
    assert "as delivered, `user` may read and `owner` may also write" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("password", "battery", "expected", "closing"),
    [
        ("owner", "", 0, "all is well: 1 device answered"),
        ("user", "", 1, "writes refused by fems"),
        ("user", ", battery: {control: false}", 0, "all is well: 1 device answered"),
    ],
)
def test_a_device_that_refuses_is_no_success_unless_it_is_only_read(
    running: Village, tmp_path: Path, password: str, battery: str, expected: int, closing: str
) -> None:
    url = running.house.endpoints["fems"]
    config = site(
        tmp_path,
        f'grid: fems\ndevices:\n  fems: {{type: fems, url: "{url}", password: {password}{battery}}}\n',
    )
    code, text = call("probe", "--config", str(config))
    assert code == expected, text
    assert text.splitlines()[-1].startswith(closing)


@pytest.mark.parametrize(
    ("path", "expected", "closing"),
    [
        ("powerflow.total_active_power", 0, "all is well: 1 device answered"),
        ("powerflow.total_activ_power", 1, "meter: readings that decisions need are unknown; correct the path"),
    ],
)
def test_a_meter_whose_grid_power_is_unknown_is_no_success(
    running: Village, tmp_path: Path, path: str, expected: int, closing: str
) -> None:
    url = running.house.endpoints["carport"]
    config = site(
        tmp_path,
        f'grid: meter\ndevices:\n  meter: {{type: http_json, url: "{url}", '
        f"readings: {{grid_power: {{path: {path}, request: /values}}}}}}\n",
    )
    code, text = call("probe", "--config", str(config))
    assert code == expected, text
    assert text.splitlines()[-1].startswith(closing)
    assert ("unknown, and decisions need it: grid.power_w: grid_power: powerflow.total_activ_power finds" in text) == (
        expected == 1
    )


def test_what_keeps_silent_is_recognized_all_the_same(running: Village) -> None:
    spec = HouseSpec(
        "odd",
        PhysicsSpec(full_house(None, 1).physics.chargers[:1], full_house(None, 1).physics.batteries[:1]),
        (
            partial(NrgkickTwin, spec=NrgkickSpec(username="me", password="secret")),
            partial(FemsTwin, spec=FemsSpec()),
        ),
    )
    with village(spec, speed=20.0) as odd:
        carport, fems = odd.house.endpoints["carport"], odd.house.endpoints["fems"]
        assert "wants the user and password" in call("probe", carport)[1]
        assert "accepts writes: yes, as far as" in call(
            "probe", carport, "--user", "me", "--password", "secret"
        )[1]  # fmt: skip
        assert "no: POST /rest/channel/nobody0" in call("probe", fems)[1]
        twin = odd.house.twins["carport"]
        assert isinstance(twin, NrgkickTwin)
        twin.unit.api_enabled = False
        text = call("probe", carport, "--user", "me", "--password", "secret")[1]
        assert "the local JSON API is off; enable it in the app" in text


@pytest.mark.parametrize(
    ("version", "body", "said"),
    [
        (2, "no cache", "it says: status 500"),
        (2, "nothing", "it says: 0"),
        (3, "no cache", "it says: No register data cache exists, try again later"),
        (3, "empty", "it says: "),
    ],
)
def test_a_givtcp_that_has_not_read_its_inverter_yet(version: Version, body: Body, said: str, tmp_path: Path) -> None:
    traps = GivTcpTraps(version=version, body=body)
    spec = HouseSpec(
        "starting",
        PhysicsSpec((), full_house(None, 1).physics.batteries[:1]),
        (lambda house: GivTcpTwin(house, traps=traps),),
    )
    with village(spec, speed=1.0) as house:
        url = house.house.endpoints["givtcp_direct"]
        code, text = call("probe", url, "--timeout", "30")
        assert (code, "GivEnergy over REST" in text, "type: givtcp" in text) == (1, True, True), text
        for words in (said, "has no data of the inverter yet", "wait a minute", "the inverter's address"):
            assert words in text
        config = site(tmp_path, f'grid: giv\ndevices:\n  giv: {{type: givtcp, url: "{url}"}}\n')
        code, text = call("probe", "--config", str(config))
        assert (code, "has no data of the inverter yet" in text) == (1, True), text
