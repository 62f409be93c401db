"""The worth of spare energy is what a kWh more would have been worth at the last visits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.schedule.problem import SpareWorth
from optimizer.schedule.spare import MOST_ARRIVALS, Arrival, CarPast, spare_worths, usual_worth_ct

USUAL_CT, FEED_IN_CT = 19.0, 8.0


def worths(*arrivals: Arrival) -> list[float]:
    return [part.worth_ct for part in spare_worths(CarPast(arrivals), USUAL_CT, FEED_IN_CT, 40_000.0)[:4]]


def test_without_a_visit_all_energy_has_its_usual_worth() -> None:
    assert spare_worths(CarPast(), USUAL_CT, FEED_IN_CT, 40_000.0) == (SpareWorth(40_000.0, USUAL_CT),)


def test_energy_that_the_car_already_has_uses_up_the_first_parts() -> None:
    past = CarPast((Arrival((30.0,) * 20, 0.0),), 5000.0)
    found = spare_worths(past, USUAL_CT, FEED_IN_CT, 10_000.0)
    assert [part.up_to_wh for part in found] == [3000.0, 7000.0, 10_000.0]


@given(st.floats(1.0, 30_000.0), st.floats(0.0, 30_000.0))
def test_all_energy_up_to_the_last_border_has_the_worth_of_the_visits(room_wh: float, over_wh: float) -> None:
    """A nearly full car too: only energy beyond the last border is worth no more than surplus."""
    past = CarPast((Arrival((30.0,) * 20, 0.0),), over_wh)
    found = spare_worths(past, USUAL_CT, FEED_IN_CT, room_wh)
    valued_wh = max((part.up_to_wh for part in found if part.worth_ct > 9.0), default=0.0)
    assert valued_wh == pytest.approx(max(0.0, min(room_wh, 18_000.0 - over_wh)))


def test_no_energy_is_worth_more_than_elsewhere() -> None:
    past = CarPast((Arrival((30.0,) * 20, 0.0),))
    assert {part.worth_ct for part in spare_worths(past, USUAL_CT, FEED_IN_CT, 20_000.0, 15.0)} == {15.0, 9.0}


def test_many_visits_decide_and_one_does_not() -> None:
    visit = Arrival((30.0,) * 20, 0.0)
    assert worths(visit) == pytest.approx([(19.0 + 30.0) / 2.0] * 4)
    assert worths(*[visit] * 2 * MOST_ARRIVALS) == pytest.approx(
        [(19.0 + 30.0 * MOST_ARRIVALS) / (MOST_ARRIVALS + 1)] * 4
    )


def test_only_the_last_visits_count() -> None:
    before, after = [Arrival((10.0,) * 20, 0.0)] * 3, [Arrival((30.0,) * 20, 0.0)] * MOST_ARRIVALS
    assert worths(*before, *after) == worths(*after)


def test_the_first_spare_energy_replaces_the_dearest() -> None:
    visits = [Arrival((40.0,) * 4 + (20.0,) * 8, 0.0)] * MOST_ARRIVALS
    first, second, third, last = worths(*visits)
    assert first == pytest.approx((19.0 + MOST_ARRIVALS * 40.0) / (MOST_ARRIVALS + 1))
    assert second == third == last == pytest.approx((19.0 + MOST_ARRIVALS * 20.0) / (MOST_ARRIVALS + 1))


def test_a_car_that_had_left_with_spare_energy_needed_less() -> None:
    """Its first kWh more would have been the fifth."""
    visits = [Arrival((20.0,) * 8 + (10.0,) * 12, 4000.0)] * MOST_ARRIVALS
    first, second, third, _ = worths(*visits)
    assert first == second == third == pytest.approx((19.0 + MOST_ARRIVALS * 20.0) / (MOST_ARRIVALS + 1))
    assert worths(*[Arrival((20.0,) * 8 + (10.0,) * 12, 0.0)] * MOST_ARRIVALS)[2] < third


@given(
    st.lists(
        st.builds(
            Arrival,
            st.lists(st.floats(-5.0, 60.0), min_size=1, max_size=60).map(tuple),
            st.floats(0.0, 100_000.0),
        ),
        min_size=1,
        max_size=10,
    ),
    st.floats(-50.0, 50.0),
    st.floats(-10.0, 30.0),
    st.floats(1.0, 60_000.0),
    st.floats(0.0, 40_000.0),
    st.floats(0.0, 60.0),
)
def test_worths_fall_and_stay_above_the_payment(
    arrivals: list[Arrival], usual_ct: float, feed_in_ct: float, room_wh: float, over_wh: float, most_ct: float
) -> None:
    found = spare_worths(CarPast(tuple(arrivals), over_wh), usual_ct, feed_in_ct, room_wh, most_ct)
    assert all(one.worth_ct >= other.worth_ct for one, other in pairwise(found))
    assert all(0.0 < one.up_to_wh < other.up_to_wh for one, other in pairwise(found))
    assert found[-1].up_to_wh == room_wh
    assert found[-1].worth_ct >= min(feed_in_ct + 1.0, most_ct)
    highest_ct = max(usual_ct, feed_in_ct + 1.0, *(worth for arrival in arrivals for worth in arrival.worths_ct))
    assert found[0].worth_ct <= min(highest_ct + 1e-9, most_ct)


def test_without_a_past_nothing_is_bought_and_the_sun_is_taken() -> None:
    assert usual_worth_ct(20.0, 8.0) == 19.0
    assert usual_worth_ct(20.0, 8.0, alternative_ct=15.0) == 14.0
    assert usual_worth_ct(5.0, 8.0) == 9.0
