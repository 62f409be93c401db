"""The product on an external plant, with its own rules, decisions, and write limiter. One or more cars."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from optimizer.control.after_tick import follows_surplus
from optimizer.control.decide import decide
from optimizer.control.limiter import READ_BACK_S, applied, next_write
from optimizer.control.memory import Memory
from optimizer.control.params import FollowParams, Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.fields import DeviceNames
from optimizer.model.reading import known
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State
from optimizer.rules.book.files import book_from_texts, load_book

RULES = Path(__file__).parent.parent / "rules"
BATTERY_FIRST = "version: 1\ndefaults: {ev.mode: surplus, surplus.priority: battery_first}\nrules: []\n"
"""With --battery it has priority at any SoC. The shipped rules give it priority only up to a part of its capacity."""
STRICT = 0.0
ECONOMIC = 0.5
"""Grid share at which a kWh of import costs as much as a kWh of surplus gains (λ = 1)."""
MAX_A = 16.0
FUSE_A = 63.0


@dataclass
class Setting:
    """The setting of a charger, and its last reported setting."""

    current_a: float = 6.0
    paused: bool = True
    phases: int = 1
    at_s: float = -60.0
    raised_at_s: float | None = -60.0
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
        unconfirmed_a = 0.0 if self.paused else open_a
        return Commanded(self.current_a, self.paused, self.phases, self.at_s, unconfirmed_a, self.raised_at_s)

    @property
    def offer(self) -> tuple[int, float]:
        """The phases and the current. 0 A: paused."""
        return self.phases, 0.0 if self.paused else self.current_a


@dataclass
class Controller:
    """The product behind the plant's interface: `.interval` and `.step(t, m) -> (phases, amps)`."""

    plan: Plan
    start: datetime
    battery: bool
    meter_s: float
    misread: float = 1.0
    """The charger shows this times the power of the car."""
    settings: dict[str, Setting] = field(init=False)
    memory: Memory = field(init=False)
    decide_s: float = 0.0
    ticks: int = 0
    _grid: tuple[float, float, float] = (0.0, 0.0, 0.0)
    _now_s: float = 0.0

    def __post_init__(self) -> None:
        self.memory = initial_memory(self.plan)
        self.settings = {}
        for name, charger in self.plan.site.chargers.items():
            phases = 1 if charger.can_switch_phases else len(charger.phase_map)
            self.settings[name] = Setting(phases=phases, reported=(6.0, True, phases))

    @property
    def writes(self) -> int:
        return sum(setting.writes for setting in self.settings.values())

    @property
    def interval(self) -> float:
        """The time until the next tick: as in the service."""
        params, now_s = self.plan.params, self._now_s
        follows = follows_surplus(self.memory.evs, now_s)
        return min(params.tick_s, params.follow_tick_s) if follows else params.tick_s

    def step(self, t: int, m: dict[str, Any]) -> tuple[int, float]:
        """One tick with a single car, whose readings are in `m`."""
        return self.step_all(t, m, (m,))[0]

    def step_all(self, t: int, m: dict[str, Any], cars: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
        """One tick. `cars`: the readings of each charger, in the order of the plan."""
        self._now_s = now_s = float(t)
        for setting in self.settings.values():
            setting.report(now_s)
        state = self._state(now_s, m, cars)
        begun = time.perf_counter()
        outcome = decide(state, self.memory, self.plan)
        self.decide_s += time.perf_counter() - begun
        self.ticks += 1
        self.memory = outcome.memory
        for name, ev in state.evs.items():
            order = outcome.decision.commands[f"ev.{name}"].order
            assert isinstance(order, EvOrder)
            self._write(name, order, ev, now_s)
        return [setting.offer for setting in self.settings.values()]

    def _write(self, name: str, order: EvOrder, ev: Ev, now_s: float) -> None:
        charger, setting = self.plan.site.chargers[name], self.settings[name]
        for _ in range(4):
            write = next_write(order, replace(ev, commanded=setting.commanded), charger, now_s)
            if write is None:
                return
            setting.at_s, setting.writes = now_s, setting.writes + 1
            after = applied(setting.commanded, write, now_s)
            setting.current_a, setting.paused, setting.phases = after.current_a, after.paused, after.phases
            setting.raised_at_s = after.raised_at_s

    def _state(self, now_s: float, m: dict[str, Any], cars: Sequence[Mapping[str, Any]]) -> State:
        now = self.start + timedelta(seconds=now_s)
        if now_s % self.meter_s == 0:
            self._grid = (m["grid"], m["pv"], max(0.0, now_s - 1.0))
        grid_w, pv_w, at_s = self._grid
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
            evs={
                name: _ev(name, setting, car, now_s, self.misread)
                for (name, setting), car in zip(self.settings.items(), cars, strict=True)
            },
        )


def _ev(name: str, setting: Setting, car: Mapping[str, Any], now_s: float, misread: float) -> Ev:
    at_s, read_at_s = max(0.0, now_s - car.get("ev_age", 1.0)), setting.reported_at_s
    current_a, paused, phases = setting.reported
    return Ev(
        name,
        status=known(EvStatus.CHARGING if car["charging"] else EvStatus.CONNECTED, at_s),
        power_w=known(float(car["ev_w"]) * misread, at_s),
        offered_a=known(current_a, read_at_s),
        paused=known(paused, read_at_s),
        phases=known(phases, read_at_s),
        rated_a=known(MAX_A, read_at_s),
        commanded=setting.commanded,
    )


def plan_for(args: argparse.Namespace, priorities: Mapping[str, int]) -> Plan:
    """The shipped rules and defaults for 16 A chargers with this wiring, and the parameters of the command line."""
    phases, battery = args.phases, args.battery
    chargers = {
        name: ChargerSite(
            name,
            max_current_a=MAX_A,
            phase_map=(1,) if phases == "1p" else (1, 2, 3),
            can_switch_phases=phases == "sw",
            write_interval_s=args.write_interval,
            priority=priority,
        )
        for name, priority in priorities.items()
    }
    batteries = {"house": BatterySite("house", floor_soc_percent=0.0, controllable=False)} if battery else {}
    site = Site(zone=ZoneInfo("UTC"), chargers=chargers, batteries=batteries)
    if len(chargers) > 1:
        site = replace(site, fuse_a=FUSE_A)
    names = DeviceNames(evs=tuple(chargers), batteries=tuple(batteries), pvs=("roof",))
    if battery:
        book = book_from_texts({"battery.yaml": BATTERY_FIRST}, names, site.zone)
    else:
        book = load_book(RULES, names, site.zone)
    params = Params(
        grid_share=ECONOMIC if args.mode == "economic" else STRICT,
        tick_s=args.tick,
        follow_tick_s=args.follow_tick,
        follow=replace(FollowParams(), **dict(args.set)),
    )
    return Plan(site, book, params)
