"""The prices of one instant for rules: the price of now, and how it compares with today and the next hours.

Everything is three-valued: a rank or an extreme is unknown unless all prices of its time are known. A time that is
partly known is no substitute, because the missing part may be the cheapest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day, quarter_hour
from optimizer.model.series import HOUR_S, QUARTER_S, Series, Slot, Span


class Outlook(NamedTuple):
    """The price of an instant compared with the prices of a time, all in ct/kWh. None: unknown."""

    rank_percent: float | None = None
    """Part of the time with a lower price, 0–100. 0: no price is lower."""
    lowest: float | None = None
    highest: float | None = None
    mean: float | None = None

    @property
    def spread(self) -> float | None:
        """Highest minus lowest price."""
        return None if self.highest is None or self.lowest is None else self.highest - self.lowest


UNKNOWN = Outlook()


def outlook(series: Series, at_s: float, span: Span) -> Outlook:
    """Compares the price at `at_s` with the prices of `span`."""
    now = series.at(at_s)
    part = series.within(*span)
    found = extremes(part, span)
    if now is None or found.lowest is None:
        return UNKNOWN
    cheaper_s = math.fsum([end_s - start_s for start_s, end_s, value in part.slots if value < now])
    return found._replace(rank_percent=100.0 * cheaper_s / (span.end_s - span.start_s))


def extremes(series: Series, span: Span) -> Outlook:
    """The lowest, highest, and mean price of `span`, without a rank."""
    part = series.within(*span)
    mean = part.mean(*span)
    if mean is None:
        return UNKNOWN
    values = [slot.value for slot in part.slots]
    return Outlook(lowest=min(values), highest=max(values), mean=mean)


def today(at_s: float, zone: ZoneInfo) -> Span:
    """The local day of an instant."""
    return local_day(at_s, zone)


def next_hours(at_s: float, hours: float) -> Span:
    """The next hours from the beginning of the present quarter hour on."""
    start_s = quarter_hour(at_s)
    return Span(start_s, start_s + hours * HOUR_S)


def is_cheapest(series: Series, at_s: float, length_s: float, span: Span) -> bool | None:
    """Whether `at_s` belongs to the cheapest `length_s` of `span`, by whole quarter hours, the earlier one first.

    False outside of `span`. With unknown prices in it, the answer is True or False only if no price could change it.
    """
    if not span.start_s <= at_s < span.end_s:
        return False
    now = series.at(at_s)
    if now is None:
        return None
    own_s = max(span.start_s, quarter_hour(at_s))
    unknown_s = _length(series.gaps(*span))
    slots = series.within(*span).slots
    before_s = math.fsum(_before(slot, now, own_s) for slot in slots)
    if before_s >= length_s:
        return False
    return True if before_s + unknown_s < length_s else None


def _before(slot: Slot, price: float, own_s: float) -> float:
    """Seconds of a slot that come before the quarter hour from `own_s` with `price`: cheaper, or equal and earlier."""
    if slot.value < price:
        return slot.end_s - slot.start_s
    return max(0.0, min(slot.end_s, own_s) - slot.start_s) if slot.value == price else 0.0


def _length(spans: Iterable[Span]) -> float:
    return math.fsum(span.end_s - span.start_s for span in spans)


def next_change(at_s: float, *parts: Series) -> float:
    """The first instant after `at_s` with a possible change of a price or an outlook: a quarter hour or a border."""
    found_s = quarter_hour(at_s) + QUARTER_S
    for part in parts:
        slot = part.slot_at(at_s)
        borders = [slot.end_s] if slot is not None else [other.start_s for other in part if other.start_s > at_s][:1]
        found_s = min([found_s, *borders])
    return found_s
