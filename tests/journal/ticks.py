"""Ticks for a journal, and what it has of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from optimizer.control.memory import Memory
from optimizer.control.report import TickReport
from optimizer.journal.reader import JournalReader
from optimizer.rules.book.engine import EMPTY_MEMORY
from tests.serve.house import NOON, report, state

BEGUN = Memory(EMPTY_MEMORY, {})
"""What is remembered at a start."""


def ticks(count: int, start: int = 0, every_s: float = 5.0) -> list[TickReport]:
    return [
        report(
            state(1000.0 + every_s * n, grid_w=-500.0 + 7.3 * n),
            ticks=n,
            memory=BEGUN,
        )
        for n in range(start, start + count)
    ]


def recorded(path: Path) -> list[object]:
    reader = JournalReader(path)
    blocks = [block for _, block in reader.blocks(NOON - timedelta(days=1), NOON + timedelta(days=30))]
    return [tick.state for block in blocks for tick in block.ticks]
