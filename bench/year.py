"""The time of a simulated year, in total and by part.

    python -m bench.year [--days 365] [--tick 10] [--rules rules] [--profile] [--json]
    python -m bench.year --days 2 --watched-days 0.2      a short run of all parts
    python -m bench.year --days 7 --prices                what prices by the quarter hour add
    python -m bench.year --prices --history FILE --rounds 1      the same for a year of past prices

Generated weather, the shipped rules, one charger, one battery: decision, write limiter, physics, State, and accounts.
The first run measures the whole period by month. A second run of a few days measures each part with a stopwatch,
which costs about a microsecond for each part. `--prices` simulates the period a few times with constant prices and with
the prices of a market by the quarter hour under a contract with fees, zones, and VAT, in turn, and compares them.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import math
import pstats
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.cli.study.contract_prices import by_contract, read_market
from optimizer.control import decide as decide_module
from optimizer.control.params import Params
from optimizer.control.plan import Plan
from optimizer.model.fields import DeviceNames
from optimizer.model.series import Series as Prices
from optimizer.model.series import Slot
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.rules.book.files import load_book
from optimizer.sources.prices.by_time import ByTime, Zone
from optimizer.sources.prices.contract import ImportContract
from optimizer.study import simulate as simulate_module
from optimizer.study.bookkeeping import Bookkeeper
from optimizer.study.house.car import HABITS, Car, trips_of
from optimizer.study.house.house import VirtualHouse, World
from optimizer.study.house.prices import Tariff
from optimizer.study.input.generate import generate
from optimizer.study.simulate import simulate
from optimizer.twin.market import Market
from optimizer.twin.physics import House
from optimizer.twin.sun import Place, Roof

RULES = Path(__file__).parent.parent / "rules"
GOAL_S = 240.0
PRICES_PART = 0.10
"""The largest part by which prices may lengthen a run."""
ROUNDS = 5
YEAR_TICKS = 3_153_600
START = datetime(2025, 1, 1, tzinfo=UTC)
PARTS: tuple[tuple[str, Any, str], ...] = (
    ("decide()", simulate_module, "decide"),
    ("  of it: rules", decide_module, "evaluate"),
    ("  of it: chargers", decide_module, "request_all"),
    ("  of it: guard", decide_module, "hold_fuses"),
    ("  of it: batteries", decide_module, "order_batteries"),
    ("State and physics", VirtualHouse, "step"),
    ("  of it: physics", House, "step"),
    ("writes with limiter", VirtualHouse, "obey"),
    ("accounts", Bookkeeper, "book"),
)


def build(args: argparse.Namespace, days: float, start: datetime = START) -> tuple[Plan, World]:
    """The house of the benchmark for this number of days."""
    zone = ZoneInfo("Europe/Berlin")
    site = Site(
        zone=zone,
        chargers={"carport": ChargerSite("carport", can_switch_phases=True)},
        batteries={"house": BatterySite("house")},
    )
    book = load_book(args.rules, DeviceNames(("carport",), ("house",), ("house",)), zone)
    series = generate(Place(), Roof(), start, days)
    car = Car(trips=trips_of(args.car))
    return Plan(site, book, Params()), World(series, {"carport": car}, {}, Tariff(30.0, 8.0, 19.0), tick_s=args.tick)


class Stopwatch:
    """Times calls of one function."""

    def __init__(self, total: Counter[str], name: str, function: Callable[..., Any]) -> None:
        self._total, self._name, self._function = total, name, function

    def __get__(self, owner: Any, _: Any = None) -> Callable[..., Any]:
        return lambda *args, **named: self._timed(owner, *args, **named)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._timed(*args, **named)

    def _timed(self, *args: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        answer = self._function(*args, **named)
        self._total[self._name] += time.perf_counter() - begun  # type: ignore[assignment]
        return answer


def shares(args: argparse.Namespace, start: datetime, days: float) -> tuple[Counter[str], float, int]:
    """Seconds by part, total seconds, and ticks of a run with stopwatches."""
    total: Counter[str] = Counter()
    originals = [(owner, name, getattr(owner, name)) for _, owner, name in PARTS]
    plan, world = build(args, days, start)
    try:
        for part, owner, name in PARTS:
            setattr(owner, name, Stopwatch(total, part, getattr(owner, name)))
        begun = time.perf_counter()
        result = simulate(plan, world)
        return total, time.perf_counter() - begun, result.ticks
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)


def priced(world: World, market: Prices | None) -> World:
    """The same house with the prices of a market, as `simulate --prices` sets them. None: a simulated market."""
    series, zone = world.series, ZoneInfo("Europe/Berlin")
    if market is None:
        end_s = series.start.timestamp() + series.duration_s
        slots = Market().slots(series.start.timestamp(), end_s, datetime.fromtimestamp(end_s, UTC))
        market = Prices.of([Slot(start, end, (price or 0.0) / 10.0) for start, end, price in slots], unit="ct/kWh")
    evening = Zone(ct=15.3, from_s=17 * 3600.0, to_s=21 * 3600.0)
    contract = ImportContract(source="epex", fees={"network": ByTime(9.0, (evening,))}, vat_percent=19.0)
    return replace(world, series=by_contract(contract, series, zone, market))


def prices_part(args: argparse.Namespace) -> float:
    """The part by which prices lengthen a run, by the time of the processor.

    Another process can only lengthen a run, so the shortest run of each kind counts.
    """
    start, history = START + timedelta(days=151), None
    if args.history is not None:
        history = read_market(args.history)
        start = history.slots[0].start

    def run_s(prepare: Callable[[World], World]) -> float:
        plan, world = build(args, args.days, start)
        begun = time.process_time()
        simulate(plan, prepare(world))
        return time.process_time() - begun

    constant_s = priced_s = math.inf
    for _ in range(args.rounds):
        constant_s = min(constant_s, run_s(lambda world: world))
        priced_s = min(priced_s, run_s(lambda world: priced(world, history)))
        print(f"constant prices {constant_s:.2f} s, prices of a market {priced_s:.2f} s")
    return priced_s / constant_s - 1.0


def peak_mb() -> float:
    """Largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    """Run, and print figures or one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--watched-days", type=float, default=3.0, help="days run again with a stopwatch")
    parser.add_argument("--tick", type=float, default=10.0, metavar="S")
    parser.add_argument("--rules", type=Path, default=RULES)
    parser.add_argument(
        "--car", choices=tuple(HABITS), default="always", help="its habits; “always” is the most expensive"
    )
    parser.add_argument("--profile", action="store_true", help="also functions by their own time, over two June days")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--prices", action="store_true", help="only compare constant prices with those of a market")
    parser.add_argument("--history", type=Path, metavar="FILE", help="with --prices: market prices from this file")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="with --prices: runs of each kind")
    args = parser.parse_args()
    if args.prices:
        part = prices_part(args)
        verdict = "within" if part <= PRICES_PART else "beyond"
        print(f"prices lengthen a run by {part:.1%}, {verdict} the goal of {PRICES_PART:.0%}")
        return
    plan, world = build(args, args.days)
    months: list[tuple[float, float, float]] = []
    marks = [(time.process_time(), time.perf_counter())]

    def watch(part: float) -> bool:
        if part * args.days >= 30.0 * len(marks):
            marks.append((time.process_time(), time.perf_counter()))
            months.append((marks[-1][0] - marks[-2][0], marks[-1][1] - marks[-2][1], peak_mb()))
            if sys.stderr.isatty():
                print(f"{part:.0%}", end="\r", file=sys.stderr)
        return True

    begun_cpu, begun = time.process_time(), time.perf_counter()
    result = simulate(plan, world, watch=watch)
    cpu_s, wall_s = time.process_time() - begun_cpu, time.perf_counter() - begun
    tick_us = 1e6 * cpu_s / result.ticks
    parts, watched_s, watched = shares(args, START + timedelta(days=151), args.watched_days)
    month_ticks = 30.0 * 86400.0 / args.tick
    figures = {
        "ticks": result.ticks,
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "ticks_per_s": round(result.ticks / cpu_s),
        "us_per_tick": round(tick_us, 1),
        "year_at_10_s_cpu_s": round(tick_us * YEAR_TICKS / 1e6, 1),
        "us_per_tick_by_month": [round(1e6 * cpu / month_ticks, 1) for cpu, _, _ in months],
        "peak_mb_by_month": [round(mb, 1) for _, _, mb in months],
        "us_by_part_in_june": {name: round(1e6 * s / watched, 1) for name, s in parts.items()},
        "us_per_tick_in_june_with_stopwatch": round(1e6 * watched_s / watched, 1),
        "ev_kwh": round(result.ev_wh / 1e3, 1),
        "starts": result.starts,
    }
    if args.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:36} {value}")
        verdict = "within" if tick_us * YEAR_TICKS / 1e6 <= GOAL_S else "beyond"
        print(f"a year at a 10 s tick is {verdict} the goal of {GOAL_S:.0f} s on one core")
    if args.profile:
        profile = cProfile.Profile()
        profile.runcall(simulate, *build(args, 2.0, START + timedelta(days=151)))
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
