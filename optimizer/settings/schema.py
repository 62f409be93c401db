"""The allowed settings and values, from the JSON schema of the models: for messages, the reference, and editors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.words.text import Text, joined

Schema = dict[str, Any]

NAME = Text("lowercase letters, digits, and _, beginning with a letter, at most 31 characters")

UNITS = {
    "_a": "A",
    "_w": "W",
    "_v": "V",
    "_s": "s",
    "_wh": "Wh",
    "_percent": "%",
    "_cost_ct": "ct",
    "_ct": "ct/kWh",
    "_days": "days",
    "_mb": "MB",
}
"""The unit by the end of a name. The first one that fits counts."""
FORMS = {
    r"^[a-z][a-z0-9_]{0,30}$": NAME,
    r"^[A-Za-z0-9_.:%-]+$": Text("a host name or an IP address, without http:// and without a port"),
    r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$": Text("a topic of letters, digits, _ and -, with / between its parts"),
    r"^[^+#\x00]+$": Text("a topic without + and #"),
    r"^/\S*$": Text("a path that begins with / and has no blanks"),
    r"^[a-z0-9_]+\.[a-z0-9_]+$": Text("an entity such as sensor.grid_power"),
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": Text("a time such as 06:30"),
    r"^(([01][0-9]|2[0-3]):(00|15|30|45)|24:00)$": Text("a quarter hour such as 06:30, up to 24:00"),
    r"^[A-Z]{3}$": Text("three capital letters such as EUR"),
}
"""The form of a text, by its pattern. A pattern is for programs."""
WORDS = {
    "number": Text("a number"),
    "integer": Text("a whole number"),
    "boolean": Text("true or false"),
    "string": Text("text"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of the reference table."""

    key: str
    allowed: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Heading:
    """One section of the reference."""

    key: str
    """The section, such as `devices.<name>.charger`. Empty for the top level of the file."""
    variant: str
    """The type of device of the section, or empty."""
    meaning: str
    rows: tuple[Row, ...]


