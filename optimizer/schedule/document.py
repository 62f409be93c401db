"""Problems and schedules as JSON. What is written is read again without a difference.

The types of the records are the format. An unknown or missing key and a value of another type are errors that name the
place.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from optimizer.model.schedule import Schedule
from optimizer.schedule.problem import Problem, ProblemError
from optimizer.words import text as words

R = TypeVar("R")


def to_json(record: Problem | Schedule) -> str:
    """The record in one line of JSON. Numbers keep all of their digits, and sentences their other languages."""
    return json.dumps(_plain(record), allow_nan=False, separators=(",", ":"))


def problem_from(text: str) -> Problem:
    """The problem in a text. Raises ProblemError."""
    return _from_text(text, Problem)


def schedule_from(text: str) -> Schedule:
    """The schedule in a text. Raises ProblemError."""
    return _from_text(text, Schedule)


def _from_text(text: str, kind: type[R]) -> R:
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProblemError(f"the text is not JSON: {error}") from None
    found = _read(document, kind, "")
    assert isinstance(found, kind)
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, words.Text):
        return {"english": str(value), "text": words.to_json(value)}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return value


def _read(value: Any, kind: Any, where: str) -> Any:
    """The value as a `kind`: a record, a tuple, a mapping, a choice, a number, a text, or one of two."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in arguments if option is not type(None)]
        if value is None and len(options) < len(arguments):
            return None
        return _read(value, options[0], where)
    if origin is Literal:
        return value if value in arguments else _refuse(where, f"{value!r} is none of {', '.join(arguments)}")
    if is_dataclass(kind):
        return _read_record(value, kind, where)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return kind(*_read_list(value, [*_hints(kind).values()], where))
    if origin is tuple:
        if not isinstance(value, list):
            return _refuse(where, "it is not a list")
        return tuple(_read(part, arguments[0], f"{where}[{index}]") for index, part in enumerate(value))
    if origin is not None:
        if not isinstance(value, dict):
            return _refuse(where, "it is not an object")
        return {key: _read(part, arguments[1], f"{where}.{key}".lstrip(".")) for key, part in value.items()}
    return _read_single(value, kind, where)


def _read_single(value: Any, kind: type, where: str) -> Any:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, dict):
        english, text = value.get("english"), value.get("text")
        return words.from_json(english, text) if isinstance(english, str) else _refuse(where, "it is not a sentence")
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    return _refuse(where, f"{value!r} is not a {kind.__name__}")


def _read_list(value: Any, kinds: list[Any], where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) != len(kinds):
        raise ProblemError(f"{where}: it is not a list of {len(kinds)} values")
    return [_read(part, kind, f"{where}[{index}]") for index, (part, kind) in enumerate(zip(value, kinds, strict=True))]


def _read_record(value: Any, kind: Any, where: str) -> Any:
    if not isinstance(value, dict):
        return _refuse(where, "it is not an object")
    hints, read = _hints(kind), {}
    for key, part in value.items():
        if key not in hints:
            return _refuse(where, f"the key {key!r} is unknown")
        read[key] = _read(part, hints[key], f"{where}.{key}".lstrip("."))
    for field in fields(kind):
        if field.name not in read and field.default is MISSING and field.default_factory is MISSING:
            return _refuse(where, f"the key {field.name!r} is missing")
    return kind(**read)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _refuse(where: str, why: str) -> Any:
    raise ProblemError(f"{where}: {why}" if where else why)
