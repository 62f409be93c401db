"""Due: which topics are published now. A change at once, a small one later, and everything at least once a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from optimizer.serve.outputs.entity import Entity, View, attributes_text
from optimizer.serve.outputs.payloads import text_of

ROUND_S = 60.0
"""Longest time between two messages of a topic."""
LEAST_S = 5.0
"""Shortest time between two messages of a topic."""


class Sent(NamedTuple):
    """The last message of a topic."""

    news: object
    """Its text, or the occasion of an entity that has one."""
    number: float | None
    at_s: float


class Due:
    """The last messages, and what follows from them."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._entities = tuple(entities)
        self._sent: dict[str, Sent] = {}

    def forget(self, topic: str | None = None) -> None:
        """Publish everything, or one topic, with the next call."""
        if topic is None:
            self._sent.clear()
        else:
            self._sent.pop(topic, None)

    def messages(self, view: View, now_s: float) -> Iterator[tuple[str, str]]:
        """Topics, below the first part, and payloads."""
        for entity in self._entities:
            value = entity.read(view)
            number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
            text = text_of(value, entity.decimals)
            fresh = Sent(text if entity.occasion is None else entity.occasion(view), number, now_s)
            if not self._is_due(fresh, self._sent.get(entity.topic), entity.band):
                continue
            self._sent[entity.topic] = fresh
            yield entity.topic, text
            if entity.attributes is not None:
                yield f"{entity.topic}/attributes", attributes_text(entity.attributes(view))

    def _is_due(self, fresh: Sent, sent: Sent | None, band: float) -> bool:
        if sent is None or fresh.at_s - sent.at_s >= ROUND_S:
            return True
        if fresh.news == sent.news or fresh.at_s - sent.at_s < LEAST_S:
            return False
        return fresh.number is None or sent.number is None or abs(fresh.number - sent.number) >= band
