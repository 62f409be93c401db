"""A summary of a rule book for `optimizer check`: the rules of each target, and the next windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from optimizer.model.targets import CLAIMS
from optimizer.rules.book.book import Bid, Book, Part
from optimizer.rules.language.cron import upcoming
from optimizer.words.language import ENGLISH, Language
from optimizer.words.text import Text, in_language, joined

NEXT_WINDOWS = 2


def outline(book: Book, now: datetime, language: Language = ENGLISH) -> str:
    """The book in a few lines; `now` is aware."""
    return "\n".join(in_language(line, language) for line in (*_targets(book), *_windows(book, now)))


def _targets(book: Book) -> Iterator[str]:
    yield Text("Claims of each target (the first active rule wins):")
    for target, bids, default in book.claims:
        order = [_bid(bid, book) for bid in bids]
        parts = target.split(".")
        rest = CLAIMS[f"{parts[0]}.{parts[-1]}"].unclaimed
        value = next((s.text for s in book.defaults if s.target.name == target), "")
        last = Text("{value} (default)", value=value)
        order.append(last if default is not None else Text("{rest} (not claimed)", rest=Text.of(rest)))
        yield Text("  {target}: {bids}", target=target, bids=joined(order, "{first} > {then}"))
    if book.limits:
        yield Text("Limits of each target (the smallest active one applies):")
    for target, bids in book.limits:
        order = [_bid(bid, book, limits=True) for bid in bids]
        yield Text("  {target}: {bids}", target=target, bids=joined(order, "{first}, {then}"))


def _bid(bid: Bid, book: Book, *, limits: bool = False) -> str:
    part: Part = book.parts[bid.part]
    settings = part.rule.limits if limits else part.rule.claims
    name = bid.wins.subject
    text = next(s.text for s in settings if s.target.name == name)
    dry = Text(", dry run") if bid.dry else ""
    priority = Text(", priority {priority}", priority=bid.priority) if bid.priority and not limits else ""
    return Text("{text} ({rule}{priority}{dry})", text=text, rule=bid.rule, priority=priority, dry=dry)


def _windows(book: Book, now: datetime) -> Iterator[str]:
    scheduled = [rule for rule in book.rules if rule.enabled != "false" and rule.schedules]
    if scheduled:
        yield Text("Next windows ({zone}):", zone=str(book.zone))
    for rule in scheduled:
        coming = sorted(w for s in rule.schedules for w in upcoming(s, now, book.zone, NEXT_WINDOWS))
        shown = ", ".join(f"{opens:%a %d %b %H:%M}–{_closes(opens, closes)}" for opens, closes in coming[:NEXT_WINDOWS])
        yield f"  {rule.id}: {shown}"


def _closes(opens: datetime, closes: datetime) -> str:
    return f"{closes:%H:%M}" if (closes - opens).days < 1 else f"{closes:%a %d %b %H:%M}"
