"""A charger whose power has a wrong factor is found by its starts and stops. A right one is never taken for one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.control.judge.charger_unit import Factor, with_move
from optimizer.control.judge.offered_moves import Shown
from tests.control.judge.house_under_test import Cells, Meter, Watts, run, stepped
from tests.control.judge.test_still_battery import clouds, kettles
from tests.examples import one_in

FEW = settings(max_examples=one_in(5), deadline=None)
PERIOD_S, DARK_S = 1500, 300
"""The sun goes away for some minutes again and again, so the car starts and stops."""


def interrupted(sun_w: float, seconds: int) -> Watts:
    """A sun that lets the car start and stop."""
    steps = [(0, sun_w)]
    for begin_s in range(PERIOD_S - DARK_S, seconds, PERIOD_S):
        steps += [(begin_s, 0.0), (begin_s + DARK_S, sun_w)]
    return stepped(*steps)


@pytest.mark.parametrize(
    ("factor", "sun_w", "poll_s", "battery"),
    [(0.001, 6000, 5, False), (1.0 / 3.0, 5500, 10, True)],
)
def test_beside_a_charger_of_wrong_unit_the_car_follows_the_sun_as_soon_as_it_is_found(
    factor: float, sun_w: int, poll_s: int, battery: bool
) -> None:
    """Found within two hours. In the third one, the car gets what it would get, and the meter is believed."""
    from_s, end_s, cells = 7200, 10_800, Cells(charge_w=300.0, controllable=False) if battery else None
    story, exact = (
        run(interrupted(sun_w, end_s), end_s, poll_s=poll_s, cells=cells, charger_factor=one, seed=1)
        for one in (factor, 1.0)
    )
    assert all(story.charger_doubted[from_s // 5 :])
    assert None not in story.counted_w[from_s // 5 :]
    assert story.energy_kwh(from_s) >= 0.9 * exact.energy_kwh(from_s)
    assert story.imported_kwh(from_s) <= exact.imported_kwh(from_s) + 0.1


@given(
    st.integers(0, 9000),
    st.builds(Meter, delay_s=st.sampled_from((0, 2, 10, 30)), window_s=st.sampled_from((1, 15))),
    st.sampled_from((5, 10, 30)),
    st.floats(6.0, 16.0),
    st.sampled_from((1, 2, 3)),
    st.booleans(),
    st.integers(0, 10_000),
)
@FEW
def test_the_power_of_a_right_charger_is_never_in_doubt_whatever_its_car_takes(
    sun_w: int, meter: Meter, poll_s: int, car_a: float, car_phases: int, battery: bool, seed: int
) -> None:
    cells = Cells() if battery else None
    sun, home = clouds(seed, float(sun_w)), kettles(seed)
    story = run(
        sun,
        3600,
        meter=meter,
        cells=cells,
        home_w=home,
        poll_s=poll_s,
        car_a=car_a,
        car_phases=car_phases,
        seed=seed,
    )
    assert not any(story.charger_doubted)


@pytest.mark.parametrize(("factor", "sun_w"), [(0.001, 6000), (1.0 / 3.0, 7000)])
def test_a_charger_that_has_been_corrected_is_believed_again(factor: float, sun_w: int) -> None:
    end_s, right_s = 12_600, 6000
    story = run(interrupted(sun_w, end_s), end_s, charger_factor=factor, charger_right_s=right_s, seed=1)
    assert any(story.charger_doubted[: right_s // 5])
    assert not any(story.charger_doubted[-360:])
    assert story.starts(end_s - 3600) <= 4


@given(st.lists(st.tuples(st.floats(0.7, 1.3), st.floats(1000.0, 11_000.0)), min_size=1, max_size=20))
def test_moves_near_the_right_power_cause_no_doubt(rows: list[tuple[float, float]]) -> None:
    factors: Mapping[tuple[str, int], Factor] = {}
    for part, taken_w in rows:
        factors = with_move(factors, Shown("carport", 3, part * taken_w, taken_w, 0.08 * taken_w + 100.0))
    assert not any(one.why for one in factors.values())


@given(st.sampled_from((0.001, 1.0 / 3.0, 0.5, 2.0, 3.0, 1000.0)), st.lists(st.floats(1500.0, 11_000.0), min_size=3))
def test_three_moves_with_one_factor_tell_it_and_a_right_one_ends_the_doubt(
    factor: float, powers_w: list[float]
) -> None:
    factors: Mapping[tuple[str, int], Factor] = {}
    for number, taken_w in enumerate(powers_w):
        factors = with_move(factors, Shown("carport", 3, factor * taken_w, taken_w, 0.08 * taken_w + 100.0))
        one = factors["carport", 3]
        assert bool(one.why) is (number >= 2)
        assert one.factor == (factor if number >= 2 else 1.0)
    after = with_move(factors, Shown("carport", 3, 4000.0, 4000.0, 420.0))
    assert after["carport", 3].right
    assert not after["carport", 3].why


@given(st.floats(0.05, 20.0), st.floats(0.05, 20.0), st.floats(0.05, 20.0))
def test_moves_with_different_factors_cause_no_doubt(first: float, second: float, third: float) -> None:
    ordered = sorted((first, second, third))
    assume(ordered[1] > 1.5 * ordered[0] and ordered[2] > 1.5 * ordered[1])
    factors: Mapping[tuple[str, int], Factor] = {}
    for factor in (first, second, third):
        factors = with_move(factors, Shown("carport", 1, factor * 4000.0, 4000.0, 420.0))
    assert not any(one.why for one in factors.values())
