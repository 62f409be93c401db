"""Values: small records that do not change after they are made.

`@value` makes a dataclass with slots that compares and hashes by its fields. Type checkers treat it as frozen: mypy
reports an assignment to a field. Nothing checks this at run time. A dataclass that is frozen at run time takes six
times as long to make, and a decision makes dozens of them.

Records with more than four fields are built with keywords. Some records are exceptions, because every tick builds them
again for each charger or rule:

- The memory records `Memory`, `CarModel`, `Observation`, `Earned`, `FollowMemory`, `EvMemory`, `RulesMemory`, and
  `Bucket`. They are NamedTuples. The code unpacks one into local variables and builds the next one by position.
  Keywords double the cost of a NamedTuple with 8 fields (0.37 µs by position, 0.85 µs with keywords). With keywords a
  decision took 85 µs instead of 78 µs (the plant of `bench/decide.py` with one charger, minimum of 60 runs, CPython
  3.11).
- The requests `FollowerRequest`, `ChargerRequest`, and `_Intent`. With keywords a decision took 81.8 µs instead of
  79.6 µs (same plant, minimum of 60 runs).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

C = TypeVar("C")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[C]) -> type[C]:
    """The class as a value. Its fields are declared as in a dataclass."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
