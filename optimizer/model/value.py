"""Values: small records that nobody changes once they are made.

`@value` makes a dataclass with slots, equal and hashed by its fields, which type checkers hold for frozen: an
assignment to a field is an error of mypy's. At run time nothing checks it. A dataclass that is frozen at run time
takes six times as long to make, and a decision makes dozens of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

C = TypeVar("C")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[C]) -> type[C]:
    """The class as a value; fields are declared as in a dataclass."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
