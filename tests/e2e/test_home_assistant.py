"""A real Home Assistant core with a real Mosquitto: entities, energy dashboard, commands, and restarts of each part.

Run: HOME_ASSISTANT_PYTHON=/path/to/venv/bin/python pytest tests/e2e/test_home_assistant.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from optimizer.serve.outputs.entities import entities
from optimizer.serve.outputs.entity import Entity
from optimizer.settings import Settings
from optimizer.settings.adapters import device_plans
from optimizer.settings.connections import MqttConnection
from optimizer.settings.input_mapping import input_plans
from optimizer.settings.mapping import to_site
from optimizer.settings.prices import PriceSettings
from optimizer.settings.site import MqttOutputSettings, TariffSettings
from optimizer.study.input.home_assistant import save_history
from optimizer.study.input.series import StudyError
from optimizer.study.input.statistics import save_statistics
from tests.e2e.conftest import DemoHouse, living
from tests.e2e.home_assistant import MISSING, HomeAssistant, Program, free_port, mosquitto, until

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
UNAVAILABLE = ("unavailable", "unknown")
MODE = "ev/carport/mode"
STATISTICS = "statistics_not_defined"
"""The only complaint of a new installation: Home Assistant makes its first statistics after five minutes."""


@dataclass
class Rig:
    """All parts, and what the house publishes."""

    house: DemoHouse
    home: HomeAssistant
    broker: Program
    port: int
    published: tuple[Entity, ...]
    known: dict[str, str] = field(default_factory=dict)

    def registry(self) -> dict[str, str]:
        """Entity ids by unique id."""
        (found,) = self.home.ask({"type": "config/entity_registry/list"})
        self.known = {one["unique_id"]: one["entity_id"] for one in found if one["platform"] == "mqtt"}
        return self.known

    def entity_of(self, topic: str) -> str:
        """The entity of a topic, as last read from the registry."""
        entity = next(one for one in self.published if one.topic == topic)
        end = "_".join([*([entity.part.replace(".", "_")] if entity.part else []), entity.key])
        return next((name for unique, name in self.known.items() if unique.endswith(f"_{end}")), "")

    def state_of(self, topic: str) -> str:
        """The state that Home Assistant shows for a topic."""
        return str(self.home.states().get(self.entity_of(topic), {}).get("state", ""))

    def all_are_there(self) -> bool:
        """Whether no entity of the house is unavailable, and the powers are known."""
        if len(self.known) < len(self.published):
            self.registry()
        states = self.home.states()
        mine = [states.get(name, {}).get("state", "unavailable") for name in self.known.values()]
        known = states.get(self.entity_of("house/grid_power_w"), {}).get("state", "unknown")
        return len(mine) == len(self.published) and "unavailable" not in mine and known not in UNAVAILABLE

    def overrides(self) -> dict[str, Any]:
        """The values of the overrides in force by target."""
        return {one["target"]: one["value"] for one in self.house.get("status")["overrides"]}

    def restart_broker(self) -> None:
        """End the broker and start it again. Every value comes again."""
        self.broker.stop()
        until(lambda: self.state_of("house/grid_power_w") == "unavailable", "the values are unavailable")
        self.broker.start()
        until(self.all_are_there, "every entity has a value")

    def send(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish as another client of the broker does."""

        async def publish() -> None:
            async with aiomqtt.Client("127.0.0.1", self.port) as client:
                await client.publish(topic, payload, qos=1, retain=retain)

        asyncio.run(publish())

    def select(self, option: str) -> None:
        """Choose a mode of the charger on a page of Home Assistant."""
        body = {"entity_id": self.entity_of(MODE), "option": option}
        self.home.post("services/select/select_option", body)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder, port, made = tmp_path_factory.mktemp("home_assistant"), free_port(), []

    def with_mqtt(settings: Settings) -> Settings:
        serve = settings.serve.model_copy(update={"mqtt": MqttOutputSettings(connection="broker", commands=True)})
        connection = MqttConnection(type="mqtt", host="127.0.0.1", port=port)
        tariff = TariffSettings(import_ct=31.0, feed_in_ct=8.0, alternative_ct=45.0)
        # Constant prices: the first one of a service comes after a random delay.
        own = {"connections": {"broker": connection}, "serve": serve, "tariff": tariff, "prices": PriceSettings()}
        made.append(settings.model_copy(update=own))
        return made[0]

    broker = mosquitto(folder, port)
    broker.start()
    home = HomeAssistant(folder, port)
    try:
        home.set_up()
        with living(DemoHouse(tmp_path_factory.mktemp("house"), speed=1.0, changed=with_mqtt)) as house:
            yield Rig(house, home, broker, port, _published(made[0]))
    finally:
        home.program.stop()
        broker.stop()


