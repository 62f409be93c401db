from __future__ import annotations

import pytest

from optimizer.control.instant import MAX_STEPS, Step, modelled_w, power_at_w, remember, settled
from optimizer.model.state import Told
from tests.control.house import ev

FROM_3_TO_4_KW = (Step(0.0, 3000.0), Step(100.0, 4000.0))


@pytest.mark.parametrize(
    ("at_s", "power_w"), [(100.0, 3000.0), (104.0, 3000.0), (107.0, 3632.1), (113.0, 3950.2), (160.0, 4000.0)]
)
def test_a_car_follows_after_dead_time_with_a_lag(at_s: float, power_w: float) -> None:
    assert modelled_w(FROM_3_TO_4_KW, at_s) == pytest.approx(power_w, abs=0.1)


def test_a_pause_is_quick_and_a_start_is_slow() -> None:
    assert modelled_w((Step(0.0, 3000.0), Step(100.0, 0.0)), 101.9) == 3000.0
    assert modelled_w((Step(0.0, 3000.0), Step(100.0, 0.0)), 102.0) == 0.0
    assert modelled_w((Step(0.0, 0.0), Step(100.0, 3000.0)), 110.0) == 0.0
    assert modelled_w((Step(0.0, 0.0), Step(100.0, 3000.0)), 113.0) == pytest.approx(3000.0 * 0.632, rel=1e-3)


def test_an_old_reading_is_carried_forward_to_the_grids_time() -> None:
    car = ev(at_s=100.0, power_w=2950.0)
    assert power_at_w(FROM_3_TO_4_KW, car, 113.0) == pytest.approx(2950.0 + 950.2, abs=0.1)
    assert power_at_w(FROM_3_TO_4_KW, car, 100.0) == 2950.0
    assert power_at_w(FROM_3_TO_4_KW, ev(power_w=None), 100.0) is None


def test_steps_are_bounded_and_only_changes_count() -> None:
    steps: tuple[Step, ...] = ()
    for n in range(50):
        steps = remember(steps, ev(told=Told(6.0 + n / 10, False, 3, 10.0 * n)))
        assert remember(steps, ev(told=Told(6.0 + n / 10, False, 3, 10.0 * n))) is steps
    assert len(steps) <= MAX_STEPS
    assert not settled(steps, 500.0)
    assert settled(steps, 503.1)
