"""The worth of spare energy follows from what the needs of the last days have cost."""

from __future__ import annotations

import pytest

from optimizer.schedule.spare import Past, spare_worths, usual_worth_ct

DAYS, HOUR_S, MOST_W = 6, 3600.0, 10_000.0
FEED_IN_CT = 8.0


def _past(needed_wh: float, *, sun_w: float = 0.0, here: bool = True, days: int = DAYS) -> list[Past]:
    """Days with a price of 20 ct in two hours and of 30 ct else. The need comes at midnight."""
    return [
        Past(
            start_s=HOUR_S * hour,
            end_s=HOUR_S * (hour + 1),
            import_ct=20.0 if hour % 24 in (2, 3) else 30.0,
            feed_in_ct=8.0,
            surplus_w=sun_w if hour % 24 == 12 else 0.0,
            here=here,
            needed_wh=needed_wh if hour % 24 == 0 else 0.0,
        )
        for hour in range(24 * days)
    ]


def worths(past: list[Past], battery_wh: float = 0.0) -> list[float]:
    found = spare_worths(past, most_w=MOST_W, feed_in_ct=FEED_IN_CT, battery_wh=battery_wh)
    return [spare.worth_ct for spare in found]


def test_a_past_without_three_days_a_car_or_a_need_says_nothing() -> None:
    assert worths([]) == []
    assert worths(_past(5000.0, days=2)) == []
    assert worths(_past(5000.0, here=False)) == []
    assert worths(_past(0.0)) == []


def test_the_worth_is_the_price_of_the_last_energy_that_was_needed() -> None:
    assert worths(_past(10_000.0))[0] == 20.0
    assert worths(_past(30_000.0))[0] == 30.0


def test_the_worth_falls_with_more_spare_energy() -> None:
    found = worths(_past(22_000.0))
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1]


def test_sun_that_covers_the_need_makes_spare_energy_worth_little_more_than_its_payment() -> None:
    assert worths(_past(5000.0, sun_w=9000.0)) == pytest.approx([9.0] * 4)


def test_the_house_battery_takes_the_sun_of_each_day_before_the_car() -> None:
    past = _past(5000.0, sun_w=9000.0)
    assert worths(past, battery_wh=9000.0) == worths(_past(5000.0))
    assert worths(past, battery_wh=1000.0) == pytest.approx([9.0] * 4)


def test_without_a_past_nothing_is_bought_and_the_sun_is_taken() -> None:
    assert usual_worth_ct(20.0, 8.0) == 19.0
    assert usual_worth_ct(20.0, 8.0, alternative_ct=15.0) == 14.0
    assert usual_worth_ct(5.0, 8.0) == 9.0
