"""Rules that say what a test wants them to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from optimizer.control import decide as decide_module
from optimizer.rules.book.verdict import Verdict


@contextmanager
def ruled_by(verdict: Verdict) -> Iterator[None]:
    """Whatever the rules are, they say this."""
    original = decide_module.evaluate
    decide_module.evaluate = lambda book, snapshot, memory: (verdict, memory)  # type: ignore[assignment]
    try:
        yield
    finally:
        decide_module.evaluate = original
