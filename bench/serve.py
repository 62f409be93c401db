"""The cost of the servers: the journal per day, a scrape, the page, and their part of a tick.

    python -m bench.serve [--hours 6]

The house is a full one (three-phase meter, hybrid battery, two chargers) with noise in every digit, so that
the size of the journal is realistic and not a best case.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from optimizer.control.decide import decide
from optimizer.control.plan import Plan, initial_memory
from optimizer.control.report import DeviceHealth, LeaseStatus, TickReport
from optimizer.journal.writer import Journal
from optimizer.model.clock import SystemClock
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import Reading, known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.engine import Book
from optimizer.rules.book.files import load_book
from optimizer.serve.feed.values import FeedConfig, feed_values
from optimizer.serve.metrics.exposition import Exposition
from optimizer.serve.panel import Panel
from optimizer.serve.web.view import status_document

RULES = Path(__file__).parents[1] / "rules"
TICK_S = 5.0
START = datetime(2025, 6, 21, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
SITE = Site(
    zone=ZONE,
    chargers={"carport": ChargerSite("carport", can_switch_phases=True), "garage": ChargerSite("garage")},
    batteries={"cellar": BatterySite("cellar")},
)


def states(ticks: int) -> Iterator[State]:
    """A day of a full house. Each device is polled at its own time."""
    rng = random.Random(7)
    history: deque[tuple[float, float]] = deque(maxlen=32)
    soc, total_wh, ev_wh = 30.0, 1.0e6, 0.0
    for n in range(ticks):
        mono_s = 1000.0 + TICK_S * n + rng.uniform(0.0, 0.02)
        now = START + timedelta(seconds=TICK_S * n, microseconds=rng.randrange(20000))
        day = max(0.0, math.sin(math.pi * n * TICK_S / 54000.0))
        pv_w = round(9000.0 * day * rng.uniform(0.5, 1.0))
        home_w = 400.0 + 200.0 * rng.random()
        ev_w = round(min(7000.0, max(0.0, pv_w - home_w)))
        battery_w = round(rng.uniform(-600.0, 600.0))
        soc = min(100.0, max(10.0, soc + rng.uniform(-0.02, 0.03)))
        total_wh += pv_w * TICK_S / 3600.0
        ev_wh += ev_w * TICK_S / 3600.0
        grid_w = round(home_w + ev_w - pv_w - battery_w)
        at_s, ev_at_s = mono_s - rng.uniform(0.0, 1.0), mono_s - rng.uniform(0.0, 9.0)
        history.append((at_s, float(grid_w)))

        def at_ev(value: float, ev_at_s: float = ev_at_s) -> Reading[float]:
            return known(value, ev_at_s)

        amps = tuple(at_ev(round(ev_w / 690.0 + rng.uniform(-0.05, 0.05), 2)) for _ in range(3))
        ev = Ev(
            "carport",
            known(EvStatus.CHARGING, ev_at_s),
            at_ev(ev_w),
            amps,
            at_ev(10.0),
            at_ev(10.0),
            known(False, ev_at_s),
            known(3, ev_at_s),
            at_ev(16.0),
            at_ev(round(ev_wh)),
            at_ev(round(total_wh)),
            at_ev(0.0),
            commanded=Commanded(10.0, False, 3, mono_s - 20.0),
        )
        yield State(
            now=now,
            local=now.astimezone(ZONE),
            mono_s=mono_s,
            grid=Grid(
                known(float(grid_w), at_s),
                tuple(known(round(grid_w / 690.0 + rng.uniform(-3, 3), 3), at_s) for _ in range(3)),
                history=tuple(history),
            ),
            pvs={"roof": Pv("roof", known(pv_w, at_s), known(round(total_wh), at_s))},
            batteries={
                "cellar": Battery(
                    "cellar",
                    known(battery_w, at_s),
                    known(round(soc, 1), at_s),
                    known(10000.0, at_s),
                    known(5000.0, at_s),
                    known(5000.0, at_s),
                )
            },
            evs={"carport": ev, "garage": replace(ev, name="garage", status=known(EvStatus.DISCONNECTED, ev_at_s))},
        )


def reports(ticks: int, book: Book) -> Iterator[TickReport]:
    """Ticks as the loop reports them, decided by the real core."""
    plan = Plan(SITE, book)
    memory = initial_memory(plan)
    devices = tuple(DeviceHealth(name, "x", True, 1.0, 0.02, 5) for name in ("house", "carport", "garage"))
    for n, state in enumerate(states(ticks)):
        decision, memory, verdict, _ = decide(state, memory, plan)
        leases = tuple(
            LeaseStatus(key, command.order, command.issued_s, command.expires_s, command.issued_s)
            for key, command in decision.commands.items()
        )
        yield TickReport(state, decision, verdict, 0.003, n, 0, devices, leases, "benchmark", memory=memory)


def measure_journal(path: Path, ticks: list[TickReport]) -> float:
    """MB a day at the 5 s tick."""
    journal = Journal(path)
    for index, tick in enumerate(ticks):
        journal.on_tick(tick)
        if index % 200 == 0:
            journal.flush(60.0)
    journal.flush(60.0)
    journal.close()
    return path.stat().st_size / 1e6 * 86400.0 / (TICK_S * len(ticks))


def milliseconds(action: object, times: int = 50) -> float:
    """Median duration of a call."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()  # type: ignore[operator]
        taken.append(time.perf_counter() - started)
    return 1000.0 * median(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0, help="house time recorded (default 6)")
    hours = parser.parse_args().hours
    names = DeviceNames(evs=("carport", "garage"), batteries=("cellar",), pvs=("roof",))
    book = load_book(RULES, names, ZONE)
    ticks = list(reports(round(hours * 3600.0 / TICK_S), book))
    with tempfile.TemporaryDirectory() as folder:
        per_day = measure_journal(Path(folder) / "journal.db", ticks)

    async def costs() -> None:
        panel = Panel(SystemClock(), SITE)
        started = time.perf_counter()
        for tick in ticks:
            panel.on_tick(tick)
        tick_ms = 1000.0 * (time.perf_counter() - started) / len(ticks)
        exposition, last = Exposition(panel), ticks[-1]
        now_s = last.state.mono_s
        body, _ = exposition.render("")
        static = files("optimizer.serve.web").joinpath("static")
        loaded = (file for file in static.iterdir() if file.name.endswith((".js", ".css", "index.html")))
        page = sum(len(file.read_bytes()) for file in loaded)
        print(f"journal            {per_day:8.2f} MB a day at the {TICK_S:g} s tick (limit 10)")
        print(f"scrape             {milliseconds(lambda: exposition.render('')):8.2f} ms (limit 20), {len(body)} bytes")
        status_ms = milliseconds(lambda: status_document(last, now_s, panel.ledger.today, panel.site))
        print(f"status document    {status_ms:8.2f} ms")
        print(f"feed document      {milliseconds(lambda: feed_values(last, FeedConfig(), now_s)):8.2f} ms")
        print(f"a tick's watching  {tick_ms:8.2f} ms in the loop, journal in its own thread")
        print(f"page               {page / 1000.0:8.1f} kB (limit 100)")

    asyncio.run(costs())


if __name__ == "__main__":
    main()
