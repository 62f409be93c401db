"""Orders that ease, for any orders in force."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.easing import battery_eases, charger_eases, power_range
from optimizer.control.limiter import PAUSE, RELEASE, ChargerWrite
from optimizer.model.decision import BatteryAction, BatteryOrder

CURRENTS = st.floats(6.0, 32.0)
POWERS = st.floats(0.0, 20_000.0)
ORDERS = st.one_of(
    st.builds(BatteryOrder, st.just(BatteryAction.POWER), st.floats(-20_000.0, 20_000.0)),
    st.builds(
        BatteryOrder,
        st.just(BatteryAction.BOUNDS),
        max_charge_w=st.none() | POWERS,
        max_discharge_w=st.none() | POWERS,
    ),
    st.just(BatteryOrder(BatteryAction.AUTO)),
)


@given(CURRENTS, st.lists(CURRENTS, min_size=1))
def test_a_current_that_eases_is_above_none_that_may_stand(current_a: float, may_stand_a: list[float]) -> None:
    if charger_eases(ChargerWrite("current", current_a), may_stand_a):
        assert all(current_a <= standing_a for standing_a in may_stand_a)


def test_a_pause_and_the_lowest_current_ease_and_a_release_does_not() -> None:
    assert charger_eases(PAUSE, [])
    assert charger_eases(ChargerWrite("current", 6.0), [])
    assert not charger_eases(ChargerWrite("current", 6.1), [])
    assert not charger_eases(RELEASE, [6.0])
    assert charger_eases(ChargerWrite("phases", 1.0), [16.0])
    assert not charger_eases(ChargerWrite("phases", 3.0), [16.0])


@given(ORDERS, ORDERS)
def test_an_order_that_eases_lets_a_battery_do_no_more(order: BatteryOrder, standing: BatteryOrder) -> None:
    if battery_eases(order, standing) and order.action is not BatteryAction.AUTO:
        after, before = power_range(order), power_range(standing)
        assert after.charge_w <= before.charge_w
        assert after.discharge_w <= before.discharge_w
    assert battery_eases(order, order)
    assert battery_eases(BatteryOrder(BatteryAction.AUTO), standing)


@given(ORDERS, ORDERS, ORDERS)
def test_easing_is_transitive(first: BatteryOrder, second: BatteryOrder, third: BatteryOrder) -> None:
    orders = (first, second, third)
    if all(order.action is not BatteryAction.AUTO for order in orders):
        assert not (battery_eases(first, second) and battery_eases(second, third)) or battery_eases(first, third)


@given(ORDERS)
def test_beside_its_own_control_no_order_eases(order: BatteryOrder) -> None:
    for standing in (None, BatteryOrder(BatteryAction.AUTO)):
        assert battery_eases(order, standing) == (order.action is BatteryAction.AUTO)
