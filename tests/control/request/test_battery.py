from __future__ import annotations

import pytest

from optimizer.control.descriptors import battery_infos
from optimizer.control.memory import BoundMemory
from optimizer.control.params import Params
from optimizer.control.request.battery import CarDraw, arbitrate, bound_discharge, keep_import
from optimizer.control.targets import read
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, Cause
from optimizer.model.site import BatterySite, Site
from optimizer.model.state import State
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from tests.control.house import battery, site, state

CELLAR = BatterySite("cellar", max_charge_w=5000.0, max_discharge_w=5000.0)
GARAGE = BatterySite("garage", max_charge_w=2500.0, max_discharge_w=2500.0, can_bound_discharge=False)
HOUSE = site(batteries=(CELLAR,))
SNAPSHOT = state(batteries=(battery(),))


def says(limits: dict[str, float] | None = None, **claims: float | str) -> Verdict:
    """A verdict; a name's first underscore stands for the dot."""
    claimed = {name.replace("_", ".", 1): Claimed(value, "a-rule") for name, value in claims.items()}
    return Verdict(claimed, {name: Limited(value, "a-limit") for name, value in (limits or {}).items()}, ())


def arbitrated(
    verdict: Verdict, snapshot: State, where: Site, bound_w: float | None
) -> tuple[dict[str, BatteryOrder], list[Cause]]:
    infos = battery_infos(where)
    return arbitrate(read(verdict, (), infos), snapshot, infos, bound_w)


def order_for(verdict: Verdict, bound_w: float | None = None) -> BatteryOrder:
    orders, _ = arbitrated(verdict, SNAPSHOT, HOUSE, bound_w)
    return orders["cellar"]


def test_without_claims_and_limits_it_is_left_alone() -> None:
    assert order_for(says()) == AUTO
    assert order_for(says(battery_mode="auto", battery_power_w=3000.0)) == AUTO


@pytest.mark.parametrize(
    ("claims", "power_w"),
    [
        ({"battery_power_w": -1500.0}, -1500.0),
        ({"battery_mode": "charge", "battery_power_w": 3000.0}, -3000.0),
        ({"battery_mode": "charge"}, -5000.0),
        ({"battery_mode": "discharge", "battery_power_w": 800.0}, 800.0),
    ],
)
def test_claims_become_a_power(claims: dict[str, float | str], power_w: float) -> None:
    assert order_for(says(**claims)) == BatteryOrder(BatteryAction.POWER, power_w)


def test_a_limit_cuts_a_claim_and_holds_without_one() -> None:
    held = {"battery.discharge_w": 0.0}
    assert order_for(says(held, battery_mode="discharge", battery_power_w=800.0)).power_w == 0.0
    assert order_for(says(held)) == BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)
    assert order_for(says(held, battery_mode="charge", battery_power_w=800.0)).power_w == -800.0


def test_while_the_car_takes_more_than_the_surplus_the_battery_covers_the_home_only() -> None:
    params = Params(battery_buffer_wh=0.0)
    bound = bound_discharge(BoundMemory(), CarDraw(4000.0, 1500.0), 10.0, params)
    assert bound.bound_w == 0.0
    assert order_for(says(), bound.bound_w) == BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0)
    lacking = bound_discharge(bound, CarDraw(4000.0, -700.0), 15.0, params)
    assert lacking.bound_w == 700.0
    assert bound_discharge(lacking, CarDraw(4000.0, -650.0), 20.0, params).bound_w == 700.0
    sunny = bound_discharge(lacking, CarDraw(4000.0, 4100.0), 100.0, params)
    assert sunny.bound_w == 0.0
    assert bound_discharge(sunny, CarDraw(4000.0, 4100.0), 140.0, params).bound_w is None
    assert bound_discharge(lacking, CarDraw(0.0, -700.0), 25.0, params).bound_w is None


def test_an_unknown_surplus_holds_the_battery_while_a_car_draws() -> None:
    assert bound_discharge(BoundMemory(), CarDraw(4000.0, None), 10.0, Params()).bound_w == 0.0


def clouded(memory: BoundMemory, surplus_w: float, begin_s: float, seconds: int) -> BoundMemory:
    for second in range(0, seconds, 5):
        memory = bound_discharge(memory, CarDraw(4000.0, surplus_w), begin_s + second, Params(battery_buffer_wh=100.0))
    return memory


def test_the_battery_lends_across_a_cloud_and_is_paid_back_before_it_lends_again() -> None:
    sunny = clouded(BoundMemory(), 4500.0, 0.0, 600)
    cloud = clouded(sunny, 1000.0, 600.0, 110)
    assert cloud.bound_w is None
    assert cloud.to_cars_wh == pytest.approx(91.7, abs=5.0)
    longer = clouded(cloud, 1000.0, 710.0, 20)
    assert longer.bound_w == 0.0
    still = clouded(longer, 1000.0, 730.0, 600)
    assert (still.bound_w, still.to_cars_wh) == (0.0, pytest.approx(longer.to_cars_wh))
    sun_again = clouded(still, 4500.0, 1330.0, 300)
    assert sun_again.bound_w is None
    assert sun_again.to_cars_wh == pytest.approx(longer.to_cars_wh - 41.7, abs=2.0)


def test_a_battery_that_knows_no_bound_is_left_alone() -> None:
    where = site(batteries=(CELLAR, GARAGE))
    snapshot = state(batteries=(battery(), battery("garage")))
    orders, causes = arbitrated(says(), snapshot, where, 600.0)
    assert orders["garage"] == AUTO
    assert orders["cellar"].max_discharge_w == 400.0  # its share of the 600 W by power
    assert [cause.code for cause in causes] == ["battery.home_only"]


def test_a_claim_on_all_is_split_by_power_and_one_on_a_battery_is_its_own() -> None:
    where = site(batteries=(CELLAR, GARAGE))
    snapshot = state(batteries=(battery(), battery("garage")))
    orders, _ = arbitrated(says(battery_power_w=-3000.0), snapshot, where, None)
    assert (orders["cellar"].power_w, orders["garage"].power_w) == (-2000.0, -1000.0)
    one = Verdict({"battery.garage.power_w": Claimed(-900.0, "a-rule")}, {}, ())
    orders, _ = arbitrated(one, snapshot, where, None)
    assert (orders["cellar"], orders["garage"].power_w) == (AUTO, -900.0)


def test_a_limit_on_import_holds_for_a_forced_charge_too() -> None:
    charging = BatteryOrder(BatteryAction.POWER, -4000.0)
    limited = Limited(3000.0, "a-limit")
    for grid_w, power_w, cars_w, allowed_w in (
        (1000.0, 0.0, 0.0, -2000.0),
        (4500.0, -4000.0, 0.0, -2500.0),
        (1000.0, 0.0, 1500.0, -500.0),
        (None, 0.0, 0.0, 0.0),
    ):
        orders = {"cellar": charging}
        snapshot = state(grid_w=grid_w, batteries=(battery(power_w=power_w),))
        causes = keep_import(orders, limited, snapshot, cars_w)
        assert orders["cellar"].power_w == allowed_w
        assert [cause.code for cause in causes] == ["battery.import"]


def test_what_the_home_lacks_is_asked_of_those_that_can_give_it() -> None:
    where = site(batteries=(CELLAR, BatterySite("attic")))
    snapshot = state(batteries=(battery(soc=5.0), battery("attic")))
    orders, _ = arbitrated(says(), snapshot, where, 600.0)
    assert (orders["cellar"].max_discharge_w, orders["attic"].max_discharge_w) == (0.0, 600.0)
