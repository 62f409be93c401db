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
from optimizer.cli.run.rules_by_hand import KeptByHand
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.fields import DeviceNames
from optimizer.rules.book.book import Book, Enabled
from optimizer.rules.book.by_hand import FILE_NAME, ByHand, RuleSwitchError, written
from optimizer.rules.book.files import book_from_texts, read_texts
from optimizer.rules.book.watch import changes
from optimizer.rules.language.errors import RuleErrors
from optimizer.settings.adapters import device_plans
from optimizer.settings.input_mapping import all_inputs
from optimizer.words.text import Text

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
        self._files = self._texts = read_texts(path)
        self._by_hand: ByHand = {}
        self._book = book_from_texts(self._files, names, zone)
        self._listeners: list[OnNew] = []
        self._kept: KeptByHand | None = None
        self.changed: Callable[[], None] = _nobody
        """Called after each change of the book, so that the next decision comes at once."""

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

    def listen(self, listener: OnNew) -> None:
        """Call `listener` with the book in force, and with each later one."""
        self._listeners.append(listener)
        listener(self.version, self._texts)

    def keep_by_hand(self, files: KeptFiles) -> None:
        """Keep the rules switched by hand in `files`, and switch those again that were switched there before."""
        self._kept = KeptByHand(files)
        kept = self._kept.load()
        try:
            self._take(self._files, kept)
        except RuleErrors as errors:
            log.error("rules switched by hand are as their files say:\n%s", errors.render())
        for rule, word in self._book.by_hand.items():
            log.warning("rule %s is still switched by hand: enabled: %s", rule, word)

    def switch(self, rule: str, enabled: Enabled | None) -> None:
        """Switch a rule by hand from the next decision on. None: as its file says. Raises RuleSwitchError."""
        if all(one.id != rule for one in self._book.rules):
            raise RuleSwitchError(Text("there is no rule “{rule}”", rule=rule[:60]))
        by_hand = {one: word for one, word in self._by_hand.items() if one != rule}
        if enabled is not None:
            by_hand[rule] = enabled
        try:
            self._take(self._files, by_hand)
        except RuleErrors as errors:
            raise RuleSwitchError(Text("the rules do not allow this: {why}", why=errors.render())) from None
        if self._kept is not None:
            self._kept.save(by_hand)
        log.warning("rule %s: %s", rule, "as its file says" if enabled is None else f"enabled: {enabled}, by hand")
        self.changed()

    def reload(self) -> None:
        """Read the files again. Mistakes are logged and kept in `error`, and the book in force stays."""
        self._renew(_read(self.path))

    def _renew(self, read: dict[str, str] | RuleErrors) -> None:
        version = self.version
        try:
            if isinstance(read, RuleErrors):
                raise read
            self._take(read, self._by_hand)
        except RuleErrors as errors:
            if errors.render() != self.error:
                self.failures += 1
                self.error = errors.render()
                log.error("the changed rules contain a mistake. The former rules stay in force\n%s", self.error)
            return
        if self.error or version != self.version:
            log.info("new rules are in force: %s", self.summary())
        self.error = ""
        if version != self.version:
            self.changed()

    def _take(self, files: dict[str, str], by_hand: ByHand) -> None:
        """Bring these files into force, with the rules as they are switched by hand. Raises RuleErrors."""
        texts = {**files, FILE_NAME: written(by_hand)} if by_hand else files
        book = book_from_texts(texts, self._names, self._zone)
        self._book, self._files, self._by_hand, self._texts = book, files, by_hand, texts
        for listener in self._listeners:
            listener(book.version, texts)

    async def watch(self) -> None:
        """Reload whenever a file changes; never ends."""
        stop = asyncio.Event()
        try:
            async for _ in changes(self.path, stop):
                # In a thread: a network folder may take long, and decisions must not wait for it.
                self._renew(await asyncio.to_thread(_read, self.path))
        except OSError as error:
            log.error("%s cannot be watched (%s). Changed rules take effect at the next start", self.path, error)
            await asyncio.Event().wait()
        finally:
            # The watcher has its own thread, which a cancellation does not stop.
            stop.set()

    def summary(self, book: Book | None = None) -> str:
        """The book in force, in one line."""
        book = book or self._book
        files = plural(len(self._files), "file")
        rules = plural(len(book.rules), "rule")
        return Text(
            "{rules} in {files} in {path} (version {version})",
            rules=rules, files=files, path=str(self.path), version=book.version,
        )  # fmt: skip


def _nobody() -> None:
    """Nobody waits for a change."""


def _read(path: Path) -> dict[str, str] | RuleErrors:
    """The texts of the files, or the mistakes that keep them from being read."""
    try:
        return read_texts(path)
    except RuleErrors as errors:
        return errors


def device_names(settings: Settings) -> DeviceNames:
    """The names that rules may use."""
    plans = device_plans(settings)
    return DeviceNames(
        evs=tuple(name for plan in plans for name in plan.evs),
        batteries=tuple(name for plan in plans for name in plan.batteries),
        pvs=tuple(name for plan in plans for name in plan.pvs),
        switches=tuple(name for plan in plans for name in plan.switches),
        inputs=tuple(one.spec(name) for name, one in all_inputs(settings).items()),
        vehicles=tuple(settings.vehicles),
    )


def shipped_rules() -> Path:
    """The rule files that come with the program: in the package, or beside it in a checkout."""
    package = Path(optimizer.__file__).parent
    return next(path for path in (package / "shipped_rules", package.parent / "rules") if path.is_dir())
