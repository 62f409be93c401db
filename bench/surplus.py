#!/usr/bin/env python3
"""How closely decide() follows the surplus, on an external plant and compared with an external optimum.

    python bench/surplus.py --judge DIR TRACE... [--phases sw] [--mode economic] [--ev-poll 10] [--json]

DIR holds `plant.py` (a car and charger with dead time and lag) and `bound.py` (the clairvoyant optimum with 5-minute
dwell). Both need numpy. The controller under test is the product's own: State from the plant's meter readings as
measured, decide() at its normal tick with the shipped rules and defaults, every write through the write limiter.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.control.decide import decide
from optimizer.control.limiter import READ_BACK_S, next_write
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.files import book_from_texts, load_book

NAME = "carport"
RULES = Path(__file__).parent.parent / "rules"
BATTERY_FIRST = "version: 1\ndefaults: {ev.mode: surplus, surplus.priority: battery_first}\nrules: []\n"
"""With --battery it has priority at any SoC. The shipped rules give it priority only up to a part of its capacity."""
STRICT = 0.0
FRONTIER = (60.0, 100.0, 130.0, 155.0, 200.0, 300.0, 600.0)
ECONOMIC = 0.5
"""Grid share at which a kWh of import costs as much as a kWh of surplus gains (λ = 1)."""


@dataclass
class Setting:
    """The setting of the charger, and its last reported setting."""

    current_a: float = 6.0
    paused: bool = True
    phases: int = 1
    at_s: float = -60.0
    writes: int = 0
    reported: tuple[float, bool, int] = (6.0, True, 1)
    reported_at_s: float = -60.0

    def report(self, now_s: float) -> None:
        """The read-back that follows each write after READ_BACK_S."""
        if now_s >= self.at_s + READ_BACK_S:
            self.reported, self.reported_at_s = (self.current_a, self.paused, self.phases), now_s

    @property
    def commanded(self) -> Commanded:
        open_a = max(self.current_a, self.reported[0]) if self.reported_at_s < self.at_s + READ_BACK_S else 0.0
        return Commanded(self.current_a, self.paused, self.phases, self.at_s, 0.0 if self.paused else open_a)


@dataclass
class Controller:
    """The product behind the plant's interface: `.interval` and `.step(t, m) -> (phases, amps)`."""

    plan: Plan
    start: datetime
    battery: bool
    meter_s: float
    interval: float = 5.0
    setting: Setting = field(default_factory=Setting)
    memory: Memory = field(init=False)
    decide_s: float = 0.0
    ticks: int = 0
    _grid: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        self.memory = initial_memory(self.plan)
        wired = len(self.plan.site.chargers[NAME].phase_map)
        phases = 1 if self.plan.site.chargers[NAME].can_switch_phases else wired
        self.setting = Setting(phases=phases, reported=(6.0, True, phases))

    def step(self, t: int, m: dict[str, Any]) -> tuple[int, float]:
        now_s = float(t)
        self.setting.report(now_s)
        state = self._state(now_s, m)
        begun = time.perf_counter()
        outcome = decide(state, self.memory, self.plan)
        self.decide_s += time.perf_counter() - begun
        self.ticks += 1
        self.memory = outcome.memory
        order = outcome.decision.commands[f"ev.{NAME}"].order
        assert isinstance(order, EvOrder)
        self._write(order, state.evs[NAME], now_s)
        return self.setting.phases, 0.0 if self.setting.paused else self.setting.current_a

    def _write(self, order: EvOrder, ev: Ev, now_s: float) -> None:
        charger = self.plan.site.chargers[NAME]
        for _ in range(4):
            write = next_write(order, replace(ev, commanded=self.setting.commanded), charger, now_s)
            if write is None:
                return
            setting = self.setting
            setting.at_s, setting.writes = now_s, setting.writes + 1
            if write.kind == "current":
                setting.current_a = write.value
            elif write.kind == "phases":
                setting.phases = int(write.value)
            else:
                setting.paused = write.kind == "pause"

    def _state(self, now_s: float, m: dict[str, Any]) -> State:
        now = self.start + timedelta(seconds=now_s)
        if now_s % self.meter_s == 0:
            self._grid = (m["grid"], m["pv"], max(0.0, now_s - 1.0))
        grid_w, pv_w, at_s = self._grid
        ev_at_s = max(0.0, now_s - m.get("ev_age", 1.0))
        current_a, paused, phases = self.setting.reported
        read_at_s = self.setting.reported_at_s
        ev = Ev(
            NAME,
            status=known(EvStatus.CHARGING if m["charging"] else EvStatus.CONNECTED, ev_at_s),
            power_w=known(float(m["ev_w"]), ev_at_s),
            offered_a=known(current_a, read_at_s),
            paused=known(paused, read_at_s),
            phases=known(phases, read_at_s),
            rated_a=known(16.0, read_at_s),
            commanded=self.setting.commanded,
        )
        batteries = {}
        if self.battery:
            batteries["house"] = Battery("house", known(float(m["batt"]), at_s), known(100.0 * m["soc"], at_s))
        return State(
            now=now,
            local=now,
            mono_s=now_s,
            grid=Grid(known(float(grid_w), at_s)),
            pvs={"roof": Pv("roof", known(float(pv_w), at_s))},
            batteries=batteries,
            evs={NAME: ev},
        )


