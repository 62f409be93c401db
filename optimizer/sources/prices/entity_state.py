"""Home Assistant: the state of an entity as the price of now, from `GET /api/states/<entity>`.

A state has no times. So it is valid from the time of the request until the second next request is due, and no longer.
For entities with a list of prices in their attributes use `JsonList`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, checked, member, parsed
from optimizer.sources.prices.feed import series_of
from optimizer.sources.prices.json_list import in_ct
from optimizer.sources.prices.units import PriceUnit, unit_doubt
from optimizer.words.text import Text

NO_STATE = (None, "unavailable", "unknown")


@dataclass(frozen=True, slots=True)
class EntityState:
    """One entity."""

    url: str
    """`http://host:8123`."""
    entity: str
    token: str = field(repr=False)
    unit: PriceUnit = "ct/kWh"
    currency: str = field(default="EUR", repr=False)
    """The currency that EUR in `unit` stands for."""

    kind = "Home Assistant"
    pace_s = 300.0
    published_s = 0.0

    @property
    def address(self) -> Address:
        """The server, with the token as a header."""
        return Address(self.url, {"Authorization": f"Bearer {self.token}"})

    def request(self, span: Span) -> Request:
        """The state of the entity."""
        del span
        return Request(f"/api/states/{self.entity}")

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """One slot. Empty while the entity is unavailable or unknown."""
        del span
        state = member(parsed(checked(answer)), "state")
        if state in NO_STATE:
            return Series()
        return series_of([Slot(now_s, now_s + 2.0 * self.pace_s, in_ct(state, self.unit))])

    def doubt(self, series: Series) -> str:
        """The reason why the prices may be in another unit, and what to do. Empty: none."""
        found = unit_doubt(series, self.unit, self.currency)
        return Text("{doubt}. Check `unit` in the settings", doubt=found) if found else ""
