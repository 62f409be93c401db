"""Commands set up logging; each test finds it as it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from optimizer.words.language import ENGLISH, speak


@pytest.fixture(autouse=True)
def _logging_restored() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", *logging.root.manager.loggerDict)]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.fixture(autouse=True)
def english() -> None:
    """The locale of the person at the terminal, whatever the test before has set."""
    speak(ENGLISH)
