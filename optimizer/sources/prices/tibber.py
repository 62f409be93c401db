"""Tibber: the customer's own prices by GraphQL, with a token.

`total` contains fees and VAT, `energy` is the market part. The prices are in the currency of the contract per kWh. An
entry has a beginning with the local offset and no end. `tomorrow` is empty until the prices are published. Errors come
with status 200.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from optimizer.model.series import Series, Span
from optimizer.sources.port import (
    Address,
    Answer,
    Request,
    SourceError,
    checked,
    member,
    number,
    parsed,
    quoted,
    rows,
)
from optimizer.sources.prices.feed import EUR, HOUR_S, per_kwh, series_of
from optimizer.sources.prices.steps import with_ends
from optimizer.sources.times import unix_s
from optimizer.words.text import Text

_ENTRY = "{ total energy tax startsAt currency }"
_PRICES = f"currentSubscription {{ priceInfo(resolution: QUARTER_HOURLY) {{ today {_ENTRY} tomorrow {_ENTRY} }} }}"
ALL_HOMES = f"{{ viewer {{ homes {{ id {_PRICES} }} }} }}"
ONE_HOME = f"query($homeId: ID!) {{ viewer {{ home(id: $homeId) {{ id {_PRICES} }} }} }}"


@dataclass(frozen=True, slots=True)
class Tibber:
    """The feed of one customer."""

    token: str = field(repr=False)
    home_id: str = ""
    """The home, if the customer has several with a contract."""
    value: Literal["total", "energy"] = "total"
    currency: str = EUR
    url: str = ""
    """Another server. Empty: the service itself."""

    kind = "Tibber"
    pace_s = 900.0
    published_s = 13.0 * HOUR_S

    @property
    def address(self) -> Address:
        """The server, with the token as a header."""
        return Address(self.url or "https://api.tibber.com", {"Authorization": f"Bearer {self.token}"})

    def request(self, span: Span) -> Request:
        """The service decides on the days: today and tomorrow."""
        del span
        if self.home_id:
            return Request("/v1-beta/gql", {"query": ONE_HOME, "variables": {"homeId": self.home_id}})
        return Request("/v1-beta/gql", {"query": ALL_HOMES})

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """The prices of the home with a contract."""
        del span, now_s
        body = parsed(checked(answer))
        _raise_errors(member(body, "errors"))
        prices = self._prices(member(body, "data", "viewer"))
        entries = [
            *rows(member(prices, "today"), "today"),
            *rows(member(prices, "tomorrow") or [], "tomorrow"),
        ]
        for entry in entries:
            currency = member(entry, "currency")
            if currency not in (None, self.currency):
                raise SourceError(
                    "garbled",
                    Text(
                        "the prices are in {given} and not in {currency}",
                        given=quoted(str(currency)),
                        currency=self.currency,
                    ),
                )
        return series_of(
            with_ends(
                (unix_s(member(entry, "startsAt")), per_kwh(number(price, self.value)))
                for entry in entries
                if (price := member(entry, self.value)) is not None
            )
        )

    def _prices(self, viewer: object) -> object:
        home = member(viewer, "home")
        homes = [home] if home is not None or self.home_id else rows(member(viewer, "homes"), "homes")
        with_contract = {
            str(member(home, "id")): found
            for home in homes
            if (found := member(home, "currentSubscription", "priceInfo")) is not None
        }
        if not with_contract:
            raise SourceError("refused", Text("no home of this customer has a contract with prices"))
        if len(with_contract) > 1:
            ids = ", ".join(name[:40] for name in list(with_contract)[:5])
            raise SourceError("refused", Text("there are several homes; set home_id to one of {ids}", ids=ids))
        return next(iter(with_contract.values()))


def _raise_errors(errors: object) -> None:
    if not isinstance(errors, list) or not errors:
        return
    message = str(member(errors[0], "message"))
    code = str(member(errors[0], "extensions", "code")).upper()
    denied = "UNAUTH" in code or "invalid token" in message.lower()
    raise SourceError(
        "unauthorized" if denied else "refused",
        Text("{service} answers {text}", service=Tibber.kind, text=quoted(message)),
    )
