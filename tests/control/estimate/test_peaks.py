"""The load at its peak over a time, and with what orders are about to add."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.battery_commanded import Lost
from optimizer.control.estimate.peaks import PEAK_HOLD_S, HouseLoad
from tests.control.estimate.loads import FIVE, amps, load
from tests.control.house import state


def test_the_load_is_held_at_its_peak_and_feed_in_is_no_room() -> None:
    first = load(state(mono_s=0.0, grid_a=(20.0, 2.0, -8.0)))
    assert first.load_a == (20.0, 2.0, 0.0)
    later = load(state(mono_s=20.0, grid_a=(4.0, 3.0, -8.0)), first)
    assert later.load_a == (20.0, 3.0, 0.0)
    after = load(state(mono_s=40.0, grid_a=(4.0, 2.0, -8.0)), later)
    assert after.load_a == (4.0, 3.0, 0.0)


def test_what_an_order_is_about_to_add_counts_before_it_shows_but_not_twice() -> None:
    ahead = HouseLoad((5.0, -20.0, 5.0), (0.0, 0.0, 0.0)).ahead(Lost((10.0, 10.0, 10.0)), 0.0)
    assert ahead.load_a == (15.0, 0.0, 15.0), "what feeds in covers it"
    shown = load(state(mono_s=10.0, grid_a=(15.0, -10.0, 15.0)), ahead)
    assert shown.load_a == (15.0, 0.0, 15.0)
    assert FIVE.ahead(Lost((0.5, 0.5, 0.5)), 0.0) is FIVE


@given(
    st.lists(st.tuples(st.integers(1, 60), st.floats(1.0, 12.0)), min_size=1, max_size=60),
    st.sampled_from([15.0, 135.0]),
)
def test_orders_that_alternate_do_not_add_up(orders: list[tuple[int, float]], seen_s: float) -> None:
    """However often a discharge is ended and allowed again, no more counts than all batteries can supply."""
    house, now_s = FIVE, 0.0
    for pause_s, lost_a in orders:
        now_s += pause_s
        house = load(state(mono_s=now_s, grid_a=amps(5.0)), house).ahead(Lost(amps(lost_a), seen_s, amps(14.0)), now_s)
        assert 5.0 + lost_a <= house.load_a[0] <= 19.0
    assert load(state(mono_s=now_s + PEAK_HOLD_S + 1.0, grid_a=amps(5.0)), house).load_a == amps(5.0)


def test_orders_soon_after_each_other_count_together_until_the_meter_shows_them() -> None:
    first = FIVE.ahead(Lost(amps(4.0), 15.0, amps(14.0)), 10.0)
    assert first.ahead(Lost(amps(3.0), 15.0, amps(14.0)), 20.0).load_a == amps(12.0)
    assert first.ahead(Lost(amps(3.0), 15.0, amps(14.0)), 30.0).load_a == amps(8.0)
