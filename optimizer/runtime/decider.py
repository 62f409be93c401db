"""Decider: keeps the rules in force and the memory from tick to tick, and calls the pure decide()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from optimizer.control.decide import Outcome, decide
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.site import Site
from optimizer.model.state import State
from optimizer.rules.book.engine import Book
from optimizer.rules.book.overrides import Override, merged, without
from optimizer.rules.book.vehicles import claimed_vehicles
from optimizer.rules.book.verdict import Claimed


class Books(Protocol):
    """The source of the rule book in force. A reload may change it between two ticks."""

    @property
    def book(self) -> Book:
        """The book in force."""
        ...

    @property
    def version(self) -> str:
        """Its digest."""
        ...

    @property
    def error(self) -> str:
        """The reason why the newest files are not in force. Empty while they are."""
        ...

    @property
    def failures(self) -> int:
        """Number of failed reloads."""
        ...


class Decider(Protocol):
    """The source of decisions for the service."""

    @property
    def books(self) -> Books:
        """The source of its rules."""
        ...

    def decide(self, state: State) -> Outcome:
        """Decide on one state."""
        ...


class RuleDecider:
    """Decides once per tick. A reload changes the book and keeps the memory."""

    def __init__(
        self, site: Site, params: Params, books: Books, recall: Callable[[Memory], Memory] | None = None
    ) -> None:
        """`recall` adds the saved values from before a restart to a new memory."""
        self._books = books
        self._plan = Plan(site, books.book, params)
        fresh = initial_memory(self._plan)
        self._memory = recall(fresh) if recall is not None else fresh

    @property
    def books(self) -> Books:
        """The source of its rules."""
        return self._books

    @property
    def memory(self) -> Memory:
        """The memory for the next tick."""
        return self._memory

    def decide(self, state: State) -> Outcome:
        """Decide on one state and keep the memory for the next tick."""
        book = self._books.book
        if book is not self._plan.book:
            self._plan = Plan(self._plan.site, book, self._plan.params)
        outcome = decide(state, self._memory, self._plan)
        self._memory = outcome.memory
        return outcome

    def vehicles(self, state: State) -> Mapping[str, Claimed | None]:
        """The vehicle at each charger by the last decision and by hand, as `claimed_vehicles` says."""
        return claimed_vehicles(self._plan.book, self._memory.rules, self._memory.overrides, state)

    def override(self, override: Override) -> None:
        """Override a target from the next tick on. It replaces any other override on this target."""
        self._memory = self._memory._replace(overrides=merged(self._memory.overrides, override))

    def release(self, target: str) -> None:
        """End the override on a target, if there is one."""
        self._memory = self._memory._replace(overrides=without(self._memory.overrides, target))
