"""The time of one decision: 20 rules with one charger and one battery, then 1 to 50 chargers.

    python -m bench.decide

Prints microseconds a tick: the median of several rounds over hours of a house that follows the decisions.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder, Order
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.files import book_from_texts

TICKS = 2000
ROUNDS = 5
HOME_W = 500.0
BATTERY_W = 2500.0
CAPACITY_WH = 10000.0
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
RULE = """
  - id: rule-{n}
    when: battery.soc > {soc}% and (grid.power_w < {grid}W or ev.charging) and time.now between 06:00 and 22:00
    priority: {n}
    {what}
"""
CLAIMS = (
    "claim: {{ev.mode: surplus}}",
    "limit: {{battery.discharge_w: {n}kW}}",
    "claim: {{surplus.priority: ev_first}}",
)


def rules(count: int) -> str:
    """A rule file of `count` rules over the usual fields."""
    body = "".join(
        RULE.format(n=n, soc=20 + n, grid=3000 - 100 * n, what=CLAIMS[n % 3].format(n=n + 1)) for n in range(count)
    )
    return "version: 1\ndefaults: {ev.mode: surplus}\nrules:" + body


def day(plan: Plan, chargers: int) -> list[State]:
    """Snapshots 5 s apart of a house under this control, with every reading new. The cars draw what the last decision
    offers, and the battery takes or gives the rest."""
    states, memory = [], initial_memory(plan)
    commanded = dict.fromkeys((f"ev{n}" for n in range(chargers)), Commanded(6.0, True, 3, 0.0))
    soc_percent = 30.0
    for tick in range(TICKS):
        mono_s = 5.0 * tick
        sun_w = 1000.0 + 7000.0 * chargers * (1.0 - math.cos(tick / 200.0)) / 2.0
        evs, drawn_w = {}, 0.0
        for name, one in commanded.items():
            power_w = one.offer_a * one.phases * 230.0
            drawn_w += power_w
            evs[name] = Ev(
                name,
                known(EvStatus.CHARGING if power_w else EvStatus.CONNECTED, mono_s),
                known(power_w, mono_s),
                (),
                known(one.current_a, mono_s),
                paused=known(one.paused, mono_s),
                phases=known(one.phases, mono_s),
                rated_a=known(16.0, mono_s),
                commanded=one,
            )
        now = START + timedelta(seconds=mono_s)
        rest_w = HOME_W + drawn_w - sun_w
        battery_w = max(-BATTERY_W, min(BATTERY_W, rest_w)) if 10.0 < soc_percent < 95.0 else 0.0
        soc_percent -= 100.0 * battery_w * 5.0 / 3600.0 / CAPACITY_WH
        battery = Battery("cellar", known(battery_w, mono_s), known(soc_percent, mono_s))
        roof = {"roof": Pv("roof", known(sun_w, mono_s))}
        grid = Grid(known(rest_w - battery_w, mono_s))
        states.append(state := State(now, now, mono_s, grid, roof, {"cellar": battery}, evs))
        decision, memory, *_ = decide(state, memory, plan)
        commanded = {
            name: _written(one, decision.commands[f"ev.{name}"].order, mono_s) for name, one in commanded.items()
        }
    return states


def _written(before: Commanded, order: Order, mono_s: float) -> Commanded:
    """What the charger is commanded after this order."""
    assert isinstance(order, EvOrder)
    paused = order.current_a == 0.0
    after = replace(
        before, current_a=before.current_a if paused else order.current_a, paused=paused, phases=order.phases
    )
    return before if after == before else replace(after, at_s=mono_s)


def cost_us(chargers: int, rule_count: int) -> float:
    """Median cost of a tick in µs."""
    sites = {f"ev{n}": ChargerSite(f"ev{n}", can_switch_phases=True) for n in range(chargers)}
    site = Site(fuse_a=63.0 * chargers, chargers=sites, batteries={"cellar": BatterySite("cellar")})
    names = DeviceNames(evs=tuple(sites), batteries=("cellar",), pvs=("roof",))
    book = book_from_texts({"bench.yaml": rules(rule_count)}, names, ZoneInfo("UTC"))
    states = day(plan := Plan(site, book), chargers)
    rounds = []
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        memory = initial_memory(plan)
        begun = time.process_time()
        for state in states:
            memory = decide(state, memory, plan).memory
        rounds.append((time.process_time() - begun) / len(states))
    return 1e6 * statistics.median(rounds)


def main() -> None:
    """Print the table."""
    print(f"20 rules, 1 charger, 1 battery: {cost_us(1, 20):7.1f} µs a tick")
    for chargers in (1, 10, 25, 50):
        total = cost_us(chargers, 20)
        print(f"{chargers:3d} chargers: {total:9.1f} µs a tick, {total / chargers:6.1f} µs each")


if __name__ == "__main__":
    main()
