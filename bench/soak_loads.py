"""Switchable loads of the soak: their settings, drawn by chance, their rules, and what has to hold for them.

No load is switched on more often than its budget allows. Each stays on and off for its least times, unless the guard
switches it off for a fuse by its own rule (`bench.soak_cuts`). No load remains on a phase above its fuse where it could
be switched off.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.soak_cuts import CutWatch
from bench.soak_fuses import NOTICED_S, PHASES, TICK_S, TOLERANCE_A, draws
from optimizer.control.budget import DAY_S, HOUR_S
from optimizer.control.report import TickReport
from optimizer.model.site import Site, SwitchSite
from optimizer.twin.physics import House, SwitchedLoad

LOAD_KEYS = {"switch.boiler": "boiler", "switch.pool": "pool"}
"""Who answers for each load on the ownership record: the name of its twin, and of its load."""
LOAD_RULES = """\
  - id: boiler-on
    schedule: {cron: "*/12 * * * *", lasts: 5min}
    claim: {switch.boiler.state: on}
  - id: boiler-surplus
    schedule: {cron: "6-59/12 * * * *", lasts: 4min}
    claim: {switch.boiler.state: surplus}
  - id: pool-surplus
    when: not input.spare_w > 3kW
    if_unknown: apply
    claim: {switch.pool.state: surplus}
  - id: pool-on
    when: input.boost
    priority: 20
    claim: {switch.pool.state: on}
  - id: pool-off
    when: input.holiday
    priority: 30
    claim: {switch.pool.state: off}
