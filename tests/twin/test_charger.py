"""The charger and its car: dead time, lag, start and stop, phases, stays, and cars with habits."""

from __future__ import annotations

from math import inf

import pytest

from optimizer.twin.charger import OFF, ON, CarSpec, Charger, ChargerSpec, Stay


def run(charger: Charger, t: float, seconds: float, dt: float = 1.0) -> float:
    for _ in range(round(seconds / dt)):
        charger.step(t, dt)
        t += dt
    return t


def charging(spec: ChargerSpec | None = None, phases: int = 1, amps: float = 16.0) -> tuple[Charger, float]:
    charger = Charger(spec or ChargerSpec())
    charger.command(0.0, phases, amps)
    return charger, run(charger, 0.0, 60.0)


def test_a_car_that_is_there_from_the_start_is_so_before_the_first_step() -> None:
    assert Charger(ChargerSpec()).plugged
    assert not Charger(ChargerSpec(car=CarSpec(stays=(Stay(plug_s=1.0),)))).plugged


def test_a_start_takes_dead_time_and_start_sequence() -> None:
    charger = Charger(ChargerSpec())
    charger.command(0.0, 1, 10.0)
    t = run(charger, 0.0, 10.0)
    assert charger.power_w == 0.0
    t = run(charger, t, 3.0)
    assert charger.power_w == pytest.approx(2300.0 * 0.632, rel=0.01)
    run(charger, t, 20.0)
    assert (charger.state, charger.power_w) == (ON, pytest.approx(2300.0, rel=0.01))
    assert charger.starts == 1


def test_a_new_current_is_followed_after_the_dead_time() -> None:
    charger, t = charging()
    charger.command(t, 1, 8.0)
    t = run(charger, t, 4.0)
    assert charger.current_a == pytest.approx(16.0)
    t = run(charger, t, 3.0)
    assert charger.current_a == pytest.approx(8.0 + 8.0 * 0.368, rel=0.01)


def test_a_stop_is_effective_after_two_seconds() -> None:
    charger, t = charging()
    charger.command(t, 1, 0.0)
    t = run(charger, t, 1.0)
    assert charger.power_w > 0.0
    run(charger, t, 2.0)
    assert (charger.power_w, charger.state, charger.stops) == (0.0, OFF, 1)


def test_phases_switch_with_a_pause_of_ten_seconds() -> None:
    charger, t = charging()
    charger.command(t, 3, 6.0)
    t = run(charger, t, 5.0)
    assert charger.power_w == 0.0
    t = run(charger, t, 14.0)
    assert charger.power_w == 0.0
    run(charger, t, 20.0)
    assert charger.power_w == pytest.approx(3 * 230.0 * 6.0, rel=0.01)
    assert (charger.starts, charger.switches, charger.changes) == (1, 1, 2)


def test_a_switch_while_off_is_a_change_but_no_switch_under_charge() -> None:
    charger = Charger(ChargerSpec())
    charger.command(0.0, 1, 0.0)
    run(charger, 0.0, 10.0)
    assert (charger.phases, charger.changes, charger.switches) == (1, 1, 0)


def test_nothing_flows_below_six_amperes_nor_above_the_rating() -> None:
    charger, t = charging(amps=5.9)
    assert charger.power_w == 0.0
    charger.command(t, 1, 32.0)
    run(charger, t, 60.0)
    assert charger.current_a == pytest.approx(16.0)


def test_steps_of_ten_seconds_deliver_the_same_energy_as_short_ones() -> None:
    energies = []
    for dt in (0.5, 1.0, 5.0, 10.0):
        charger = Charger(ChargerSpec())
        charger.command(0.0, 3, 9.3)
        t = run(charger, 0.0, 100.0, dt)
        charger.command(t, 3, 14.1)
        t = run(charger, t, 100.0, dt)
        charger.command(t, 1, 7.0)
        t = run(charger, t, 100.0, dt)
        charger.command(t, 1, 0.0)
        run(charger, t, 50.0, dt)
        energies.append(charger.total_wh)
    assert energies == pytest.approx([energies[0]] * 4, rel=1e-6)


def test_a_full_car_stops_by_itself_and_stays_stopped() -> None:
    car = CarSpec(capacity_wh=10_000.0, initial_soc_percent=79.0, full_soc_percent=80.0)
    charger, t = charging(ChargerSpec(car=car), phases=3)
    t = run(charger, t, 200.0)
    assert charger.car_soc_percent == pytest.approx(80.0)
    assert (charger.state, charger.done, charger.power_w) == (OFF, True, 0.0)
    charger.command(t, 3, 10.0)
    run(charger, t, 60.0)
    assert charger.power_w == 0.0


def test_a_car_that_takes_less_than_it_is_offered() -> None:
    charger, _ = charging(ChargerSpec(car=CarSpec(max_current_a=10.0, phases=1)), phases=3)
    assert charger.power_w == pytest.approx(2300.0)
    assert charger.signalled_a == 16.0


def test_a_late_car_sleeps_once_a_stay() -> None:
    charger, t = charging(ChargerSpec(car=CarSpec(late_start_s=120.0)))
    assert charger.power_w == 0.0
    t = run(charger, t, 100.0)
    assert charger.power_w > 3000.0
    charger.command(t, 1, 0.0)
    t = run(charger, t, 10.0)
    charger.command(t, 1, 16.0)
    run(charger, t, 30.0)
    assert charger.power_w > 3000.0


def test_a_charger_that_derates_signals_less() -> None:
    charger, t = charging()
    charger.derate_a = 9.0
    run(charger, t, 30.0)
    assert charger.current_a == pytest.approx(9.0, rel=0.01)
    assert charger.signalled_a == 9.0


def test_stays_begin_new_sessions_and_take_up_the_standing_offer() -> None:
    car = CarSpec(stays=(Stay(100.0, 200.0), Stay(300.0, inf, 42.0)))
    charger = Charger(ChargerSpec(car=car))
    charger.command(0.0, 1, 10.0)
    t = run(charger, 0.0, 90.0)
    assert not charger.plugged
    t = run(charger, t, 100.0)
    assert charger.power_w > 0.0
    t = run(charger, t, 20.0)
    assert (charger.plugged, charger.power_w) == (False, 0.0)
    first = charger.session_wh
    t = run(charger, t, 95.0)
    assert (charger.plugged, charger.session_wh, charger.car_soc_percent) == (True, 0.0, 42.0)
    run(charger, t, 60.0)
    assert charger.session_wh > 0.0
    assert charger.total_wh == pytest.approx(first + charger.session_wh)
    assert charger.plugs == charger.starts == 2


def test_an_energy_limit_ends_the_session_until_it_is_lifted() -> None:
    charger, t = charging(phases=3)
    charger.limit_wh = charger.session_wh + 100.0
    t = run(charger, t, 120.0)
    assert charger.session_wh == pytest.approx(charger.limit_wh)
    assert charger.done
    charger.limit_wh = 0.0
    charger.resume(t)
    run(charger, t, 60.0)
    assert charger.power_w > 10_000.0
