"""Measures how closely decide() follows the surplus, on an external plant, against an external optimum.

    python -m bench.surplus --judge DIR TRACE... [--phases sw] [--mode economic] [--ev-poll 10] [--noise] [--json]

DIR holds `plant.py` (a car and charger with dead time and lag) and `bound.py` (the clairvoyant optimum with 5-minute
dwell). Both need numpy. The controller under test is the product's own: State from the plant's meter readings as
measured, decide() at its normal tick with the shipped rules and defaults, every write through the write limiter.
Beside it run threshold controllers with the documented behavior of evcc (`bench/threshold.py`). Each trace runs with
sub-minute noise first, because real PV power has it, and then without.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.surplus_cars import SHORT_S, run_cars
from bench.surplus_product import Controller, plan_for
from bench.threshold import SETTINGS, ThresholdController
from optimizer.control.params import FollowParams, Params

NAME = "carport"
SECOND = "yard"
"""The second car."""
SECOND_PRIORITY = {"later": -1, "equal": 0}
CARS = ("cars_kwh", "cars_starts", "cars_short")
TERMS = {
    "all terms": {},
    "without P": {"lag_gain": 0.0},
    "without I": {"trim_limit_w": 0.0},
    "without ramp": {"lookahead_s": 0.0},
    "feed-forward alone": {"lag_gain": 0.0, "trim_limit_w": 0.0, "lookahead_s": 0.0},
}
"""The terms of the current, and the parameters that switch them off."""
FRONTIER_CT = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Prices of a phase switch."""
SWEPT = (0.7, 1.4)
"""Factors on each parameter in a sweep."""
DELAYS = ("DEAD", "TAU", "START", "STOP", "PAUSE")
"""The delays of the plant."""
MINUTE_S = 60.0
FINE_START = datetime(2026, 6, 1, tzinfo=UTC)
"""The start of a trace that counts seconds and has no dates."""
SUMMED = (
    "days", "J_kwh", "J_bound_kwh", "E_sur_kwh", "E_imp_kwh", "starts", "short_runs", "phase_switches", "writes",
)  # fmt: skip


@dataclass
class Runs:
    """A controller, with the lengths of its runs by its own commands."""

    controller: Any
    short: int = 0
    """Runs under three minutes."""
    _since: float | None = None

    @property
    def interval(self) -> float:
        return float(self.controller.interval)

    def step(self, t: int, m: dict[str, Any]) -> tuple[int, float]:
        phases, amps = self.controller.step(t, m)
        if amps > 0.0 and self._since is None:
            self._since = float(t)
        elif amps <= 0.0 and self._since is not None:
            self.short += t - self._since < SHORT_S
            self._since = None
        return int(phases), float(amps)