def plan_for(phases: str, mode: str, battery: bool, switches_a_month: float | None = None) -> Plan:
    """The shipped rules and defaults for one 16 A charger with this wiring, optionally with another switch budget."""
    charger = ChargerSite(
        NAME, max_current_a=16.0, phase_map=(1,) if phases == "1p" else (1, 2, 3), can_switch_phases=phases == "sw"
    )
    batteries = {"house": BatterySite("house", floor_soc_percent=0.0, controllable=False)} if battery else {}
    site = Site(zone=ZoneInfo("UTC"), chargers={NAME: charger}, batteries=batteries)
    names = DeviceNames(evs=(NAME,), batteries=tuple(batteries), pvs=("roof",))
    if battery:
        book = book_from_texts({"battery.yaml": BATTERY_FIRST}, names, site.zone)
    else:
        book = load_book(RULES, names, site.zone)
    params = Params(grid_share=ECONOMIC if mode == "economic" else STRICT)
    if switches_a_month is not None:
        params = replace(params, follow=replace(params.follow, switches_per_day=switches_a_month / 30.0))
    return Plan(site, book, params)


def run_trace(path: str, args: argparse.Namespace) -> dict[str, Any]:
    """The figures of the product and of the bound for one trace."""
    sys.path.insert(0, args.judge)
    import bound  # noqa: PLC0415  (given on the command line)
    import plant  # noqa: PLC0415

    for name in ("DEAD", "TAU", "START", "STOP", "PAUSE"):
        setattr(plant.Plant, name, type(getattr(plant.Plant, name))(round(getattr(plant.Plant, name) * args.lag, 1)))
    stamps, pv, load, extra = bound.load_trace(path)
    p1, l1 = plant.expand(pv, load, extra.get("pv_sd_w"), args.noise)
    first = args.days[0] - 1 if args.days else 0
    last = args.days[1] if args.days else len(p1) // 86400 + 1
    p1, l1 = p1[first * 86400 : last * 86400], l1[first * 86400 : last * 86400]
    start = datetime.fromisoformat(stamps[0].replace("Z", "+00:00")).replace(tzinfo=UTC) + timedelta(days=first)
    plan = plan_for(args.phases, args.mode, args.battery, args.switches)
    controller = Controller(plan, start, args.battery, args.meter)
    phases0 = 3 if args.phases == "3p" else 1
    result = plant.run(
        controller, p1, l1, phases0, bound.Battery() if args.battery else None, log=args.battery, ev_poll=args.ev_poll
    )
    row: dict[str, Any] = {
        "trace": Path(path).name,
        "phases": args.phases,
        "mode": args.mode,
        "E_sur_kwh": result["E_sur"],
        "E_imp_kwh": result["E_imp"],
        "J_ratio": None,
        "starts": result["starts"],
        "short_runs": result["short"],
        "phase_switches": result["switches"],
        "phase_changes": result["changes"],
        "writes": controller.setting.writes,
        "decide_us": 1e6 * controller.decide_s / max(1, controller.ticks),
    }
    if args.battery:
        drained = float(sum(min(e, max(0.0, -b)) for e, b in zip(result["ev"], result["batt"], strict=True))) / 3.6e6
        row |= {
            "battery_kwh": result["bat_kwh"],
            "battery_to_ev_share": drained / max(1e-9, result["E_ev"]),
            "worst_sunset_soc_points": worst_sunset(p1, l1, result["batt"], bound.Battery(), plant.battery_step),
        }
    elif not args.no_bound:
        best = sum(plant.bounds10(pv_day, load_day, args.phases, 1.0)["J"] for pv_day, load_day in plant.days(p1, l1))
        row["J_ratio"] = (result["E_sur"] - result["E_imp"]) / best if best > 0 else None
    return row


def frontier(args: argparse.Namespace) -> None:
    """The gain of more phase switches."""
    for path in args.traces:
        for allowed in FRONTIER:
            row = run_trace(path, argparse.Namespace(**{**vars(args), "switches": allowed}))
            counts = (
                f"starts {row['starts']:4d}  switches {row['phase_switches']:4d}  changes {row['phase_changes']:4d}"
            )
            print(
                f"{row['trace']}  allowed {allowed:4.0f} a month  J/J_bound {row['J_ratio']:.4f}  {counts}", flush=True
            )


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


def main() -> None:
    """Run the traces and print a table or JSON lines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("traces", nargs="+", metavar="TRACE")
    parser.add_argument("--judge", required=True, metavar="DIR", help="folder with plant.py and bound.py")
    parser.add_argument("--phases", choices=("1p", "3p", "sw"), default="sw")
    parser.add_argument("--mode", choices=("economic", "strict"), default="economic")
    parser.add_argument("--ev-poll", type=int, default=10, help="s between fresh charger readings")
    parser.add_argument("--meter", type=float, default=1.0, help="s between fresh grid readings")
    parser.add_argument("--noise", action="store_true", help="add sub-minute PV noise")
    parser.add_argument("--battery", action="store_true", help="add a self-consuming 10 kWh battery")
    parser.add_argument("--lag", type=float, default=1.0, metavar="K", help="scale the plant's delays")
    parser.add_argument("--days", type=int, nargs=2, metavar=("FIRST", "LAST"), help="only these days, from 1")
    parser.add_argument("--no-bound", action="store_true", help="skip the optimum (faster)")
    parser.add_argument("--switches", type=float, metavar="N", help="allow N phase switches a month instead of 155")
    parser.add_argument("--frontier", action="store_true", help="J against the switches allowed, for each trace")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.frontier:
        frontier(args)
        return
    with ProcessPoolExecutor(max_workers=min(2, len(args.traces))) as pool:
        rows = list(pool.map(run_trace, args.traces, [args] * len(args.traces)))
    for row in rows:
        if args.json:
            print(json.dumps(row))
        else:
            figures = "  ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
            print(figures)
    if len(rows) > 1 and not args.json:
        sums = {k: sum(row[k] or 0 for row in rows) for k in ("E_sur_kwh", "E_imp_kwh", "starts", "phase_switches")}
        print("total  " + "  ".join(f"{k} {v:.1f}" for k, v in sums.items()))


if __name__ == "__main__":
    main()
