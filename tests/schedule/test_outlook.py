"""The steps of a problem: what is known, and the guess beyond."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.series import Series, Slot
from optimizer.schedule.outlook import HORIZON_S, Outlook, assumed_of, borders_of, steps_of
from optimizer.schedule.spreads import PvErrors

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NOW_S = 1_800_000_000.0 // DAY_S * DAY_S + 14 * HOUR_S


def days(first: int, last: int, value: float = 30.0, night: float = 20.0) -> Series:
    """Days from midnight on, with a cheap night until 06:00. Day 0 is today."""
    midnight_s = NOW_S // DAY_S * DAY_S
    return Series.of(
        Slot(start_s, start_s + HOUR_S, night if hour < 6 else value)
        for day in range(first, last)
        for hour in range(24)
        for start_s in (midnight_s + day * DAY_S + hour * HOUR_S,)
    )


@given(st.floats(1.7e9, 1.9e9))
def test_the_steps_are_quarter_hours_and_then_half_hours_without_gaps(now_s: float) -> None:
    borders = borders_of(now_s)
    assert borders[0] <= now_s < borders[1]
    assert borders[-1] >= borders[0] + HORIZON_S
    lengths = [end_s - start_s for start_s, end_s in pairwise(borders)]
    assert set(lengths) == {900.0, 1800.0}
    assert lengths == sorted(lengths)
    assert all(start_s % 1800.0 == 0.0 for start_s, end_s in pairwise(borders) if end_s - start_s == 1800.0)


def test_tomorrow_is_guessed_from_the_days_before() -> None:
    steps, known_s = steps_of(Outlook(imports=days(-7, 1), feed_in=days(-7, 1, 8.0, 8.0)), NOW_S)
    assert known_s == NOW_S + 10 * HOUR_S
    night = [step for step in steps if not step.is_known][:4]
    assert {step.import_ct for step in night} == {20.0}
    assert {step.feed_in_ct for step in steps} == {8.0}


def test_a_guess_follows_the_level_of_now() -> None:
    dear = days(-7, 0).over(days(0, 1).map(lambda ct: ct + 10.0))
    steps, _ = steps_of(Outlook(imports=dear, feed_in=days(-7, 1)), NOW_S)
    guess = next(step for step in steps if not step.is_known)
    assert 25.0 < guess.import_ct < 32.0


def test_without_prices_there_is_one_price() -> None:
    steps, known_s = steps_of(Outlook(imports=Series(), feed_in=Series(), fallback_ct=33.0), NOW_S)
    assert {step.import_ct for step in steps} == {33.0}
    assert {step.feed_in_ct for step in steps} == {0.0}
    assert known_s == steps[0].start_s


def test_what_is_not_known_at_all_is_named() -> None:
    assert assumed_of(Outlook(imports=Series(), feed_in=Series())) == ("import_price", "feed_in_price", "pv", "home")
    past = Series.of([Slot(NOW_S - DAY_S, NOW_S - DAY_S + HOUR_S, 30.0)])
    assert assumed_of(Outlook(imports=past, feed_in=past, pv=past, home=past)) == ()


def test_a_missing_forecast_is_the_day_before_and_then_nothing() -> None:
    sun = Series.of([Slot(NOW_S - DAY_S, NOW_S - DAY_S + HOUR_S, 4000.0)])
    steps, _ = steps_of(Outlook(imports=days(0, 2), feed_in=days(0, 2), pv=sun, home_w=250.0), NOW_S)
    assert [step.pv_w for step in steps[:5]] == [4000.0] * 4 + [0.0]
    assert {step.home_w for step in steps} == {250.0}


def test_a_half_hour_has_the_mean_of_its_prices() -> None:
    quarters = Series.of(
        Slot(NOW_S + index * 900.0, NOW_S + (index + 1) * 900.0, 20.0 + index % 2) for index in range(200)
    )
    steps, _ = steps_of(Outlook(imports=quarters, feed_in=quarters), NOW_S)
    assert steps[0].import_ct == 20.0
    assert steps[-1].import_ct == pytest.approx(20.5)


def test_the_steps_know_how_certain_pv_and_consumption_are() -> None:
    pv = Series.of([Slot(NOW_S, NOW_S + DAY_S, 4000.0)])
    for error in (0.0, 0.5):
        outlook = Outlook(imports=days(-7, 1), feed_in=days(-7, 1), pv=pv, pv_errors=PvErrors(error, 0.6 * error))
        steps, _ = steps_of(outlook, NOW_S)
        assert steps[0].pv_spread_w == steps[0].pv_day_spread_w == 0.0
        assert steps[40].pv_spread_w == pytest.approx(0.8 * error * 4000.0, rel=0.01)
        assert steps[40].pv_day_spread_w == pytest.approx(0.6 * error * 4000.0, rel=0.01)
        assert all(step.home_spread_w == 0.4 * step.home_w for step in steps)
