"""The simulated market: publication, late days, ends, and nulls."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.twin.market import Market, midnight_s

NOON = datetime(2026, 11, 28, 11, tzinfo=UTC)
AFTERNOON = datetime(2026, 11, 28, 13, tzinfo=UTC)


def test_tomorrow_is_published_in_the_afternoon() -> None:
    assert Market().known_until_s(NOON) == midnight_s(NOON, 1)
    assert Market().known_until_s(AFTERNOON) == midnight_s(NOON, 2)
    assert Market(late_h=5.0).known_until_s(AFTERNOON) == midnight_s(NOON, 1)


def test_an_ended_feed_publishes_nothing_more() -> None:
    assert Market(ended=NOON).known_until_s(datetime(2026, 12, 24, tzinfo=UTC)) == midnight_s(NOON, 1)


def test_the_same_time_has_the_same_price() -> None:
    start_s = round(NOON.timestamp())
    assert Market().price(start_s) == Market().price(start_s) != Market(seed=2).price(start_s)
    assert Market(changed={start_s: None}).price(start_s) is None


def test_hours_are_the_mean_of_four() -> None:
    start_s, market = NOON.timestamp(), Market()
    quarters = [price for _, _, price in market.slots(start_s, start_s + 3600, NOON) if price is not None]
    ((start, end, hour),) = Market(step_s=3600).slots(start_s, start_s + 3600, NOON)
    assert hour == round(sum(quarters) / 4, 2)
    assert (start, end) == (start_s, start_s + 3600)


def test_a_null_in_an_hour_makes_the_hour_null() -> None:
    start_s = round(NOON.timestamp())
    slots = Market(step_s=3600, changed={start_s + 900: None}).slots(start_s, start_s + 3600, NOON)
    assert slots == [(start_s, start_s + 3600, None)]
