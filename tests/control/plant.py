"""A house in a closed loop with the core: dead times, lags, and readings that are not of one instant."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from optimizer.control.decide import decide
from optimizer.control.limiter import next_write
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import BatteryAction, BatteryOrder, EvOrder
from optimizer.model.site import BatterySite, ChargerSite
from optimizer.model.state import Ev, EvStatus
from optimizer.rules.book.verdict import Verdict
from optimizer.runtime.dispatch.commanded import ChargerWrites, read_back, sending, taken
from tests.control.house import battery, ev, site, state
from tests.control.ruled import ruled_by

CAR_LAG_S, BATTERY_LAG_S = 2.5, 2.0
START_S, CHANGE_S, PAUSE_S = 8, 3, 2
"""Dead times of a car."""


@dataclass
class Result:
    """The results, one entry for each tick."""

    car_a: list[float] = field(default_factory=list)
    charge_w: dict[str, list[float]] = field(default_factory=dict)
    over_s: int = 0
    """Seconds with the phases above the fuse by more than half an ampere."""
    longest_over_s: int = 0

    @property
    def pauses(self) -> int:
        """The number of pauses after the car had run."""
        return sum(1 for a, b in pairwise(self.car_a) if a > 0.0 and b == 0.0)

    def changed(self) -> int:
        """The number of changes of the car's order by more than half an ampere."""
        return sum(1 for a, b in pairwise(self.car_a) if abs(a - b) > 0.5)

    def changes(self, name: str) -> int:
        """The number of changes of a battery's order."""
        commanded = self.charge_w[name]
        return sum(1 for a, b in pairwise(commanded) if a != b)


def run(
    verdict: Callable[[int], Verdict],
    house_a: Callable[[int], float],
    *,
    fuse_a: float = 25.0,
    batteries: tuple[BatterySite, ...] = (),
    alone_w: Mapping[str, float] | None = None,
    poll_at_s: int = 3,
    battery_age_s: int = 5,
    meter_delay_s: int = 0,
    seconds: int = 1800,
) -> Result:
    """`seconds` of a house that draws `house_a(second)` on each phase; the car is read every 10 s. `alone_w`: what a
    battery left alone does; its readings are taken every `battery_age_s` and are as old as that when they come. The
    meter shows what was `meter_delay_s` before its reading."""
    charger = ChargerSite("carport")
    where = site(charger, batteries=batteries, fuse_a=fuse_a)
    plan, result = Plan(where, None), Result(charge_w={b.name: [] for b in batteries})  # type: ignore[arg-type]
    memory, writes = initial_memory(plan), ChargerWrites()
    set_a, paused, offered_a, drawn_a = 6.0, True, 0.0, 0.0
    coming: deque[tuple[int, float]] = deque()
    powers_w = dict(alone_w or {b.name: 0.0 for b in batteries})
    orders: dict[str, BatteryOrder] = {}
    past: dict[str, list[float]] = {b.name: [] for b in batteries}
    again: set[int] = set()
    car, meters_a, over_s = ev(), deque([house_a(0)], maxlen=1 + meter_delay_s), 0
    for second in range(seconds):
        now_s = float(second)
        while coming and coming[0][0] <= second:
            offered_a = coming.popleft()[1]
        drawn_a += (offered_a - drawn_a) * (1.0 - math.exp(-1.0 / CAR_LAG_S)) if offered_a else -drawn_a
        for name, order in orders.items():
            free_w = (alone_w or {}).get(name, 0.0)
            wanted_w = order.power_w if order.action is BatteryAction.POWER else free_w
            if order.max_discharge_w is not None:
                wanted_w = min(wanted_w, order.max_discharge_w)
            powers_w[name] += (wanted_w - powers_w[name]) * (1.0 - math.exp(-1.0 / BATTERY_LAG_S))
        for name, own in past.items():
            own.append(powers_w[name])
        total_a = house_a(second) + drawn_a - sum(powers_w.values()) / 690.0
        over_s = over_s + 1 if total_a > fuse_a + 0.5 else 0
        result.over_s, result.longest_over_s = result.over_s + bool(over_s), max(result.longest_over_s, over_s)
        if second % 10 == poll_at_s or second in again:
            status = EvStatus.CONNECTED if paused else EvStatus.CHARGING
            car = ev(
                at_s=now_s, status=status, offered_a=set_a, paused=paused, power_w=690.0 * drawn_a,
                drawn_a=(drawn_a,) * 3,
            )  # fmt: skip
            writes = read_back(writes, car, (2.0, 8.0))
        if second % 5 == 0:
            seen_s = max(0, second - second % battery_age_s - battery_age_s)
            cells = tuple(battery(name, at_s=float(seen_s), power_w=own[seen_s]) for name, own in past.items())
            snapshot = state(
                mono_s=now_s, grid_w=690.0 * meters_a[0], grid_at_s=now_s - 1.0, grid_a=(meters_a[0],) * 3,
                evs=(replace(car, commanded=writes.exposed()),), batteries=cells,
            )  # fmt: skip
            with ruled_by(verdict(second)):
                outcome = decide(snapshot, memory, plan)
            memory, commands = outcome.memory, outcome.decision.commands
            request = commands["ev.carport"].order
            assert isinstance(request, EvOrder)
            result.car_a.append(request.current_a)
            before_a = 0.0 if paused else set_a
            writes, set_a, paused = _written(writes, car, request, charger, now_s, set_a, paused)
            after_a = 0.0 if paused else set_a
            if after_a != before_a:
                coming.append((second + (PAUSE_S if not after_a else CHANGE_S if before_a else START_S), after_a))
                again |= {second + 3, second + 9}
            for own_site in batteries:
                order = commands[f"battery.{own_site.name}"].order
                assert isinstance(order, BatteryOrder)
                orders[own_site.name] = order
                result.charge_w[own_site.name].append(-order.power_w)
        meters_a.append(total_a)
    return result


def _written(
    writes: ChargerWrites, car: Ev, request: EvOrder, charger: ChargerSite, now_s: float, set_a: float, paused: bool
) -> tuple[ChargerWrites, float, bool]:
    """The charger after what the limiter lets through: one write a tick."""
    observed = replace(car, commanded=writes.exposed())
    write = next_write(request, observed, charger, now_s)
    if write is None:
        return writes, set_a, paused
    writes = taken(sending(writes, observed, write, charger, now_s), observed, write, charger, now_s)
    if write.kind == "current":
        return writes, write.value, paused
    return writes, set_a, write.kind == "pause"
