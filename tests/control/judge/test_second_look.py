from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.second_look import (
    JUMP_W,
    LONGEST_LOOK_S,
    LONGEST_POLL_S,
    LONGEST_PV_LOOK_S,
    NO_PVS,
    NO_SOCS,
    SHOWN,
    SMALL_JUMP_W,
    SOC_CONFIRMED_S,
    SOC_FORGOTTEN_S,
    GridLook,
    SocLook,
    look_at_grid,
    look_at_pvs,
    look_at_soc,
    look_at_socs,
    may_have_stopped,
)
from optimizer.model.reading import known, unknown
from optimizer.model.state import Pv
from tests.control.house import battery


def looks(*readings: tuple[float, float], drawn_w: float = 0.0) -> tuple[list[float | None], GridLook]:
    """The values that count after readings of (time, W)."""
    look, counted = GridLook(), []
    for at_s, value_w in readings:
        power_w, look = look_at_grid(look, known(value_w, at_s), drawn_w, 0.0, 0.0)
        counted.append(power_w.value)
    return counted, look


def test_a_single_fall_does_not_count_and_two_do() -> None:
    assert looks((0.0, 200.0), (5.0, -9000.0), (10.0, 210.0))[0] == [200.0, 200.0, 210.0]
    counted, look = looks((0.0, 200.0), (5.0, -9000.0), (10.0, -9010.0))
    assert counted == [200.0, 200.0, -9010.0]
    assert look.confirmed


def test_the_same_reading_again_is_no_second_look() -> None:
    assert looks((0.0, 200.0), (5.0, -9000.0), (5.0, -9000.0))[0] == [200.0, 200.0, 200.0]


def test_a_jump_towards_import_counts_at_once() -> None:
    assert looks((0.0, 200.0), (5.0, 9000.0))[0] == [200.0, 9000.0]


@pytest.mark.parametrize("explained", [(-3000.0, 0.0, 0.0), (0.0, 3000.0, 0.0), (0.0, 0.0, 3000.0)])
def test_a_car_that_stops_or_sun_or_a_battery_explains_a_fall(explained: tuple[float, float, float]) -> None:
    drawn_w, pv_w, discharge_w = explained
    _, look = look_at_grid(GridLook(), known(200.0, 0.0), 4000.0, 0.0, 0.0)
    power_w, look = look_at_grid(look, known(-2800.0, 5.0), 4000.0 + drawn_w, pv_w, discharge_w)
    assert power_w.value == -2800.0
    assert look.confirmed


def test_a_smaller_fall_counts_but_starts_nothing_until_the_next_reading() -> None:
    counted, look = looks((0.0, 200.0), (5.0, -800.0))
    assert counted == [200.0, -800.0]
    assert not look.confirmed
    assert looks((0.0, 200.0), (5.0, -800.0), (10.0, -790.0))[1].confirmed


@given(st.floats(0.0, 200.0), st.floats(-12_000.0, 12_000.0), st.booleans())
def test_a_fall_without_an_explanation_may_be_a_car_that_has_stopped_until_all_cars_are_read(
    read_s: float, fall_w: float, explained: bool
) -> None:
    _, look = looks((100.0, 200.0))
    for at_s in (105.0, 110.0):  # a fall by much counts at the second look
        pv_w = max(0.0, fall_w) if explained else 0.0
        _, look = look_at_grid(look, known(200.0 - fall_w, at_s), 0.0, pv_w, 0.0)
    fell = fall_w > SMALL_JUMP_W and not explained
    assert may_have_stopped(look, read_s, 110.0) == (fell and read_s < look.fell_s)
    assert not may_have_stopped(look, read_s, 111.0 + LONGEST_POLL_S)


def test_after_a_gap_the_first_reading_counts_and_is_not_confirmed() -> None:
    counted, look = looks((0.0, 200.0), (LONGEST_LOOK_S + 1.0, -9000.0))
    assert counted == [200.0, -9000.0]
    assert not look.confirmed


def test_an_unknown_grid_power_stays_unknown() -> None:
    _, look = looks((0.0, 200.0))
    missing = unknown("no answer", 5.0)
    assert look_at_grid(look, missing, 0.0, 0.0, 0.0) == (missing, look)


def test_a_state_of_charge_that_jumps_counts_after_a_minute() -> None:
    look = look_at_soc(None, known(40.0, 0.0))
    look = look_at_soc(look, known(90.0, 5.0))
    assert look.soc.value == 40.0
    look = look_at_soc(look, known(91.0, 5.0 + SOC_CONFIRMED_S - 1.0))
    assert look.soc.value == 40.0
    assert look_at_soc(look, known(91.0, 5.0 + SOC_CONFIRMED_S)).soc.value == 91.0


