"""The house as a whole: what comes in goes out, and the shadow tells surplus from grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.twin.battery import BatterySpec
from optimizer.twin.charger import CarSpec, ChargerSpec
from optimizer.twin.physics import House, PhysicsSpec

NO_BATTERY = PhysicsSpec(batteries=())


def run(house: House, seconds: int, pv_w: float, load_w: float) -> House:
    for _ in range(seconds):
        house.step(1.0, pv_w, load_w)
    return house


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 8e3), st.sampled_from([0.0, 6.0, 11.5, 16.0])), max_size=30),
    st.sampled_from([0.0, 0.4, 1.0]),
)
def test_power_balances_at_every_instant(inputs: list[tuple[float, float, float]], dc_share: float) -> None:
    house = House(PhysicsSpec(batteries=(BatterySpec(dc_pv_share=dc_share), BatterySpec("second", 5000.0))))
    for pv, load, amps in inputs:
        house.chargers[0].command(house.t_s, 3, amps)
        for _ in range(20):
            house.step(1.0, pv, load)
            assert house.home_w + house.ev_w == pytest.approx(house.pv_w + house.battery_w + house.grid_w, abs=1e-6)
            assert sum(house.phase_power_w()) == pytest.approx(house.grid_w, abs=1e-6)


def test_energies_balance_over_a_run() -> None:
    house = House()
    house.chargers[0].command(0.0, 1, 13.0)
    run(house, 3000, 2500.0, 700.0)
    b = house.batteries[0]
    flows = house.pv_wh + house.import_wh - house.export_wh + b.discharged_wh - b.charged_wh
    assert flows == pytest.approx(house.home_wh + house.ev_wh, abs=0.01)


def test_energy_from_the_grid_is_import_with_the_car_minus_import_without() -> None:
    house = House(NO_BATTERY)
    house.chargers[0].command(0.0, 1, 10.0)
    run(house, 30, 1500.0, 500.0)
    ev, grid = house.ev_wh, house.ev_from_grid_wh
    run(house, 3600, 1500.0, 500.0)
    assert house.ev_wh - ev == pytest.approx(2300.0, abs=1.0)
    assert house.ev_from_grid_wh - grid == pytest.approx(1300.0, abs=1.0)
    assert house.shadow_export_wh == pytest.approx(1000.0 * house.t_s / 3600.0)


def test_what_the_battery_gave_the_car_is_owed_to_the_grid() -> None:
    house = House(PhysicsSpec(batteries=(BatterySpec(initial_soc_percent=50.0),)))
    house.chargers[0].command(0.0, 1, 10.0)
    run(house, 3600, 500.0, 500.0)
    assert house.import_wh == pytest.approx(0.0, abs=2.0)
    assert house.ev_from_grid_wh == pytest.approx(house.ev_wh, rel=0.01)


def test_sun_that_goes_into_the_car_instead_of_the_battery_is_sun() -> None:
    house = House()
    house.batteries[0].command(0.0, 0.0)
    house.chargers[0].command(0.0, 1, 10.0)
    run(house, 3600, 2800.0, 500.0)
    assert house.battery_to_ev_wh == 0.0
    assert house.ev_from_grid_wh == pytest.approx(0.0, abs=1.0)
    # Without a car the battery would hold those 2.3 kWh at night; now they are bought.
    house.batteries[0].command()
    house.chargers[0].command(house.t_s, 1, 0.0)
    run(house, 20 * 3600, 0.0, 400.0)
    assert house.ev_from_grid_wh == pytest.approx(2300.0 * 0.95 * 0.95, rel=0.02)


def test_what_a_held_battery_keeps_is_saved_import() -> None:
    house = House(PhysicsSpec((), (BatterySpec(initial_soc_percent=50.0),)))
    house.batteries[0].command(hi_w=0.0)
    run(house, 3600, 0.0, 1000.0)
    assert house.import_wh == pytest.approx(1000.0, abs=1.0)
    assert house.ev_from_grid_wh == pytest.approx(0.0, abs=2.0)


def test_without_a_shadow_nobody_can_tell() -> None:
    with pytest.raises(ValueError, match="shadow"):
        _ = House(PhysicsSpec(shadow=False)).ev_from_grid_wh


def test_phase_currents_follow_the_wiring() -> None:
    spec = ChargerSpec(phase_map=(2, 3, 1), car=CarSpec(phases=1))
    house = House(PhysicsSpec((spec,), (), (1.0, 0.0, 0.0)))
    house.chargers[0].command(0.0, 1, 10.0)
    run(house, 60, 0.0, 460.0)
    assert house.phase_current_a() == pytest.approx((2.0, 10.0, 0.0), abs=0.01)


def test_several_batteries_share_without_chasing_one_another() -> None:
    house = House(PhysicsSpec((), (BatterySpec("a", max_charge_w=2000.0), BatterySpec("b"))))
    run(house, 60, 5000.0, 500.0)
    assert [b.power_w for b in house.batteries] == pytest.approx([-2000.0, -2500.0], abs=1.0)
    assert house.grid_w == pytest.approx(0.0, abs=1.0)


def test_more_than_the_whole_roof_on_hybrids_is_refused() -> None:
    with pytest.raises(ValueError, match="dc_pv_share"):
        House(PhysicsSpec(batteries=(BatterySpec(dc_pv_share=0.7), BatterySpec("b", dc_pv_share=0.7))))


def test_batteries_and_pv_load_the_phases_that_they_sit_on() -> None:
    spec = PhysicsSpec(
        (), (BatterySpec(initial_soc_percent=50.0, phase_map=(3,)),), pv_phase_map=(1,), home_split=(0.5, 0.3, 0.2)
    )
    house = House(spec)
    battery = house.batteries[0]
    battery.lo_w = battery.hi_w = -2300.0
    for _ in range(60):
        house.step(1.0, 4600.0, 1000.0)
    l1, l2, l3 = house.phase_current_a()
    assert (l1, l2, l3) == pytest.approx(((500 - 4600) / 230, 300 / 230, (200 + 2300) / 230), abs=0.05)
    assert l1 + l2 + l3 == pytest.approx(house.grid_w / 230.0, abs=0.01)
