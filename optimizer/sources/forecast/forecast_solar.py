"""forecast.solar: the energy of one roof a request, from `GET /estimate/<place>/<roof>`. It needs no key.

`watt_hours_period` is the energy of the interval that ends at its time. The first interval of a day begins at sunrise,
the last one ends at sunset, and the ones between have an hour or less. A free address may ask 12 times an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from optimizer.model.series import HOUR_S, Slot, Span, total
from optimizer.sources.forecast.feed import Place, PvForecast, series_of
from optimizer.sources.forecast.roof import Roof
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, number, parsed, quoted
from optimizer.sources.times import unix_s
from optimizer.words.text import Text

LONGEST_S = 1.5 * HOUR_S
"""A longer time between two values of a day is a gap."""
CALLS_AN_HOUR = 12


@dataclass(frozen=True, slots=True)
class ForecastSolar:
    """The roofs of one house."""

    place: Place
    roofs: tuple[Roof, ...]
    key: str = field(default="", repr=False)
    """The key of a paid contract. Empty: none."""
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "forecast.solar"
    most_a_day = 200

    @property
    def pace_s(self) -> float:
        """One round an hour, or as many hours as the free number of calls needs."""
        return HOUR_S * ceil(len(self.roofs) / CALLS_AN_HOUR)

    @property
    def address(self) -> Address:
        """The server."""
        url = self.url or "https://api.forecast.solar"
        return Address(url, {"Accept": "application/json"}, private_paths=True)

    def requests(self, span: Span) -> tuple[Request, ...]:
        """One request a roof. Angles are whole numbers there."""
        del span
        key = f"/{quote(self.key, safe='')}" if self.key else ""
        place = f"{self.place.latitude:.4f}/{self.place.longitude:.4f}"
        return tuple(
            Request(f"{key}/estimate/{place}/{roof.tilt:.0f}/{roof.azimuth:.0f}/{roof.peak_w / 1000.0:.3f}?time=utc")
            for roof in self.roofs
        )

    def read(self, answers: Sequence[Answer], span: Span) -> PvForecast:
        """The sum of all roofs. It is unknown where one of them is."""
        del span
        return PvForecast(total(*(series_of(_slots(answer)) for answer in answers)))


def _slots(answer: Answer) -> Iterator[Slot]:
    if answer.status in (400, 404, 422):
        raise SourceError(
            "refused", Text("status {status}: {text}", status=f"{answer.status}", text=quoted(_text(answer)))
        )
    body = parsed(checked(answer))
    code = member(body, "message", "code")
    if code not in (0, None):
        raise SourceError(
            "refused",
            Text("code {code}: {text}", code=quoted(str(code)), text=quoted(str(member(body, "message", "text")))),
        )
    periods = member(body, "result", "watt_hours_period")
    if not isinstance(periods, dict):
        raise SourceError("garbled", Text("the answer has no watt_hours_period"))
    zone = _zone(member(body, "message", "info", "timezone"))
    ends = sorted((_time_s(stamp, zone), number(energy, "watt_hours_period")) for stamp, energy in periods.items())
    before_s: float | None = None
    for end_s, energy_wh in ends:
        if end_s == before_s:
            raise SourceError("garbled", Text("there are two values for one time"))
        if before_s is not None and end_s - before_s <= LONGEST_S:
            yield Slot(before_s, end_s, energy_wh / ((end_s - before_s) / HOUR_S))
        before_s = end_s


def _text(answer: Answer) -> str:
    """The text of an error, or the whole answer if it has none."""
    try:
        text = member(parsed(answer.text), "message", "text")
    except SourceError:
        text = None
    return text if isinstance(text, str) else answer.text


def _zone(name: object) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _time_s(stamp: str, zone: ZoneInfo | None) -> float:
    """A time with an offset, or a local time of `zone`, which servers send that do not know `time=utc`."""
    try:
        time = datetime.fromisoformat(stamp)
    except ValueError:
        raise SourceError("garbled", Text("{value} is not a time", value=quoted(stamp))) from None
    return unix_s(time.replace(tzinfo=zone).isoformat() if time.tzinfo is None and zone is not None else stamp)