def test_a_single_false_state_of_charge_is_forgotten() -> None:
    look = look_at_soc(SocLook(known(40.0, 0.0)), known(0.0, 5.0))
    look = look_at_soc(look, known(40.0, 10.0))
    assert look == SocLook(known(40.0, 10.0))


def test_a_state_of_charge_moves_with_time_and_counts_after_a_long_gap() -> None:
    assert look_at_soc(SocLook(known(40.0, 0.0)), known(48.0, 60.0)).soc.value == 48.0
    assert look_at_soc(SocLook(known(40.0, 0.0)), known(100.0, SOC_FORGOTTEN_S + 1.0)).soc.value == 100.0
    assert look_at_soc(SocLook(known(40.0, 0.0)), unknown("no answer", 5.0)).soc.value is None


def test_without_a_new_reading_the_looks_stay_the_same_object() -> None:
    cells = {"cellar": battery(at_s=0.0, soc=40.0)}
    looked = look_at_socs(NO_SOCS, cells)
    assert looked["cellar"].soc.value == 40.0
    assert look_at_socs(looked, cells) is looked
    assert look_at_socs(looked, {"cellar": battery(at_s=5.0, soc=95.0)})["cellar"].soc.value == 40.0


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40),
    st.floats(1.0, LONGEST_PV_LOOK_S),
    st.integers(0, 2),
)
def test_a_pv_power_counts_after_its_second_reading_and_a_single_spike_never(
    values_w: list[float], every_s: float, more: int
) -> None:
    looks, before_w = NO_PVS, values_w[0]
    for number, value_w in enumerate([one for one in values_w for _ in range(2 + more)]):
        looks = look_at_pvs(looks, {"roof": Pv("roof", known(value_w, every_s * number))})
        counted_w = looks["roof"].power_w.value
        again = number % (2 + more) > 0
        assert counted_w == value_w or (not again and counted_w == before_w and abs(value_w - before_w) > JUMP_W)
        before_w = value_w
    spike = look_at_pvs(looks, {"roof": Pv("roof", known(before_w + 2.0 * JUMP_W, 1e6))})
    assert spike["roof"].power_w.value == before_w + 2.0 * JUMP_W  # after a long gap it counts at once


@given(st.floats(0.0, 9000.0), st.floats(-1e6, 1e6), st.floats(1.0, LONGEST_PV_LOOK_S / 2.0))
def test_a_single_false_pv_power_counts_only_if_it_is_near(sun_w: float, false_w: float, every_s: float) -> None:
    looks, counted = NO_PVS, []
    for number, value_w in enumerate((sun_w, sun_w, false_w, false_w, sun_w, sun_w)):
        at_s = every_s * (2 if number == 3 else number - (number > 3))  # the false reading is seen twice
        looks = look_at_pvs(looks, {"roof": Pv("roof", known(value_w, at_s))})
        counted.append(looks["roof"].power_w.value)
    assert all(one is not None and abs(one - sun_w) <= JUMP_W for one in counted)
    assert look_at_pvs(looks, {"roof": Pv("roof", unknown("no answer", 99.0))})["roof"].power_w.value is None


@given(st.floats(JUMP_W + 1.0, 12_000.0), st.floats(0.0, 1.0), st.floats(-2.0, 2.0))
def test_a_fall_of_pv_counts_at_once_only_if_the_meter_shows_it(sun_w: float, left: float, shown: float) -> None:
    """A rise waits for its second reading, whatever the meter shows."""
    low_w = left * (sun_w - JUMP_W - 0.5)
    looks = look_at_pvs(NO_PVS, {"roof": Pv("roof", known(sun_w, 0.0))})
    fell = look_at_pvs(looks, {"roof": Pv("roof", known(low_w, 5.0))}, shown * (sun_w - low_w))
    assert fell["roof"].power_w.value == (low_w if shown >= SHOWN else sun_w)
    dark = look_at_pvs(NO_PVS, {"roof": Pv("roof", known(low_w, 0.0))})
    rose = look_at_pvs(dark, {"roof": Pv("roof", known(sun_w, 5.0))}, shown * (sun_w - low_w))
    assert rose["roof"].power_w.value == low_w


def test_the_same_pv_readings_keep_the_looks() -> None:
    pvs = {"roof": Pv("roof", known(4000.0, 0.0)), "barn": Pv("barn", known(100.0, 0.0))}
    looks = look_at_pvs(NO_PVS, pvs)
    assert look_at_pvs(looks, pvs) is looks
