"""Solcast: the power of rooftop sites with a low and a high value, from `GET /rooftop_sites/<id>/forecasts`.

Powers are in kW, and each is the mean of the period that ends at `period_end`. The home plan allows ten requests a
day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from optimizer.model.series import HOUR_S, Slot, Span, total
from optimizer.sources.forecast.feed import Place, PvForecast, series_of
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, number, parsed, quoted, rows
from optimizer.sources.times import unix_s
from optimizer.words.text import Text

HOURS = 72
PERIOD = re.compile(r"PT(\d{1,2})([MH])")
FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class Solcast:
    """The sites of one house."""

    place: Place
    sites: tuple[str, ...]
    """The resource id of each site."""
    token: str = field(repr=False)
    most_a_day: int = 10
    """Requests in 24 hours that the plan allows. Each site needs one."""
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "Solcast"

    @property
    def pace_s(self) -> float:
        """The rounds of a day, spread over a long summer day of 16 h."""
        return 16.0 * HOUR_S / max(1, self.most_a_day // len(self.sites))

    @property
    def address(self) -> Address:
        """The server, with the token as a header."""
        return Address(self.url or "https://api.solcast.com.au", {"Authorization": f"Bearer {self.token}"})

    def requests(self, span: Span) -> tuple[Request, ...]:
        """One request a site."""
        del span
        return tuple(Request(f"/rooftop_sites/{site}/forecasts?format=json&hours={HOURS}") for site in self.sites)

    def read(self, answers: Sequence[Answer], span: Span) -> PvForecast:
        """The sums of all sites."""
        del span
        found = [rows(member(parsed(checked(answer)), "forecasts"), "forecasts") for answer in answers]
        parts = (
            total(*(series_of(_slots(entries, name)) for entries in found))
            for name in ("pv_estimate", "pv_estimate10", "pv_estimate90")
        )
        return PvForecast(*parts)


def _slots(entries: Sequence[object], name: str) -> Iterator[Slot]:
    """The periods with a value. A null is a gap."""
    for entry in entries:
        value = member(entry, name)
        if value is None:
            continue
        end_s = unix_s(_without_fraction(member(entry, "period_end")))
        yield Slot(end_s - _length_s(member(entry, "period")), end_s, 1000.0 * number(value, name))


def _without_fraction(time: object) -> object:
    """The fraction of a second has seven digits, which not every Python reads."""
    return FRACTION.sub("", time) if isinstance(time, str) else time


def _length_s(period: object) -> float:
    found = PERIOD.fullmatch(period) if isinstance(period, str) else None
    if found is None or int(found[1]) == 0:
        raise SourceError("garbled", Text("the period is {period}", period=quoted(str(period))))
    return int(found[1]) * (60.0 if found[2] == "M" else HOUR_S)
