"""The recorded inputs of the rules at one time: the book, the state, and the memory before that tick."""

from __future__ import annotations

from datetime import datetime

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.load import state_folder
from optimizer.cli.run.assemble import JOURNAL_FILE
from optimizer.journal.reader import NEAR, JournalReader
from optimizer.journal.schema import JournalError
from optimizer.journal.setup import setup_at
from optimizer.model.fields import DeviceNames
from optimizer.model.state import State
from optimizer.rules.book.book import Book
from optimizer.rules.book.engine import EMPTY_MEMORY, RulesMemory, evaluate
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.book.overrides import apply, modes
from optimizer.rules.language.errors import RuleErrors
from optimizer.settings import Settings
from optimizer.words.text import Text, message_of


def recorded_scene(settings: Settings, names: DeviceNames, at: datetime) -> tuple[Book, State, RulesMemory] | None:
    """The last tick up to `at`, with the rules at that time; None if nothing was recorded around it."""
    path = state_folder(settings) / JOURNAL_FILE
    if not path.exists():
        return None
    try:
        reader = JournalReader(path)
        blocks = list(reader.blocks(at - NEAR, at))
        if not blocks:
            return None
        block = blocks[-1][1]
        texts = reader.book(block.book_version)
        setup = setup_at(reader.setups(), block.ticks[0].state.now)
    except JournalError as error:
        fail(message_of(error), ExitCode.BROKEN)
    if texts is None:
        return None
    if setup is not None:
        names, zone = setup.names, setup.site.zone
    else:
        zone = settings.site.zone
    try:
        book = book_from_texts(texts, names, zone)
    except RuleErrors as errors:
        fail(
            Text("the recorded rules do not fit these settings any more:\n{why}", why=errors.render()), ExitCode.MISTAKE
        )
    memory = block.memory.rules if block.memory is not None else EMPTY_MEMORY
    found: tuple[State, RulesMemory] | None = None
    for tick in block.ticks:
        if tick.state.now > at:
            break
        found = tick.state, memory
        verdict, memory = evaluate(book, tick.state, memory)
        if tick.overrides:
            memory = memory._replace(modes=modes(apply(verdict, tick.overrides, tick.state), memory.modes))
    return None if found is None or at - found[0].now > NEAR else (book, *found)
