"""Requests by hand, within the limits of the charger."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.cli.device.requests import ManualOrder


@pytest.mark.parametrize(
    ("wanted_a", "rated_a", "current_a"),
    [
        (16.0, 13.0, 13.0),
        (16.0, 12.57, 12.5),
        (10.0, 13.0, 10.0),
        (16.0, None, 16.0),
        (None, 13.0, None),
        (16.0, 3.0, 16.0),  # below 6 A nothing can be set; the charger refuses it and says so
    ],
)
def test_a_current_is_cut_to_the_rating(wanted_a: float | None, rated_a: float | None, current_a: float | None) -> None:
    assert ManualOrder(wanted_a, paused=False).within(rated_a) == ManualOrder(current_a, paused=False)


@given(st.floats(6.0, 32.0), st.none() | st.floats(6.0, 100.0))
def test_a_current_is_never_raised_nor_above_the_rating(wanted_a: float, rated_a: float | None) -> None:
    current_a = ManualOrder(wanted_a).within(rated_a).current_a
    assert current_a is not None
    assert 6.0 <= current_a <= wanted_a
    assert rated_a is None or current_a <= rated_a
