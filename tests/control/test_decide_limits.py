"""Cars that draw less than their charger offers, in a closed loop: such as an 11 kW car at a 22 kW charger."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.control.judge.house_under_test import CHARGER, HOME_W, Story, Watts, run, steady, swinging
from tests.control.judge.strategies import FEW

SECONDS = 5400
LEAST_W = 3.0 * 6.0 * 230.0


def charged(sun_w: Watts, most_a: float, car_a: float, seed: int) -> Story:
    """A car that draws at most `car_a`, at a charger that offers up to `most_a`."""
    charger = replace(CHARGER, max_current_a=most_a)
    return run(sun_w, SECONDS, car_a=car_a, charger=charger, fuse_a=63.0, seed=seed)


@given(st.sampled_from([16.0, 32.0]), st.floats(9.0, 16.0), st.floats(5000.0, 9000.0), st.integers(1, 99))
@FEW
def test_a_car_with_a_limit_gets_three_phases_as_soon_as_they_bring_more(
    most_a: float, car_a: float, peak_w: float, seed: int
) -> None:
    """The sun rises from a surplus for one phase, and falls. On one phase alone the car would leave a part of it."""
    sun_w = swinging(1500.0, peak_w, SECONDS)
    story = charged(sun_w, most_a, car_a, seed)
    paid_w = [max(0.0, min(sun_w(second) - HOME_W, 3.0 * car_a * 230.0)) for second in range(SECONDS)]
    assert story.energy_kwh() > 0.93 * sum(paid_w) / 3.6e6
    assert story.switches() <= 2
    assert story.imported_kwh() < 0.4


@given(st.sampled_from([16.0, 32.0]), st.floats(9.0, 15.0), st.floats(-300.0, 1500.0), st.integers(1, 99))
@FEW
def test_a_car_at_its_limit_keeps_its_current(most_a: float, car_a: float, above_w: float, seed: int) -> None:
    """The surplus is close to what the car can draw. A model that takes the limit for a part of each offer would lower
    the offer again and again."""
    limit_w = 3.0 * car_a * 230.0
    story = charged(steady(limit_w + above_w + HOME_W), most_a, car_a, seed)
    drawn_w = story.car_w[600:]
    best_w = min(limit_w, limit_w + above_w)
    assert sum(drawn_w) > 0.97 * best_w * len(drawn_w)
    assert max(drawn_w) - min(drawn_w) < 500.0