class Reference:
    """A schema with access by the path of a setting."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema

    def at(self, path: tuple[str | int, ...]) -> tuple[Schema, tuple[str | int, ...]]:
        """The schema of the setting at the path of a validation error, and the path in the file.

        The path of an error contains the variant of a device (`devices.house.fems.url`). The file does not.
        """
        here, plain = self._resolve(self._root), list[str | int]()
        for part in path:
            variant = self._variants(here).get(str(part))
            if variant is not None:
                here = variant
                continue
            plain.append(part)
            here = self._step(here, part)
        return here, tuple(plain)

    def keys(self, schema: Schema) -> tuple[str, ...]:
        """The allowed settings of a section."""
        return tuple(schema.get("properties", {}))

    def variants(self, schema: Schema) -> tuple[str, ...]:
        """The values of `type` if the section has variants."""
        return tuple(self._variants(schema))

    def sections(self) -> Iterator[Heading]:
        """The whole reference: one heading for each section, and for each type of device."""
        yield from self._section("", "", self._resolve(self._root), {})

    def _section(self, prefix: str, variant: str, schema: Schema, lists: dict[str, str]) -> Iterator[Heading]:
        """The section at `prefix` and those in it. `lists` has the places of the list entries that were described."""
        rows: list[Row] = []
        inner: list[tuple[str, str, Schema]] = []
        for name, raw in schema.get("properties", {}).items():
            part, key = self._resolve(raw), f"{prefix}.{name}".lstrip(".")
            values = _values(part)
            if "properties" in part:
                inner.append((key, variant, part))
            elif variants := self._variants(part):
                inner += [(key, tag, one) for tag, one in variants.items()]
            elif isinstance(values, dict) and _is_section(values):
                one = self._resolve(values)
                inner += [(f"{key}.<name>", tag, one) for tag, one in self._variants(one).items()]
                inner += [(f"{key}.<name>", variant, one)] if "properties" in one else []
            elif name != "type" or "const" not in part:
                entry = self._resolve(part.get("items") or {})
                if "properties" in entry and entry["title"] not in lists:
                    lists[entry["title"]] = f"{key}[]"
                    inner.append((f"{key}[]", variant, entry))
                meaning = " ".join((raw.get("description") or part.get("description", "")).split())
                default = _default(raw, name in schema.get("required", ()))
                values_text = _list_of(lists[entry["title"]]) if "properties" in entry else allowed(part, name)
                rows.append(Row(name, values_text, default, meaning))
        yield Heading(prefix, variant, " ".join(schema.get("description", "").split()), tuple(rows))
        for key, tag, part in inner:
            yield from self._section(key, tag, part, lists)

    def _step(self, schema: Schema, part: str | int) -> Schema:
        properties = schema.get("properties", {})
        if part in properties:
            return self._resolve(properties[part])
        if isinstance(part, int):
            items = schema.get("prefixItems", [])
            return self._resolve(items[part] if part < len(items) else schema.get("items", {}))
        more = _values(schema)
        return self._resolve(more) if isinstance(more, dict) else {}

    def _variants(self, schema: Schema) -> dict[str, Schema]:
        mapping = schema.get("discriminator", {}).get("mapping", {})
        return {tag: self._resolve({"$ref": ref}) for tag, ref in mapping.items()}

    def _resolve(self, schema: Schema) -> Schema:
        """Follow references and drop the “or nothing” of an optional setting."""
        while True:
            if "$ref" in schema:
                found = self._root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
                schema = {**found, **{key: value for key, value in schema.items() if key not in ("$ref", "default")}}
            elif "anyOf" in schema and (some := [one for one in schema["anyOf"] if one.get("type") != "null"]):
                if len(some) > 1:
                    return schema
                schema = {**some[0], **{key: value for key, value in schema.items() if key not in ("anyOf", "default")}}
            else:
                return schema


def _list_of(place: str) -> str:
    """The allowed values of a list of sections, which are described at `place`."""
    return Text("a list of sections `{place}`", place=place)


def _values(schema: Schema) -> Any:
    """The schema of the values of a mapping with free names."""
    return next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))


def _is_section(schema: Schema) -> bool:
    return "$ref" in schema or "discriminator" in schema


def allowed(schema: Schema, name: str = "") -> str:
    """The allowed values of a setting, in words. `name` gives the unit."""
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"] if value != "")  # empty: the setting is left out
    if schema.get("type") == "array":
        entry = schema.get("items") or {}
        if "$ref" in entry:  # a section
            return Text("a list in which each entry begins with `-`")
        values = allowed(entry)
        return Text("a list of {values}", values=values) if values else Text("a list")
    if "anyOf" in schema:
        return joined([allowed(one) for one in schema["anyOf"]], "{first} or {then}")
    if "properties" in schema or schema.get("type") == "object":
        keys = ", ".join(schema.get("properties", ()))
        return Text("a section: {keys}", keys=keys) if "properties" in schema else Text("a mapping")
    kind = schema.get("type", "")
    unit = unit_of(name)
    if kind in ("number", "integer"):
        return _in_range(WORDS[kind], schema, unit)
    if schema.get("format") == "password":
        return Text("a secret")
    if schema.get("format") == "uri":
        return Text("an address such as http://192.168.1.20")
    if schema.get("format") == "date":
        return Text("dates such as 2026-12-25")
    pattern = str(schema.get("pattern", ""))
    return FORMS[pattern] if pattern in FORMS else WORDS.get(str(kind), str(kind))


def unit_of(name: str) -> str:
    """The unit of the setting `name`. Empty without one."""
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def _in_range(kind: str, schema: Schema, unit: str) -> str:
    """`a number from 6 to 32 A`, with the parts that the schema has."""
    low, above, high = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    if low is None and above is None and high is None:
        return Text("{kind} in {unit}", kind=kind, unit=unit) if unit else kind
    if above is not None:
        kind = Text("{kind} above {low}", kind=kind, low=_figure(above))
    elif low is not None:
        kind = Text("{kind} from {low}", kind=kind, low=_figure(low))
    if high is not None:
        kind = Text("{kind} to {high}", kind=kind, high=_figure(high))
    return Text("{kind} {unit}", kind=kind, unit=unit) if unit else kind


def _figure(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.4g}"


def _default(schema: Schema, required: bool) -> str:
    if required:
        return "required"
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return _figure(value) if isinstance(value, float) else re.sub(r"\s+", " ", str(value))
