"""The port of inputs: what is known of each, and who may set one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from optimizer.model.inputs import InputSpec
from optimizer.model.reading import Reading
from optimizer.model.state import InputValue
from optimizer.words.excerpt import sentence


class InputError(ValueError):
    """An input cannot have a value, or cannot be set. The message says why, and what is possible. It is printable."""

    def __init__(self, message: str) -> None:
        super().__init__(sentence(message))


@dataclass(frozen=True, slots=True)
class InputPlan:
    """One configured input."""

    spec: InputSpec
    max_age_s: float | None = None
    """Age in s from which its value is unknown, or the default again. None: at no age."""
    default: InputValue | None = None
    """The value while none that was set is valid. None: unknown."""
    source: str = ""
    """Where it is read from, for people: `HTTP shelly`. Empty: it is set by hand."""

    @property
    def by_hand(self) -> bool:
        """Whether people and programs set it."""
        return not self.source


@dataclass(frozen=True, slots=True)
class InputReport:
    """One input of a running service, for page, API, metrics, and commands."""

    plan: InputPlan
    reading: Reading[InputValue]
    by: str = ""
    """Who set it. Empty for the default, and for a value of a source."""
    at: datetime | None = None
    """When it was set, aware UTC."""


class InputSink(Protocol):
    """The inputs of a running service."""

    def reports(self) -> tuple[InputReport, ...]:
        """All inputs, in the order of the settings."""
        ...

    def set(self, name: str, value: object, by: str) -> InputReport:
        """Set an input from the next tick on; None makes it unknown or restores the default. Raises InputError.

        `value` is a JSON value or a text, `by` says who sets it.
        """
        ...
