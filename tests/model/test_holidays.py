"""Public holidays are three-valued: a list that ends says nothing about the years after it."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.holidays import holiday_on

CHRISTMAS = date(2026, 12, 25)
DATES = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def on(day: date, *holidays: date) -> bool | None:
    return holiday_on(frozenset(one.toordinal() for one in holidays), day.toordinal()).value


def test_a_day_of_the_list_is_a_holiday_and_its_neighbors_are_not() -> None:
    assert [on(CHRISTMAS + timedelta(days=by), CHRISTMAS) for by in (-1, 0, 1)] == [False, True, False]


def test_without_a_list_every_day_is_unknown_with_what_to_do() -> None:
    found = holiday_on(frozenset(), CHRISTMAS.toordinal())
    assert (found.value, found.why) == (None, "set `holidays` under `site`")


def test_a_year_without_a_date_is_unknown() -> None:
    found = holiday_on(frozenset({CHRISTMAS.toordinal()}), date(2027, 1, 1).toordinal())
    assert (found.value, found.why) == (None, "`site.holidays` has no date in 2027")


@given(st.sets(DATES, max_size=20), DATES)
def test_a_day_is_known_exactly_in_the_years_of_the_list(holidays: set[date], day: date) -> None:
    found = on(day, *holidays)
    assert (found is not None) == any(one.year == day.year for one in holidays)
    assert (found is True) == (day in holidays)
