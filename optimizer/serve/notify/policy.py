"""Policy: which troubles are sent now. Pure.

A trouble is sent once when it lasts, again after a long time, and once more when it has ended. A day has a limited
number of messages. Everything that is due at the same time is one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from optimizer.serve.trouble_kinds import KINDS
from optimizer.serve.troubles import Trouble
from optimizer.words.text import Text

ENDED_S = 600.0
"""A trouble has ended after this time without it, s. A cloud or a lost answer hides it for a moment."""
MOST_OPEN = 200
"""Further troubles are not followed."""
LAST_OF_DAY = Text("This is the last message of today. The status page shows everything.")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits on messages that the owner has set."""

    repeat_s: float = 86_400.0
    """A trouble that lasts is sent again after this time. 0: never."""
    per_day: int = 20
    """Most messages in a local day."""
    quiet_s: tuple[float, float] | None = None
    """Quiet hours: their beginning and end in the local clock, s since midnight. Only urgent kinds are sent."""
    without: frozenset[str] = frozenset()
    """Kinds that are never sent."""


@dataclass(frozen=True, slots=True)
class Open:
    """A trouble that is followed. Times are Unix times in s."""

    kind: str
    text: str
    since_s: float
    told_s: float | None = None
    """When it was last sent. None: not yet."""
    gone_s: float | None = None
    """When it was first missing. None: it is there."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The memory of the policy."""

    day: str = ""
    """The local day of `sent`."""
    sent: int = 0
    """Messages of that day."""
    open: Mapping[str, Open] = field(default_factory=dict)
    """By the key of the trouble."""
    rules: str = ""
    """The version of the rules that the owner knows. Empty: none yet."""


def step(before: Followed, troubles: Iterable[Trouble], local: datetime, limits: Limits) -> tuple[Followed, list[str]]:
    """The memory at an aware local time, and the lines of the message that is due. No lines: there is none."""
    now_s, day = local.timestamp(), local.date().isoformat()
    sent = before.sent if before.day == day else 0
    found = {one.key: one for one in troubles if one.kind not in limits.without}
    open_ = dict(_followed(before.open, found, now_s))
    due = [key for key, one in open_.items() if _is_due(one, now_s, local, limits)]
    if not due or sent >= limits.per_day:
        return replace(before, day=day, sent=sent, open=open_), []
    sent += 1
    lines = [_line(open_[key]) for key in due]
    for key in due:
        if open_[key].gone_s is None:
            open_[key] = replace(open_[key], told_s=now_s)
        else:
            del open_[key]
    if sent == limits.per_day:
        lines.append(LAST_OF_DAY)
    return replace(before, day=day, sent=sent, open=open_), lines


def _followed(before: Mapping[str, Open], found: Mapping[str, Trouble], now_s: float) -> Iterator[tuple[str, Open]]:
    """The troubles to follow: those that were there or are there, in the order in which they came."""
    for key, one in before.items():
        trouble = found.get(key)
        since_s = min(one.since_s, now_s)  # the clock may have been set back
        told_s = None if one.told_s is None else min(one.told_s, now_s)
        if trouble is not None:
            yield key, replace(one, text=trouble.text, since_s=since_s, told_s=told_s, gone_s=None)
            continue
        gone_s = now_s if one.gone_s is None else min(one.gone_s, now_s)
        if told_s is not None and (KINDS[one.kind].ends or now_s - gone_s < ENDED_S):
            yield key, replace(one, since_s=since_s, told_s=told_s, gone_s=gone_s)
    fresh = [key for key in found if key not in before]
    for key in fresh[: max(0, MOST_OPEN - len(before))]:
        yield key, Open(found[key].kind, found[key].text, since_s=now_s)


def _is_due(one: Open, now_s: float, local: datetime, limits: Limits) -> bool:
    kind = KINDS[one.kind]
    if not kind.urgent and _is_quiet(local, limits):
        return False
    if one.gone_s is not None:
        return kind.ends and now_s - one.gone_s >= ENDED_S
    if one.told_s is None:
        return now_s - one.since_s >= kind.lasts_s
    return limits.repeat_s > 0.0 and now_s - one.told_s >= limits.repeat_s


def _is_quiet(local: datetime, limits: Limits) -> bool:
    if limits.quiet_s is None:
        return False
    start_s, end_s = limits.quiet_s
    clock_s = local.hour * 3600.0 + local.minute * 60.0 + local.second
    return start_s <= clock_s < end_s if start_s <= end_s else clock_s >= start_s or clock_s < end_s


def _line(one: Open) -> str:
    if one.gone_s is not None:
        return Text("Over: {what}", what=one.text)
    return one.text if one.told_s is None else Text("Still: {what}", what=one.text)
