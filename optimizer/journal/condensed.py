"""Condenses the log for people: reasons that flip back and forth become one line. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from optimizer.journal.changes import Change
from optimizer.words.text import Text

BACK_WITHIN = timedelta(minutes=1)
"""A reason that gives way to the one before it within this time is an interruption."""
APART = timedelta(minutes=10)
"""Interruptions of one kind with less time between them are one line."""


class _Interruption:
    """A line for one or more interruptions of a reason by another."""

    def __init__(self, place: int, line: Change, ends: datetime) -> None:
        self.place = place
        self.line = line
        self.last = ends
        self.count = 1
        self.total_s = (ends - line.at).total_seconds()

    def more(self, line: Change, ends: datetime) -> None:
        self.last = ends
        self.count += 1
        self.total_s += (ends - line.at).total_seconds()

    def said(self) -> Change:
        line, text = self.line, Text.of(self.line.text)
        if self.count == 1:
            return Change(line.at, line.kind, line.subject, Text(ONCE, total_s=self.total_s, text=text))
        often = Text(OFTEN, count=self.count, total_s=self.total_s, text=text)
        return Change(line.at, line.kind, line.subject, often)


ONCE = "For {total_s}: {text}"
OFTEN = "{count} times, {total_s} in total: {text}"


def condensed(changes: Iterable[Change]) -> list[Change]:
    """The lines, oldest first, without those that undo each other within a minute.

    The reason of a device that gives way to another and returns stays one line. The interruption is a line that says
    how long it lasted. Interruptions that repeat within ten minutes are one line with their number and time.
    """
    lines: list[Change | None] = []
    own: dict[str, list[int]] = {}
    """By device: the places of its last reasons that still stand."""
    found: dict[tuple[str, str], _Interruption] = {}
    for change in changes:
        lines.append(change)
        if change.kind != "why":
            continue
        places = own.setdefault(change.subject, [])
        places.append(len(lines) - 1)
        if len(places) < 3:
            continue
        before, between, now = (lines[place] for place in places[-3:])
        if before is None or between is None or now is None or not _same(before, now):
            continue
        if now.at - between.at > BACK_WITHIN:
            continue
        # The reason from before goes on: its first line stands for it.
        lines[places.pop()] = None
        place = places.pop()
        lines[place] = None
        key = (change.subject, _kind(between))
        earlier = found.get(key)
        if earlier is not None and between.at - earlier.last <= APART:
            earlier.more(between, now.at)
        else:
            earlier = found[key] = _Interruption(place, between, now.at)
        lines[earlier.place] = earlier.said()
    return [line for line in lines if line is not None]


def _same(one: Change, other: Change) -> bool:
    return _kind(one) == _kind(other)


def _kind(change: Change) -> str:
    """The text of the line without its figures."""
    return change.text.template if isinstance(change.text, Text) else change.text
