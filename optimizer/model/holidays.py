"""Public holidays of the house, from the list in the settings."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from optimizer.model.reading import Reading, known, unknown
from optimizer.words.text import Text

NO_LIST: Reading[bool] = unknown("set `holidays` under `site`")


@lru_cache(maxsize=4)
def holiday_on(holidays: frozenset[int], day: int) -> Reading[bool]:
    """Whether `day` is in the list. Days count as `date.toordinal` counts them.

    It is unknown in a year without a date in the list: the list was not continued. A calculated value has no age.
    """
    if not holidays:
        return NO_LIST
    if day in holidays:
        return known(True, 0.0)
    year = date.fromordinal(day).year
    if any(date.fromordinal(one).year == year for one in holidays):
        return known(False, 0.0)
    return unknown(Text("`site.holidays` has no date in {year}", year=str(year)))
