"""Between the points, values that are linear in the energies are exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.schedule.modes.axes import Axes
from optimizer.schedule.modes.interpolation import (
    at,
    place_of,
    shift_of,
    shifted,
    shifted_rows,
    weights_of,
    worths_of,
    worths_of_more,
)

STORED_WH, CHARGED_WH = np.linspace(500.0, 10_000.0, 17), -700.0 + 920.0 * np.arange(20)
TOP_WH, NEED_WH = 16_000.0, 7580.0


def _axes() -> Axes:
    return Axes(stored_wh=STORED_WH, charged_wh=CHARGED_WH, top_wh=TOP_WH, need_wh=NEED_WH, spare_ct=15.0)


@given(st.lists(st.floats(500.0, 10_000.0), min_size=1, max_size=5))
def test_the_weights_of_the_battery_give_its_energy(energies: list[float]) -> None:
    weights = weights_of(STORED_WH, np.array(energies))
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(energies)))
    assert weights @ STORED_WH == pytest.approx(np.array(energies))


@given(st.floats(0.0, 3000.0), st.booleans())
def test_a_car_charges_until_it_is_full_or_its_need_is_covered(charged_wh: float, stops_early: bool) -> None:
    shift = shift_of(_axes(), charged_wh, stops_early)
    after_wh = CHARGED_WH[shift.lower] + (CHARGED_WH[shift.lower + 1] - CHARGED_WH[shift.lower]) * shift.part
    limit_wh = np.maximum(CHARGED_WH, NEED_WH) if stops_early else np.full(len(CHARGED_WH), TOP_WH)
    assert after_wh == pytest.approx(np.minimum(CHARGED_WH + charged_wh, limit_wh))
    stopped = slice(shift.stopped_from, None)
    assert (CHARGED_WH[stopped] >= limit_wh[stopped] - 1.0).all()
    less_wh = np.concatenate([np.zeros(shift.over_from), shift.over_wh])
    assert less_wh == pytest.approx(np.clip(CHARGED_WH + charged_wh - limit_wh, 0.0, charged_wh), abs=1e-6)


@given(st.floats(0.0, 3000.0))
def test_one_energy_for_all_points_shifts_like_one_for_each(charged_wh: float) -> None:
    values = np.cos(np.arange(17.0))[None, :, None] * CHARGED_WH[None, None, :] ** 2
    shift = shift_of(_axes(), charged_wh, False)
    after, over_wh = shifted_rows(values, np.full((1, 17), charged_wh), _axes())
    assert after == pytest.approx(shifted(values, shift))
    assert over_wh[0, 0, shift.over_from :] == pytest.approx(shift.over_wh, abs=1e-6)


@given(st.floats(500.0, 10_000.0), st.floats(0.0, TOP_WH))
def test_values_and_worths_of_linear_costs_are_exact(stored_wh: float, charged_wh: float) -> None:
    value = -0.02 * STORED_WH[:, None] - 0.03 * CHARGED_WH[None, :]
    place = place_of(STORED_WH, stored_wh), place_of(CHARGED_WH, charged_wh)
    assert at(value, *place) == pytest.approx(-0.02 * stored_wh - 0.03 * charged_wh)
    assert worths_of(value, _axes(), stored_wh, charged_wh) == pytest.approx((20.0, 30.0))


@given(st.floats(500.0, 10_000.0))
def test_each_kwh_more_in_the_car_has_its_worth(stored_wh: float) -> None:
    """25 ct until the need is covered, and 12 ct beyond it, at every energy of the battery."""
    car_ct = -0.025 * np.minimum(CHARGED_WH, NEED_WH) - 0.012 * np.maximum(CHARGED_WH - NEED_WH, 0.0)
    value = -0.02 * STORED_WH[:, None] + car_ct[None, :]
    found = worths_of_more(value, _axes(), stored_wh)
    assert len(found) == 16
    assert found[:7] == pytest.approx([25.0] * 7)
    assert found[7] == pytest.approx(0.58 * 25.0 + 0.42 * 12.0)
    assert found[8:] == pytest.approx([12.0] * 8)
