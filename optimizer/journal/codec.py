"""Converts frozen objects to compact JSON and back without loss: State, Decision, Memory, and all their parts.

The codec follows type annotations: dataclasses, NamedTuples, enums, aware datetimes, time zones, mappings, tuples,
unions, and plain values. It inspects a type once and then consists of two closures.

pydantic's TypeAdapter was measured in its place (2 chargers, 300 ticks). It encodes a tick in 72 µs instead of 529 µs
and decodes it in 562 µs instead of 813 µs, at the same size. But it is not exact. A local time loses its zone
(`Europe/Berlin` becomes `+02:00`), so a replay would miss a change to daylight saving time. NaN and infinity become
null. Journals of earlier versions would still need this codec. At one tick in 5 s, in a thread of its own, 0.5 ms do
not matter.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]
TAG = "$"
"""Key under which an object in a union names its class."""
PLAIN = (bool, int, float, str, type(None))


class Codec(NamedTuple):
    """The encoder and the decoder of one type."""

    encode: Encode
    decode: Decode


class CodecError(TypeError):
    """A type or a document that cannot be converted."""


def encode(tp: Any, value: Any) -> Any:
    """The JSON form of `value`, which is of type `tp`."""
    return codec(tp).encode(value)


def decode(tp: Any, document: Any) -> Any:
    """The value of type `tp` for its JSON form. Raises CodecError if the form does not fit the type."""
    try:
        return codec(tp).decode(document)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError, OSError) as error:
        # OverflowError: a time beyond the calendar. OSError: the name of a zone is the name of a folder.
        raise CodecError(f"not a recorded {getattr(tp, '__name__', tp)}: {error}") from error


@cache
def codec(tp: Any) -> Codec:
    """The codec of a type, cached."""
    origin, args = get_origin(tp), get_args(tp)
    if _is_plain(tp):
        return Codec(_same, _same)
    if origin is Union or origin is types.UnionType:
        return _union(args)
    if origin is tuple:
        return _tuple(args)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(*args)
    if origin in (frozenset, set):
        return _set(args[0])
    base = origin or tp
    if isinstance(base, type):
        if issubclass(base, Enum):
            return Codec(lambda member: member.value, base)
        if issubclass(base, ZoneInfo):
            return Codec(str, ZoneInfo)
        if issubclass(base, datetime):
            return Codec(_encode_time, _decode_time)
        if issubclass(base, tuple) and hasattr(base, "_fields"):
            return _named_tuple(base, args)
        if dataclasses.is_dataclass(base):
            return _dataclass(base)
    raise CodecError(f"no way to record a {tp}")


def _same(value: Any) -> Any:
    return value


def _is_plain(tp: Any) -> bool:
    """Whether values of this type are their own JSON form."""
    origin, args = get_origin(tp), get_args(tp)
    if origin is Union or origin is types.UnionType:
        return all(arg in PLAIN for arg in args)
    return tp in PLAIN or tp is Any or origin is Literal


def _dataclass(tp: type[Any]) -> Codec:
    """Encodes only the fields that differ from their default.

    A renamed field is also read under its former name (`former_name` in its metadata): journals outlive versions.
    """
    hints = typing.get_type_hints(tp)
    fields = [(f.name, _lazy(hints[f.name]), _default(f)) for f in dataclasses.fields(tp)]
    renamed = {f.metadata["former_name"]: f.name for f in dataclasses.fields(tp) if "former_name" in f.metadata}

    def enc(value: Any) -> dict[str, Any]:
        document = {}
        for name, part, default in fields:
            own = getattr(value, name)
            if not _identical(own, default):
                document[name] = part.encode(own)
        return document

    def dec(document: dict[str, Any]) -> Any:
        if renamed:
            document = {renamed.get(name, name): part for name, part in document.items()}
        return tp(**{name: part.decode(document[name]) for name, part, _ in fields if name in document})

    return Codec(enc, dec)


def _named_tuple(tp: Any, args: tuple[Any, ...]) -> Codec:
    """Encodes the fields as a list that ends with the last field that differs from its default."""
    hints = typing.get_type_hints(tp)
    bound = dict(zip(getattr(tp, "__parameters__", ()), args, strict=False))
    types_of_fields = [_bind(hints[name], bound) for name in tp._fields]
    # A memory has thousands of these: a call for each plain value takes most of the time in which it is read.
    rich = [(place, _lazy(own)) for place, own in enumerate(types_of_fields) if not _is_plain(own)]
    defaults = [tp._field_defaults.get(name, _NO_DEFAULT) for name in tp._fields]

    def enc(value: Any) -> list[Any]:
        kept = len(value)
        while kept and _identical(value[kept - 1], defaults[kept - 1]):
            kept -= 1
        document = [*value[:kept]]
        for place, part in rich:
            if place >= kept:
                break
            document[place] = part.encode(document[place])
        return document

    def dec(document: list[Any]) -> Any:
        own = [*document]
        for place, part in rich:
            if place >= len(own):
                break
            own[place] = part.decode(own[place])
        return tp(*own)

    return Codec(enc, dec)


def _tuple(args: tuple[Any, ...]) -> Codec:
    if len(args) == 2 and args[1] is Ellipsis:
        item = _lazy(args[0])
        if _is_plain(args[0]):
            return Codec(list, tuple)
        return Codec(
            lambda value: [item.encode(own) for own in value],
            lambda document: tuple([item.decode(own) for own in document]),
        )
    parts = [_lazy(arg) for arg in args]
    return Codec(
        lambda value: [part.encode(own) for part, own in zip(parts, value, strict=True)],
        lambda document: tuple(part.decode(own) for part, own in zip(parts, document, strict=True)),
    )


def _set(arg: Any) -> Codec:
    item = _lazy(arg)
    return Codec(
        lambda value: sorted(item.encode(own) for own in value),
        lambda document: frozenset(item.decode(own) for own in document),
    )


def _mapping(key: Any, item: Any) -> Codec:
    """An object if the keys are text, otherwise a list of pairs."""
    keys, items = _lazy(key), _lazy(item)
    if key is str:
        return Codec(
            lambda value: {k: items.encode(v) for k, v in value.items()},
            lambda document: {k: items.decode(v) for k, v in document.items()},
        )
    return Codec(
        lambda value: [[keys.encode(k), items.encode(v)] for k, v in value.items()],
        lambda document: {keys.decode(k): items.decode(v) for k, v in document},
    )


def _union(args: tuple[Any, ...]) -> Codec:
    """Encodes plain members as they are. If there are several classes, the document names the class."""
    rich = [arg for arg in args if arg not in PLAIN]
    if len(rich) == 1 and type(None) in args and len(args) == 2:
        part = _lazy(rich[0])
        return Codec(
            lambda value: None if value is None else part.encode(value),
            lambda document: None if document is None else part.decode(document),
        )
    by_name = {(get_origin(arg) or arg).__name__: _lazy(arg) for arg in rich}
    encode_by = {get_origin(arg) or arg: name for arg, name in zip(rich, by_name, strict=True)}

    def enc(value: Any) -> Any:
        name = encode_by.get(type(value))
        return value if name is None else {TAG: name, "": by_name[name].encode(value)}

    def dec(document: Any) -> Any:
        if isinstance(document, dict):
            return by_name[document[TAG]].decode(document[""])
        return document

    return Codec(enc, dec)


def _encode_time(value: datetime) -> Any:
    if value.tzinfo is UTC:
        return value.isoformat()
    key = getattr(value.tzinfo, "key", None)
    if key is None:
        raise CodecError(f"a time in UTC or a named zone is needed, not {value!r}")
    return [value.astimezone(UTC).isoformat(), key]


def _decode_time(document: Any) -> datetime:
    if isinstance(document, str):
        return datetime.fromisoformat(document).astimezone(UTC)
    return datetime.fromisoformat(document[0]).astimezone(ZoneInfo(document[1]))


class _Later:
    """A codec that is looked up at its first use, because a type may contain itself."""

    __slots__ = ("_tp", "decode", "encode")

    def __init__(self, tp: Any) -> None:
        self._tp = tp
        self.encode: Encode = self._first_encode
        self.decode: Decode = self._first_decode

    def _first_encode(self, value: Any) -> Any:
        self.encode = codec(self._tp).encode
        return self.encode(value)

    def _first_decode(self, document: Any) -> Any:
        self.decode = codec(self._tp).decode
        return self.decode(document)


def _lazy(tp: Any) -> _Later:
    return _Later(tp)


class _NoDefault:
    """Marks a field without a default."""


_NO_DEFAULT = _NoDefault()


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return _NO_DEFAULT


def _identical(value: Any, default: Any) -> bool:
    """Whether both have the same type and the same digits: 0, 0.0, -0.0, and False are four different values."""
    if value is default:
        return True
    return type(value) is type(default) and not isinstance(value, float) and value == default and not value


def _bind(hint: Any, bound: Mapping[Any, Any]) -> Any:
    """The hint with the parameters of a generic type replaced by their arguments."""
    if hint in bound:
        return bound[hint]
    if isinstance(hint, TypeVar):
        return Any
    args = get_args(hint)
    if not args or not any(isinstance(arg, TypeVar) for arg in args):
        return hint
    return Union[tuple(_bind(arg, bound) for arg in args)]  # noqa: UP007