def run_trace(path: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The figures of the product, of the threshold controllers, and of the bound for one trace, with noise first."""
    sys.path.insert(0, args.judge)
    import bound  # noqa: PLC0415  (given on the command line)
    import plant  # noqa: PLC0415

    with slowed(plant.Plant, args.lag):
        return _rows(path, args, bound, plant)


@contextmanager
def slowed(kind: Any, factor: float) -> Iterator[None]:
    """The delays of the plant times `factor`, for one trace. A process runs several."""
    usual = {name: getattr(kind, name) for name in DELAYS}
    try:
        for name, delay in usual.items():
            setattr(kind, name, type(delay)(round(delay * factor, 1)))
        yield
    finally:
        for name, delay in usual.items():
            setattr(kind, name, delay)


def _rows(path: str, args: argparse.Namespace, bound: Any, plant: Any) -> list[dict[str, Any]]:
    """The figures of one trace on this plant."""
    stamps, pv, load, extra = bound.load_trace(path)
    begin, step_s = _times(stamps)
    spread = extra.get("pv_sd_w")
    if args.noise and spread is None:
        raise SystemExit(f"{path}: --noise needs the column pv_sd_w, the spread of the PV power within the minute")
    rows: list[dict[str, Any]] = []
    for noise in (True,) if args.noise else (False,) if args.clean or spread is None else (True, False):
        p1, l1 = plant.expand(pv, load, spread, noise, step=round(step_s))
        first = args.days[0] - 1 if args.days else 0
        last = args.days[1] if args.days else len(p1) // 86400 + 1
        p1, l1 = p1[first * 86400 : last * 86400], l1[first * 86400 : last * 86400]
        start = begin + timedelta(days=first)
        best = 0.0
        if not args.battery and not args.no_bound and not args.second:
            best = sum(
                plant.bounds10(pv_day, load_day, args.phases, 1.0)["J"] for pv_day, load_day in plant.days(p1, l1)
            )
        for name, controller in _controllers(args, start):
            runs, phases = Runs(controller), 3 if args.phases == "3p" else 1
            if args.second:
                result = run_cars(plant, controller, p1, l1, phases, args.ev_poll)
                runs.short = sum(result["cars_short"])
            else:
                battery = bound.Battery() if args.battery else None
                result = plant.run(runs, p1, l1, phases, battery, log=args.battery, ev_poll=args.ev_poll)
            row: dict[str, Any] = {
                "trace": Path(path).name.removeprefix("site_").removesuffix(".csv.gz"),
                "noise": noise,
                "fine": step_s < MINUTE_S,
                "controller": name,
                "days": len(p1) / 86400,
                "J_kwh": result["E_sur"] - result["E_imp"],
                "J_bound_kwh": best,
                "J_ratio": (result["E_sur"] - result["E_imp"]) / best if best > 0 else None,
                "E_sur_kwh": result["E_sur"],
                "E_imp_kwh": result["E_imp"],
                "starts": result["starts"],
                "short_runs": runs.short,
                "phase_switches": result["switches"],
                "phase_changes": result["changes"],
                "writes": controller.writes,
            }
            if isinstance(controller, Controller):
                row["decide_us"] = 1e6 * controller.decide_s / max(1, controller.ticks)
            if args.second:
                row |= {key: result[key] for key in CARS}
            if args.battery:
                flows = zip(result["ev"], result["batt"], strict=True)
                row |= {
                    "battery_kwh": result["bat_kwh"],
                    "battery_to_ev_kwh": float(sum(min(e, max(0.0, -b)) for e, b in flows)) / 3.6e6,
                    "worst_sunset_soc_points": worst_sunset(
                        p1, l1, result["batt"], bound.Battery(), plant.battery_step
                    ),
                }
            rows.append(row)
    return rows


def _controllers(args: argparse.Namespace, start: datetime) -> Iterator[tuple[str, Any]]:
    """The product, and the threshold controllers beside it. Those know nothing of a battery."""
    plan = plan_for(args, {NAME: 0, SECOND: SECOND_PRIORITY[args.second]} if args.second else {NAME: 0})
    yield "optimizer", Controller(plan, start, args.battery, args.meter, args.misread)
    if not args.alone and not args.battery and not args.second:
        for name, settings in SETTINGS.items():
            yield name, ThresholdController(settings, args.phases == "sw", 3 if args.phases == "3p" else 1)


def _times(stamps: list[str]) -> tuple[datetime, float]:
    """The start of a trace and its step, s. Stamps are dates of one-minute values, or seconds."""
    if stamps[0].isdigit():
        return FINE_START, float(stamps[1]) - float(stamps[0])
    return datetime.fromisoformat(stamps[0].replace("Z", "+00:00")).replace(tzinfo=UTC), MINUTE_S


def text_of(row: dict[str, Any]) -> str:
    """One line of the table."""
    ratio = "     –" if row["J_ratio"] is None else f"{row['J_ratio']:6.4f}"
    weather = "noise" if row["noise"] else "fine " if row.get("fine") else "clean"
    line = (
        f"{row['trace']:20} {weather} {row['controller']:18} J/J_bound {ratio}"
        f"  E_sur {row['E_sur_kwh']:7.1f}  E_imp {row['E_imp_kwh']:6.1f}  starts {row['starts']:4.0f}"
        f" ({row['short_runs']:.0f} under 3 min)  switches {row['phase_switches']:4.0f}  writes {row['writes']:6.0f}"
    )
    if "cars_kwh" in row:
        cars = zip(*(row[key] for key in CARS), strict=True)
        line += "".join(f"  car {kwh:.1f} kWh {starts} starts ({short} short)" for kwh, starts, short in cars)
    known_names = ("battery_kwh", "battery_to_ev_kwh", "worst_sunset_soc_points", "decide_us")
    return line + "".join(f"  {name} {row[name]:.1f}" for name in known_names if name in row)


def totals(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The sums of all traces by controller, counts per 30 days."""
    for noise in (True, False):
        for name in dict.fromkeys(row["controller"] for row in rows):
            same = [row for row in rows if row["noise"] is noise and row["controller"] == name]
            if not same:
                continue
            total = {key: sum(row[key] for row in same) for key in SUMMED}
            per_month = 30.0 / total["days"]
            ratio = total["J_kwh"] / total["J_bound_kwh"] if total["J_bound_kwh"] > 0 else None
            counts = {key: total[key] * per_month for key in ("starts", "short_runs", "phase_switches", "writes")}
            yield {**total, "trace": "all, per 30 days", "noise": noise, "controller": name, "J_ratio": ratio, **counts}


def frontier(args: argparse.Namespace) -> None:
    """The gain of more phase switches: J against the price of one."""
    for path in args.traces:
        for price_ct in FRONTIER_CT:
            given = [*args.set, ("switch_cost_ct", price_ct)]
            changed = argparse.Namespace(**{**vars(args), "set": given, "alone": True})
            for row in run_trace(path, changed):
                print(f"a switch costs {price_ct:4.1f} ct  {text_of(row)}", flush=True)


def sweep(args: argparse.Namespace) -> None:
    """Print how flat the optimum is: the sum of all traces with each parameter at SWEPT times its value."""

    def total(changes: list[tuple[str, float]]) -> dict[str, Any]:
        changed = argparse.Namespace(**{**vars(args), "set": [*args.set, *changes], "alone": True, "no_bound": True})
        return next(totals([row for path in args.traces for row in run_trace(path, changed)]))

    before = total([])
    print(f"{'as it is':20} {'':4} J {before['J_kwh']:8.2f} kWh", flush=True)
    for name, value in asdict(FollowParams()).items():
        for factor in SWEPT:
            row = total([(name, factor * value)])
            percent = 100.0 * (row["J_kwh"] / before["J_kwh"] - 1.0)
            counts = f"starts {row['starts']:4.0f}  switches {row['phase_switches']:4.0f} in 30 days"
            print(f"{name:20} x{factor} J {row['J_kwh']:8.2f} kWh  {percent:+5.2f} %  {counts}", flush=True)


def terms(args: argparse.Namespace) -> None:
    """Print the value of each term of the current: each trace with and without it."""
    for path in args.traces:
        for name, switched_off in TERMS.items():
            changed = argparse.Namespace(**{**vars(args), "set": [*args.set, *switched_off.items()], "alone": True})
            for row in run_trace(path, changed):
                print(f"{name:18} J {row['J_kwh']:7.2f}  {text_of(row)}", flush=True)


def worst_sunset(pv: Any, load: Any, charged_w: Any, battery: Any, step: Any) -> float:
    """The day on which the car cost the battery most: SoC at sunset with the car minus without it, in points."""
    soc = base = battery.soc0 * battery.kwh
    power_w, worst, light = 0.0, 0.0, False
    for sun_w, load_w, with_car_w in zip(pv.tolist(), load.tolist(), charged_w.tolist(), strict=True):
        flow_w = with_car_w * battery.eta_c if with_car_w > 0 else with_car_w / battery.eta_d
        soc += flow_w / 3.6e6
        base, power_w = step(load_w - sun_w, base, power_w, battery)
        if light and sun_w <= 0.0:
            worst = min(worst, 100.0 * (soc - base) / battery.kwh)
        light = sun_w > 0.0
    return worst


def _parameter(text: str) -> tuple[str, float]:
    """A parameter of the follower and its value, from `name=value`."""
    name, _, value = text.partition("=")
    if not hasattr(FollowParams(), name):
        raise argparse.ArgumentTypeError(f"“{name}” is no parameter of the follower")
    return name, float(value)


def main() -> None:
    """Run the traces and print a table or JSON lines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("traces", nargs="+", metavar="TRACE")
    parser.add_argument("--judge", required=True, metavar="DIR", help="folder with plant.py and bound.py")
    parser.add_argument("--phases", choices=("1p", "3p", "sw"), default="sw")
    parser.add_argument("--mode", choices=("economic", "strict"), default="economic")
    parser.add_argument("--ev-poll", type=int, default=10, help="s between fresh charger readings")
    parser.add_argument("--meter", type=float, default=1.0, help="s between fresh grid readings")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--noise", action="store_true", help="only with sub-minute PV noise (default: with and without)")
    kinds.add_argument("--clean", action="store_true", help="only without sub-minute PV noise")
    parser.add_argument("--alone", action="store_true", help="without the threshold controllers")
    parser.add_argument("--tick", type=float, default=Params().tick_s, help="s between decisions")
    parser.add_argument(
        "--follow-tick", type=float, default=Params().follow_tick_s, help="the same while the car charges"
    )
    parser.add_argument("--write-interval", type=float, default=10.0, help="s between raises of the current")
    parser.add_argument("--battery", action="store_true", help="add a self-consuming 10 kWh battery")
    parser.add_argument(
        "--second", choices=tuple(SECOND_PRIORITY), help="a second car, with lower or equal priority (without bound)"
    )
    parser.add_argument("--lag", type=float, default=1.0, metavar="K", help="scale the plant's delays")
    parser.add_argument("--days", type=int, nargs=2, metavar=("FIRST", "LAST"), help="only these days, from 1")
    parser.add_argument("--no-bound", action="store_true", help="skip the optimum (faster)")
    parser.add_argument(
        "--set",
        type=_parameter,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another value of a parameter of the follower",
    )
    parser.add_argument("--frontier", action="store_true", help="J against the price of a switch, for each trace")
    parser.add_argument("--terms", action="store_true", help="what each term of the current is worth, for each trace")
    parser.add_argument("--sweep", action="store_true", help="each parameter at 0.7 and 1.4 times its value")
    parser.add_argument(
        "--misread", type=float, default=1.0, metavar="K", help="the charger shows K times the power of the car"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    studies = {"frontier": frontier, "terms": terms, "sweep": sweep}
    for name, study in studies.items():
        if getattr(args, name):
            study(args)
            return
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(max_workers=min(2, len(args.traces))) as pool:
        for found in pool.map(run_trace, args.traces, [args] * len(args.traces)):
            rows += found
            for row in found:
                print(json.dumps(row) if args.json else text_of(row), flush=True)
    if len(args.traces) > 1:
        for row in totals(rows):
            print(json.dumps(row) if args.json else text_of(row))


if __name__ == "__main__":
    main()