"""
"""Lines of a rule file. The loads change every few minutes, and one of them by inputs."""
LEAST_S = (30.0, 120.0, 300.0)
SLACK_S = 2.0 * TICK_S
"""Times count from the order, and the relay follows a little later."""


def load_settings(endpoints: Mapping[str, str], seed: int, *, pace: float = 1.0) -> dict[str, Any]:
    """`switches` of the settings, drawn by `seed`: least times, budgets, and whether the wiring is known."""
    random = Random(f"{seed} loads")

    def drawn(power_w: float, phase: str) -> dict[str, Any]:
        known: dict[str, Any] = {"phases": [phase]} if random.random() < 0.7 else {}
        return known | {
            "power_w": power_w,
            "min_on_s": random.choice(LEAST_S),
            "min_off_s": random.choice(LEAST_S),
            "starts_per_hour": random.randint(2, 8),
            "starts_per_day": random.randint(6, 40),
            "delay_s": random.choice((0.0, 20.0, 60.0)),
            "priority": random.choice((-2, -1, 1)),
            "before_battery": random.random() < 0.5,
            "poll_s": 5.0 * pace,
            "max_age_s": 20.0 + 5.0 * pace,
        }

    timer: dict[str, Any] = {"timer_s": 120.0} if random.random() < 0.5 else {}
    return {
        "boiler": {"type": "shelly", "url": endpoints["boiler"]} | drawn(2000.0, "L3"),
        "pool": {"type": "tasmota", "url": endpoints["pool"]} | timer | drawn(700.0, "L1"),
    }


@dataclass
class LoadFigures:
    """The switch operations that were counted. `bad` lists the errors."""

    starts: int = 0
    cut: int = 0
    """How often the guard switched a load off before its least time on."""
    bad: list[str] = field(default_factory=list)


@dataclass
class _Seen:
    """The record of one load in the simulated physics."""

    on: bool = False
    changed_s: float = -math.inf
    starts_s: deque[float] = field(default_factory=deque)
    troubled_s: float = -math.inf
    """When relay, meter, or service were last in trouble."""
    by_hand_s: float = -math.inf
    cut_s: float = -math.inf
    """When the guard last ordered it off by its rule."""


class LoadWatch:
    """Looks at the physics again and again, and listens to decisions."""

    def __init__(
        self, found: LoadFigures, site: Site, chargers: Mapping[str, str], meter: str, paces_s: Mapping[str, float]
    ) -> None:
        """`chargers`: charger → device that answers for it. `paces_s`: how often each device and load is read, s."""
        self._found = found
        self._site = site
        self._chargers = chargers
        self._meter = meter
        self._paces_s = paces_s
        self._seen = {name: _Seen() for name in site.switches}
        self._cuts = CutWatch(site, chargers, meter, paces_s)
        self._over_s: dict[int, float] = {}
        self._ailed_s = -math.inf
        self._last: tuple[House, Collection[str]] | None = None
        """The house of the last look, and what was out of order."""

    def interrupted(self, now_s: float) -> None:
        """The service ended, or nothing ran for a while: leases ran out, and a load may be off without an order."""
        for seen in self._seen.values():
            seen.troubled_s = now_s
        self._over_s.clear()
        self._cuts.interrupted()

    def by_hand(self, load: str, now_s: float) -> None:
        """Somebody has turned a load at its switch: this start costs no budget, and this time is not ours."""
        self._seen[load].troubled_s = self._seen[load].by_hand_s = now_s

    def on_tick(self, report: TickReport) -> None:
        """A decision was made, perhaps between two looks: on a reading that none of them has seen."""
        if self._last is not None:
            self._cuts.look(self._last[0], report.state.mono_s, self._last[1])
        for load, why_not in self._cuts.on_tick(report):
            if why_not:
                self._found.bad.append(why_not)
            else:
                self._seen[load].cut_s = report.state.mono_s

    def observe(self, physics: House, now_s: float, ailing: Collection[str]) -> None:
        """The physics at `now_s`, for the currents that the guard may know. `ailing`: devices that are out of order."""
        self._last = physics, ailing
        self._cuts.look(physics, now_s, ailing)

    def look(self, physics: House, now_s: float, passed_s: float, ailing: Collection[str]) -> None:
        """The physics at `now_s`, `passed_s` after the last look. `ailing`: devices that are out of order."""
        if self._meter in ailing:
            self._ailed_s = now_s
        self.observe(physics, now_s, ailing)
        for load in physics.loads:
            seen, site = self._seen[load.spec.name], self._site.switches[load.spec.name]
            if load.spec.name in ailing:
                seen.troubled_s = now_s
            if load.on != seen.on:
                self._changed(load, seen, site, now_s)
        self._look_at_fuses(physics, now_s, passed_s, ailing)

    def _changed(self, load: SwitchedLoad, seen: _Seen, site: SwitchSite, now_s: float) -> None:
        name, lasted_s = load.spec.name, now_s - seen.changed_s
        since_s = seen.changed_s
        seen.on, seen.changed_s = load.on, now_s
        calm = seen.troubled_s < min(since_s, now_s) - NOTICED_S if since_s > -math.inf else False
        if load.on:
            if now_s - seen.by_hand_s > SLACK_S:
                self._found.starts += 1
                seen.starts_s.append(now_s)
                self._count(name, seen, site, now_s)
            if calm and lasted_s < site.min_off_s - SLACK_S:
                self._found.bad.append(
                    f"{name} was off for {lasted_s:.0f} s of {site.min_off_s:.0f} s at {now_s:.0f} s"
                )
        elif calm and lasted_s < site.min_on_s - SLACK_S:
            if now_s - seen.cut_s <= SLACK_S:
                self._found.cut += 1
            else:
                self._found.bad.append(f"{name} was on for {lasted_s:.0f} s of {site.min_on_s:.0f} s at {now_s:.0f} s")

    def _count(self, name: str, seen: _Seen, site: SwitchSite, now_s: float) -> None:
        while now_s - seen.starts_s[0] > DAY_S:
            seen.starts_s.popleft()
        hour = sum(1 for at_s in seen.starts_s if now_s - at_s <= HOUR_S - SLACK_S)
        if hour > site.starts_per_hour or len(seen.starts_s) > site.starts_per_day:
            self._found.bad.append(
                f"{name}: {hour} starts within an hour of {site.starts_per_hour}, {len(seen.starts_s)} a day of "
                f"{site.starts_per_day}, at {now_s:.0f} s"
            )

    def _look_at_fuses(self, physics: House, now_s: float, passed_s: float, ailing: Collection[str]) -> None:
        """No load stays on a phase above its fuse. Cars give way first."""
        cars = any(device in ailing for device in self._chargers.values())
        for phase, amps in zip(PHASES, physics.phase_current_a(), strict=True):
            drawing = [load.spec.name for load in physics.loads if load.power_w > 0.0 and load.spec.phase == phase]
            blind = cars or any(now_s - max(self._seen[name].troubled_s, self._ailed_s) < NOTICED_S for name in drawing)
            charging = any(draws(charger, phase) for charger in physics.chargers)
            if not drawing or blind or charging or amps <= self._site.fuse_a + TOLERANCE_A:
                self._over_s.pop(phase, None)
                continue
            before_s = self._over_s.get(phase, 0.0)
            over_s = self._over_s[phase] = before_s + passed_s
            # The cars and each load in turn: a load of higher priority is switched off after that before it.
            follow_s = sum(self._site.switches[name].settle_s + self._paces_s[name] for name in drawing)
            cars_s = max((one.settle_s + self._paces_s[name] for name, one in self._site.chargers.items()), default=0.0)
            most_s = self._paces_s[self._meter] + TICK_S + follow_s + cars_s
            if before_s <= most_s < over_s:
                self._found.bad.append(
                    f"{', '.join(drawing)} on L{phase} at {amps:.1f} A for over {most_s:.0f} s at {now_s:.0f} s"
                )
