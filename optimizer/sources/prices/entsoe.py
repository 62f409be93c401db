"""ENTSO-E transparency platform: market prices of all European bidding zones, with a token, as XML (document A44).

- Curve type A03 leaves out a point that equals the one before, also at the end of a period.
- One interval may be in several time series. The lowest classification sequence counts, then the shortest resolution.
- Positions count from the beginning of the period, so that a day may have 92 or 100 quarter hours.
- "No data" is an acknowledgement document with reason 999, with status 200.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from urllib.parse import quote

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, quoted
from optimizer.sources.prices.feed import EUR, HOUR_S, MOST_VALUES, per_mwh, series_of
from optimizer.sources.times import unix_s
from optimizer.sources.xml import Element, read_xml
from optimizer.words.text import Text

PUBLICATION = "Publication_MarketDocument"
ACKNOWLEDGEMENT = "Acknowledgement_MarketDocument"
NO_DATA = "999"
RESOLUTIONS_S = {"PT15M": 900.0, "PT30M": 1800.0, "PT60M": 3600.0, "PT1H": 3600.0}
REPEATED = "A03"
"""The curve type whose equal points are left out."""


@dataclass(frozen=True, slots=True)
class Entsoe:
    """The feed of one bidding zone."""

    token: str = field(repr=False)
    """The security token, which the platform sends by mail."""
    area: str = "10Y1001A1001A82H"
    """The EIC code of the bidding zone. The default is Germany and Luxembourg."""
    currency: str = EUR
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "ENTSO-E"
    pace_s = 900.0
    published_s = 13.0 * HOUR_S

    @property
    def address(self) -> Address:
        """The server."""
        return Address(self.url or "https://web-api.tp.entsoe.eu", {"Accept": "application/xml"})

    def request(self, span: Span) -> Request:
        """The token is part of the query, as the platform wants it."""
        start, end = (f"{Slot(at_s, at_s, 0.0).start:%Y%m%d%H%M}" for at_s in span)
        area = quote(self.area)
        return Request(
            f"/api?documentType=A44&in_Domain={area}&out_Domain={area}&periodStart={start}&periodEnd={end}"
            f"&securityToken={quote(self.token)}"
        )

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """The best series of each interval. Empty if the platform has no data."""
        del span, now_s
        root = read_xml(checked(answer))
        if root.tag == ACKNOWLEDGEMENT:
            if root.get("Reason", "code") == NO_DATA:
                return Series()
            raise SourceError(
                "refused", Text("{service} answers {text}", service=self.kind, text=quoted(root.get("Reason", "text")))
            )
        if root.tag != PUBLICATION:
            raise SourceError(
                "garbled",
                Text(
                    "the answer is a document {given} and not {expected}", given=quoted(root.tag), expected=PUBLICATION
                ),
            )
        found = [part for series in root.all("TimeSeries") for part in self._parts(series)]
        best = Series()
        for _, _, part in sorted(found, key=lambda entry: entry[:2]):
            best = best.over(part)
        return best

    def _parts(self, series: Element) -> list[tuple[int, float, Series]]:
        """Sequence, resolution, and prices of each period of one time series."""
        currency, unit = series.get("currency_Unit.name"), series.get("price_Measure_Unit.name")
        if currency and currency != self.currency:
            raise SourceError(
                "garbled",
                Text("the prices are in {given} and not in {currency}", given=quoted(currency), currency=self.currency),
            )
        if unit and unit.upper() != "MWH":
            raise SourceError("garbled", Text("the prices are per {given} and not per MWh", given=quoted(unit)))
        sequence = _whole(series.get("classificationSequence_AttributeInstanceComponent.position") or "1")
        repeated = series.get("curveType") == REPEATED
        return [
            (sequence, step_s, series_of(_slots(period, step_s, repeated)))
            for period in series.all("Period")
            for step_s in [_resolution_s(period)]
        ]


def _slots(period: Element, step_s: float, repeated: bool) -> list[Slot]:
    start_s, end_s = (unix_s(period.get("timeInterval", name)) for name in ("start", "end"))
    count = (end_s - start_s) / step_s
    if count != int(count) or not 0 < count <= MOST_VALUES:
        raise SourceError("garbled", Text("the length of a period is not a multiple of its resolution"))
    points: dict[int, float] = {}
    for point in period.all("Point"):
        position = _whole(point.get("position"))
        if not 1 <= position <= count or position in points:
            raise SourceError(
                "garbled", Text("position {position} is outside of its period or given twice", position=f"{position}")
            )
        points[position] = _price(point.get("price.amount"))
    found: list[Slot] = []
    last: float | None = None
    for position in range(1, int(count) + 1):
        value = points.get(position, last if repeated else None)
        last = value
        if value is not None:
            found.append(Slot(start_s + (position - 1) * step_s, start_s + position * step_s, per_mwh(value)))
    return found


def _resolution_s(period: Element) -> float:
    name = period.get("resolution")
    if name not in RESOLUTIONS_S:
        raise SourceError(
            "garbled",
            Text("the resolution {given} is not one of {names}", given=quoted(name), names=", ".join(RESOLUTIONS_S)),
        )
    return RESOLUTIONS_S[name]


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise SourceError("garbled", Text("{value} is not a position", value=quoted(text)))
    return int(text)


def _price(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SourceError("garbled", Text("the price {value} is not a number", value=quoted(text)))
    return value
