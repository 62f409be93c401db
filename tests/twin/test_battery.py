"""The battery in motion: limits, lag, losses, bounds from outside, and DC PV behind a hybrid inverter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.twin.battery import Battery, BatterySpec

AC = BatterySpec(initial_soc_percent=50.0)
HYBRID = BatterySpec(initial_soc_percent=50.0, dc_pv_share=1.0)


def settled(battery: Battery, net_w: float, dc_pv_w: float = 0.0, seconds: int = 60) -> Battery:
    for _ in range(seconds):
        battery.step(1.0, net_w, dc_pv_w)
    return battery


def test_it_serves_the_house_within_its_limits() -> None:
    assert settled(Battery(AC), 800.0).power_w == pytest.approx(800.0)
    assert settled(Battery(AC), -1200.0).power_w == pytest.approx(-1200.0)
    assert settled(Battery(AC), 9000.0).power_w == pytest.approx(5000.0)


def test_it_follows_with_a_lag_of_two_seconds() -> None:
    battery = Battery(AC)
    battery.step(2.0, 1000.0)
    assert battery.power_w == pytest.approx(632.0, abs=1.0)


@pytest.mark.parametrize("dt", [0.5, 1.0, 5.0, 10.0])
def test_the_length_of_steps_moves_the_same_energy(dt: float) -> None:
    fine, coarse = Battery(AC), Battery(AC)
    for _ in range(400):
        fine.step(0.1, 3000.0)
    for _ in range(round(40 / dt)):
        coarse.step(dt, 3000.0)
    assert coarse.energy_wh == pytest.approx(fine.energy_wh, abs=0.01)


def test_losses_are_paid_on_the_way_in_and_out() -> None:
    battery = settled(Battery(AC), -1000.0, seconds=3600)
    assert battery.energy_wh == pytest.approx(5000.0 + 0.95 * battery.charged_wh)
    before = battery.energy_wh
    settled(battery, 1000.0, seconds=3600)
    assert before - battery.energy_wh == pytest.approx(battery.discharged_wh / 0.95, rel=1e-3)


def test_full_and_empty_stop_it() -> None:
    full = settled(Battery(BatterySpec(initial_soc_percent=99.9)), -5000.0, seconds=300)
    assert full.soc_percent == pytest.approx(100.0)
    assert full.power_w == pytest.approx(0.0, abs=1.0)
    low = settled(Battery(BatterySpec(initial_soc_percent=10.1, floor_soc_percent=10.0)), 5000.0, seconds=300)
    assert low.soc_percent == pytest.approx(10.0, abs=0.01)
    assert low.power_w == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize(
    ("lo", "hi", "net", "power"),
    [(-2000.0, -2000.0, 500.0, -2000.0), (-5000.0, 0.0, 3000.0, 0.0), (-3000.0, 5000.0, -4500.0, -3000.0)],
)
def test_bounds_from_outside_come_first(lo: float, hi: float, net: float, power: float) -> None:
    battery = Battery(AC)
    battery.command(lo, hi)
    assert settled(battery, net).power_w == pytest.approx(power, abs=0.1)
    battery.command()
    assert settled(battery, net).power_w == pytest.approx(net, abs=0.1)


def test_a_hybrid_at_ac_zero_pushes_its_pv_into_the_battery() -> None:
    battery = Battery(HYBRID)
    battery.command(0.0, 0.0)
    settled(battery, 500.0, 3000.0)
    assert (battery.power_w, battery.ac_w) == (pytest.approx(-3000.0), pytest.approx(0.0, abs=0.1))


def test_a_hybrid_bounded_by_its_pv_holds_the_battery() -> None:
    battery = Battery(HYBRID)
    battery.command(-10_000.0, 3000.0)
    settled(battery, 8000.0, 3000.0)
    assert battery.power_w == pytest.approx(0.0, abs=0.1)
    assert battery.ac_w == pytest.approx(3000.0)


def test_a_full_hybrid_that_may_not_export_curtails() -> None:
    battery = Battery(BatterySpec(initial_soc_percent=100.0, dc_pv_share=1.0))
    battery.command(-10_000.0, 0.0)
    settled(battery, 500.0, 3000.0)
    assert battery.curtailed_w == pytest.approx(3000.0)
    battery.command()
    settled(battery, 500.0, 3000.0)
    assert (battery.curtailed_w, battery.ac_w) == (0.0, pytest.approx(3000.0))


@given(
    st.lists(st.tuples(st.sampled_from([0.3, 1.0, 10.0]), st.floats(-2e4, 2e4), st.floats(0, 1e4)), max_size=60),
    st.floats(-1e4, 1e4),
    st.floats(-1e4, 1e4),
)
def test_whatever_is_asked_it_stays_within_its_means(
    steps: list[tuple[float, float, float]], one: float, two: float
) -> None:
    battery = Battery(HYBRID)
    battery.command(min(one, two), max(one, two))
    for dt, net, dc in steps:
        battery.step(dt, net, dc)
        assert -1e-6 <= battery.energy_wh <= 10_000.0 + 1e-6
        assert -5000.001 <= battery.power_w <= 5000.001
        assert 0.0 <= battery.dc_pv_w <= dc
        assert battery.ac_w == pytest.approx(battery.power_w + battery.dc_pv_w)
