"""Any service with JSON: a JMESPath expression names the list, and each entry has a beginning and a value.

This reads suppliers with an own interface, and the attributes of entities in Home Assistant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from optimizer.model.series import Series, Slot, Span
from optimizer.sources.port import Address, Answer, Request, SourceError, checked, member, parsed, quoted, rows
from optimizer.sources.prices.feed import HOUR_S, series_of
from optimizer.sources.prices.steps import with_ends
from optimizer.sources.prices.units import FACTORS, PriceUnit, unit_doubt
from optimizer.sources.times import unix_s
from optimizer.words.excerpt import printable
from optimizer.words.text import Text

LONGEST_EXPRESSION = 500


@dataclass(frozen=True, slots=True)
class JsonList:
    """One address and the way from its answer to prices."""

    url: str
    """Server and path, without a query."""
    expression: str
    """JMESPath to a list of objects."""
    query: str = field(default="", repr=False)
    """The query of the request, percent-encoded, without `?`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)
    """Sent as a bearer token. Empty: none."""
    start: str = "start"
    """The name of the beginning in an entry: ISO 8601 with an offset, or Unix time in s or ms."""
    end: str = "end"
    """The name of the end. Without it, an entry ends after the step of its day."""
    value: str = "value"
    """The name of the price. Text with a number is a number."""
    unit: PriceUnit = "ct/kWh"
    currency: str = field(default="EUR", repr=False)
    """The currency that EUR in `unit` stands for."""
    kind: str = "JSON"
    pace_s: float = 900.0
    published_s: float = 13.0 * HOUR_S

    def __post_init__(self) -> None:
        """Raises ValueError if the expression is not JMESPath."""
        compiled(self.expression)

    @property
    def address(self) -> Address:
        """The server, with the token as a header."""
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        scheme, host, *_ = urlsplit(self.url)
        return Address(f"{scheme}://{host}", {**self.headers, **bearer})

    def request(self, span: Span) -> Request:
        """The same request at all times."""
        del span
        path = urlsplit(self.url).path or "/"
        return Request(f"{path}?{self.query}" if self.query else path)

    def read(self, answer: Answer, span: Span, now_s: float) -> Series:
        """The entries with a price. An entry that is null, or whose price is null, is a gap."""
        del span, now_s
        body = parsed(checked(answer))
        open_ends: list[tuple[float, float]] = []
        closed: list[Slot] = []
        for row in rows(self._found(body), f"the result of {self.expression}"):
            price = member(row, self.value)
            if price is None:
                continue
            start_s, ct = unix_s(member(row, self.start)), in_ct(price, self.unit)
            end = member(row, self.end)
            if end is None:
                open_ends.append((start_s, ct))
            else:
                closed.append(Slot(start_s, unix_s(end), ct))
        return series_of([*with_ends(open_ends), *closed])

    def doubt(self, series: Series) -> str:
        """The reason why the prices may be in another unit, and what to do. Empty: none."""
        found = unit_doubt(series, self.unit, self.currency)
        return Text("{doubt}. Check `unit` in the settings", doubt=found) if found else ""

    def _found(self, body: object) -> object:
        try:
            return compiled(self.expression).search(body)
        except (JMESPathError, RecursionError, TypeError, ValueError, OverflowError) as error:
            raise SourceError(
                "garbled",
                Text("{expression} fails on the answer: {text}", expression=self.expression, text=quoted(str(error))),
            ) from None


def compiled(expression: str) -> jmespath.parser.ParsedResult:
    """The expression. Raises ValueError if it is not JMESPath. The library caches the last ones."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError(f"a JMESPath expression has at most {LONGEST_EXPRESSION} characters")
    try:
        return jmespath.compile(expression)
    except (JMESPathError, RecursionError, ValueError, OverflowError) as error:
        position = getattr(error, "lex_position", None)
        where = f" at character {position + 1}" if isinstance(position, int) else ""
        raise ValueError(f"“{printable(expression)}” is not JMESPath{where}") from None


def in_ct(price: object, unit: PriceUnit) -> float:
    """A price of `unit` in ct/kWh. Raises SourceError if it is not a number."""
    times, by = FACTORS[unit]
    return round(as_number(price) * times / by, 9)


def as_number(value: object) -> float:
    """A number, also as text. Raises SourceError for anything else."""
    from_text = value
    if isinstance(value, str) and len(value) <= 40:
        try:
            from_text = float(value)
        except ValueError:
            from_text = None
    if isinstance(from_text, bool) or not isinstance(from_text, int | float) or not abs(from_text) < 1e12:
        raise SourceError("garbled", Text("the price {value} is not a number", value=quoted(str(value))))
    return float(from_text)
