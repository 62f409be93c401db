"""The settings of vehicles and of the dimming input."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.settings import Settings
from optimizer.settings.input_mapping import all_inputs, input_plans, reader_plans
from optimizer.settings.unreported import unreported
from optimizer.settings.vehicle_mapping import to_wiring
from tests.settings.conftest import HOUSE, Read

CONNECTIONS = """\
connections:
  broker: {type: mqtt, host: 192.0.2.52}
  evcc: {type: http_json, url: "http://192.0.2.53:7070"}
  pump: {type: modbus, host: 192.0.2.54}
inputs:
  relay: {type: switch}
  percent: {type: number, unit: "%", min: 0, max: 100}
  which_car: {type: choice, options: [zoe, van, guest]}
"""
CARS = """\
vehicles:
  zoe: {charger: carport, capacity_wh: 52000, teslamate: {connection: broker, car: 2, namespace: home}}
"""


def wired(read: Read, vehicles: str, rest: str = "") -> Settings:
    return read(HOUSE + CONNECTIONS + vehicles + rest)


def test_teslamate_brings_inputs_that_keep_the_values_of_a_sleeping_car(read: Read) -> None:
    settings = wired(read, CARS)
    brought = {name: one.mqtt for name, one in all_inputs(settings).items() if one.mqtt is not None}
    assert {name: one.topic for name, one in brought.items()} == {
        "zoe_soc": "teslamate/home/cars/2/usable_battery_level",
        "zoe_limit_soc": "teslamate/home/cars/2/charge_limit_soc",
        "zoe_range": "teslamate/home/cars/2/rated_battery_range_km",
    }
    assert all(one.retained for one in brought.values())
    assert {plan.spec.name: plan.max_age_s for plan in input_plans(settings)}["zoe_soc"] == 31 * 86400.0
    assert [plan.inputs for plan in reader_plans(settings)] == [("zoe_soc", "zoe_limit_soc", "zoe_range")]
    vehicle = to_wiring(settings).vehicles["zoe"]
    assert (vehicle.soc, vehicle.limit_soc, vehicle.timed) == ("zoe_soc", "zoe_limit_soc", False)
    assert vehicle.range_km == "zoe_range"
    assert to_wiring(settings).usual == {"carport": "zoe"}


def test_evcc_is_read_over_mqtt_or_its_api(read: Read) -> None:
    over_mqtt = all_inputs(
        wired(
            read, CARS.replace("teslamate: {connection: broker, car: 2, namespace: home}", "evcc: {connection: broker}")
        )
    )
    assert over_mqtt["zoe_soc"].mqtt is not None
    assert over_mqtt["zoe_soc"].mqtt.topic == "evcc/loadpoints/1/vehicleSoc"
    over_http = all_inputs(
        wired(
            read,
            CARS.replace(
                "teslamate: {connection: broker, car: 2, namespace: home}", "evcc: {connection: evcc, loadpoint: 2}"
            ),
        )
    )
    assert over_mqtt["zoe_range"].mqtt is not None
    assert over_mqtt["zoe_range"].mqtt.topic == "evcc/loadpoints/1/vehicleRange"
    assert over_http["zoe_limit_soc"].http is not None
    assert over_http["zoe_limit_soc"].http.path == "(loadpoints || result.loadpoints)[1].vehicleLimitSoc"


def test_fields_have_a_source_through_vehicles_and_the_dimming_input(read: Read) -> None:
    bare = unreported(wired(read, ""))
    of_a_car = {f"ev.carport.{name}" for name in ("soc", "limit_soc", "range_km", "capacity_wh")}
    assert {*of_a_car, "grid.dimmed"} <= bare
    assert not unreported(wired(read, CARS)) & of_a_car
    chosen = wired(read, "vehicles: {van: {soc: percent}}\nvehicle_at: {carport: which_car}\n")
    assert "ev.carport.soc" not in unreported(chosen)
    assert {"ev.carport.limit_soc", "ev.carport.range_km"} <= unreported(chosen)
    dimmed = wired(read, "").model_copy(update={"site": wired(read, "").site.model_copy(update={"dimmed_by": "relay"})})
    assert "grid.dimmed" not in unreported(dimmed)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vehicles: {zoe: {charger: yard}}", "there is no charger “yard”"),
        ("vehicles: {zoe: {soc: relay}}", "there is no input of type number with unit % “relay”"),
        ("vehicles: {zoe: {soc: percent, evcc: {connection: evcc}}}", "give only one of soc and evcc"),
        ("vehicles: {zoe: {evcc: {connection: evcc}, limit_soc: percent}}", "evcc brings the limit too"),
        ("vehicles: {zoe: {range: percent}}", "there is no input of type number with unit km or mi “percent”"),
        ("vehicles: {zoe: {evcc: {connection: evcc}, range: percent}}", "evcc brings the range too"),
        ("vehicles: {zoe: {evcc: {connection: pump}}}", "there is no connection of type mqtt or http_json “pump”"),
        ("vehicles: {zoe: {teslamate: {connection: evcc}}}", "there is no connection of type mqtt “evcc”"),
        ("vehicles: {zoe: {charger: carport}, van: {charger: carport}}", "is usually at the charger “carport” too"),
        ("vehicle_at: {carport: relay}", "there is no input of type choice “relay”"),
        ("vehicle_at: {carport: which_car}", "no option of the input “which_car” is the name of a vehicle"),
    ],
)
def test_every_mistake_is_named(text: str, says: str, complain: Callable[..., str]) -> None:
    assert says in complain(HOUSE + CONNECTIONS + text + "\n")


def test_two_cars_at_one_charger_are_told_apart_by_an_input(read: Read) -> None:
    cars = (
        "vehicles: {zoe: {charger: carport, soc: percent, min_current_a: 8, phases: 2}, van: {charger: carport}}\n"
        "vehicle_at: {carport: which_car}\n"
    )
    wiring = to_wiring(wired(read, cars))
    assert (wiring.usual, wiring.chosen) == ({}, {"carport": "which_car"})
    assert wiring.vehicles["zoe"].timed
    needs = [(one.min_current_a, one.phases) for one in wiring.vehicles.values()]
    assert needs == [(8.0, 2), (None, None)]


def test_a_dimming_input_must_be_a_switch(complain: Callable[..., str]) -> None:
    text = HOUSE.replace("  name: test house\n", "  name: test house\n  dimmed_by: percent\n") + CONNECTIONS
    assert "site.dimmed_by: there is no input of type switch “percent”" in complain(text)
