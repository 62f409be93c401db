"""The whole decision, over any readings, any rules, any sequence of them."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimizer.control.budget import DAY_S, HOUR_S
from optimizer.control.current import ceiling_a
from optimizer.control.decide import decide
from optimizer.control.estimate.battery_commanded import charge_w
from optimizer.control.judge.limits import possible_grid
from optimizer.control.memory import Memory
from optimizer.control.plan import initial_memory
from optimizer.control.sentences import answer, sentence
from optimizer.model.decision import AUTO, BatteryAction, BatteryOrder, EvOrder
from optimizer.model.reading import Reading
from optimizer.model.site import BatterySite
from optimizer.model.state import EvStatus
from optimizer.rules.book.verdict import Verdict
from tests.control.deciding import CHARGERS, HOUSE, PARAMS, Bench, plan_for, says
from tests.control.house import battery, reading, state
from tests.control.ruled import ruled_by

wild = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-40_000.0, 40_000.0)
maybe = st.none() | wild
sensible_w = st.none() | st.floats(-12_000.0, 12_000.0)


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict:
    """Anything that rules could say, sense or nonsense."""
    claims: dict[str, Any] = {}
    for name in ("carport", "street"):
        claims[f"ev.{name}.mode"] = draw(st.sampled_from(["off", "surplus", "min_surplus", "fast"]))
        claims[f"ev.{name}.current_a"] = draw(st.none() | st.floats(0.0, 100.0))
        claims[f"ev.{name}.phases"] = draw(st.none() | st.sampled_from(["auto", 1.0, 3.0]))
        claims[f"ev.{name}.energy_limit_wh"] = draw(st.none() | st.floats(0.0, 1e7))
    claims["surplus.priority"] = draw(st.sampled_from([None, "battery_first", "ev_first"]))
    claims["surplus.grid_share"] = draw(st.none() | st.floats(-1.0, 2.0))
    claims["surplus.grid_target_w"] = draw(st.none() | st.floats(-3000.0, 3000.0))
    claims["battery.mode"] = draw(st.sampled_from([None, "auto", "charge", "discharge"]))
    claims["battery.power_w"] = draw(maybe)
    limits = {
        target: draw(st.none() | st.floats(0.0, 20_000.0))
        for target in (
            "ev.carport.current_a",
            "ev.street.power_w",
            "battery.charge_w",
            "battery.discharge_w",
            "grid.import_w",
        )
    }
    return says(
        {target: value for target, value in claims.items() if value is not None},
        {target: value for target, value in limits.items() if value is not None},
    )


@st.composite
def moments(draw: st.DrawFn) -> dict[str, Any]:
    """Readings of all devices at one moment, with any values."""
    return {
        "gap_s": draw(st.sampled_from([0.0, 5.0, 5.0, 5.0, 30.0, 700.0, 4000.0])),
        "grid_w": draw(sensible_w | maybe),
        "grid_a": draw(st.sampled_from([(), (10.0, 2.0, -5.0), (30.0, 30.0, 30.0), (50.0, None, 1.0)])),
        "pv_w": draw(st.none() | st.floats(0.0, 15_000.0)),
        "status": draw(st.none() | st.sampled_from(EvStatus)),
        "power_w": draw(sensible_w | maybe),
        "obeys": draw(st.booleans()),
        "silent": draw(st.booleans()),
        "soc": draw(st.none() | st.floats(-10.0, 110.0)),
        "battery_w": draw(sensible_w | maybe),
        "allowed_w": draw(st.none() | st.floats(-100.0, 9000.0)),
        "dimmed": draw(st.none() | st.booleans()),
        "on_grid": draw(st.none() | st.booleans()),
        "blocked": draw(st.sampled_from(["", "", "", "solar charging is active"])),
    }


def _believed(power_w: Reading[float], memory: Memory) -> bool:
    """Whether the judge believes the grid meter."""
    return possible_grid(power_w, HOUSE).value is not None and not memory.judge.meter.doubts.why


@given(st.lists(st.tuples(moments(), verdicts()), min_size=1, max_size=25))
def test_no_input_and_no_rule_makes_an_unsafe_order(story: list[tuple[dict[str, Any], Verdict]]) -> None:
    plan = plan_for(HOUSE)
    memory, now_s, metered_s = initial_memory(plan), 0.0, -math.inf
    benches = {charger.name: Bench(charger) for charger in CHARGERS}
    running = {charger.name: False for charger in CHARGERS}
    phases: dict[str, int] = {}
    starts: dict[str, list[float]] = {charger.name: [] for charger in CHARGERS}
    switches: dict[str, list[float]] = {charger.name: [] for charger in CHARGERS}
    for moment, verdict in story:
        now_s += moment["gap_s"]
        evs = tuple(bench.report(now_s, moment) for bench in benches.values())
        allowed_w = reading(moment["allowed_w"], now_s)
        cells = battery(
            at_s=now_s,
            power_w=moment["battery_w"],
            soc=moment["soc"],
            max_charge_w=allowed_w,
            max_discharge_w=allowed_w,
        )
        snapshot = state(
            mono_s=now_s, grid_w=moment["grid_w"], grid_a=moment["grid_a"], pv_w=moment["pv_w"], evs=evs,
            batteries=(cells, battery("garage", at_s=now_s)), dimmed=reading(moment["dimmed"], now_s),
            on_grid=reading(moment["on_grid"], now_s),
        )  # fmt: skip
        with ruled_by(verdict):
            outcome = decide(snapshot, memory, plan)
            assert repr(decide(snapshot, memory, plan)) == repr(outcome), "decide() is pure"  # NaN equals no NaN
        commands = outcome.decision.commands
        assert set(commands) == {"ev.carport", "ev.street", "battery.cellar", "battery.garage"}

        load = [0.0, 0.0, 0.0]
        for name, bench in benches.items():
            order, charger = commands[f"ev.{name}"].order, HOUSE.chargers[name]
            assert isinstance(order, EvOrder)
            assert order.current_a == 0.0 or 6.0 <= order.current_a <= ceiling_a(snapshot.evs[name], charger)
            assert order.energy_limit_wh is None or 0 <= order.energy_limit_wh <= 1_000_000
            for phase in charger.phase_map[: order.phases]:
                load[phase - 1] += order.current_a
            if snapshot.evs[name].status.value in (None, EvStatus.DISCONNECTED, EvStatus.ERROR):
                assert order.current_a == 0.0
            if moment["on_grid"] is False:
                assert order.current_a == 0.0
                assert commands["battery.cellar"].order == commands["battery.garage"].order == AUTO
            mode = verdict.claims[f"ev.{name}.mode"].value
            grid_w = snapshot.grid.power_w.value
            if mode == "off" or (mode == "surplus" and grid_w is None):
                assert order.current_a == 0.0
            if order.current_a > 0.0 and not running[name]:
                starts[name].append(now_s)
            if phases.get(name, order.phases) != order.phases:
                switches[name].append(now_s)
            running[name], phases[name] = order.current_a > 0.0, order.phases
            bench.obey(order, snapshot.evs[name], now_s, moment)
        assert all(amps <= HOUSE.fuse_a + 1e-6 for amps in load)
        charging_w = sum(charge_w(commands[f"battery.{name}"].order) for name in ("cellar", "garage"))  # type: ignore[arg-type]
        if moment["dimmed"]:
            assert charging_w <= HOUSE.dimmed_w + 1e-6
        for name in ("cellar", "garage"):
            check_battery(commands[f"battery.{name}"].order, snapshot.batteries[name], HOUSE.batteries[name])
        for cause in outcome.decision.causes:
            assert "{" not in sentence(cause)
        for key, command in commands.items():
            assert answer(outcome.decision, key)
            assert command.issued_s == now_s
            metered_s = now_s if _believed(snapshot.grid.power_w, outcome.memory) else metered_s
            if key.startswith("ev.") or command.order == AUTO:
                assert command.expires_s > now_s
            else:
                assert command.expires_s == max(metered_s + 60.0, now_s - 60.0)
        memory = outcome.memory
    for spent, allowance in ((starts, PARAMS.starts), (switches, PARAMS.switches)):
        for times in spent.values():
            for at_s in times:
                assert sum(at_s - HOUR_S < other <= at_s for other in times) <= allowance.per_hour
                assert sum(at_s - DAY_S < other <= at_s for other in times) <= allowance.per_day


def check_battery(order: object, observed: Any, where: BatterySite) -> None:
    """A battery order within its power, above its floor, never on an unknown SoC."""
    assert isinstance(order, BatteryOrder)
    soc = observed.soc_percent.value
    if order.action is BatteryAction.POWER:
        assert -where.max_charge_w <= order.power_w <= where.max_discharge_w
        assert order.power_w <= 0.0 or (soc is not None and soc > where.floor_soc_percent)
    if order.action is BatteryAction.BOUNDS:
        for bound in (order.max_charge_w, order.max_discharge_w):
            assert bound is None or (math.isfinite(bound) and bound >= 0.0)
        if where.can_bound_discharge and soc is not None and soc <= where.floor_soc_percent:
            assert order.max_discharge_w == 0.0
