"""The settings of switchable loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.devices.switches.config import (
    HttpSwitchConfig,
    MqttSwitchConfig,
    SgReadyConfig,
    ShellyConfig,
    TasmotaConfig,
)
from optimizer.settings import SettingsErrors, load_settings
from optimizer.settings.adapters import device_plans
from optimizer.settings.mapping import to_site
from optimizer.settings.release import load_for_release

ALL = """
connections:
  server: {type: http_json, url: "http://server", token: abcdefgh}
  broker: {type: mqtt, host: broker}
devices:
  house: {type: nrgkick, url: "http://nrgkick"}
switches:
  boiler: {type: shelly, url: "http://shelly", password: "s3cret", power_w: 3000, phases: [L2], priority: 2}
  rod: {type: tasmota, url: "http://plug", password: "pw", power_w: 2000, timer_s: 120}
  pool:
    type: http
    connection: server
    power_w: 500
    switch_on: {request: /on, method: POST, body: {to: 1}}
    switch_off: {request: /off}
    state: {request: /state, path: relay}
  fan: {type: mqtt, connection: broker, topic: fan/set, power_w: 80, state: {topic: fan/state}}
  pump:
    type: sg_ready
    power_w: 6000
    phases: [L1, L2, L3]
    recommend: {type: shelly, url: "http://pump"}
    order: {type: shelly, url: "http://pump", channel: 1}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(text)
    return folder / "site.yaml"


def mistakes(folder: Path, text: str) -> str:
    with pytest.raises(SettingsErrors) as errors:
        load_settings(written(folder, text), {})
    return errors.value.render()


def test_each_type_has_its_adapter(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, ALL), {})
    plans = {plan.name: plan for plan in device_plans(settings) if plan.switches}
    configs = {name: type(plan.config) for name, plan in plans.items()}
    assert configs == {
        "boiler": ShellyConfig,
        "rod": TasmotaConfig,
        "pool": HttpSwitchConfig,
        "fan": MqttSwitchConfig,
        "pump": SgReadyConfig,
    }
    assert "s3cret" not in repr(plans["boiler"].config) + repr(plans["rod"].config)


def test_decisions_get_the_load_and_its_wear(tmp_path: Path) -> None:
    site = to_site(load_settings(written(tmp_path, ALL), {}))
    boiler, pump, rod = (site.switches[name] for name in ("boiler", "pump", "rod"))
    assert (boiler.phase_map, boiler.priority, boiler.start_w, boiler.stop_w) == ((2,), 2, 3000.0, 1500.0)
    assert (boiler.min_on_s, boiler.min_off_s, boiler.starts_per_hour) == (300.0, 300.0, 6)
    assert (pump.min_on_s, pump.min_off_s, pump.starts_per_hour) == (600.0, 1200.0, 3)
    assert rod.current_a == pytest.approx((2000 / 230,) * 3), "one of unknown phase counts on each"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("boiler: {type: shelly, url: 'http://s', power_w: 12000, phases: [L1]}", "52 A on one phase is more than"),
        (
            "boiler: {type: mqtt, connection: brocker, topic: a, power_w: 5}",
            "no connection “brocker” of type mqtt",
        ),
        ("house: {type: shelly, url: 'http://s', power_w: 5}", "is already the name of a device"),
        ("boiler: {type: shelly, url: 'http://s', power_w: 900, stop_w: 900}", "stop_w (900) must be less"),
        ("boiler: {type: shelly, url: 'http://s', power_w: 900, phases: [L1, L2]}", "one phase or all three"),
        ("boiler: {type: shelly, url: 'http://s'}", "power_w"),
    ],
)
def test_a_mistake_is_explained(more: str, words: str, tmp_path: Path) -> None:
    head = ALL.partition("switches:")[0]
    assert words in mistakes(tmp_path, f"{head}switches:\n  {more}\n")


def test_a_release_knows_the_loads_beside_a_mistake(tmp_path: Path) -> None:
    text = ALL + "  broken: {type: shelly, power_w: 5}\nsite: {fuse_a: many}\n"
    given = load_for_release(written(tmp_path, text), {})
    assert given.errors is not None
    assert set(given.settings.switches) == {"boiler", "rod", "pool", "fan", "pump"}
    assert given.unusable == {"broken": frozenset({"broken"})}


CARS = """
devices:
  carport: {type: nrgkick, url: "http://nrgkick"}
  yard: {type: nrgkick, url: "http://other"}
switches:
  boiler: {type: shelly, url: "http://shelly", power_w: 3000, phases: [L2]}
  pool: {type: tasmota, url: "http://plug", power_w: 500}
  fan: {type: tasmota, url: "http://fan", power_w: 100}
"""


@pytest.mark.parametrize(
    ("order", "priorities", "before", "after", "cars"),
    [
        ("[]", (0, 0, -1, -1), [], [], False),
        (
            "[boiler, battery, carport, yard, pool]",
            (98, 97, 100, 96),
            ["boiler"],
            ["carport", "yard", "pool", "fan"],
            False,
        ),
        ("[carport, boiler, battery, pool]", (100, 0, 99, 97), ["boiler"], ["yard", "pool", "fan"], True),
        ("[yard, battery, carport]", (98, 100, -1, -1), [], ["carport", "boiler", "pool", "fan"], True),
        ("[pool, carport]", (99, 0, -1, 100), [], [], False),
    ],
)
def test_one_list_gives_each_its_place(
    order: str, priorities: tuple[int, ...], before: list[str], after: list[str], cars: bool, tmp_path: Path
) -> None:
    site = to_site(load_settings(written(tmp_path, f"{CARS}surplus_order: {order}\n"), {}))
    found = (*(site.chargers[name].priority for name in ("carport", "yard")),
             *(site.switches[name].priority for name in ("boiler", "pool")))  # fmt: skip
    assert found == priorities
    assert [name for name, one in site.switches.items() if one.before_battery] == before
    everyone = [*site.chargers.items(), *site.switches.items()]
    assert [name for name, one in everyone if one.after_battery] == after
    assert site.cars_first is cars


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("[carpot, battery]", "did you mean “carport”?"),
        ("[boiler, carport, boiler]", "“boiler” is named twice"),
        ("[lamp]", "“lamp” has its place in surplus_order already"),
    ],
)
def test_a_mistake_in_the_order_is_explained(order: str, words: str, tmp_path: Path) -> None:
    lamp = '  lamp: {type: tasmota, url: "http://lamp", power_w: 100, priority: 3}\n'
    assert words in mistakes(tmp_path, f"{CARS}{lamp}surplus_order: {order}\n")
