"""The virtual house as decisions see it: several chargers and batteries, limits, phases, what a write changes when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.fields import DeviceNames
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import EvStatus, State
from optimizer.rules.book.files import book_from_texts
from optimizer.study.house.car import Car, Stay
from optimizer.study.house.house import Tariff, VirtualHouse, World
from optimizer.study.simulate import simulate
from tests.study.scene import FAST, SURPLUS, ZONE, plan, sunny

NIGHT = sunny(2.0)


def states(rules: Plan, world: World) -> list[State]:
    """The states of the decisions, tick by tick."""
    house, memory, seen = VirtualHouse(rules.site, world), initial_memory(rules), []
    for pv_w, load_w, _ in world.series.ticks(world.tick_s):
        state = house.step(pv_w, load_w)
        outcome = decide(state, memory, rules)
        memory = outcome.memory
        house.obey(outcome.decision)
        seen.append(state)
    return seen


def test_the_balance_of_every_state_is_the_load() -> None:
    for state in states(plan(FAST), World(NIGHT, pvs=("roof", "shed"))):
        battery, ev = state.batteries["cellar"], state.evs["carport"]
        pv_w = sum(pv.power_w.value or 0.0 for pv in state.pvs.values())
        grid_w, battery_w, ev_w = state.grid.power_w.value, battery.power_w.value, ev.power_w.value
        assert grid_w is not None
        assert battery_w is not None
        assert ev_w is not None
        assert pv_w + grid_w + battery_w - ev_w == pytest.approx(400.0)
        assert state.local == state.now
        assert state.local.tzinfo is ZONE


def test_public_holidays_are_those_of_the_settings() -> None:
    usual = plan(FAST)
    assert states(usual, World(NIGHT))[0].holiday.value is None
    holidays = frozenset({NIGHT.start.toordinal()})
    found = states(replace(usual, site=replace(usual.site, holidays=holidays)), World(NIGHT))
    assert found[0].holiday.value is True


def test_a_car_that_comes_and_goes_is_seen_within_a_tick() -> None:
    car = Car(stays=(Stay(605.0, 3000.0, 1000.0, 0.0),))
    seen = states(plan(FAST), World(NIGHT, {"carport": car}))
    status = [state.evs["carport"].status.value for state in seen]
    assert status[:60] == [EvStatus.DISCONNECTED] * 60
    assert status[60] is EvStatus.CONNECTED
    assert EvStatus.CHARGING in status[60:70]
    assert status[299] is EvStatus.DISCONNECTED
    assert seen[-1].evs["carport"].session_energy_wh.value == pytest.approx(11_040.0 * 2360 / 3600, rel=0.02)


def test_the_state_of_charge_is_seen_only_where_it_is_told() -> None:
    car = Car(initial_soc_percent=40.0, stays=(Stay(0.0, 9e9, 0.0, 0.0),))
    silent = states(plan(FAST), World(NIGHT, {"carport": car}))
    assert silent[-1].evs["carport"].soc_percent.value is None
    telling = states(plan(FAST), World(NIGHT, {"carport": replace(car, reports_soc=True)}))
    assert telling[0].evs["carport"].soc_percent.value == pytest.approx(40.0)
    assert telling[-1].evs["carport"].soc_percent.value == pytest.approx(
        40.0 + 100 * 0.9 * 2 * 11_040 / 60_000, abs=0.3
    )


def test_phases_are_switched_as_the_limiter_asks() -> None:
    seen = states(plan(SURPLUS, battery=False), World(sunny(3.0, start=NIGHT.start.replace(hour=7))))
    pairs = [(ev.commanded.phases, ev.commanded.current_a) for ev in (s.evs["carport"] for s in seen) if ev.commanded]
    first = next(k for k, (phases, _) in enumerate(pairs) if phases == 3)
    assert pairs[first - 1][0] == 1
    # Within one tick: down to 6 A, three phases, and from there up again.
    assert pairs[first][1] >= 6.0
    drawing = seen[-1].evs["carport"]
    assert [round(amps.value or 0.0, 1) for amps in drawing.phase_current_a] == [drawing.offered_a.value] * 3


def test_an_energy_limit_ends_the_session() -> None:
    rules = FAST + "  ev.energy_limit_wh: 3kWh\n"
    result = simulate(plan(rules), World(NIGHT))
    assert result.ev_wh == pytest.approx(3000.0)
    assert result.writes["energy_limit"] == 1


def test_two_chargers_and_two_batteries() -> None:
    names = DeviceNames(("carport", "street"), ("cellar", "attic"), ("roof",))
    site = Site(
        zone=ZONE,
        fuse_a=63.0,
        chargers={
            "carport": ChargerSite("carport", can_switch_phases=True, priority=1),
            "street": ChargerSite("street", phase_map=(2,)),
        },
        batteries={
            "cellar": BatterySite("cellar", floor_soc_percent=0.0),
            "attic": BatterySite("attic", can_bound_discharge=False, min_interval_s=300.0, floor_soc_percent=0.0),
        },
    )
    rules = SURPLUS + "rules:\n  - id: keep\n    when: battery.soc < 90%\n    limit:\n      battery.discharge_w: 0W\n"
    both = Plan(site, book_from_texts({"r.yaml": rules}, names, ZONE))
    cars = {"street": Car(phases=1, capacity_wh=20_000.0, stays=(Stay(0.0, 9e9, 0.0, 0.0),))}
    result = simulate(
        both, World(sunny(15.0, peak_w=20_000.0), cars, tariff=Tariff(30.0, 8.0), pvs=("roof",), tick_s=20.0)
    )
    assert result.starts >= 2
    assert result.battery_wh == 20_000.0
    assert result.car_wh[1] > result.car_wh[0]
    stored_wh = result.stored_wh[1] - result.stored_wh[0]
    balance_wh = result.pv_wh + result.import_wh - result.home_wh - result.ev_wh - result.export_wh - stored_wh
    assert 0.0 <= balance_wh < 0.1 * result.throughput_wh + 1.0
    assert result.writes["battery"] >= 1


def test_a_battery_without_control_is_left_alone() -> None:
    site = plan(FAST).site
    untouched = replace(site, batteries={"cellar": replace(site.batteries["cellar"], controllable=False)})
    result = simulate(replace(plan(FAST), site=untouched), World(NIGHT))
    assert result.writes["battery"] == 0
    assert result.ev_drained_wh > 1000.0
