"""The worth of spare energy follows from what the needs of the last days have cost."""

from __future__ import annotations

import pytest

from optimizer.schedule.spare import Past, spare_worths

DAYS, HOUR_S, MOST_W = 6, 3600.0, 10_000.0
USUAL = (20.0, 8.0)


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


def test_without_a_past_half_of_the_energy_comes_from_the_sun() -> None:
    assert [spare.worth_ct for spare in spare_worths([], MOST_W, USUAL)] == [14.0]
    assert [spare.worth_ct for spare in spare_worths(_past(5000.0, days=2), MOST_W, USUAL)] == [14.0]


def test_a_car_that_was_away_or_needed_nothing_says_nothing() -> None:
    assert spare_worths(_past(5000.0, here=False), MOST_W, USUAL) == spare_worths([], MOST_W, USUAL)
    assert spare_worths(_past(0.0), MOST_W, USUAL) == spare_worths([], MOST_W, USUAL)


def test_the_worth_is_the_price_of_the_last_energy_that_was_needed() -> None:
    assert spare_worths(_past(10_000.0), MOST_W, USUAL)[0].worth_ct == 20.0
    assert spare_worths(_past(30_000.0), MOST_W, USUAL)[0].worth_ct == 30.0


def test_the_worth_falls_with_more_spare_energy() -> None:
    worths = [spare.worth_ct for spare in spare_worths(_past(22_000.0), MOST_W, USUAL)]
    assert worths == sorted(worths, reverse=True)
    assert worths[0] > worths[-1]


def test_sun_that_covers_the_need_makes_spare_energy_worth_little_more_than_its_payment() -> None:
    worths = spare_worths(_past(5000.0, sun_w=9000.0), MOST_W, USUAL)
    assert [spare.worth_ct for spare in worths] == pytest.approx([9.0] * 4)
