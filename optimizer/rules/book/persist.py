"""Timers and histories as plain JSON, so that a `for` continues after a restart.

Monotonic time has no meaning after a restart. The record therefore holds ages and the wall time at which they were
taken. The time in between is added, unless it is very long or negative (the clock was set).

The condition of an active rule may have ended at any time since. If it has ended, its `keep_for` counts from the time
of the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from optimizer.model.kinds import EV_MODE
from optimizer.rules.book.engine import EMPTY_MEMORY, RulesMemory
from optimizer.rules.book.history import BUCKETS, Bucket, History
from optimizer.rules.book.lifecycle import ACTIVE, ENDING, IDLE

FORMAT = 1
MAX_GAP_S = 900.0
"""A longer pause does not count: the timers continue from their stored ages."""
MAX_AGE_S = 14 * 86400.0


def to_record(memory: RulesMemory, now: datetime, mono_s: float) -> dict[str, Any]:
    """The memory as JSON-able values, taken at wall time `now` and monotonic `mono_s`."""
    return {
        "format": FORMAT,
        "at": now.timestamp(),
        "timers": {
            key: [memory.phases[i], round(mono_s - memory.since_s[i], 3)]
            for i, key in enumerate(memory.keys)
            if memory.phases[i] != IDLE
        },
        "modes": dict(memory.modes),
        "histories": {
            key: _packed(history, mono_s)
            for key, history in zip(memory.history_keys, memory.histories, strict=True)
            if history.closed or history.growing is not None or history.changed_s is not None
        },
    }


def from_record(record: object, now: datetime, mono_s: float) -> RulesMemory:
    """The memory for a process that starts at `now`, `mono_s`. Raises ValueError if this is not such a record."""
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        raise ValueError("not a record of rule timers")
    try:
        away_s = min(max(0.0, now.timestamp() - float(record["at"])), MAX_AGE_S)
        gap_s = away_s if away_s <= MAX_GAP_S else 0.0
        timers = {str(key): _timer(entry) for key, entry in record["timers"].items()}
        modes = {str(name): str(word) for name, word in record["modes"].items() if word in EV_MODE.words}
        histories = {str(key): _unpacked(entry, mono_s - gap_s) for key, entry in record["histories"].items()}
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a record of rule timers: {error}") from None
    return EMPTY_MEMORY._replace(
        keys=tuple(timers),
        phases=tuple(phase for phase, _ in timers.values()),
        since_s=tuple(mono_s - gap_s - age_s for _, age_s in timers.values()),
        history_keys=tuple(histories),
        histories=tuple(histories.values()),
        modes=modes,
        resumed_s={key: mono_s - away_s for key, (phase, _) in timers.items() if phase >= ACTIVE},
    )


def _timer(entry: object) -> tuple[int, float]:
    phase, age_s = _numbers(entry, 2)
    if phase not in range(IDLE, ENDING + 1):
        raise ValueError(f"no such phase: {phase}")
    return int(phase), min(max(0.0, age_s), MAX_AGE_S)


def _numbers(entry: object, count: int) -> tuple[float, ...]:
    if not isinstance(entry, list | tuple) or len(entry) != count:
        raise ValueError("not a record of rule timers: a list has the wrong length")
    numbers = tuple(float(item) for item in entry)
    if any(number - number != 0.0 for number in numbers):
        raise ValueError("not a record of rule timers: not a finite number")
    return numbers


def _packed(history: History, mono_s: float) -> dict[str, Any]:
    """The history without its last value: the values while the process was down are unknown."""
    if history.changed_s is not None:
        return {"changed": round(mono_s - history.changed_s, 3)}
    buckets = [*history.closed, *([history.growing] if history.growing is not None else [])]
    return {
        "buckets": [
            [round(mono_s - b.start_s, 3), b.known_s, b.area, b.low, b.high] for b in buckets if b.known_s > 0.0
        ]
    }


def _unpacked(entry: Mapping[str, Any], mono_s: float) -> History:
    if "changed" in entry:
        return History(changed_s=mono_s - _numbers([entry["changed"]], 1)[0])
    buckets = []
    for item in entry["buckets"][-(BUCKETS + 1) :]:
        age_s, known_s, area, low, high = _numbers(item, 5)
        buckets.append(Bucket(start_s=mono_s - age_s, known_s=max(0.0, known_s), area=area, low=low, high=high))
    return History(
        closed=tuple(buckets),
        known_s=sum(bucket.known_s for bucket in buckets),
        area=sum(bucket.area for bucket in buckets),
    )
