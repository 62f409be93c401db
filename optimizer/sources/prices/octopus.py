"""Octopus Energy (United Kingdom): unit rates of a tariff without a key, in p/kWh.

The rates come newest first. `valid_to` may be null, which means until further notice. Several rates may hold at once by
method of payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
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
        """The rates for the method of payment, and the ones for every method elsewhere. All are cut to `span`."""
        del now_s
        name = "value_inc_vat" if self.with_vat else "value_exc_vat"
        own: list[Slot] = []
        every: list[Slot] = []
        for row in rows(member(parsed(checked(answer)), "results"), "results"):
            payment = member(row, "payment_method")
            if payment not in (None, self.payment):
                continue
            start_s = max(unix_s(member(row, "valid_from")), span.start_s)
            end = member(row, "valid_to")
            end_s = span.end_s if end is None else min(unix_s(end), span.end_s)
            if start_s < end_s:
                (every if payment is None else own).append(Slot(start_s, end_s, number(member(row, name), name)))
        return series_of(own).over(series_of(every))
