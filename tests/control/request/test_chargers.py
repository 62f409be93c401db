"""Several chargers on one surplus, and cars that do not do as they are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.judge.judged import JudgeMemory
from optimizer.model.site import ChargerSite
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from tests.control.fleet import Car, Fleet, following
from tests.control.house import site


def fleet(*cars: tuple[str, Car], priorities: dict[str, int] | None = None, **wiring: object) -> Fleet:
    """One 3-phase charger a car."""
    chargers = [
        ChargerSite(name, priority=(priorities or {}).get(name, 0), can_switch_phases=bool(wiring.get("switch")))
        for name, _ in cars
    ]
    fuse_a = float(str(wiring.get("fuse_a", 63.0)))
    return Fleet(site(*chargers, fuse_a=fuse_a, house_max_a=10.0), dict(cars), following(*(name for name, _ in cars)))


def test_equal_chargers_share_the_sun_evenly() -> None:
    both = fleet(("a", Car()), ("b", Car())).run(12_000.0, 20)
    assert both.order("a").current_a == pytest.approx(8.3, abs=0.4)
    assert both.order("b").current_a == pytest.approx(8.3, abs=0.4)
    assert both.drawn_w() == pytest.approx(11_500.0, abs=300.0)


@given(st.floats(0.88, 1.12), st.floats(0.88, 1.12), st.floats(0.0, 1.0), st.booleans())
def test_two_cars_take_the_sun_and_no_more_though_the_voltage_is_not_the_nominal_one(
    part_a: float, part_b: float, sunny: float, ranked: bool
) -> None:
    least_w = 17_600.0 if ranked else 10_500.0  # enough for both
    sun_w = least_w + sunny * (19_500.0 - least_w)
    priorities = {"a": 1} if ranked else None
    both = fleet(("a", Car(part=part_a)), ("b", Car(part=part_b)), priorities=priorities)
    for tick in range(300):  # a value that stands still would be tested by a move of the cars
        both.run(sun_w + tick % 2, 1 / 12)
    assert both.drawn_w() == pytest.approx(sun_w - 500.0, abs=200.0)


def test_a_surplus_too_small_for_both_serves_one() -> None:
    both = fleet(("a", Car()), ("b", Car())).run(6_000.0, 20)
    assert sorted(car.power_w > 0.0 for car in both.cars.values()) == [False, True]
    assert both.drawn_w() == pytest.approx(5_500.0, abs=200.0)


def test_the_higher_priority_is_served_first_and_the_other_gets_the_rest() -> None:
    both = fleet(("a", Car()), ("b", Car()), priorities={"b": 1}).run(16_000.0, 20)
    assert both.order("b").current_a == 16.0
    assert both.order("a").current_a == pytest.approx((15_500.0 - 11_040.0) / 690.0, abs=0.4)


def test_when_the_first_arrives_the_second_makes_room_without_buying() -> None:
    first = Car(plugged=False)
    both = fleet(("a", first), ("b", Car()), priorities={"a": 1}).run(7_000.0, 20)
    assert both.cars["b"].power_w > 6_000.0
    first.plugged = True
    before_wh = both.imported_wh
    both.run(7_000.0, 20)
    assert first.power_w == pytest.approx(6_500.0, abs=300.0)
    assert both.cars["b"].power_w == 0.0
    assert both.imported_wh - before_wh < 60.0


def test_a_full_car_does_not_starve_the_other() -> None:
    both = fleet(("a", Car(full=True)), ("b", Car()), priorities={"a": 1}).run(8_000.0, 30)
    assert both.cars["b"].power_w == pytest.approx(7_500.0, abs=200.0)
    assert both.order("a").current_a in (0.0, 6.0)


def test_a_car_that_takes_less_leaves_the_rest_to_the_other() -> None:
    both = fleet(("a", Car(most_a=7.0)), ("b", Car()), priorities={"a": 1}).run(14_000.0, 30)
    assert both.cars["a"].power_w == pytest.approx(7.0 * 690.0)
    assert both.cars["b"].power_w == pytest.approx(13_500.0 - 7.0 * 690.0, abs=800.0)


def test_a_car_that_starts_late_is_given_time() -> None:
    late = fleet(("a", Car(starts_after_s=60.0))).run(8_000.0, 15)
    assert late.cars["a"].starts == 1
    assert late.cars["a"].power_w == pytest.approx(7_500.0, abs=200.0)


def test_a_car_that_takes_less_does_not_wind_anything_up() -> None:
    weak = fleet(("a", Car(most_a=8.0))).run(11_000.0, 60)
    assert weak.memory.evs["a"].follow.trim_w <= 150.0
    weak.run(5_500.0, 2)
    assert weak.cars["a"].power_w == pytest.approx(5_000.0, abs=250.0)


def test_all_chargers_are_regulated_in_every_tick() -> None:
    three = fleet(("a", Car()), ("b", Car()), ("c", Car())).run(21_000.0, 20)
    three.run(18_000.0, 10.0 / 60.0)
    assert all(car.set_a < 9.5 for car in three.cars.values())


def test_the_fuse_is_kept_with_all_of_them() -> None:
    three = fleet(("a", Car()), ("b", Car()), ("c", Car()), fuse_a=35.0).run(28_000.0, 20)
    assert sum(three.order(name).current_a for name in "abc") <= 25.0
    assert sum(car.power_w > 0.0 for car in three.cars.values()) >= 2


def test_a_full_car_is_not_started_by_every_cloud() -> None:
    full = fleet(("a", Car(full=True)), switch=True)
    for _ in range(30):
        full.run(6_000.0, 6).run(300.0, 6)
    assert len(full.memory.evs["a"].started_at_s) <= 12  # of 30 clouds
    assert full.cars["a"].energy_wh == 0.0


def test_a_flapping_limit_does_not_use_up_the_relays_of_a_day() -> None:
    night = fleet(("a", Car()), switch=True)
    night.verdict = Verdict(
        {"ev.a.mode": Claimed("fast", "night")}, {"grid.import_w": Limited(5000.0, "connection")}, ()
    )
    for _ in range(8 * 12):
        night.home_w = 500.0
        night.run(0.0, 2.5)
        night.home_w = 4500.0
        night.run(0.0, 2.5)
    memory = night.memory.evs["a"]
    assert len(memory.started_at_s) <= 40
    assert len(memory.switched_at_s) <= 16
    before_wh = night.cars["a"].energy_wh
    night.home_w = 500.0
    night.run(0.0, 60)
    assert night.cars["a"].energy_wh - before_wh > 1000.0


def test_a_meter_with_gaps_costs_no_switch_of_phases() -> None:
    steady = fleet(("a", Car()), switch=True).run(9_000.0, 20)
    assert steady.cars["a"].phases == 3
    for _ in range(10):
        steady.blind = True
        steady.run(9_000.0, 0.5)
        steady.blind = False
        steady.run(9_000.0, 5)
    assert steady.memory.evs["a"].switched_at_s == ()
    assert steady.cars["a"].phases == 3


def test_a_limit_below_six_amperes_leaves_no_debt() -> None:
    limited = fleet(("a", Car()), switch=True)
    following_ = limited.verdict
    limited.verdict = Verdict(
        {"ev.a.mode": Claimed("min_surplus", "a-rule")}, {"ev.a.current_a": Limited(0.0, "a-limit")}, ()
    )
    limited.run(3_000.0, 180)
    limited.verdict = following_
    limited.run(3_000.0, 30)
    assert limited.cars["a"].power_w == pytest.approx(2_500.0, abs=150.0)


@given(st.floats(5500.0, 12_000.0))
def test_a_car_whose_turn_has_come_keeps_it_until_the_meter_shows_the_room(sun_w: float) -> None:
    car = Car()
    one = fleet(("a", car)).run(sun_w, 10)
    assert one.order("a").current_a > 0.0
    turn = one.memory.evs["a"]._replace(running=False)
    one.memory = one.memory._replace(evs={"a": turn}, judge=JudgeMemory())  # a single reading starts no car
    car.paused, car.power_w = True, 0.0
    one.run(sun_w, 5.0 / 60.0)
    assert one.order("a").current_a == 0.0
    assert one.memory.evs["a"].follow.phases == turn.follow.phases > 0
    one.run(sun_w, 10.0 / 60.0)
    assert one.order("a").current_a > 0.0
