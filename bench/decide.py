"""The time of one decision: 20 rules with one charger and one battery, then 1 to 50 chargers.

    python -m bench.decide

Prints microseconds a tick: the median of several rounds over a day of changing readings.
"""

from __future__ import annotations

import gc
import statistics
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.files import book_from_texts

TICKS = 2000
ROUNDS = 5
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


def day(chargers: int) -> list[State]:
    """Snapshots 5 s apart, with every reading new."""
    states = []
    for tick in range(TICKS):
        mono_s = 5.0 * tick
        sun_w = 2000.0 + 1000.0 * chargers * (1.0 + (tick % 200) / 100.0)
        commanded = Commanded(8.0, False, 3, mono_s - tick % 4 * 5.0)
        evs = {
            f"ev{n}": Ev(
                f"ev{n}",
                known(EvStatus.CHARGING, mono_s),
                known(5500.0, mono_s),
                (),
                known(8.0, mono_s),
                paused=known(False, mono_s),
                phases=known(3, mono_s),
                rated_a=known(16.0, mono_s),
                commanded=commanded,
            )
            for n in range(chargers)
        }
        now = START + timedelta(seconds=mono_s)
        grid = Grid(known(500.0 + 5500.0 * chargers - sun_w, mono_s))
        battery = Battery("cellar", known(-300.0, mono_s), known(50.0 + abs(tick % 60 - 30), mono_s))
        states.append(
            State(now, now, mono_s, grid, {"roof": Pv("roof", known(sun_w, mono_s))}, {"cellar": battery}, evs)
        )
    return states


def cost_us(chargers: int, rule_count: int) -> float:
    """Median cost of a tick in µs."""
    sites = {f"ev{n}": ChargerSite(f"ev{n}", can_switch_phases=True) for n in range(chargers)}
    site = Site(fuse_a=63.0 * chargers, chargers=sites, batteries={"cellar": BatterySite("cellar")})
    names = DeviceNames(evs=tuple(sites), batteries=("cellar",), pvs=("roof",))
    book = book_from_texts({"bench.yaml": rules(rule_count)}, names, ZoneInfo("UTC"))
    plan, states = Plan(site, book), day(chargers)
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
