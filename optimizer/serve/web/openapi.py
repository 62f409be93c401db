"""The OpenAPI document of the JSON API. Its schemas are generated from the types that `view` and `body` use."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from optimizer import __version__
from optimizer.rules.tools.explain_document import ExplanationDocument
from optimizer.serve.access.caller import COOKIE, PAGE_HEADER
from optimizer.serve.web import by_hand_documents as hand_doc
from optimizer.serve.web import documents as doc
from optimizer.serve.web import expected_documents as expected
from optimizer.serve.web import past_documents as past
from optimizer.serve.web.body import NewOverride
from optimizer.serve.web.goals import NewGoal, NewPause
from optimizer.serve.web.inputs import NewInput
from optimizer.serve.web.rules import NewRuleState

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
TIME: Json = {"type": "string", "format": "date-time"}


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

NOT_KEPT = _answer(_ref("NotKept"), "It is done, but the disk did not take it yet")


def _changed(name: str, meaning: str) -> Json:
    """The answer to a change by hand: its document, and what the disk did not take."""
    return _answer({"allOf": [_ref(name), _ref("NotKept")]}, meaning)


REFUSALS: Json = {
    "401": _answer(_ref("Error"), "The token is missing or wrong"),
    "403": _answer(_ref("Error"), "Nothing can be changed here, or not from this page"),
    "421": _answer(_ref("Error"), "The Host header names another machine"),
    "429": _answer(_ref("Error"), "Too many requests or wrong tokens"),
    "default": _answer(_ref("Error"), "What went wrong"),
}
"""What every change may be answered with."""

TOKEN: Json = {
    "token": {"type": "http", "scheme": "bearer"},
    "login": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"The cookie of a browser that is logged in. Only with the header {PAGE_HEADER}.",
    },
}
MAY_CHANGE: list[Json] = [{"token": []}, {"login": []}]
DOCUMENTS = (
    doc.Error,
    doc.Status,
    doc.WhyAt,
    doc.History,
    doc.Change,
    hand_doc.NotKept,
    hand_doc.Override,
    doc.DecisionDocument,
    expected.Prices,
    past.SessionDocument,
    past.SessionMonth,
    past.EnergyDocument,
    expected.Forecast,
    expected.ScheduleDocument,
    hand_doc.Access,
    hand_doc.LoginDocument,
    ExplanationDocument,
)


def _ended(summary: str, *parameters: Json) -> Json:
    operation: Json = {
        "summary": summary,
        "security": MAY_CHANGE,
        "responses": {"204": {"description": "It is over"}, **REFUSALS},
    }
    return {**operation, "parameters": list(parameters)} if parameters else operation


def _schemas() -> Json:
    """The schemas of all documents and bodies, generated from their types."""
    named: list[tuple[str, Any]] = [(one.__name__, TypeAdapter(one)) for one in DOCUMENTS]
    bodies = (NewOverride, NewInput, NewGoal, NewPause, NewRuleState)
    named += [(body.__name__, TypeAdapter(body)) for body in bodies]
    given = {body.__name__ for body in bodies}
    adapters = [(name, "validation" if name in given else "serialization", one) for name, one in named]
    _, found = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas: Json = found["$defs"]
    return schemas


@cache
def document() -> Json:
    """The whole document. Made when somebody asks: generating the schemas takes tens of ms."""
    return {**BASE, "components": {"schemas": _schemas(), "securitySchemes": TOKEN}}


def __getattr__(name: str) -> Json:
    """`OPENAPI` is the document, made when it is first used."""
    if name == "OPENAPI":
        return document()
    raise AttributeError(name)


BASE: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "optimizer",
        "version": __version__,
        "description": "The house as it is, what is wanted of it, and why. Grid: + import; battery: + discharge.",
    },
    "paths": {
        "/api/v1/status": _get("All that the status page shows", _ref("Status")),
        "/api/v1/state": _get("The last snapshot, as it is recorded", {"type": "object"}),
        "/api/v1/decision": _get("The last decision with its causes", _ref("DecisionDocument")),
        "/api/v1/why": _get(
            "Why each device does what it does, now or at a recorded moment",
            _ref("WhyAt"),
            _query("at", TIME, "A moment in the past."),
        ),
        "/api/v1/explain": _get(
            "The rules now: the winner of each target, and each condition term by term",
            _ref("ExplanationDocument"),
            _query("form", {"type": "string", "enum": ["text"]}, "As text, as `optimizer explain` prints it."),
        ),
        "/api/v1/history": _get("Means over a minute, or over a longer step", _ref("History"), HOURS, UNTIL),
        "/api/v1/changes": _get("The log in words, oldest first", _list(_ref("Change")), HOURS, UNTIL),
        "/api/v1/sessions": _get(
            "The visits of cars of the last days or of a month, oldest first",
            _list(_ref("SessionDocument")),
            _query("days", {"type": "integer", "minimum": 1, "maximum": 800}, "Days before now, 31 if it is left out."),
            _query("month", TEXT, "The sessions that began in this month of the local clock, such as 2026-05."),
            _query("form", {"type": "string", "enum": ["csv"]}, "As CSV, with the signs of the language."),
        ),
        "/api/v1/sessions/months": _get("The visits of cars, summed by month", _list(_ref("SessionMonth"))),
        "/api/v1/energy": _get(
            "The energies and the money of the recorded days, summed by day, month, or year",
            _ref("EnergyDocument"),
            _query("by", {"type": "string", "enum": ["day", "month", "year"], "default": "day"}, "One sum for each."),
            _query("of", TEXT, "A month such as 2026-05 for days, a year such as 2026 for months. Default: now."),
        ),
        "/api/v1/prices": _get("Prices of yesterday, today, and tomorrow, with their parts", _ref("Prices")),
        "/api/v1/forecast": _get("Forecast of PV, consumption, and surplus from today on", _ref("Forecast")),
        "/api/v1/schedule": _get(
            "The schedule of the next hours, with the reason of each slot", _ref("ScheduleDocument")
        ),
        "/api/v1/inputs": _get("The inputs of the house", _list(_ref("Input"))),
        "/api/v1/inputs/{name}": {
            "post": {
                "summary": "Set an input by hand",
                "security": [{"token": []}],
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "requestBody": {"content": {"application/json": {"schema": _ref("NewInput")}}, "required": True},
                "responses": {
                    "200": _changed("Input", "It holds from the next tick on"),
                    "404": _answer(_ref("Error"), "This house has no such input"),
                    "422": _answer(_ref("Error"), "It cannot have this value, or it is read from a source"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/goals": {
            **_get("The goal of each charger", _list(_ref("Goal"))),
            "post": {
                "summary": "Set a goal for one departure. It replaces that of a repeating goal on the same day",
                "security": MAY_CHANGE,
                "requestBody": {"content": {"application/json": {"schema": _ref("NewGoal")}}, "required": True},
                "responses": {
                    "201": _changed("Goal", "It holds from now on"),
                    "404": _answer(_ref("Error"), "This house has no charger"),
                    "422": _answer(_ref("Error"), "This house has no such charger, goal, or time"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/goals/{name}": {
            "delete": {
                "summary": "End the goal that was set by hand on a charger or vehicle",
                "security": MAY_CHANGE,
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "responses": {
                    "200": NOT_KEPT,
                    "204": {"description": "It is over. The repeating goals hold again"},
                    "404": _answer(_ref("Error"), "There is no such charger, or no goal set by hand"),
                    **REFUSALS,
                },
            }
        },
        "/api/v1/goals/{name}/pause": {
            "post": {
                "summary": "Let no repeating goal of a charger or vehicle occur until a day or time",
                "security": MAY_CHANGE,
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "requestBody": {"content": {"application/json": {"schema": _ref("NewPause")}}, "required": True},
                "responses": {
                    "200": _changed("Goal", "They pause from now on, also over a restart"),
                    "404": _answer(_ref("Error"), "This house has no charger"),
                    "422": _answer(_ref("Error"), "There is no such charger, day, or repeating goal"),
                    **REFUSALS,
                },
            },
            "delete": {
                "summary": "End the pause of the repeating goals of a charger or vehicle",
                "security": MAY_CHANGE,
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "responses": {
                    "200": NOT_KEPT,
                    "204": {"description": "The repeating goals hold again"},
                    "404": _answer(_ref("Error"), "There is no such charger, or no pause"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/rules": _get("The rules that are switched by hand", _list(_ref("RuleByHand"))),
        "/api/v1/rules/{name}": {
            "post": {
                "summary": "Switch a rule by hand. Its file stays as it is",
                "security": MAY_CHANGE,
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "requestBody": {"content": {"application/json": {"schema": _ref("NewRuleState")}}, "required": True},
                "responses": {
                    "200": _changed("RuleByHand", "It holds from the next decision on, also after a restart"),
                    "422": _answer(_ref("Error"), "There is no such rule, or the other rules do not allow it"),
                    **REFUSALS,
                },
            },
            "delete": {
                "summary": "Let a rule be as its file says",
                "security": MAY_CHANGE,
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": TEXT}],
                "responses": {
                    "200": NOT_KEPT,
                    "204": {"description": "It holds from the next decision on"},
                    "422": _answer(_ref("Error"), "There is no such rule"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/events": _get("Server-sent events: a Status each tick", _ref("Status"), kind="text/event-stream"),
        "/api/v1/overrides": {
            **_get("The overrides that hold now", _list(_ref("Override"))),
            "post": {
                "summary": "Hold a target by hand",
                "security": MAY_CHANGE,
                "requestBody": {"content": {"application/json": {"schema": _ref("NewOverride")}}, "required": True},
                "responses": {
                    "201": _changed("Override", "It holds from the next tick on"),
                    "422": _answer(_ref("Error"), "This house has no such target, value, or time"),
                    **REFUSALS,
                },
            },
        },
        "/api/v1/overrides/{target}": {
            "delete": {
                "summary": "End the override on a target",
                "security": MAY_CHANGE,
                "parameters": [{"name": "target", "in": "path", "required": True, "schema": TEXT}],
                "responses": {"200": NOT_KEPT, "204": {"description": "It ends with the next tick"}, **REFUSALS},
            }
        },
        "/api/v1/login": {
            **_get("What this browser may do", _ref("Access")),
            "post": {
                "summary": "Log this browser in. The answer sets a cookie",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": {"token": TEXT}, "required": ["token"]}
                        }
                    },
                    "required": True,
                },
                "responses": {"201": _answer(_ref("LoginDocument"), "It is logged in"), **REFUSALS},
            },
            "delete": _ended("Log this browser out"),
        },
        "/api/v1/logins": {
            "get": {
                **_get("The browsers that are logged in", _list(_ref("LoginDocument")))["get"],
                "security": MAY_CHANGE,
            },
            "delete": _ended("End every login"),
        },
        "/api/v1/logins/{id}": {
            "delete": _ended("End a login", {"name": "id", "in": "path", "required": True, "schema": TEXT})
        },
    },
}
