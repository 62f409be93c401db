"""Converts validation errors into messages for the owner."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from optimizer.settings.document import Document, KeyPath
from optimizer.settings.errors import (
    MOST_SHOWN,
    Mistake,
    MistakeBelow,
    Place,
    did_you_mean,
    may_be_private_url,
    may_be_shown,
    shown,
)
from optimizer.settings.numbers import meant_number
from optimizer.settings.schema import NAME, Reference, allowed, unit_of
from optimizer.settings.sources import SECRETS
from optimizer.words.text import Text

NOT_TEXT = "{value} is not text (put it in quotes if it is meant to be)"
WHAT: Mapping[str, str] = {
    "missing": "is required but missing",
    "bool_parsing": "{value} is neither true nor false",
    "bool_type": "{value} is neither true nor false",
    "int_from_float": "{value} is not a whole number",
    "int_parsing": "{value} is not a whole number",
    "int_parsing_size": "{value} is not a whole number",
    "int_type": "{value} is not a whole number",
    "float_parsing": "{value} is not a number",
    "float_type": "{value} is not a number",
    "finite_number": "{value} is not a finite number",
    "string_type": NOT_TEXT,
    "date_parsing": "{value} is not a date",
    "date_from_datetime_parsing": "{value} is not a date",
    "date_from_datetime_inexact": "{value} is not a date",
    "date_type": "{value} is not a date",
    "path_type": NOT_TEXT,
    "model_type": "{value} is given where a section is required",
    "model_attributes_type": "{value} is given where a section is required",
    "dict_type": "{value} is given where a section is required",
    "tuple_type": "{value} is not a list",
    "list_type": "{value} is not a list",
    "literal_error": "{value} is not one of the allowed values",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "string_pattern_mismatch": "{value} has the wrong format",
    "string_too_short": "{value} is too short",
    "string_too_long": "{value} is too long",
    "greater_than": "{value} is too small",
    "greater_than_equal": "{value} is too small",
    "less_than": "{value} is too large",
    "less_than_equal": "{value} is too large",
}
NO_NUMBER = frozenset(("int_parsing", "float_parsing", "int_type", "float_type"))
ADDRESSES = frozenset(("address", "host", "hostname", "ip", "ip_address", "uri", "url"))
TOO_SMALL = frozenset(("greater_than", "greater_than_equal"))


class Explainer:
    """Converts the errors of one load of the settings into mistakes with their places."""

    def __init__(
        self, document: Document, variables: Mapping[KeyPath, str], reference: Callable[[], Reference]
    ) -> None:
        """`variables` gives the environment variable of each path. `reference` is called only when needed."""
        self._document = document
        self._variables = variables
        self._reference = reference
        self._hidden: frozenset[KeyPath] = frozenset()

    def place(self, path: KeyPath, *, key: bool = False) -> Place:
        """The place of the setting at `path`. For a secret this may be its key with `_file`."""
        path = self._given(path)
        variable = self._variable(path)
        if variable:
            return Place(Text("environment variable {name}", name=variable))
        return self._document.place(path, key=key, hidden=self._hidden)

    def _given(self, path: KeyPath) -> KeyPath:
        """`path`, or for a secret from a file its key with `_file`."""
        by_file: KeyPath = (*path[:-1], f"{path[-1]}_file") if path else ()
        by_name = path in self._variables or not (by_file in self._variables or by_file in self._document.values)
        return path if by_name else by_file

    def _variable(self, path: KeyPath) -> str:
        """The environment variable that sets `path`. Empty if none does."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._variables:
                return self._variables[path[:length]]
        if path and path not in self._document.values:
            for inner, name in self._variables.items():  # a variable that sets a part of what has no parts
                if inner[: len(path)] == path:
                    return name
        return ""

    def _order(self, path: KeyPath) -> tuple[bool, int]:
        """The place of a mistake at `path` among the others, as in SettingsErrors."""
        path = self._given(path)
        line = 0 if self._variable(path) else self._document.line(path)
        return line == 0, line

    def mistakes(self, errors: list[ErrorDetails]) -> list[Mistake]:
        """One mistake for each error. Values of unknown settings are hidden, because they may be secrets.

        Only those that are shown are explained: to find what was perhaps meant takes time.
        """
        found = [(error, *self._reference().at(error["loc"])) for error in errors]
        self._hidden = frozenset(path for error, _, path in found if error["type"] == "extra_forbidden")
        found.sort(key=lambda one: self._order(one[2]))
        explained = [self._mistake(error, schema, path) for error, schema, path in found[:MOST_SHOWN]]
        return [*explained, *(self._counted(path) for _, _, path in found[MOST_SHOWN:])]

    def _counted(self, path: KeyPath) -> Mistake:
        """A mistake behind those that are shown."""
        return Mistake(Place(self._document.name, self._order(path)[1]), dotted(path), "")

    def _mistake(self, error: ErrorDetails, schema: dict[str, Any], path: KeyPath) -> Mistake:
        special = SPECIAL.get(error["type"])
        if special is not None:
            return special(self, error, path)
        public = may_be_shown(path, error["input"])
        value = shown(error["input"]) if public else Text("what is given")
        what = Text(WHAT[error["type"]], value=value) if error["type"] in WHAT else error["msg"]
        if WHAT.get(error["type"]) == NOT_TEXT and isinstance(error["input"], dict | list):
            what = Text("{value} is given where text is required", value=value)  # no quotes make text of it
        name = str(path[-1]) if path else ""
        words = schema.get("enum", ())
        meant = did_you_mean(error["input"], map(str, words)) if public and words else ""
        if public and (number := self._number(error, name, schema)):
            meant = Text("did you mean {number}?", number=number)
        missing = error["type"] == "missing"
        return Mistake(
            self.place(path, key=missing),
            dotted(path),
            what=what,
            allowed=allowed(schema, name),
            hint=_typographic(error["input"]) or meant,
        )

    def _number(self, error: ErrorDetails, name: str, schema: dict[str, Any]) -> str:
        """The number that is probably meant. Empty if there is none."""
        unit, given = unit_of(name), error["input"]
        if error["type"] in NO_NUMBER and isinstance(given, str):
            return meant_number(given, unit, schema)
        if error["type"] in TOO_SMALL and f"k{unit}" in ("kW", "kWh") and isinstance(given, int | float):
            return meant_number(f"{given} k{unit}", unit, schema)
        return ""

    def _unknown_key(self, error: ErrorDetails, path: KeyPath) -> Mistake:
        section, _ = self._reference().at(error["loc"][:-1])
        keys = self._reference().keys(section)
        names = [*keys, *(f"{key}_file" for key in keys if key in SECRETS)]
        what = Text("there is no setting {key} here", key=shown(str(path[-1])))
        return Mistake(
            self.place(path, key=True),
            dotted(path),
            what=what,
            allowed=", ".join(keys),
            hint=REPLACED.get(dotted(path)) or _address(str(path[-1]), keys) or did_you_mean(path[-1], names),
        )

    def _unknown_type(self, error: ErrorDetails, path: KeyPath) -> Mistake:
        section, _ = self._reference().at(error["loc"])
        types = self._reference().variants(section)
        if error["type"] == "union_tag_not_found":
            what = Text("has no `type`, so its protocol is unknown")
            return Mistake(self.place(path, key=True), dotted(path), what, ", ".join(types))
        given = error.get("ctx", {}).get("tag", "")
        place, key = self.place((*path, "type")), dotted((*path, "type"))
        kind = {"prices": Text("price source"), "forecast": Text("forecast source")}.get(str(path[0]), Text("device"))
        what = Text("{given} is not a type of {kind}", given=shown(given), kind=kind)
        return Mistake(place, key, what=what, allowed=", ".join(types), hint=did_you_mean(given, types))

    def _own_message(self, error: ErrorDetails, path: KeyPath) -> Mistake:
        raised = error.get("ctx", {}).get("error")
        # `str` of the error would lose the words of other languages.
        what = raised.args[0] if isinstance(raised, ValueError) and raised.args else error["msg"]
        if path and path[-1] == "[key]":
            return Mistake(self.place(path[:-1], key=True), dotted(path[:-1]), what)
        if isinstance(raised, MistakeBelow):
            path = (*path, *raised.below)
        return Mistake(self.place(path), dotted(path), what, hint=_typographic(error["input"]))

    def _name(self, error: ErrorDetails, path: KeyPath) -> Mistake:
        if path and path[-1] == "[key]":
            path = path[:-1]
            what = Text("{name} is not a name for a device", name=shown(str(path[-1])))
            return Mistake(self.place(path, key=True), dotted(path), what, NAME)
        schema, _ = self._reference().at(error["loc"])
        value = shown(error["input"]) if may_be_shown(path, error["input"]) else Text("what is given")
        return Mistake(
            self.place(path), dotted(path), Text("{value} has the wrong format", value=value), allowed(schema)
        )


