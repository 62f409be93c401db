"""The plans behind recorded ticks: the rule files and settings at that time."""

from __future__ import annotations

from datetime import datetime

from optimizer.control.plan import Plan
from optimizer.journal.reader import JournalReader
from optimizer.journal.setup import Setup, setup_at
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.errors import RuleErrors
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text


class Plans:
    """The plans of one journal. Each is made once."""

    def __init__(self, reader: JournalReader, today: Setup) -> None:
        """`today` replaces the settings for a journal that has none recorded. Raises JournalError."""
        self._reader = reader
        self._today = today
        self._setups = reader.setups()
        self._plans: dict[tuple[str, int], Plan | None] = {}

    def recorded(self, at: datetime) -> Setup | None:
        """The settings at that time; None if they were not recorded."""
        return setup_at(self._setups, at)

    def of(self, version: str, at: datetime) -> Plan | None:
        """The plan behind ticks from `at` on under a rule book; None if the journal does not have the book.

        Raises StudyError if its rules cannot be read any more.
        """
        setup = self.recorded(at) or self._today
        key = version, id(setup)
        if key not in self._plans:
            self._plans[key] = self._plan(version, setup)
        return self._plans[key]

    def _plan(self, version: str, setup: Setup) -> Plan | None:
        texts = self._reader.book(version)
        if texts is None:
            return None
        try:
            book = book_from_texts(texts, setup.names, setup.site.zone)
        except RuleErrors as errors:
            what = Text(
                "the rules recorded as {version} do not fit this program or these settings any more", version=version
            )
            raise StudyError(Text("{what}:\n{render}", what=what, render=errors.render())) from None
        return Plan(setup.site, book, setup.params)
