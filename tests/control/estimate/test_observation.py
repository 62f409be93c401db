from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.estimate.observation import Observation, observe
from optimizer.model.state import Commanded, EvStatus
from tests.control.house import ev

ALL_THREE = (16.0, 16.0, 16.0)
TWO = (16.0, 16.0, 0.0)


def after(*moments: tuple[float, tuple[float | None, ...]]) -> Observation:
    observed = Observation()
    for at_s, drawn_a in moments:
        observed = observe(observed, ev(at_s=at_s, power_w=3000.0, drawn_a=drawn_a, phases=3), at_s)
    return observed


def test_phases_are_counted_once_a_car_has_had_time_to_close_them() -> None:
    assert after((0.0, (6.0, 0.0, 0.0))).car_phases == 0
    assert after((0.0, (6.0, 0.0, 0.0)), (70.0, ALL_THREE)).car_phases == 3
    assert after((0.0, (6.0, 0.0, 0.0)), (70.0, (6.0, 0.0, 0.0))).car_phases == 1
    assert after((0.0, TWO), (70.0, (16.0, 16.0, None))).car_phases == 0
    assert after((0.0, TWO), (70.0, (3.0, 0.1, 0.1))).car_phases == 0


def test_a_car_on_all_phases_is_seen_at_once() -> None:
    assert after((0.0, TWO)).car_phases == 0
    assert after((0.0, ALL_THREE)).car_phases == 3
    assert after((0.0, (5.0, 5.0, 5.0))).car_phases == 3  # some cars draw less than 6 A
    assert after((0.0, (4.0, 4.0, 4.0))).car_phases == 0


def test_another_car_is_counted_anew() -> None:
    observed = after((0.0, ALL_THREE), (70.0, (16.0, 0.0, 0.0)))
    assert observe(observed, ev(at_s=80.0, status=EvStatus.DISCONNECTED), 80.0).car_phases == 0


def test_a_silent_charger_keeps_its_last_offer() -> None:
    observed = observe(Observation(), ev(offered_a=11.0), 0.0)
    assert observe(observed, ev(offered_a=None, status=None, power_w=None), 5.0).last_offer_a == 11.0


def test_a_switch_that_is_not_carried_out_is_noticed_until_replugged() -> None:
    commanded = Commanded(8.0, False, 1, 0.0)
    observed = observe(Observation(), ev(at_s=10.0, phases=3, commanded=commanded), 10.0)
    assert observe(observed, ev(at_s=50.0, phases=3, commanded=commanded), 50.0).unswitched_since_s == 10.0
    assert observe(observed, ev(at_s=50.0, phases=1, commanded=commanded), 50.0).unswitched_since_s == math.inf
    unplugged = ev(at_s=50.0, phases=3, commanded=commanded, status=EvStatus.DISCONNECTED)
    assert observe(observed, unplugged, 50.0).unswitched_since_s == math.inf


@given(st.floats(6.0, 16.0), st.lists(st.sampled_from([0.0, 5.0]), min_size=1, max_size=8))
def test_the_currents_of_before_a_charger_fell_silent_are_kept_until_it_answers(
    car_a: float, later_s: list[float]
) -> None:
    """An unknown reading has its own time, or that of the last reading, which is too old."""
    observed, at_s = observe(Observation(), ev(at_s=10.0, drawn_a=(car_a,) * 3), 10.0), 10.0
    for more_s in later_s:
        at_s += more_s
        observed = observe(observed, ev(at_s=at_s, drawn_a=(None,) * 3), at_s)
        assert (observed.drawn_a, observed.before_a) == ((), (car_a,) * 3)
    observed = observe(observed, ev(at_s=at_s + 5.0, drawn_a=(0.0,) * 3), at_s + 5.0)
    assert (observed.drawn_a, observed.before_a) == ((0.0,) * 3, (car_a,) * 3)
