"""The parts that the commands about the past share: Ctrl-C, mistakes, and output."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.words.text import message_of


@contextmanager
def interrupt() -> Iterator[list[bool]]:
    """Ctrl-C fills the list and does not end the block. A second Ctrl-C ends it."""
    import signal

    pressed: list[bool] = []

    def press(_signal: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def mistakes() -> Iterator[None]:
    """End the command with a message: a mistake in the request, or a problem with the journal."""
    from optimizer.journal.schema import JournalError
    from optimizer.study.input.series import StudyError

    try:
        yield
    except StudyError as error:
        fail(message_of(error), ExitCode.MISTAKE)
    except JournalError as error:
        fail(message_of(error), ExitCode.BROKEN)


def show(*things: object) -> None:
    """Print each thing on the terminal."""
    from optimizer.cli.console import plain_console, said

    console = plain_console()
    for thing in things:
        console.print(said(thing) if isinstance(thing, str) else thing, highlight=False)
