"""The commands to batteries, and their possible powers until readings show the effect."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from optimizer.control.estimate.battery_commanded import (
    LEFT_ALONE,
    SETTLE_S,
    BatteryCommanded,
    charge_rises,
    commanded_after,
    lost_discharge,
    may_charge_w,
    most_charge_w,
)
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder
from optimizer.model.site import BatterySite
from tests.control.house import battery, site, state

CELLAR = BatterySite("cellar", phases=1, max_discharge_w=4600.0)
HOUSE = site(batteries=(CELLAR,))
FORCED = BatteryCommanded(discharge_w=2300.0, feeds_w=2300.0)
LEND_NOTHING = BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)


def charge(power_w: float) -> BatteryOrder:
    return BatteryOrder(BatteryAction.POWER, -power_w)


@pytest.mark.parametrize(
    ("before", "order", "power_w", "lost_a"),
    [
        (LEFT_ALONE, charge(1150.0), 2300.0, 10.0),
        (LEFT_ALONE, charge(1150.0), -500.0, 0.0),
        (LEFT_ALONE, charge(1150.0), None, 20.0),
        (LEFT_ALONE, BatteryOrder(BatteryAction.POWER, 1150.0), 2300.0, 5.0),
        (LEFT_ALONE, BatteryOrder(BatteryAction.POWER, 2300.0), 1150.0, 0.0),
        (LEFT_ALONE, LEND_NOTHING, 2300.0, 10.0),
        (LEFT_ALONE, BatteryOrder(BatteryAction.BOUNDS, max_charge_w=0.0), 2300.0, 0.0),
        (LEFT_ALONE, AUTO, 2300.0, 0.0),
        (BatteryCommanded(discharge_w=1150.0), LEND_NOTHING, 2300.0, 5.0),
        (BatteryCommanded(discharge_w=0.0), LEND_NOTHING, 2300.0, 0.0),
        (BatteryCommanded(discharge_w=0.0), AUTO, 2300.0, 0.0),
        (FORCED, AUTO, 2300.0, 10.0),
        (FORCED, AUTO, 1150.0, 5.0),
        (FORCED, BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=4600.0), 2300.0, 10.0),
        (FORCED, BatteryOrder(BatteryAction.POWER, 1150.0), 2300.0, 5.0),
        (FORCED, BatteryOrder(BatteryAction.POWER, 2300.0), 2300.0, 0.0),
    ],
)
def test_what_a_new_order_takes_from_the_house(
    before: BatteryCommanded, order: BatteryOrder, power_w: float | None, lost_a: float
) -> None:
    snapshot = state(batteries=(battery(power_w=power_w),))
    assert lost_discharge({"cellar": order}, {"cellar": before}, snapshot, HOUSE).amps == pytest.approx((lost_a,) * 3)


def test_until_a_reading_can_tell_it_may_do_what_it_was_told_and_what_it_was_told_before() -> None:
    commanded = BatteryCommanded(2000.0, 3000.0, at_s=10.0)
    for at_s, power_w, may_w, most_w in (
        (20.0, -500.0, 2000.0, 3000.0),
        (20.0, -2500.0, 2500.0, 3000.0),
        (20.0, -4000.0, 3000.0, 3000.0),
        (25.0, -500.0, 500.0, 500.0),
        (25.0, -4000.0, 2000.0, 2000.0),
    ):
        observed = battery(power_w=power_w, at_s=at_s)
        assert (may_charge_w(commanded, observed, CELLAR), most_charge_w(commanded, observed, CELLAR)) == (
            may_w,
            most_w,
        )
    assert most_charge_w(commanded, battery(power_w=None, at_s=99.0), CELLAR) == 3000.0


def test_what_stands_is_remembered_until_the_battery_was_seen_to_be_on_its_own() -> None:
    commanded = commanded_after({}, {"cellar": AUTO}, state(batteries=(battery(),)), HOUSE)
    assert commanded == {}
    commanded = commanded_after(commanded, {"cellar": charge(3000.0)}, state(mono_s=5.0, batteries=(battery(),)), HOUSE)
    assert commanded == {"cellar": BatteryCommanded(3000.0, 0.0, 5.0, 0.0)}
    again = commanded_after(commanded, {"cellar": charge(3000.0)}, state(mono_s=9.0, batteries=(battery(),)), HOUSE)
    assert again == commanded
    lower = state(mono_s=10.0, batteries=(battery(power_w=-2900.0, at_s=9.0),))
    commanded = commanded_after(commanded, {"cellar": charge(1000.0)}, lower, HOUSE)
    assert commanded == {"cellar": BatteryCommanded(1000.0, 3000.0, 10.0, 0.0, charge_lowered_s=10.0)}
    commanded = commanded_after(commanded, {"cellar": AUTO}, lower, HOUSE)
    assert commanded == {"cellar": BatteryCommanded(0.0, 3000.0, 10.0, math.inf, charge_lowered_s=10.0)}
    later = state(mono_s=40.0, batteries=(battery(power_w=0.0, at_s=39.0),))
    assert commanded_after(commanded, {"cellar": AUTO}, later, HOUSE) == {}


def test_the_lower_power_counts_while_an_overload_remains_after_a_step_down() -> None:
    """The reading is from before the step. Until SETTLE_S after it the battery may still take the higher power."""
    commanded = BatteryCommanded(2000.0, 3000.0, at_s=20.0, charge_lowered_s=10.0)
    observed = battery(power_w=-3000.0, at_s=12.0)
    assert may_charge_w(commanded, observed, CELLAR) == 3000.0
    assert may_charge_w(commanded, observed, CELLAR, overload_s=10.0 + SETTLE_S - 1.0) == 3000.0
    assert may_charge_w(commanded, observed, CELLAR, overload_s=10.0 + SETTLE_S) == 2000.0
    assert most_charge_w(commanded, observed, CELLAR) == 3000.0


def test_further_steps_down_do_not_start_the_time_again_and_a_step_up_ends_it() -> None:
    def after(before: Mapping[str, BatteryCommanded], power_w: float, now_s: float) -> Mapping[str, BatteryCommanded]:
        snapshot = state(mono_s=now_s, batteries=(battery(power_w=-3000.0, at_s=5.0),))
        return commanded_after(before, {"cellar": charge(power_w)}, snapshot, HOUSE)

    commanded = after(after({}, 3000.0, 5.0), 2000.0, 10.0)
    assert after(commanded, 1900.0, 15.0)["cellar"].charge_lowered_s == 10.0
    assert after(commanded, 2100.0, 15.0)["cellar"].charge_lowered_s == math.inf


def test_a_rise_is_pending_until_a_reading_shows_it() -> None:
    commanded = BatteryCommanded(3000.0, 2000.0, at_s=10.0)
    assert charge_rises(commanded, battery(power_w=-2000.0, at_s=20.0), CELLAR)
    assert not charge_rises(commanded, battery(power_w=-3000.0, at_s=10.0 + SETTLE_S), CELLAR)
    assert not charge_rises(BatteryCommanded(2000.0, 3000.0, at_s=10.0), battery(power_w=-3000.0, at_s=20.0), CELLAR)
