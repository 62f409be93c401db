"""Discovery messages: their form, their ids, and how they disappear."""

from __future__ import annotations

import json
from typing import Any

from optimizer.serve.outputs.discovery import components_of, discovery
from tests.serve.outputs.house import HOUSE, published

ALL = published()


def messages(before: dict[str, dict[str, str]] | None = None) -> list[tuple[str, Any]]:
    return [(topic, json.loads(text) if text else None) for topic, text in discovery(HOUSE, ALL, before or {})]


def test_each_device_has_one_message_with_what_is_required() -> None:
    found = dict(messages())
    assert list(found) == [
        "homeassistant/device/optimizer_abc123/config",
        "homeassistant/device/optimizer_abc123_ev_carport/config",
        "homeassistant/device/optimizer_abc123_battery_cellar/config",
        "homeassistant/device/optimizer_abc123_switch_boiler/config",
    ]
    for body in found.values():
        assert body["o"]["name"] == "optimizer"
        assert body["dev"]["ids"]
        assert body["availability_topic"] == "optimizer/availability"
        for component in body["cmps"].values():
            assert {"p", "unique_id", "name", "state_topic"} <= component.keys()
            assert component["state_topic"].startswith("optimizer/")
    assert found["homeassistant/device/optimizer_abc123_ev_carport/config"]["dev"]["via_device"] == "optimizer_abc123"


def test_ids_are_unique_and_made_of_the_installation_and_the_settings() -> None:
    ids = [one["unique_id"] for _, body in messages() for one in body["cmps"].values()]
    assert len(ids) == len(set(ids)) == len(ALL)
    assert all(one.startswith("optimizer_abc123_") for one in ids)


def test_what_can_be_set_has_a_command_topic_and_powers_expire() -> None:
    components = {one["unique_id"]: one for _, body in messages() for one in body["cmps"].values()}
    mode = components["optimizer_abc123_ev_carport_mode"]
    assert mode["p"] == "select"
    assert mode["command_topic"] == "optimizer/ev/carport/mode/set"
    assert mode["options"] == ["off", "surplus", "min_surplus", "fast", "auto"]
    boiler = components["optimizer_abc123_switch_boiler_state"]
    assert (boiler["p"], boiler["command_topic"]) == ("select", "optimizer/switch/boiler/state/set")
    assert boiler["options"] == ["off", "on", "surplus", "auto"]
    assert components["optimizer_abc123_grid_power_w"]["expire_after"] == 180
    assert components["optimizer_abc123_input_target_w"]["max"] == 5000.0
    assert components["optimizer_abc123_input_heat_w"]["p"] == "sensor"
    assert (
        components["optimizer_abc123_ev_carport_why"]["json_attributes_topic"] == "optimizer/ev/carport/why/attributes"
    )


def test_what_is_no_more_is_removed() -> None:
    house = "homeassistant/device/optimizer_abc123/config"
    old = {"homeassistant/device/optimizer_abc123_ev_yard/config": {"mode": "select"}, house: {"input_sauna": "switch"}}
    found = messages(old)
    assert found[0] == ("homeassistant/device/optimizer_abc123_ev_yard/config", None)
    first, second = (body["cmps"] for topic, body in found if topic == house)
    assert first["input_sauna"] == {"p": "switch"}
    assert "input_sauna" not in second
    assert messages(components_of(HOUSE, ALL)) == messages()
