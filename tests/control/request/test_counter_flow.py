from __future__ import annotations

import math

from optimizer.control.descriptors import battery_infos
from optimizer.control.request.counter_flow import LASTS_S, counter_flow_w, since, without_counter_flow
from optimizer.control.sentences import sentence
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite
from tests.control.house import battery, site, state

WHERE = site(batteries=(BatterySite("slow"), BatterySite("fast")))
INFOS = battery_infos(WHERE)


def bounds(max_charge_w: float | None = None) -> BatteryOrder:
    """An order to follow the surplus, with a discharge limit of 0."""
    return BatteryOrder(BatteryAction.BOUNDS, 0.0, max_charge_w, 0.0)


def limited(
    order: BatteryOrder, slow_w: float, fast_w: float, lasts_s: float = LASTS_S
) -> tuple[BatteryOrder, list[Cause]]:
    """The order to the slow battery after a counter-flow of this length."""
    snapshot = state(mono_s=100.0, batteries=(battery("slow", power_w=slow_w), battery("fast", power_w=fast_w)))
    orders = {"slow": order, "fast": AUTO}
    flow_w = counter_flow_w(snapshot)
    causes = without_counter_flow(orders, INFOS, snapshot, flow_w, since(100.0 - lasts_s, flow_w, 100.0))
    return orders["slow"], causes


def test_a_battery_that_charges_from_another_keeps_its_part_of_the_surplus() -> None:
    order, causes = limited(bounds(), -3200.0, 1400.0)
    assert order.max_charge_w == 1800.0
    assert [sentence(cause) for cause in causes] == ["Battery slow charges with 1.4 kW from another battery."]


def test_a_tighter_limit_stays() -> None:
    assert limited(bounds(500.0), -3200.0, 1400.0)[0].max_charge_w == 500.0


def test_a_battery_under_its_own_control_is_only_named() -> None:
    order, causes = limited(AUTO, -3200.0, 1400.0)
    assert order == AUTO
    assert len(causes) == 1


def test_a_charge_power_that_a_rule_claims_stays() -> None:
    claimed = BatteryOrder(BatteryAction.POWER, -3200.0)
    assert limited(claimed, -3200.0, 1400.0) == (claimed, [])


def test_a_short_flow_is_no_counter_flow() -> None:
    assert limited(bounds(), -3200.0, 1400.0, lasts_s=10.0) == (bounds(), [])


def test_batteries_that_both_charge_have_none() -> None:
    assert limited(bounds(), -3200.0, -1400.0) == (bounds(), [])
    assert since(10.0, 0.0, 20.0) == math.inf


def test_an_unknown_power_means_no_verdict() -> None:
    snapshot = state(batteries=(battery("slow", power_w=-3000.0), battery("fast", power_w=None)))
    assert counter_flow_w(snapshot) == 0.0
