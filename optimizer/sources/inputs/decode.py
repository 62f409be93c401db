"""From text, JSON, or a register to the value of an input. A value that is not possible is refused with the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

from optimizer.model.inputs import DAY_S, InputSpec
from optimizer.model.kinds import UNITS
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.state import InputValue
from optimizer.model.text_numbers import as_number, measured
from optimizer.sources.inputs.port import InputError
from optimizer.sources.port import quoted
from optimizer.words.text import Text

SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
"""The texts of a switch, in any letter case."""
NO_VALUES = frozenset({"", "unknown", "unavailable", "none", "null", "nan"})
"""Texts by which programs say that they have no value, in any letter case."""
CLOCK_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
BLANKS = " \t\r\n"


def value_of(spec: InputSpec, raw: object, unit: str = "", *, decimal_comma: bool = False) -> InputValue:
    """The value of an input from JSON or text. `unit` is the unit of a number that names none; empty: that of the
    input. Raises InputError."""
    if isinstance(raw, str):
        raw = raw.strip(BLANKS)
    if spec.kind == "number":
        return _number(spec, raw, unit or spec.unit, decimal_comma)
    if spec.kind == "switch":
        return _switch(raw)
    if spec.kind == "choice":
        return _choice(spec, raw)
    return _time(raw)


@dataclass(frozen=True, slots=True)
class Decoder:
    """Converts the value of a source to the value of an input."""

    spec: InputSpec
    max_age_s: float
    unit: str = ""
    """The unit of a number that names none. Empty: that of the input."""
    factor: float = 1.0
    """Multiplies a number, before its unit."""
    inverted: bool = False
    """True for a switch whose source says the opposite, and for a number with the opposite sign."""
    decimal_comma: bool = False
    words: tuple[tuple[str, str], ...] = ()
    """Values of the source, each with the value that it means: ("2", "heating")."""

    @property
    def quantity(self) -> str:
        """The name of the input."""
        return self.spec.name

    def reading(self, value: object, at_s: float) -> Reading[InputValue]:
        """The value as a reading, or unknown with the reason."""
        text = value.strip(BLANKS) if isinstance(value, str) else _plain(value)
        meant = dict(self.words).get(text)
        if meant is None and text.lower() in NO_VALUES and text.lower() not in self.spec.options:
            return unknown(Text("the source says {text}", text=quoted(text)), at_s)
        try:
            found = self._value(value if meant is None else meant)
        except InputError as error:
            return unknown(Text("the source brings {text}, but {error}", text=quoted(text), error=error.args[0]), at_s)
        return known(found, at_s)

    def _value(self, raw: object) -> InputValue:
        spec = self.spec
        if self.words and str(raw) not in {meant for _, meant in self.words} and spec.kind != "number":
            raise InputError(
                Text(
                    "only {names} have a meaning in the settings", names=", ".join((source for source, _ in self.words))
                )
            )
        if spec.kind == "number" and self._is_converted(raw):
            raise InputError(Text("the value has a unit. Leave out factor: {factor}", factor=f"{self.factor:g}"))
        found = value_of(spec, raw, self.unit, decimal_comma=self.decimal_comma)
        if spec.kind == "switch":
            return bool(found) != self.inverted
        if spec.kind == "number" and isinstance(found, int | float):
            found = found * self.factor * (-1.0 if self.inverted else 1.0) + 0.0
        _checked(spec, found)
        return found

    def _is_converted(self, raw: object) -> bool:
        """Whether the factor is the size of a unit that the value itself names."""
        own = measured(raw, decimal_comma=self.decimal_comma)[1] if self.factor != 1.0 else ""
        return own in UNITS and self.factor == UNITS[own][1]


def by_hand(spec: InputSpec, raw: object) -> InputValue:
    """The value that a person or a program sets. Raises InputError."""
    return _checked(spec, value_of(spec, raw))


def recalled(spec: InputSpec, value: InputValue) -> InputValue:
    """A stored value, if the input may still have it. Raises InputError."""
    number = isinstance(value, int | float) and as_number(value) is not None
    fits = {
        "number": number,
        "switch": isinstance(value, bool),
        "choice": isinstance(value, str),
        "time": number and 0.0 <= float(value) < DAY_S,
    }
    if not fits[spec.kind]:
        raise InputError(Text("{value} is not a value of a {kind}", value=quoted(repr(value)), kind=spec.kind))
    return _checked(spec, value)


def shown(spec: InputSpec, value: InputValue | None) -> str:
    """A value in the notation of rules; `on` and `off` for a switch."""
    if spec.kind == "switch" and value is not None:
        return "on" if value else "off"
    return spec.value_kind.show(value)


def _checked(spec: InputSpec, value: InputValue) -> InputValue:
    why = spec.excludes(value)
    if why:
        raise InputError(why)
    return value


def _number(spec: InputSpec, raw: object, unit: str, decimal_comma: bool) -> float:
    kind = spec.value_kind
    number, own = measured(raw, decimal_comma=decimal_comma)
    wanted = f"a number in {spec.unit}" if spec.unit else "a number"
    if number is None:
        raise InputError(Text("it must be {wanted}", wanted=wanted))
    unit = own or unit
    if unit and (unit not in UNITS or UNITS[unit][0] is not kind):
        raise InputError(Text("it must be {wanted}, not in {unit}", wanted=wanted, unit=unit))
    return number * (UNITS[unit][1] if unit else 1.0)


def _switch(raw: object) -> bool:
    number = as_number(raw)
    found = SWITCHES.get(raw.lower()) if isinstance(raw, str) else raw if isinstance(raw, bool) else None
    if found is None and number in (0.0, 1.0):
        found = number == 1.0
    if found is None:
        raise InputError(Text("it must be on or off"))
    return found


def _choice(spec: InputSpec, raw: object) -> str:
    if isinstance(raw, str):
        for word in spec.options:
            if word == raw.lower():
                return word
    raise InputError(Text("it must be one of {names}", names=", ".join(spec.options)))


def _time(raw: object) -> float:
    found = CLOCK_TIME.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise InputError(Text("it must be a local time such as 07:00"))
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds


def _plain(value: object) -> str:
    """A number of JSON or of a register as text: `2` for 2 and 2.0."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else type(value).__name__
