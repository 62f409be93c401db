"""`optimizer init` finds relays, asks what they switch, and writes settings and rules that `check` accepts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from optimizer.cli.setup import relays
from optimizer.devices.scan import Place
from optimizer.settings import Settings, load_settings
from optimizer.twin.house import HouseSpec
from optimizer.twin.physics import LoadSpec, PhysicsSpec
from optimizer.twin.shelly import ShellyTraps, ShellyTwin
from optimizer.twin.tasmota import TasmotaTraps, TasmotaTwin
from tests.cli.setup.person import asked
from tests.cli.village import Village, call, village

RELAYS_AT = relays.relays_at
"""Before any test replaces it."""
NAMES = ("plus", "old", "locked", "plug", "secret_plug")
PASSWORD = "relay-secret"
METER = ("givtcp", "giv", "", "?")
"""A house without a charger."""


def spec() -> HouseSpec:
    shelly = (
        ShellyTraps(generation=2, relays=("tank", "garden")),
        ShellyTraps(generation=1, after_power_cut="last"),
        ShellyTraps(generation=4, password=PASSWORD, after_power_cut="restore_last"),
    )
    tasmota = (TasmotaTraps(relays=("Pool",), power_on_state=0), TasmotaTraps(password=PASSWORD))
    twins = (
        *(partial(ShellyTwin, load=index, traps=traps) for index, traps in enumerate(shelly)),
        *(partial(TasmotaTwin, load=3 + index, traps=traps) for index, traps in enumerate(tasmota)),
    )
    return HouseSpec("relays", PhysicsSpec((), (), loads=tuple(LoadSpec(name) for name in NAMES)), twins)


@pytest.fixture(scope="module")
def running() -> Iterator[Village]:
    with village(spec(), speed=1.0) as house:
        yield house


@pytest.fixture
def network(running: Village, monkeypatch: pytest.MonkeyPatch) -> Village:
    """The first Shelly announces itself, the other relays have an open port."""
    ends = running.house.endpoints

    async def announced(clock: object) -> list[str]:
        return [ends["plus"]]

    def places(network: object) -> list[Place]:
        return [(parts.hostname or "", parts.port or 80) for parts in (urlsplit(ends[name]) for name in NAMES)]

    monkeypatch.setattr("optimizer.cli.setup.search.announced", announced)
    monkeypatch.setattr("optimizer.cli.setup.search.places", places)
    monkeypatch.setattr("optimizer.cli.setup.relays.relays_at", RELAYS_AT)
    return running


def written(folder: Path) -> Settings:
    return load_settings(folder / "site.yaml", {})


def checked(folder: Path) -> str:
    code, text = call("check", "--config", str(folder / "site.yaml"))
    assert code == 0, text
    return text


def test_relays_that_answer_are_offered_and_written(network: Village, tmp_path: Path) -> None:
    ends = network.house.endpoints
    code, text = asked(
        tmp_path,
        METER,
        search="",
        switches=(
            "boiler", "", "2 kW", "l2",  # relay 0 of the first one
            "",  # its other relay is left alone
            "heat_pump", "", "4500", "L1 L2 L3",
            "oven", "other", "rod", PASSWORD, "3000 W", "?",
            "pool", "", "700", "L1", "y",
            "other", "", PASSWORD, "later",
        ),
    )  # fmt: skip
    assert code == 0, text
    assert "Shelly, Plus1PM, serial number shellyplus1pm-a8032abe54dc, relay 0, tank at" in text
    assert "relay 1, garden at" in text
    assert "“oven” is not one of boiler, pool, heat_pump, other" in text
    assert "after a power cut, it is not off but “last”" in text
    assert "after a power cut, it is not off but “restore_last”" in text
    assert "after a power cut, it is not off but “as before”" in text
    assert text.count("after a power cut") == 3
    tried = [line.split()[2] for line in text.splitlines() if line.lstrip().startswith("optimizer commission")]
    assert tried == ["boiler", "heat_pump", "rod", "pool"], "the load without a power is not written yet"
    switches = written(tmp_path).model_dump()["switches"]
    assert {name: one["type"] for name, one in switches.items()} == {
        "boiler": "shelly", "heat_pump": "sg_ready", "rod": "shelly", "pool": "tasmota",
    }  # fmt: skip
    boiler, pump, rod, pool = (switches[name] for name in ("boiler", "heat_pump", "rod", "pool"))
    assert (boiler["url"], boiler["channel"], boiler["power_w"], boiler["phases"]) == (ends["plus"], 0, 2000.0, ("L2",))
    assert (pump["recommend"]["url"], pump["power_w"]) == (ends["old"], 4500.0)
    assert (rod["url"], rod["phases"], rod["password"].get_secret_value()) == (ends["locked"], None, PASSWORD)
    assert (pool["url"], pool["timer_s"], pool["relay"]) == (ends["plug"], 120.0, 1)
    file = (tmp_path / "site.yaml").read_text()
    assert "#   load:" in file
    assert f'#     url: "{ends["secret_plug"]}"' in file
    assert PASSWORD not in text + file
    assert written(tmp_path).reminders == ("battery_phases", "switches", "prices", "forecast")
    rules = (tmp_path / "rules" / "loads.yaml").read_text()
    assert rules.count("state: surplus") == 4
    assert any(line.split()[:3] == ["boiler", "shelly", "switch.boiler"] for line in checked(tmp_path).splitlines())
    code, text = call("probe", "--config", str(tmp_path / "site.yaml"))
    assert "no answer from giv" in text
    assert not network.look(lambda house: any(load.on for load in house.live.physics.loads))


def test_a_relay_by_hand_and_everything_later(tmp_path: Path) -> None:
    by_hand = ("tasmota", "192.168.1.61", "boiler", "warm", "n", "1,5 kW", "?", "")
    open_ends = ("shelly", "later", "later", "later", "later", "later", "later")
    code, text = asked(tmp_path, METER, switches=(*by_hand, *open_ends))
    assert code == 0, text
    assert "its relays cannot be listed now: no answer" in text
    switches = written(tmp_path).model_dump()["switches"]
    assert list(switches) == ["warm"]
    assert (switches["warm"]["power_w"], switches["warm"]["timer_s"]) == (1500.0, None)
    assert "switches" in written(tmp_path).reminders
    checked(tmp_path)


@pytest.mark.parametrize("load", ["boiler", "heat_pump"])
def test_the_lines_of_an_incomplete_load_are_right_without_their_marks(tmp_path: Path, load: str) -> None:
    code, text = asked(tmp_path, METER, switches=("shelly", "", load, "", "n", "later"))
    assert code == 0, text
    path = tmp_path / "site.yaml"
    head, _, rest = path.read_text().partition("# switches:")
    block, _, tail = rest.partition("\n\n")
    path.write_text(f"{head}switches:{block.replace(chr(10) + '# ', chr(10))}\n\n{tail}")
    assert written(tmp_path).switches[load].power_w == 2000.0
    assert not (tmp_path / "rules" / "loads.yaml").exists()


def test_more_than_the_fuse_on_one_phase_is_asked_again(tmp_path: Path) -> None:
    code, text = asked(tmp_path, METER, switches=("shelly", "", "other", "", "n", "12 kW", "?", "L1 L2 L3"))
    assert code == 0, text
    assert "52 A on one phase is more than the fuse, 35 A" in text
    assert written(tmp_path).switches["load"].phases == ("L1", "L2", "L3")


def test_rules_that_are_there_get_the_text_of_the_new_ones(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("version: 1\nrules: []\n")
    code, text = asked(tmp_path, METER, switches=("shelly", "", "pool", "", "n", "700", "?"))
    assert code == 0, text
    assert "Without a rule, a load is left as it is." in text
    assert "switch.pool.state: surplus" in text
    assert [one.name for one in (tmp_path / "rules").iterdir()] == ["own.yaml"]


@pytest.mark.parametrize(
    ("name", "password", "numbers"),
    [
        ("plus", "", [0, 1]),
        ("old", "", [0]),
        ("locked", PASSWORD, [0]),
        ("plug", "", [1]),
        ("secret_plug", PASSWORD, [1]),
    ],
)
def test_relays_are_listed(running: Village, name: str, password: str, numbers: list[int]) -> None:
    type_ = "tasmota" if "plug" in name else "shelly"
    other = "shelly" if "plug" in name else "tasmota"
    url = running.house.endpoints[name]
    found = RELAYS_AT(type_, url, "admin", password)
    assert not isinstance(found, str), found
    assert [one.number for one in found] == numbers
    assert isinstance(RELAYS_AT(other, url, "admin", password), str)
    if password:
        wrong = RELAYS_AT(type_, url, "admin", "wrong-pass")
        assert isinstance(wrong, str)
        assert "wrong-pass" not in wrong
