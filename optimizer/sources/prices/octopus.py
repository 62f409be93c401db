"""Octopus Energy (United Kingdom): unit rates of a tariff without a key, in p/kWh.

The rates come newest first. `valid_to` may be null, which means until further notice. Several rates may hold at once by
method of payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import Literal, NamedTuple
from urllib.parse import quote

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, checked, member, number, parsed, rows
from optimizer.sources.prices.feed import HOUR_S, series_of
from optimizer.sources.times import unix_s

PREFIX, REGION = len("E-1R-"), len("-C")


@dataclass(frozen=True, slots=True)
class Octopus:
    """The feed of one tariff."""

    tariff: str
    """The tariff code with the region, such as `E-1R-AGILE-24-10-01-C`."""
    with_vat: bool = True
    payment: Literal["DIRECT_DEBIT", "NON_DIRECT_DEBIT"] = "DIRECT_DEBIT"
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "Octopus"
    pace_s = 1800.0
    published_s = 16.0 * HOUR_S

    @property
    def address(self) -> Address:
        """The server."""
        return Address(self.url or "https://api.octopus.energy")

    @property
    def product(self) -> str:
        """The product: the tariff code without its prefix and region."""
        return self.tariff[PREFIX:-REGION]

    def request(self, span: Span) -> Request:
        """One page holds four days with both methods of payment."""
        tariff = f"/v1/products/{quote(self.product)}/electricity-tariffs/{quote(self.tariff)}"
        times = "&".join(
            f"{name}={Slot(at_s, at_s, 0.0).start:%Y-%m-%dT%H:%MZ}"
            for name, at_s in (("period_from", span.start_s), ("period_to", span.end_s))
        )
        return Request(f"{tariff}/standard-unit-rates/?{times}&page_size=1500")

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """The rates for the method of payment and for every method, cut to `span`. The later beginning wins."""
        del now_s
        name = "value_inc_vat" if self.with_vat else "value_exc_vat"
        found: list[_Rate] = []
        for row in rows(member(parsed(checked(answer)), "results"), "results"):
            payment = member(row, "payment_method")
            if payment not in (None, self.payment):
                continue
            start_s, end = unix_s(member(row, "valid_from")), member(row, "valid_to")
            end_s = span.end_s if end is None else min(unix_s(end), span.end_s)
            if max(start_s, span.start_s) < end_s:
                found.append(_Rate(-start_s, payment is None, end_s, number(member(row, name), name)))
        return series_of(_latest(found, span))


class _Rate(NamedTuple):
    """One rate. The smallest one wins: the latest beginning, then the own method of payment."""

    minus_start_s: float
    for_every_method: bool
    end_s: float
    value: float


def _latest(rates: list[_Rate], span: Span) -> Iterator[Slot]:
    """The winning rate between each two borders. A rate until further notice holds where no later one does."""
    borders = {max(-rate.minus_start_s, span.start_s) for rate in rates} | {rate.end_s for rate in rates}
    coming = sorted(rates)  # the last one begins first
    active: list[_Rate] = []
    for start_s, end_s in pairwise(sorted(borders)):
        while coming and -coming[-1].minus_start_s <= start_s:
            heappush(active, coming.pop())
        while active and active[0].end_s <= start_s:
            heappop(active)
        if active:
            yield Slot(start_s, end_s, active[0].value)
