"""energy-charts.info: market prices of the European bidding zones without a key, from `GET /price`.

The answer has two lists: Unix times in s, and net prices in EUR/MWh. It has no ends. The license CC BY 4.0 asks
users to name the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from optimizer.model.calendar import local_time
from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, number, parsed, rows
from optimizer.sources.prices.feed import HOUR_S, checked_unit, per_mwh, series_of
from optimizer.sources.prices.steps import MARKET_ZONE, with_ends
from optimizer.sources.times import unix_s
from optimizer.words.text import Text


@dataclass(frozen=True, slots=True)
class EnergyCharts:
    """The feed of one bidding zone."""

    bidding_zone: str = "DE-LU"
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "energy-charts"
    pace_s = 900.0
    published_s = 13.0 * HOUR_S

    @property
    def address(self) -> Address:
        """The server."""
        return Address(self.url or "https://api.energy-charts.info")

    def request(self, span: Span) -> Request:
        """`start` and `end` are local days, both included."""
        first, last = (local_time(at_s, MARKET_ZONE).date() for at_s in (span.start_s, span.end_s - 1.0))
        return Request(f"/price?bzn={quote(self.bidding_zone)}&start={first}&end={last}")

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """A price that is null is a gap."""
        del span, now_s
        return series_of(slots_of(parsed(checked(answer))))


def slots_of(body: object) -> list[Slot]:
    """The prices in a document of the service, ct/kWh, of any length. Raises SourceError."""
    starts = rows(member(body, "unix_seconds"), "unix_seconds")
    prices = rows(member(body, "price"), "price")
    checked_unit(member(body, "unit"), "EUR/MWh")
    if len(starts) != len(prices):
        raise SourceError(
            "garbled",
            Text("there are {times} times and {prices} prices", times=f"{len(starts)}", prices=f"{len(prices)}"),
        )
    times = [unix_s(start) for start in starts]
    # A null is in the list with its time, so that the step of the day is right.
    nulls = {at_s for at_s, price in zip(times, prices, strict=True) if price is None}
    values = (0.0 if price is None else per_mwh(number(price, "price")) for price in prices)
    slots = with_ends(zip(times, values, strict=True))
    return [slot for slot in slots if slot.start_s not in nulls]
