"""Asks the running service, or while none runs, the files that it goes on with at its next start."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from optimizer.cli.console import echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.page_client import NOTHING_SET, Json, Page, Unreachable, address_of, token_of
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimizer.settings import Settings

T = TypeVar("T")


def listed_by_service(settings: Settings, key: str) -> list[Json] | None:
    """The list `key` in the status of the running service. None if none answers, which standard error then says."""
    address = address_of(settings)
    if address is None:
        return None
    try:
        found: list[Json] = Page(address).get("status").get(key, [])
    except Unreachable as error:
        echo(said(Text("{error}; showing what is kept for its next start", error=message_of(error))), err=True)
        return None
    return found


def changed_in_files(settings: Settings, change: Callable[[Path], T]) -> T | None:
    """The result of `change` in the state folder, which no service uses meanwhile. None: a service runs.

    The log says nothing meanwhile: it is English, and the command answers in the language of its reader.
    """
    from optimizer.cli.load import state_folder
    from optimizer.runtime.record.lock import AlreadyRunning, InstanceLock

    folder = state_folder(settings)
    lock = InstanceLock(folder)
    try:
        lock.acquire()
    except AlreadyRunning:
        return None
    try:
        with _quiet(logging.getLogger("optimizer.runtime")):
            return change(folder)
    finally:
        lock.release()


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Errors only."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def page_to_change(settings: Settings) -> Page:
    """The page of the running service, with its token. Ends the command if nothing can be changed there."""
    address, token = address_of(settings), token_of(settings)
    if address is None or not token:
        fail(Text("the service runs, and {nothing_set}", nothing_set=NOTHING_SET), ExitCode.MISTAKE)
    return Page(address, token)
