"""The JSON Schema of rule files, for completion and checks in editors, generated from the target table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from optimizer.model.fields import FIELDS
from optimizer.model.kinds import VEHICLE
from optimizer.model.targets import CLAIMS, LIMITS, Target
from optimizer.rules.book.book import IfUnknown
from optimizer.rules.book.read import MAX_ID, MAX_PRIORITY, MAX_RULES
from optimizer.rules.language.parse import MAX_CHARACTERS

_EXPRESSION = {"type": ["string", "number"], "maxLength": MAX_CHARACTERS}
_DURATION = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(s|min|h|d)\s*$"}
_NAME = "[a-z][a-z0-9_]{0,30}"


def rules_schema() -> dict[str, Any]:
    """The schema as a JSON-able mapping."""
    fields = ", ".join(FIELDS)
    condition = {
        "type": ["string", "boolean"],
        "maxLength": MAX_CHARACTERS,
        "description": f"A condition over: {fields}.",
        "examples": ["battery.soc >= 60% and ev.connected", "time.now between 22:00 and 06:00"],
    }
    schedule = {
        "type": "object",
        "required": ["cron", "lasts"],
        "additionalProperties": False,
        "properties": {
            "cron": {
                "type": "string",
                "description": "Five fields: minute hour day month weekday, in the site's time zone.",
                "examples": ["0 22 * * *"],
            },
            "lasts": {**_DURATION, "description": "How long the window stays open.", "examples": ["8h"]},
        },
    }
    rule = {
        "type": "object",
        "required": ["id"],
        "anyOf": [{"required": ["claim"]}, {"required": ["limit"]}],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$", "maxLength": MAX_ID},
            "about": {"type": "string", "description": "The purpose of the rule, in your own words."},
            "enabled": {"enum": [True, False, "dry-run"], "default": True},
            "when": condition,
            "for": {**_DURATION, "description": "How long the condition must hold before the rule becomes active."},
            "until": {**condition, "description": "The rule stays active until this is true."},
            "keep_for": {**_DURATION, "description": "How long the rule stays active after its end was due."},
            "schedule": {"oneOf": [schedule, {"type": "array", "items": schedule, "minItems": 1}]},
            "priority": {"type": "integer", "minimum": -MAX_PRIORITY, "maximum": MAX_PRIORITY, "default": 0},
            "claim": _settings(CLAIMS),
            "limit": _settings(LIMITS),
            "if_unknown": {"enum": [choice.value for choice in IfUnknown]},
        },
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules of a home-energy optimizer",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "defaults": _settings(CLAIMS),
            "rules": {"type": ["array", "null"], "maxItems": MAX_RULES, "items": rule},
        },
    }


def _settings(table: Mapping[str, Target]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    for target in table.values():
        properties[target.name] = _value(target)
        if target.family is not None:
            family, _, quantity = target.name.partition(".")
            patterns[f"^{family}\\.{_NAME}\\.{quantity}$"] = _value(target)
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 0,
        "properties": properties,
        "patternProperties": patterns,
    }


def _value(target: Target) -> dict[str, Any]:
    if target.kind is VEHICLE:
        return {"type": "string", "pattern": f"^{_NAME}$", "description": target.meaning}
    if target.kind.is_enum:
        words: list[str | int] = list(target.kind.words)
        words += [int(word) for word in target.kind.words if word.isdigit()]
        return {"enum": words, "description": target.meaning}
    return {**_EXPRESSION, "description": f"{target.meaning} An expression for {target.kind.name}."}


def schema_text() -> str:
    """The text of schema/rules.schema.json."""
    return json.dumps(rules_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