def _published(settings: Settings) -> tuple[Entity, ...]:
    pvs = tuple(name for plan in device_plans(settings) for name in plan.pvs)
    site, plans, cars = to_site(settings), input_plans(settings), tuple(settings.vehicles)
    return entities(site, plans, pvs=pvs, currency="EUR", commands=True, vehicles=cars)


def test_discovery_makes_every_entity_with_its_unit_and_class(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    states = rig.home.states()
    for entity in rig.published:
        state = states[rig.entity_of(entity.topic)]
        assert state["entity_id"].startswith(f"{entity.platform}."), entity.topic
        for key in ("unit_of_measurement", "device_class", "state_class"):
            assert state["attributes"].get(key) == entity.config.get(key), (entity.topic, key)
    (devices,) = rig.home.ask({"type": "config/device_registry/list"})
    mine = {one["name"]: one for one in devices if one["manufacturer"] == "optimizer"}
    assert {"demo", "Charger carport", "Battery fems"} <= set(mine)
    assert mine["Charger carport"]["via_device_id"] == mine["demo"]["id"]
    assert rig.home.complaints() == []


def test_the_energy_dashboard_accepts_the_counters(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    bought, sold = rig.entity_of("house/grid_import_kwh"), rig.entity_of("house/grid_export_kwh")
    price, paid_eur = rig.entity_of("house/import_price"), 0.08
    one_connection = {
        "stat_energy_from": bought, "entity_energy_price": price,
        "stat_energy_to": sold, "number_energy_price_export": paid_eur,
    }  # fmt: skip
    by_direction = {
        "flow_from": [{"stat_energy_from": bought, "stat_cost": None, "entity_energy_price": price,
                       "number_energy_price": None}],
        "flow_to": [{"stat_energy_to": sold, "stat_compensation": None, "entity_energy_price": None,
                     "number_energy_price": paid_eur}],
    }  # fmt: skip
    others = [
        {"type": "solar", "stat_energy_from": rig.entity_of("house/pv_energy_kwh"),
         "config_entry_solar_forecast": None},
        {"type": "battery", "stat_energy_from": rig.entity_of("house/battery_discharged_kwh"),
         "stat_energy_to": rig.entity_of("house/battery_charged_kwh")},
    ]  # fmt: skip
    cars = [{"stat_consumption": rig.entity_of("ev/carport/energy_kwh")}]
    grids = [{"type": "grid", "cost_adjustment_day": 0.0, **flows} for flows in (one_connection, by_direction)]
    rig.home.save(*(
        {"type": "energy/save_prefs", "energy_sources": [grid, *others], "device_consumption": cars} for grid in grids
    ))  # fmt: skip
    (kept, found) = rig.home.ask({"type": "energy/get_prefs"}, {"type": "energy/validate"})
    assert [one["type"] for one in kept["energy_sources"]] == ["grid", "solar", "battery"]
    issues = [issue for part in (*found["energy_sources"], *found["device_consumption"]) for issue in part]
    assert [one for one in issues if one["type"] != STATISTICS] == []


def test_a_select_sets_the_mode_and_auto_ends_it(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    rig.select("fast")
    until(lambda: rig.overrides().get("ev.carport.mode") == "fast", "the mode is an override")
    until(lambda: rig.state_of(MODE) == "fast", "Home Assistant shows it")
    rig.select("auto")
    until(lambda: "ev.carport.mode" not in rig.overrides(), "the override has ended")
    until(lambda: rig.state_of(MODE) == "auto", "Home Assistant shows it")


def test_inputs_are_set_from_home_assistant(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    holiday, guests = rig.entity_of("input/holiday"), rig.entity_of("input/guests")
    rig.home.post("services/switch/turn_on", {"entity_id": holiday})
    rig.home.post("services/number/set_value", {"entity_id": guests, "value": 3})
    rig.home.post("services/select/select_option", {"entity_id": rig.entity_of("input/heating"), "option": "comfort"})
    until(lambda: rig.state_of("input/holiday") == "on", "the switch is on")
    until(lambda: float(rig.state_of("input/guests")) == 3.0, "the number is set")
    until(lambda: rig.state_of("input/heating") == "comfort", "the choice is set")
    values = {one["name"]: one["value"] for one in rig.house.get("inputs")}
    assert (values["holiday"], values["guests"], values["heating"]) == (True, 3.0, "comfort")


def test_a_retained_command_is_ignored(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    topic = f"optimizer/{MODE}/set"
    rig.send(topic, "fast", retain=True)  # the service is connected, so this one arrives as a new message
    until(lambda: rig.overrides().get("ev.carport.mode") == "fast", "a new message is a command")
    rig.select("auto")
    until(lambda: "ev.carport.mode" not in rig.overrides(), "the override has ended")
    rig.restart_broker()
    rig.send("optimizer/input/guests/set", "7")
    until(lambda: float(rig.state_of("input/guests")) == 7.0, "later commands are taken")
    assert rig.overrides() == {}
    rig.send(topic, "", retain=True)


def test_after_a_restart_of_home_assistant_all_values_come_again(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    before = rig.registry()
    rig.home.restart()
    until(rig.all_are_there, "every entity has a value")
    assert rig.registry() == before
    assert rig.home.complaints() == []


def test_after_a_restart_of_the_broker_all_values_come_again(rig: Rig) -> None:
    until(rig.all_are_there, "every entity has a value")
    before = rig.registry()
    rig.restart_broker()
    assert rig.registry() == before
    rig.select("surplus")
    until(lambda: rig.overrides().get("ev.carport.mode") == "surplus", "commands are taken again")
    rig.select("auto")
    until(lambda: "ev.carport.mode" not in rig.overrides(), "the override has ended")


def test_its_history_is_read(rig: Rig, tmp_path: Path) -> None:
    until(rig.all_are_there, "every entity has a value")
    grid, pv = rig.entity_of("house/grid_power_w"), rig.entity_of("house/pv_power_w")
    path, now = tmp_path / "history.csv", datetime.now(UTC)
    until(lambda: _history(rig, path, (grid, pv), now) >= {(grid, "W"), (pv, "W")}, "the recorder has both powers")


def _history(rig: Rig, path: Path, entities: tuple[str, ...], now: datetime) -> set[tuple[str, str]]:
    """The entities with a known state, and their units."""
    day = timedelta(days=1)
    assert save_history(path, rig.home.url, rig.home.token, entities, now - day, now + timedelta(minutes=10))
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return {(entity, unit) for entity, state, _, unit in rows if state.lstrip("-").replace(".", "").isdigit()}


def test_its_long_term_statistics_are_read_in_our_units(rig: Rig, tmp_path: Path) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    hours = [(start + timedelta(hours=n)).isoformat() for n in range(48)]
    means = [{"start": at, "mean": float(n), "min": 0.0, "max": 100.0} for n, at in enumerate(hours)]
    sums = [{"start": at, "state": 7.0, "sum": 500.0 * (n + 1)} for n, at in enumerate(hours)]
    _import_statistics(rig, "sensor.old_pv", "kW", "power", means, mean=True)
    _import_statistics(rig, "sensor.old_import", "Wh", "energy", sums, mean=False)
    path, names = tmp_path / "statistics.csv", ("sensor.old_pv", "sensor.old_import")

    def rows() -> list[list[str]]:
        assert save_statistics(path, rig.home.url, rig.home.token, names, start, start + timedelta(days=2))
        return [line.split(",") for line in path.read_text().splitlines()[1:]]

    found = until(lambda: rows() if len(rows()) == 96 else None, "the recorder has all hours")
    assert found is not None
    power, energy = found[:48], found[48:]
    assert [(row[0], float(row[1]), row[3]) for row in power] == [(names[0], 1000.0 * n, "W") for n in range(48)]
    assert [(row[0], float(row[1]), row[3]) for row in energy] == [(names[1], 0.5 * (n + 1), "kWh") for n in range(48)]
    assert datetime.fromisoformat(power[1][2]) == datetime.fromisoformat(energy[0][2]) == start + timedelta(hours=1)
    with pytest.raises(StudyError, match=r"keeps no statistics of sensor\.nothing"):
        save_statistics(path, rig.home.url, rig.home.token, ("sensor.nothing",), start, start + timedelta(days=2))
    with pytest.raises(StudyError, match="refuses the token"):
        save_statistics(path, rig.home.url, "not-a-token", names, start, start + timedelta(days=2))


def _import_statistics(rig: Rig, name: str, unit: str, kind: str, rows: list[dict[str, Any]], *, mean: bool) -> None:
    """Statistics as an integration with a past gives them, in the form of this release."""
    head = {"statistic_id": name, "source": "recorder", "name": None, "unit_of_measurement": unit, "has_sum": not mean}
    forms = ({**head, "has_mean": mean}, {**head, "mean_type": int(mean), "unit_class": kind})
    rig.home.save(*({"type": "recorder/import_statistics", "metadata": one, "stats": rows} for one in forms))
