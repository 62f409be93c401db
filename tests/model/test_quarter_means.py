"""Means of quarter hours from ticks."""

from __future__ import annotations

import pytest

from optimizer.model.quarter_means import LEAST_KNOWN_S, LONGEST_STEP_S, QuarterMeans
from optimizer.model.series import QUARTER_S

START_S = 1_800_000_000.0


def ended(step_s: float, values: dict[float, float | None]) -> dict[str, float] | None:
    """The means of the first quarter hour. `values` holds from each time on, in s after its beginning."""
    means, at_s = QuarterMeans(), 0.0
    while True:
        value = next(value for start_s, value in reversed(values.items()) if start_s <= at_s)
        found = means.take(START_S + at_s, {"power": value})
        if found is not None:
            assert found[0] == START_S
            return found[1]
        at_s += step_s


def test_the_mean_is_weighted_by_time() -> None:
    found = ended(5.0, {0.0: 100.0, QUARTER_S / 3.0: 400.0})
    assert found == {"power": pytest.approx(300.0, rel=0.01)}


def test_a_quarter_hour_of_which_little_is_known_is_unknown() -> None:
    assert ended(5.0, {0.0: None, QUARTER_S - LEAST_KNOWN_S - 5.0: 100.0}) == {"power": 100.0}
    assert ended(5.0, {0.0: None, QUARTER_S - LEAST_KNOWN_S + 10.0: 100.0}) == {}


def test_a_long_step_is_a_gap() -> None:
    assert ended(LONGEST_STEP_S + 1.0, {0.0: 100.0}) == {}
