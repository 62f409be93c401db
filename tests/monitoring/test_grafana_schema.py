"""The dashboards against Grafana's own schema, by its foundation SDK.

The SDK reads what Grafana knows and writes it again. A key that is lost on the way is none of Grafana's. The values of
its enumerations are compared one by one, since the SDK takes any text for them.
"""

import copy
import json
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

register_default_plugins()  # the options of each kind of panel

FILES = sorted((Path(__file__).parents[2] / "grafana" / "dashboards").glob("*.json"))
HOUSE = json.loads(next(path for path in FILES if path.stem == "optimizer-house").read_text())
CURVES = next(index for index, panel in enumerate(HOUSE["panels"]) if panel["type"] == "timeseries")


def complaints(document: dict[str, Any]) -> list[str]:
    dashboard = Dashboard.from_json(document)
    again = json.loads(JSONEncoder().encode(dashboard))
    return [*_lost(document, again, ""), *_wrong_words(dashboard, "")]


def _lost(given: Any, again: Any, path: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(again, dict):
        for key, value in given.items():
            yield from _lost(value, again.get(key), f"{path}.{key}")
    elif isinstance(given, list) and isinstance(again, list) and len(given) == len(again):
        for index, (value, other) in enumerate(zip(given, again, strict=True)):
            yield from _lost(value, other, f"{path}[{index}]")
    elif given != again:
        yield f"{path}: {given!r} is not known"


def _wrong_words(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from _wrong_words(value, f"{path}[{index}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _wrong_words(value, f"{path}.{key}")
    elif type(node).__module__.startswith("grafana_foundation_sdk") and not isinstance(node, Enum):
        hints = get_type_hints(type(node))
        for name, value in vars(node).items():
            yield from _wrong_words(value, f"{path}.{name}")
            hint = hints.get(name)
            for kind in (hint, *get_args(hint)):
                if isinstance(kind, type) and issubclass(kind, Enum) and value is not None:
                    known = [member.value for member in kind]
                    if value not in known:
                        yield f"{path}.{name}: {value!r} is none of {known}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_grafana_knows_every_key_and_word(path: Path) -> None:
    assert complaints(json.loads(path.read_text())) == []


@pytest.mark.parametrize(
    ("where", "key", "value"),
    [
        ((), "refreshes", "10s"),
        (("panels", CURVES), "heading", "Power"),
        (("panels", CURVES, "options"), "legends", {}),
        (("panels", CURVES, "options", "legend"), "placement", "below"),
        (("panels", CURVES, "fieldConfig", "defaults", "custom"), "lineThickness", 2),
        (("panels", CURVES, "fieldConfig", "defaults", "custom"), "drawStyle", "curve"),
        (("panels", CURVES, "fieldConfig", "defaults", "thresholds"), "mode", "relative"),
        (("panels", CURVES, "targets", 0), "query", "up"),
    ],
)
def test_a_wrong_key_or_word_is_found(where: tuple[str | int, ...], key: str, value: object) -> None:
    document = copy.deepcopy(HOUSE)
    node: Any = document
    for step in where:
        node = node[step]
    node[key] = value
    assert len(complaints(document)) == 1
