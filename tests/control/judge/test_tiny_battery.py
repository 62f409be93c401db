"""A battery whose power in kW counts as W is found. One that is really idle is not."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tests.control.judge.house_under_test import Cells, run, stepped
from tests.control.judge.test_still_battery import FEW, clouds, kettles


@given(
    st.integers(6000, 8000),
    st.sampled_from((1, 5)),
    st.floats(2.0, 8.0),
    st.sampled_from((20.0, 60.0, 97.0)),
    st.integers(0, 10_000),
)
@example(7473, 1, 4.0, 60.0, 1)
@FEW
def test_a_battery_whose_power_in_kw_counts_as_w_is_found(
    sun_w: int, every_s: int, lag_s: float, soc: float, seed: int
) -> None:
    """Its value changes all the time, but it is never more than a few watts. A state of charge that moves tells that it
    is not idle."""
    sun = stepped(*((600 * number, sun_w * (0.3 if number in (1, 4) else 1.0)) for number in range(6)))
    cells = Cells(every_s, lag_s=lag_s, factor=0.001, charge_w=1500.0, soc=lambda second: soc - second // 120)
    story = run(sun, 3600, cells=cells, seed=seed)
    assert any(story.frozen)


@given(
    st.sampled_from((0.0, 3.0, -8.0, 12.0)),
    st.integers(0, 8000),
    st.sampled_from((30, 60, 600)),
    st.integers(0, 10_000),
)
@FEW
def test_an_idle_battery_whose_state_of_charge_moves_is_never_taken_for_frozen(
    held_w: float, sun_w: int, percent_s: int, seed: int
) -> None:
    cells = Cells(held_w=held_w, soc=lambda second: 99.0 - second // percent_s)
    story = run(clouds(seed, sun_w), 3600, cells=cells, home_w=kettles(seed), seed=seed)
    assert not any(story.frozen)
