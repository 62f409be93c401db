"""Values: small records that do not change after they are made.

`@value` makes a dataclass with slots that compares and hashes by its fields. Type checkers treat it as frozen: mypy
reports an assignment to a field. Nothing checks this at run time. A dataclass that is frozen at run time takes six
times as long to make, and a decision makes dozens of them.

Records with more than four fields are built with keywords. Some records are exceptions, because every tick builds them
again for each charger or rule. Their code unpacks one into local variables and builds the next one by position:

- The memory records `Memory`, `JudgeMemory`, `Standing`, `Answers`, `SunAhead`, `CarModel`, `Observation`, `Earned`,
  `FollowMemory`, `EvMemory`, `RulesMemory`, and `Bucket`. They are NamedTuples.
- The requests `FollowerRequest`, `ChargerRequest`, and `Intent`.

Every tick makes about twenty of these records. A `maker` makes them faster than their class. Instructions for a record
with 8 fields (callgrind, CPython 3.11):

| built by  | NamedTuple, positions | NamedTuple, keywords | value, positions | value, keywords |
| --------- | --------------------- | -------------------- | ---------------- | --------------- |
| its class | 4350                  | 6590                 | 2740             | 6410            |
| its maker | 2500                  | 3100                 | 2070             | 2890            |

With makers a decision takes 518,000 instructions instead of 568,000 (the plant of `bench/decide.py` with one charger).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ParamSpec, TypeVar, dataclass_transform

C = TypeVar("C")
P = ParamSpec("P")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[C]) -> type[C]:
    """The class as a value. Its fields are declared as in a dataclass."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


def maker(cls: Callable[P, C]) -> Callable[P, C]:
    """A function that makes records of `cls`, a value or a NamedTuple. It has the arguments of the class and is faster.

    A call of a class packs its arguments into a tuple and a dict, and `__init__` or `__new__` unpacks them again. A
    call of a function does not. A value must have no default factory and no `__post_init__`.
    """
    names, defaults = _fields_of(cls)
    arguments = ", ".join(f"{name}=defaults[{name!r}]" if name in defaults else name for name in names)
    if isinstance(cls, type) and issubclass(cls, tuple):
        body = f"    return new(cls, ({', '.join(names)},))\n"
        scope: dict[str, Any] = {"cls": cls, "new": tuple.__new__, "defaults": defaults}
    else:
        body = "    made = new(cls)\n" + "".join(f"    made.{name} = {name}\n" for name in names) + "    return made\n"
        scope = {"cls": cls, "new": object.__new__, "defaults": defaults}
    exec(f"def make({arguments}):\n{body}", scope)  # noqa: S102 - only names of fields, as in the standard library
    made: Callable[P, C] = scope["make"]
    return made


def _fields_of(cls: Any) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The names of the fields in order, and the default of each field that has one."""
    if issubclass(cls, tuple):
        return cls._fields, cls._field_defaults
    own = fields(cls)
    if hasattr(cls, "__post_init__") or any(one.default_factory is not MISSING or not one.init for one in own):
        raise TypeError(f"{cls.__name__} needs its __init__: its fields are not only its arguments")
    return tuple(one.name for one in own), {one.name: one.default for one in own if one.default is not MISSING}


Record = TypeVar("Record")


def changed(record: Record, **changes: object) -> Record:
    """A copy of a `@value` record with other values for some fields. It takes a quarter of `dataclasses.replace`, which
    calls `__init__`."""
    cls = type(record)
    copy = cls.__new__(cls)
    for name in cls.__slots__:  # type: ignore[attr-defined]
        setattr(copy, name, getattr(record, name))
    for name, new in changes.items():
        setattr(copy, name, new)
    return copy
