"""Settings that a person may write by mistake: a valid site with a few values of any kind, and bounds of each range."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from math import inf, nan
from typing import Any

from hypothesis import strategies as st

from optimizer.settings import Settings
from optimizer.settings.schema import Reference

REFERENCE = Reference(Settings.model_json_schema())
CLOSED = "http://127.0.0.1:9"
SITE: dict[str, Any] = {
    "site": {"time_zone": "Europe/Berlin", "latitude": 48.1, "longitude": 11.6, "holidays": ["2026-12-25"]},
    "devices": {
        "carport": {"type": "nrgkick", "url": CLOSED, "charger": {"phase_switching": True}},
        "fems": {"type": "fems", "url": CLOSED, "battery": {}},
        "meter": {"type": "http_json", "url": CLOSED, "readings": {"pv_power": {"path": "a.b"}}},
    },
    "grid": "fems",
    "control": {"follow": {}, "switches": {}, "starts": {}, "reserved_starts": {}},
    "prices": {"import": {"ct": 30, "zones": [{"ct": 2, "from": "22:00"}]}, "feed_in": {"ct": 8}},
    "connections": {"broker": {"type": "mqtt", "host": "127.0.0.1", "port": 9}},
    "inputs": {"guests": {"type": "number", "min": 0, "max": 5, "default": 1}, "holiday": {"type": "switch"}},
    "forecast": {"source": {"type": "open_meteo"}, "roofs": {"south": {"peak_w": 5000}}},
    "vehicles": {"zoe": {"charger": "carport", "capacity_wh": 40000}},
    "goals": [{"charger": "carport", "ready": "mon-fri 07:00", "energy": "12kWh"}],
    "switches": {"boiler": {"type": "shelly", "url": CLOSED, "power_w": 2000}},
    "schedule": {},
    "serve": {"status": {"port": 8080}, "mqtt": {"connection": "broker", "commands": True}},
    "notify": {"targets": {"me": {"apprise_url": "json://127.0.0.1:9/x"}}},
    "journal": {"enabled": False},
}
TEXTS = [
    "", " ", "ä", "\u202e", "\x1b[31m", "a\nb", "a" * 3000, "{x}", "%s", "null", "22:00", "1e400kWh", "nan%", "3x35",
    "http://[", "http://192.168.1.999", "http://" + "a" * 64 + ".de", "a[", "carport", "battery", "../..", "9" * 400,
]  # fmt: skip
WORDS = ["x", "__class__", "", "ä", "battery", "ev", "type", "password_file", "true", "and"]
NUMBERS = [0, -1, 0.5, 1e300, -1e300, 5e-324, 10**30, -(10**400), nan, inf]
OTHERS = [None, True, [], {}, [None], [[]], [{}], {"a": {"b": 1}}, {"": 1}, ["L1", "L1"], list(range(13))]


@st.composite
def sites(draw: st.DrawFn) -> dict[str, Any]:
    """A site with one or two changes."""
    site = copy.deepcopy(SITE)
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from([path for path, part in _parts(site) if isinstance(part, dict)]))
        section = _at(site, place)
        known = REFERENCE.at(_with_variants(site, place))[0].get("properties", {})
        key = draw(st.sampled_from([*known, *section, *WORDS]) if draw(st.booleans()) or not known else _keys(known))
        section[key] = draw(_values(known.get(key, {})))
    return site


def _keys(known: dict[str, Any]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(known))


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Bounds of the setting, and values of any kind."""
    forms = [form for part in schema.get("anyOf", [schema]) for form in (part,)]
    bounds = [form[name] for form in forms for name in ("minimum", "maximum", "exclusiveMinimum") if name in form]
    words = [word for form in forms for word in form.get("enum", ())]
    anything = st.sampled_from([*TEXTS, *NUMBERS, *OTHERS])
    return anything | st.sampled_from([*bounds, *words]) if bounds or words else anything


def _parts(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, part
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in items:
        yield from _parts(inner, (*path, key))


def _at(part: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        part = part[key]
    return part


def _with_variants(site: dict[str, Any], path: tuple[Any, ...]) -> tuple[Any, ...]:
    """The path of the schema, which has the type of a device behind its name."""
    full: list[Any] = []
    for length, key in enumerate(path, 1):
        full.append(key)
        inner = _at(site, path[:length])
        if isinstance(inner, dict) and isinstance(inner.get("type"), str):
            full.append(inner["type"])
    return tuple(full)


def text_of(value: Any, indent: int = 0) -> str:
    """YAML with one setting a line."""
    if isinstance(value, dict) and value:
        lines = (f"{'  ' * indent}{json.dumps(str(key))}:{text_of(one, indent + 1)}" for key, one in value.items())
        return "\n" * bool(indent) + "".join(lines)
    if isinstance(value, list) and value:
        return "\n" + "".join(f"{'  ' * indent}-{text_of(one, indent + 1)}" for one in value)
    if isinstance(value, float):
        word = ".nan" if value != value else ".inf" if value == inf else repr(value)  # noqa: PLR0124 - only NaN differs
        return f" {word}\n"
    return f" {json.dumps(value)}\n"
