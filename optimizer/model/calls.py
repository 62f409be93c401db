"""Values with an argument: `cheapest(3h, until 07:00)`, `pv.forecast_wh(today)`, `price.lowest(6h)`."""

from __future__ import annotations

import re
from typing import NamedTuple

from optimizer.model import cheapest, upcoming
from optimizer.words.text import Text

FORECASTS = (
    "pv.forecast_wh",
    "pv.forecast_low_wh",
    "pv.forecast_high_wh",
    "home.forecast_wh",
    "surplus.forecast_wh",
)
EXTREMES = ("price.lowest", "price.highest", "price.spread")
NAMES = (cheapest.NAME, *FORECASTS, *EXTREMES)

_CALL = re.compile(r"([\w.]+)\s*\(([^()]*)\)")


class Call(NamedTuple):
    """A value and its argument."""

    name: str
    """One of NAMES."""
    argument: str
    """In one notation: `3h, until 07:00`, `today`."""


def call_of(text: str) -> Call | None:
    """The call in `text`. None if it is not a call of a known value. Raises ValueError for a wrong argument."""
    found = _CALL.fullmatch(text.strip())
    if found is None or found[1] not in NAMES:
        return None
    name, argument = found[1], found[2]
    if name == cheapest.NAME:
        return Call(name, cheapest.cheapest_hours(text).text)
    try:
        return Call(name, upcoming.upcoming(argument).text)
    except ValueError as error:
        raise ValueError(
            Text("{error}; write {name} with {forms}", error=error.args[0], name=name, forms=upcoming.FORMS)
        ) from None


def mistake_in(text: str) -> str:
    """The mistake in a call, or in a name that needs an argument, in words. Empty if there is none."""
    if text.strip() in FORECASTS + EXTREMES:
        return Text("{value} needs a time: {forms}", value=text.strip(), forms=upcoming.FORMS)
    try:
        call_of(text)
    except ValueError as error:
        message: str = error.args[0]  # `str` of the error would not keep a Text
        return message
    return ""
