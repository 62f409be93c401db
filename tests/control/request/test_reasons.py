from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.control.params import FollowParams
from optimizer.control.request.follower import FollowerRequest
from optimizer.control.request.reasons import cause_of
from optimizer.control.sentences import sentence
from tests.control.request.test_follower import BASE

PARAMS = FollowParams()
REQUEST = FollowerRequest(
    phases=3,
    current_a=7.2,
    feed_forward_w=5000.0,
    ramp_w=0.0,
    proportional_w=0.0,
    trim_w=0.0,
    advantage_w=900.0,
    price_w=330.0,
    lasts_s=720.0,
    needed_w=690.0,
)


def said(before: int, waits: bool = False, **changes: float) -> str:
    request = replace(REQUEST, **changes)  # type: ignore[arg-type]
    inputs = replace(BASE, surplus_w=5000.0)
    return sentence(cause_of("ev.carport.current_a", "", before, inputs, request, PARAMS, waits=waits))


@pytest.mark.parametrize(
    ("before", "changes", "text"),
    [
        (
            1,
            {},
            (
                "Car on carport switches to 3 phases: this is expected to bring 4.0 ct in 12 min, and a switch must "
                "bring 1.5 ct."
            ),
        ),
        (
            0,
            {"phases": 1, "current_a": 10.0, "price_w": 227.3},
            (
                "Car on carport starts with 10.0 A on 1 phase: this is expected to bring 4.0 ct in 12 min, and a start "
                "must bring 1.0 ct."
            ),
        ),
        (
            1,
            {"phases": 0, "advantage_w": -400.0, "price_w": 227.3},
            "Car on carport stops: this is expected to save 1.8 ct in 12 min, and a stop must save 1.0 ct.",
        ),
        (
            1,
            {"phases": 0, "advantage_w": -100.0, "price_w": 227.3},
            "Car on carport stops: the surplus has been too small for some minutes. Charging starts at 690 W.",
        ),
        (3, {}, "Car on carport follows the surplus of 5.0 kW with 7.2 A on 3 phases."),
    ],
)
def test_each_change_is_explained_with_its_numbers(before: int, changes: dict[str, float], text: str) -> None:
    assert said(before, **changes) == text


def test_a_car_that_waits_for_another_says_so() -> None:
    assert said(0, waits=True) == "Car on carport waits until another car reduces its power."
