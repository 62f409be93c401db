"""The OpenAPI document of the JSON API."""

from __future__ import annotations

from typing import Any

from optimizer.rules.book.overrides import LONGEST
from optimizer.serve.metrics.exposition import VERSION

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "format": "date-time"}
TRUTH: Json = {"type": "boolean"}
WATT: Json = {"type": ["number", "null"], "description": "W; null while unknown"}
PERCENT: Json = {"type": ["number", "null"], "description": "%; null while unknown"}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(schema: Json, meaning: str, kind: str = "application/json") -> Json:
    return {"description": meaning, "content": {kind: {"schema": schema}}}


def _get(summary: str, schema: Json, *parameters: Json, kind: str = "application/json") -> Json:
    operation: Json = {
        "summary": summary,
        "responses": {"200": _answer(schema, summary, kind), "default": _answer(_ref("Error"), "What went wrong")},
    }
    if parameters:
        operation["parameters"] = list(parameters)
    return {"get": operation}


def _query(name: str, schema: Json, meaning: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": meaning}


HOURS = _query("hours", {"type": "number", "default": 24, "exclusiveMinimum": 0, "maximum": 72}, "How far back.")
UNTIL = _query("until", TIME, "End of the window; now if left out.")

REFUSALS: Json = {
    "401": _answer(_ref("Error"), "The token is missing or wrong"),
    "403": _answer(_ref("Error"), "Nothing can be changed here, or not from this page"),
    "421": _answer(_ref("Error"), "The Host header names another machine"),
    "429": _answer(_ref("Error"), "Too many requests or wrong tokens"),
    "default": _answer(_ref("Error"), "What went wrong"),
}
"""What every change may be answered with."""

SCHEMAS: Json = {
    "Error": _object(error=TEXT),
    "Cause": _object(
        code=TEXT,
        subject=TEXT,
        rule=TEXT,
        detail=TEXT,
        text=TEXT,
        numbers={"type": "object", "additionalProperties": {"type": ["number", "null"]}},
    ),
    "Why": _object(device=TEXT, answer=TEXT, rule=TEXT, wanted=TEXT, causes=_list(_ref("Cause"))),
    "House": _object(
        grid_w=WATT,
        home_w=WATT,
        dimmed={"type": ["boolean", "null"]},
        pvs=_list(_object(name=TEXT, power_w=WATT)),
        batteries=_list(_object(name=TEXT, power_w=WATT, soc_percent=PERCENT)),
        evs=_list(
            _object(
                name=TEXT,
                status={"type": ["string", "null"]},
                power_w=WATT,
                offered_a={"type": ["number", "null"], "description": "A per phase, 0 while paused"},
                phases={"type": ["integer", "null"]},
                session_wh={"type": ["number", "null"]},
                soc_percent=PERCENT,
                blocked=TEXT,
            )
        ),
    ),
    "Status": _object(
        at=TIME,
        local=TIME,
        time_zone={"type": "string", "description": "The house's, as IANA names it", "example": "Europe/Berlin"},
        tick={"type": "integer"},
        observe_only=TRUTH,
        healthy={"type": "string", "description": "Empty while healthy, otherwise the reason"},
        journal={"type": "string", "description": "Why nothing is recorded, or empty"},
        can_override=TRUTH,
        house=_ref("House"),
        unknown=_list(_object(what=TEXT, why=TEXT)),
        why=_list(_ref("Why")),
        targets=_list(_object(target=TEXT, kind={"enum": ["claim", "limit"]}, value={}, rule=TEXT)),
        devices=_list({"type": "object"}),
        leases=_list({"type": "object"}),
        rules=_list(_ref("Rule")),
        overrides=_list(_ref("Override")),
        book=_object(version=TEXT, error=TEXT, failures={"type": "integer"}),
        today={"type": "object"},
    ),
    "Rule": _object(
        rule=TEXT,
        state={"type": "string", "example": "pending"},
        in_force=TRUTH,
        for_s={"type": ["number", "null"], "description": "How long it has been in this state"},
        due_in_s={"type": ["number", "null"], "description": "When it goes on by itself"},
        said=_list(TEXT),
    ),
    "Override": _object(
        target={"type": "string", "example": "ev.carport.mode"},
        value={"type": ["string", "number"], "example": "fast"},
        until=TIME,
        session=TRUTH,
    ),
    "NewOverride": {
        **_object(
            target={"type": "string", "example": "ev.carport.mode"},
            value={"type": ["string", "number"], "example": "fast"},
            until=TIME,
            minutes={"type": "number", "exclusiveMinimum": 0, "maximum": LONGEST.total_seconds() / 60},
            midnight=TRUTH,
            session=TRUTH,
        ),
        "required": ["target", "value"],
        "anyOf": [
            {"required": ["until"]},
            {"required": ["minutes"]},
            {"required": ["midnight"], "properties": {"midnight": {"const": True}}},
            {"required": ["session"], "properties": {"session": {"const": True}}},
        ],
        "description": "How long it holds: one of until, minutes, midnight, session. A target or value that this house"
        " does not have, and a time that is past or too far away, are answered with 422.",
    },
    "History": _object(columns=_list(TEXT), rows=_list(_list({"type": ["number", "null"]}))),
    "Change": _object(at=TIME, kind={"enum": ["why", "write", "device", "rules"]}, subject=TEXT, text=TEXT),
}

OPENAPI: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "optimizer",
        "version": VERSION,
        "description": "The house as it is, what is wanted of it, and why. Grid: + import; battery: + discharge.",
    },
    "paths": {
        "/api/v1/status": _get("All that the status page shows", _ref("Status")),
        "/api/v1/state": _get("The last snapshot, as it is recorded", {"type": "object"}),
        "/api/v1/decision": _get("The last decision with its causes", {"type": "object"}),
        "/api/v1/why": _get(
            "Why each device does what it does, now or at a recorded moment",
            _object(at=TIME, why=_list(_ref("Why"))),
            _query("at", TIME, "A moment in the past."),
        ),
        "/api/v1/history": _get("Means over a minute", _ref("History"), HOURS, UNTIL),
        "/api/v1/changes": _get("The log in words, oldest first", _list(_ref("Change")), HOURS, UNTIL),
        "/api/v1/events": _get("Server-sent events: a Status each tick", _ref("Status"), kind="text/event-stream"),
        "/api/v1/overrides": {
            **_get("The overrides that hold now", _list(_ref("Override"))),
            "post": {
                "summary": "Hold a target by hand",
                "security": [{"token": []}],
                "requestBody": {"content": {"application/json": {"schema": _ref("NewOverride")}}, "required": True},
                "responses": {
                    "201": _answer(_ref("Override"), "It holds from the next tick on"),
                    "422": _answer(_ref("Error"), "This house has no such target, value, or time"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/overrides/{target}": {
            "delete": {
                "summary": "End the override on a target",
                "security": [{"token": []}],
                "parameters": [{"name": "target", "in": "path", "required": True, "schema": TEXT}],
                "responses": {"204": {"description": "It ends with the next tick"}, **REFUSALS},
            }
        },
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}
