from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.own_limit import NO_LIMIT, SHORT, OwnLimit, after_settled

MARGIN_A = 0.2


def told(*readings: tuple[float, float]) -> OwnLimit:
    """What is known after these currents, each with the offer at which it was read."""
    limit = NO_LIMIT
    for drawn_a, offered_a in readings:
        limit = after_settled(limit, drawn_a, offered_a, offered_a, MARGIN_A)
    return limit


@given(st.floats(0.1, 0.89), st.lists(st.floats(6.0, 32.0), max_size=20))
def test_a_part_of_each_offer_is_no_limit(part: float, offers_a: list[float]) -> None:
    assert told(*((part * offer_a, offer_a) for offer_a in offers_a)).limit_a == math.inf


@given(st.lists(st.floats(6.0, 32.0), max_size=20))
def test_one_ampere_less_than_each_offer_is_no_limit(offers_a: list[float]) -> None:
    assert told(*((offer_a - 1.0, offer_a) for offer_a in offers_a)).limit_a == math.inf


def test_the_same_current_of_two_offers_is_a_limit_however_slowly_they_change() -> None:
    slowly = [(10.0, 12.0 + 0.1 * n) for n in range(8)]
    assert told(*slowly[:-1]).limit_a == math.inf
    assert told(*slowly) == OwnLimit(10.0, 12.7, 12.7, 10.0)


@pytest.mark.parametrize("drawn_a", [SHORT * 10.0 + 0.01, 10.0, 10.2])
def test_a_car_that_follows_a_lower_offer_keeps_its_limit(drawn_a: float) -> None:
    assert told((10.0, 16.0), (10.0, 13.0), (drawn_a, 10.0)).limit_a == 10.0


def test_a_limit_falls_with_a_car_that_is_nearly_full_and_ends_if_it_draws_more() -> None:
    known = ((10.0, 16.0), (10.0, 13.0))
    assert told(*known, (8.0, 16.0)).limit_a == 8.0
    assert told(*known, (10.5, 10.5)) == NO_LIMIT


def test_a_reading_that_may_belong_to_either_of_two_offers_tells_nothing_beside_them() -> None:
    """The offer has just risen from 14 to 16 A. A quick car of which a part is seen has followed already."""
    either = after_settled(NO_LIMIT, 5.3, 14.0, 16.0, MARGIN_A)
    settled = after_settled(either, 5.3, 16.0, 16.0, MARGIN_A)
    assert settled == OwnLimit(5.3, 16.0, 16.0)
    assert after_settled(settled, 5.3, 14.0, 16.0, MARGIN_A) == settled
    assert after_settled(settled, 5.3, 14.0, 14.0, MARGIN_A).limit_a == 5.3
