"""The cost of charging at once: what the same energy would have cost without us."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.site import ChargerSite
from optimizer.serve.at_once import MOST_POINTS, Curve, cost_at_once, drawn, full_power_w
from optimizer.serve.energy import Flows
from tests.serve.prices import prices

HOUR_S = 3600.0


def house(grid_w: float | None, cars_w: float | None = 0.0) -> Flows:
    return Flows(grid_w=grid_w, pv_w=0.0, battery_w=0.0, ev_w={"carport": cars_w})


def test_the_car_draws_full_power_and_gets_the_surplus_of_the_time() -> None:
    # The real car takes the whole surplus of 4 kW. Charging at once with 10 kW needs 6 kW from the grid.
    curve = drawn((), 10_000.0, house(grid_w=0.0, cars_w=4000.0), prices(30.0, 8.0), HOUR_S)
    assert curve == ((10_000.0, pytest.approx(6 * 30.0 + 4 * 8.0)),)
    assert cost_at_once(curve, 5000.0) == pytest.approx(106.0)


def test_later_prices_do_not_count_for_what_was_drawn_before() -> None:
    curve = drawn((), 10_000.0, house(500.0), prices(40.0), HOUR_S)
    curve = drawn(curve, 10_000.0, house(500.0), prices(10.0), HOUR_S)
    assert cost_at_once(curve, 10_000.0) == pytest.approx(400.0)
    assert cost_at_once(curve, 15_000.0) == pytest.approx(450.0)


def test_what_is_not_known_stays_unknown() -> None:
    curve = drawn((), 10_000.0, house(0.0), prices(40.0), HOUR_S)
    assert drawn(curve, 10_000.0, house(None), prices(40.0), HOUR_S) == curve
    assert drawn(curve, 10_000.0, house(0.0, None), prices(40.0), HOUR_S) == curve
    assert drawn(curve, 10_000.0, house(0.0), prices(None), HOUR_S) is None
    assert drawn(None, 10_000.0, house(0.0), prices(40.0), HOUR_S) is None
    assert cost_at_once(curve, 10_001.0) is None
    assert cost_at_once(curve, 0.0) is None
    assert cost_at_once((), 1.0) is None
    assert cost_at_once(None, 1.0) is None


@given(st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(-9000.0, 9000.0)), min_size=1, max_size=300))
def test_the_curve_is_short_and_loses_no_cost(steps: list[tuple[float, float]]) -> None:
    curve: Curve | None = ()
    for price_ct, grid_w in steps:
        curve = drawn(curve, 11_040.0, house(grid_w), prices(price_ct, 0.0), 5.0)
    assert curve is not None
    assert len(curve) <= 2 + sum(11_040.0 * 5.0 / 3600.0 for _ in steps) / 250.0
    assert len(curve) <= MOST_POINTS
    bought_wh = [11_040.0 * 5.0 / 3600.0 - min(11_040.0, max(0.0, -grid_w)) * 5.0 / 3600.0 for _, grid_w in steps]
    exact = sum(wh * price_ct / 1000.0 for wh, (price_ct, _) in zip(bought_wh, steps, strict=True))
    assert curve[-1][1] == pytest.approx(exact, abs=1e-6)
    assert all(after[0] > before[0] for before, after in pairwise(curve))


def test_full_power_is_that_of_charger_and_car() -> None:
    assert full_power_w(ChargerSite("a", max_current_a=16.0)) == 11_040.0
    assert full_power_w(ChargerSite("a", max_current_a=32.0, phase_map=(1,))) == 7360.0
    assert full_power_w(ChargerSite("a", max_current_a=16.0, car_phases=1)) == 3680.0
