"""The rule files of a site: loaded, watched, and loaded again after changes. The last good book stays in force."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import optimizer
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.plural import plural
from optimizer.model.fields import DeviceNames
from optimizer.rules.book.book import Book
from optimizer.rules.book.files import book_from_texts, read_texts
from optimizer.rules.book.watch import changes
from optimizer.rules.language.errors import RuleErrors
from optimizer.settings.adapters import device_plans
from optimizer.settings.input_mapping import all_inputs

if TYPE_CHECKING:
    from optimizer.settings import Settings

log = logging.getLogger(__name__)

OnNew = Callable[[str, dict[str, str]], None]
"""Called with each new book in force: its version and its files (name → text)."""


class RuleFiles:
    """The rule book in force (runtime.decider.Books), and the result of the last reload."""

    def __init__(self, path: Path, names: DeviceNames, zone: ZoneInfo) -> None:
        """Raises RuleErrors if the files contain mistakes."""
        self.path = path
        self.error = ""
        """The mistakes in the newest files; empty while they are in force."""
        self.failures = 0
        self._names = names
        self._zone = zone
        self._texts = read_texts(path)
        self._book = book_from_texts(self._texts, names, zone)
        self._commanded: list[OnNew] = []

    @classmethod
    def load(cls, settings: Settings) -> RuleFiles:
        """The rules of a site; ends the command with every mistake in them."""
        try:
            return cls(settings.rules, device_names(settings), settings.site.zone)
        except RuleErrors as errors:
            fail(errors.render(), ExitCode.MISTAKE)

    @property
    def book(self) -> Book:
        """The book in force."""
        return self._book

    @property
    def version(self) -> str:
        """Its digest."""
        return self._book.version

    def tell(self, listener: OnNew) -> None:
        """Call `listener` with the book in force, and with each later one."""
        self._commanded.append(listener)
        listener(self.version, self._texts)

    def reload(self) -> None:
        """Read the files again. Mistakes are logged and kept in `error`, and the book in force stays."""
        try:
            texts = read_texts(self.path)
            book = book_from_texts(texts, self._names, self._zone)
        except RuleErrors as errors:
            if errors.render() != self.error:
                self.failures += 1
                self.error = errors.render()
                log.error("the changed rules contain a mistake. The former rules stay in force\n%s", self.error)
            return
        if self.error or book.version != self._book.version:
            log.info("new rules are in force: %s", self.summary(book))
        self.error = ""
        self._book, self._texts = book, texts
        for listener in self._commanded:
            listener(book.version, texts)

    async def watch(self) -> None:
        """Reload whenever a file changes; never ends."""
        stop = asyncio.Event()
        try:
            async for _ in changes(self.path, stop):
                self.reload()
        except (OSError, RuntimeError) as error:
            log.error("%s cannot be watched (%s). Changed rules take effect at the next start", self.path, error)
            await asyncio.Event().wait()
        finally:
            # The watcher has its own thread, which a cancellation does not stop.
            stop.set()

    def summary(self, book: Book | None = None) -> str:
        """The book in force, in one line."""
        book = book or self._book
        files = plural(len(self._texts), "file")
        return f"{plural(len(book.rules), 'rule')} in {files} in {self.path} (version {book.version})"


def device_names(settings: Settings) -> DeviceNames:
    """The names that rules may use."""
    plans = device_plans(settings)
    return DeviceNames(
        evs=tuple(name for plan in plans for name in plan.evs),
        batteries=tuple(name for plan in plans for name in plan.batteries),
        pvs=tuple(name for plan in plans for name in plan.pvs),
        switches=tuple(name for plan in plans for name in plan.switches),
        inputs=tuple(one.spec(name) for name, one in all_inputs(settings).items()),
    )


def shipped_rules() -> Path:
    """The rule files that come with the program: in the package, or beside it in a checkout."""
    package = Path(optimizer.__file__).parent
    return next(path for path in (package / "shipped_rules", package.parent / "rules") if path.is_dir())
