"""Taking a changed book: as a whole or not at all. The last good one stays in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.rules.book import Book
from optimizer.rules.errors import Problem, RuleErrors
from optimizer.rules.files import load_book


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of an attempt to load the rules anew."""

    book: Book
    """The book in force from now on: the new one, or the current one where the new one is broken or the same."""
    changed: bool
    problems: tuple[Problem, ...] = ()
    """Why the files were not taken; empty when they were."""

    @property
    def error(self) -> str:
        """The message for log and status page; empty when all is well."""
        return RuleErrors(self.problems).render() if self.problems else ""


def reload(current: Book, path: Path) -> Reloaded:
    """Load the rules in `path` for the same devices and zone. Never raises on what stands in the files.

    The memory needs no care: `evaluate` carries the timers of unchanged rules over to the new book.
    """
    try:
        book = load_book(path, current.names, current.zone)
    except RuleErrors as error:
        return Reloaded(current, changed=False, problems=error.problems)
    if book.version == current.version:
        return Reloaded(current, changed=False)
    return Reloaded(book, changed=True)
