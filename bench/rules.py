"""Figures of the rule language: one condition, one tick of 20 rules, loading 200 rules.

Run: python -m bench.rules
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.compiled import compiled_condition
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.state import Battery, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.engine import EMPTY_MEMORY, evaluate
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from optimizer.rules.tools.lints import lints

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = DeviceNames(("carport",), ("cellar",), ("roof",))
START = datetime(2025, 6, 21, 8, tzinfo=UTC)
CONDITIONS = (
    "grid.export_w > 1.4kW",
    "battery.soc >= 60% and ev.connected",
    "battery.soc >= 60% and grid.export_w > 1.4kW and time.now between 08:00 and 20:00 and ev.connected",
    "ev.status in [connected, charging] or time.weekday in [sat, sun] and pv.power_w - home.power_w > 2kW",
)
RULE = """
  - id: rule-{i}
    when: battery.soc {sign} {soc}% and grid.export_w > {watts}W and time.now between 06:00 and 20:00 or ev.mode == fast
    for: {wait}s
    keep_for: 30s
    priority: {i}
    {side}
"""


def house(now_s: float, grid_w: float, soc: float, pv_w: float) -> State:
    """The state of a house at one moment."""
    now = START + timedelta(seconds=now_s)
    return State(
        now=now,
        local=now.astimezone(BERLIN),
        mono_s=1000.0 + now_s,
        grid=Grid(power_w=known(grid_w, now_s)),
        pvs={"roof": Pv("roof", power_w=known(pv_w, now_s))},
        batteries={"cellar": Battery("cellar", power_w=known(-500.0, now_s), soc_percent=known(soc, now_s))},
        evs={"carport": Ev("carport", status=known(EvStatus.CHARGING, now_s), power_w=known(1500.0, now_s))},
    )


def rules_text(count: int) -> str:
    """A book of `count` rules, all different."""
    sides = ("claim: {ev.mode: fast}", "claim: {surplus.priority: battery_first}", "limit: {battery.discharge_w: 0W}")
    modes = ("off", "surplus", "min_surplus")
    rules = [
        RULE.format(i=i, sign="<>"[i % 2], soc=20 + i % 70, watts=100 * (i % 40), wait=i % 90, side=sides[i % 3])
        for i in range(count)
    ]
    return f"version: 1\ndefaults: {{ev.mode: {modes[1]}}}\nrules:{''.join(rules)}"


def best(function: Callable[[], object], times: int, rounds: int = 5) -> float:
    """Seconds per call, the minimum of some rounds."""
    found = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            function()
        found = min(found, (time.perf_counter() - start) / times)
    return found


def conditions() -> None:
    """One compiled condition, with values that were read before."""
    state = house(0.0, -1800.0, 70.0, 3000.0)
    for text in CONDITIONS:
        compiled = compiled_condition(condition(parse(text), NAMES))
        values = compiled.values(state, {})
        seconds = best(lambda run=compiled.run, values=values: run(*values), 50_000)  # type: ignore[misc]
        print(f"condition {seconds * 1e6:8.3f} µs   {text}")


def ticks(count: int, noise_w: float, label: str) -> None:
    """The ticks of a day, each 10 s, with `count` rules."""
    book = book_from_texts({"bench.yaml": rules_text(count)}, NAMES, BERLIN)
    rng = random.Random(1)
    states, grid_w, soc = [], -2000.0, 30.0
    for index in range(3000):
        grid_w = -2000.0 + 1500.0 * (index % 600) / 600 + rng.gauss(0.0, noise_w)
        soc = 30.0 + 60.0 * index / 3000
        states.append(house(index * 10.0, grid_w, soc, 4000.0))
    found = float("inf")
    for _ in range(5):
        memory, changes, before = EMPTY_MEMORY, 0, None
        start = time.perf_counter()
        for state in states:
            verdict, memory = evaluate(book, state, memory)
            changes += verdict is not before
            before = verdict
        found = min(found, (time.perf_counter() - start) / len(states))
    print(f"tick      {found * 1e6:8.3f} µs   {count} rules, {label}: {changes} changes in {len(states)} ticks")


def loading(count: int) -> None:
    """Reading, checking and compiling a book, with all warnings."""
    text = rules_text(count)

    def load() -> None:
        lints(book_from_texts({"bench.yaml": text}, NAMES, BERLIN))

    print(f"check     {best(load, 1, 3) * 1e3:8.1f} ms   {count} rules")


def main() -> None:
    """Print all figures."""
    conditions()
    ticks(20, 0.0, "calm")
    ticks(20, 400.0, "noisy grid")
    loading(200)


if __name__ == "__main__":
    main()
