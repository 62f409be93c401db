"""A day is dull or bright, each as far from its forecast as the other, and never negative."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.schedule.modes.kinds import kinds_of
from optimizer.schedule.stage import weather_of
from tests.schedule.problems import steps_of

parts = st.floats(0.0, 1.0)
ROUNDING_W = 1e-9
"""A power of 15 kW is a multiple of about 2e-12 W."""


@given(st.floats(0.0, 15_000.0), parts, parts)
@example(10_444.0, 0.0, 2.220446049250313e-16)
def test_the_kinds_lie_around_the_forecast(pv_w: float, spread: float, day: float) -> None:
    (step,) = steps_of([30.0], pv_w=pv_w, pv_spread_w=spread * pv_w, pv_day_spread_w=day * pv_w)
    kinds = kinds_of(weather_of(step))
    assert len(kinds) == (2 if day * pv_w > 0.0 else 1)
    assert sum(kind.pv_w for kind in kinds) / len(kinds) == pytest.approx(pv_w)
    apart_w = 2.0 * step.pv_day_spread_w if len(kinds) == 2 else 0.0
    assert kinds[-1].pv_w - kinds[0].pv_w == pytest.approx(apart_w, abs=ROUNDING_W)
    assert all(0.0 <= kind.pv_spread_w <= kind.pv_w for kind in kinds)
