"""aWATTar: market prices of Germany and Austria without a key, from `GET /v1/marketdata`.

The times are Unix times in ms, with beginning and end. The prices are net, in EUR/MWh. The service asks clients to be
gentle, so it is asked once an hour at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, number, parsed, rows
from optimizer.sources.prices.feed import HOUR_S, checked_unit, per_mwh, series_of
from optimizer.sources.times import unix_s
from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class Awattar:
    """The feed of one country."""

    country: Literal["de", "at"] = "de"
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "aWATTar"
    pace_s = HOUR_S
    published_s = 14.0 * HOUR_S

    @property
    def address(self) -> Address:
        """The server of the country."""
        return Address(self.url or f"https://api.awattar.{self.country}")

    def request(self, span: Span) -> Request:
        """`start` and `end` in ms."""
        return Request(f"/v1/marketdata?start={span.start_s * 1000:.0f}&end={span.end_s * 1000:.0f}")

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """Hours or quarter hours, whatever the ends say."""
        del span, now_s
        slots: list[Slot] = []
        for row in rows(member(parsed(checked(answer)), "data"), "data"):
            price = member(row, "marketprice")
            if price is None:
                continue
            checked_unit(member(row, "unit"), "EUR/MWh")
            start_s, end_s = unix_s(member(row, "start_timestamp")), unix_s(member(row, "end_timestamp"))
            if end_s > start_s + 24 * HOUR_S:
                raise SourceError("garbled", Text("a price is valid for longer than a day"))
            slots.append(Slot(start_s, end_s, per_mwh(number(price, "marketprice"))))
        return series_of(slots)