def _typographic(given: object) -> str:
    """The advice for a value in quotation marks that belong to the text. Empty for any other value."""
    is_quoted = isinstance(given, str) and given.startswith(tuple("“”„‟‘’«»"))
    return Text('the quotation marks are typographic. Write plain ones: "…"') if is_quoted else ""


def _address(given: str, keys: Collection[str]) -> str:
    """The advice for an address under another name. Empty if `given` is none, or if the section has none."""
    if given.lower() not in ADDRESSES:
        return ""
    if "url" in keys:
        return Text("give the address as `url`, such as url: http://192.168.1.20")
    return Text("give the address as `host`, without http://") if "host" in keys else ""


def _in_money(setting: str) -> str:
    return Text(
        "wear has a price instead: give control.follow.{setting} (see “How surplus following works”)", setting=setting
    )


REPLACED: Mapping[str, str] = {
    "control.follow.starts_per_day": _in_money("start_cost_ct"),
    "control.follow.switches_per_day": _in_money("switch_cost_ct"),
    "control.follow.budget_days": Text("relays have no monthly budget now. Remove this line"),
    "control.follow.swing_w": Text("`phase_turns` says now what is usual. Remove this line"),
    "control.follow.price_start_w": _in_money("start_cost_ct"),
    "control.follow.price_stop_w": _in_money("start_cost_ct"),
    "control.follow.price_up_w": _in_money("switch_cost_ct"),
    "control.follow.price_down_w": _in_money("switch_cost_ct"),
}
"""The advice for settings of earlier versions."""

SPECIAL: Mapping[str, Callable[[Explainer, ErrorDetails, KeyPath], Mistake]] = {
    "extra_forbidden": Explainer._unknown_key,
    "union_tag_not_found": Explainer._unknown_type,
    "union_tag_invalid": Explainer._unknown_type,
    "value_error": Explainer._own_message,
    "string_pattern_mismatch": Explainer._name,
}


def dotted(path: KeyPath) -> str:
    """`devices.carport.poll_s`."""
    return ".".join("…" if may_be_private_url("", str(part)) else str(part) for part in path)
