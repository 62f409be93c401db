"""Discovery: the messages by which Home Assistant creates devices and entities (device-based, since 2024.11). Pure.

One retained message a device. https://www.home-assistant.io/integrations/mqtt#discovery-messages-and-availability
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.serve.outputs.entity import Entity

EXPIRES_S = 180
"""A power without a message for so long becomes unavailable: three complete rounds."""
MODELS: Mapping[str, str] = {"ev": "Charger", "battery": "Battery", "switch": "Load"}
"""Kinds of parts that are devices of their own, and their name in Home Assistant."""
Components = dict[str, dict[str, str]]
"""By the topic of a discovery message: the keys of its components, and the platform of each."""


@dataclass(frozen=True, slots=True)
class House:
    """The identity of the house in discovery messages."""

    identity: str
    """Unique for this installation. It never changes, since Home Assistant identifies all entities by it."""
    name: str
    version: str
    topic: str
    """The first part of all topics, such as `optimizer`."""
    prefix: str = "homeassistant"
    """The first part of discovery topics."""

    @property
    def availability(self) -> str:
        """The topic that says whether the service runs."""
        return f"{self.topic}/availability"


def discovery(house: House, entities: Iterable[Entity], before: Components) -> list[tuple[str, str]]:
    """Topics and payloads, in order. They also remove what an earlier start published and what is no more.

    `before` are the components of the earlier start. A component that is no more is published once with its platform
    alone, and then left out. A device that is no more gets an empty payload.
    """
    parts: dict[str, dict[str, Any]] = {}
    for entity in entities:
        parts.setdefault(_device_of(entity), {})[_key(entity)] = _component(house, entity)
    messages: list[tuple[str, str]] = []
    for part, components in parts.items():
        topic = _topic(house, part)
        gone = {key: {"p": platform} for key, platform in before.get(topic, {}).items() if key not in components}
        if gone:
            messages.append((topic, _message(house, part, {**components, **gone})))
        messages.append((topic, _message(house, part, components)))
    current = {topic for topic, _ in messages}
    return [*((topic, "") for topic in before if topic not in current), *messages]


def components_of(house: House, entities: Iterable[Entity]) -> Components:
    """The components of the published entities, by topic. They are kept for the next start."""
    found: Components = {}
    for entity in entities:
        found.setdefault(_topic(house, _device_of(entity)), {})[_key(entity)] = entity.platform
    return found


def _device_of(entity: Entity) -> str:
    """Chargers, batteries, and loads are devices of their own. Inputs and PV belong to the house."""
    return entity.part if entity.part.partition(".")[0] in MODELS else ""


def _key(entity: Entity) -> str:
    return f"{entity.part.replace('.', '_')}_{entity.key}" if not _device_of(entity) and entity.part else entity.key


def _topic(house: House, part: str) -> str:
    return f"{house.prefix}/device/{_id(house, part)}/config"


def _id(house: House, part: str) -> str:
    return "_".join(["optimizer", house.identity, *([part.replace(".", "_")] if part else [])])


def _message(house: House, part: str, components: Mapping[str, Any]) -> str:
    kind, _, name = part.partition(".")
    device: dict[str, Any] = {"ids": [_id(house, part)], "mf": "optimizer"}
    if part:
        word = MODELS[kind]
        device |= {"name": f"{word} {name}", "mdl": word, "via_device": _id(house, "")}
    else:
        device |= {"name": house.name, "mdl": "Energy optimizer", "sw": house.version}
    body = {
        "dev": device,
        "o": {"name": "optimizer", "sw": house.version},
        "availability_topic": house.availability,
        "cmps": components,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _component(house: House, entity: Entity) -> dict[str, Any]:
    topic = f"{house.topic}/{entity.topic}"
    component: dict[str, Any] = {
        "p": entity.platform,
        "unique_id": f"{_id(house, entity.part)}_{entity.key}",
        "name": entity.name,
        "state_topic": topic,
        **entity.config,
    }
    if entity.config.get("device_class") == "power":
        component["expire_after"] = EXPIRES_S
    if entity.command:
        component["command_topic"] = f"{topic}/set"
    if entity.attributes is not None:
        component["json_attributes_topic"] = f"{topic}/attributes"
    return component
