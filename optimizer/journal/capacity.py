"""The number of days that fit into the journal: measured in an existing journal, or estimated from the devices."""

from __future__ import annotations

from pathlib import Path

from optimizer.journal.reader import JournalReader
from optimizer.journal.retention import MB
from optimizer.journal.schema import JournalError
from optimizer.journal.writer import BLOCK_S
from optimizer.words.text import Text

BASE_MB = 2.0
DEVICE_MB = 1.5
"""MB a day at the 5 s tick: for the house, and for each charger, battery, and PV system. Source: `bench/serve.py`."""
TICK_S = 5.0
FOLLOWING = 0.25
"""The part of a day in which a car follows the surplus."""
LEAST_BLOCKS = 1440
"""A journal of less than about a day is not measured, because nights and days differ."""
DAY_S = 86_400.0


def estimated_mb_per_day(devices: int, tick_s: float, follow_tick_s: float) -> float:
    """MB a day for this number of chargers, batteries, and PV systems together."""
    ticks_per_s = (1.0 - FOLLOWING) / tick_s + FOLLOWING / min(tick_s, follow_tick_s)
    return (BASE_MB + DEVICE_MB * devices) * TICK_S * ticks_per_s


def measured_mb_per_day(path: Path) -> float | None:
    """MB a day of the recording in this journal. None if there is none, or less than about a day."""
    try:
        blocks = JournalReader(path).block_count()
    except JournalError:
        return None
    if blocks < LEAST_BLOCKS:
        return None
    return path.stat().st_size / MB / (blocks * BLOCK_S / DAY_S)


def capacity_text(keep_days: int, max_mb: float, mb_per_day: float) -> str:
    """One line for `optimizer check`: how many of the days to keep fit."""
    days = int(max_mb / mb_per_day)
    rate = round(mb_per_day, 1)
    if days >= keep_days:
        return Text(
            "the journal takes about {rate} MB a day: {keep} days (journal.keep_days) take about {size} MB",
            rate=rate, keep=keep_days, size=f"{keep_days * mb_per_day:.0f}",
        )  # fmt: skip
    need = -(-keep_days * mb_per_day // 100) * 100
    return Text(
        "the journal takes about {rate} MB a day: {size} MB (journal.max_mb) hold about {days} of {keep} days "
        "(journal.keep_days); set journal.max_mb to {need}, or journal.keep_days to {days}",
        rate=rate, size=f"{max_mb:.0f}", days=days, keep=keep_days, need=f"{need:.0f}",
    )  # fmt: skip


def fits(keep_days: int, max_mb: float, mb_per_day: float) -> bool:
    """Whether the days to keep fit into the size."""
    return max_mb >= keep_days * mb_per_day
