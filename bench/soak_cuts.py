"""Whether the guard may switch a load off before its least time: by its own rule, and with a load that was truly there.

The rule of the guard: the load of a phase without cars, with its peak held and with batteries at their most, exceeds
the fuse. The cause of each cut tells the load that the guard counted. It must exceed the fuse, and the physics of the
house and the orders of that tick must account for it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping

from bench.soak_fuses import NOTICED_S, PHASES, TICK_S, TOLERANCE_A
from optimizer.control.estimate.battery_commanded import (
    BatteryCommanded,
    charge_w,
    lost_discharge,
    may_charge_w,
    most_charge_w,
    w_per_a,
)
from optimizer.control.estimate.load_inputs import measured_a
from optimizer.control.estimate.peaks import PEAK_HOLD_S
from optimizer.control.estimate.switch_load import SwitchMemories, amps_of, hidden_w
from optimizer.control.report import TickReport
from optimizer.model.decision import BatteryOrder, Cause
from optimizer.model.site import NOMINAL_VOLTAGE_V, Site
from optimizer.model.state import State
from optimizer.twin.physics import House

CODE = "guard.switch_off"
READ_S = 15.0
"""A reading of the meter counts for so long."""


class CutWatch:
    """Looks at the physics each second, and at each decision."""

    def __init__(self, site: Site, chargers: Mapping[str, str], meter: str, paces_s: Mapping[str, float]) -> None:
        """`chargers`: charger → device that answers for it. `paces_s`: how often each device is read, s."""
        self._site = site
        self._chargers = chargers
        self._meter = meter
        self._paces_s = paces_s
        slowest_s = max((one.min_interval_s for one in site.batteries.values()), default=0.0)
        self._hold_s = PEAK_HOLD_S + 2.0 * slowest_s
        self._lag_s = max(READ_S, paces_s[meter]) + TICK_S
        self._recent: deque[tuple[float, tuple[float, ...]]] = deque()
        """The phases that the readings of now may show."""
        self._cars: deque[tuple[float, tuple[float, ...]]] = deque()
        """The part of the cars. A reading of a charger may be older than that of the meter, or newer."""
        self._lost_a, self._lost_s = [0.0, 0.0, 0.0], [-math.inf] * 3
        """What orders took from the house, and when: together, while the meter may show none of it."""
        self._ahead: deque[tuple[float, tuple[float, ...]]] = deque()
        """The peaks with what orders took from the house, which count as long as a peak."""
        self._seen: deque[tuple[float, tuple[float, ...]]] = deque()
        """The load without cars that readings may show, as long as the guard holds a peak."""
        self._peak_a = [0.0, 0.0, 0.0]
        self._ailed_s = -math.inf
        self._commanded: Mapping[str, BatteryCommanded] | None = None
        """The commands before the next tick. None: those of an earlier service, which the next tick tells."""

    def interrupted(self) -> None:
        """The service ended. The next one remembers what it had ordered."""
        self._commanded = None

    def look(self, physics: House, now_s: float, ailing: Collection[str]) -> None:
        """The physics now. `ailing`: devices that are out of order."""
        if self._meter in ailing:
            self._ailed_s = now_s
        cars = [0.0, 0.0, 0.0]
        for charger in physics.chargers:
            # A charger that does not answer is not known to the guard, so that its current counts as house load.
            if self._chargers[charger.spec.name] not in ailing and charger.active_phases:
                for phase in charger.spec.phase_map[: charger.active_phases]:
                    cars[phase - 1] += charger.power_w / charger.active_phases / NOMINAL_VOLTAGE_V
        slowest_s = max((self._paces_s[name] + one.settle_s for name, one in self._site.chargers.items()), default=0.0)
        _add(self._cars, now_s, tuple(cars), self._lag_s + slowest_s)
        _add(self._recent, now_s, tuple(physics.phase_current_a()), self._lag_s)
        # The guard subtracts the reading of a charger from that of the meter. They need not be of one moment.
        seen_a = [max(one[i] for _, one in self._recent) - min(one[i] for _, one in self._cars) for i in range(3)]
        _add(self._seen, now_s, tuple(seen_a), self._hold_s)
        self._peak_a = [max(one[index] for _, one in self._seen) for index in range(3)]

    def on_tick(self, report: TickReport) -> Iterator[tuple[str, str]]:
        """Each load that the guard has cut in this tick, and why this was against its rule. Empty: it was not."""
        state, after = report.shown, report.memory.commanded if report.memory is not None else {}
        before = after if self._commanded is None else self._commanded
        orders = {
            name: command.order for key, command in report.decision.commands.items()
            if isinstance(command.order, BatteryOrder) and (name := key.partition(".")[2])
        }  # fmt: skip
        if orders:
            # After a restart, any discharge may end that an earlier service has left alone.
            lost = lost_discharge(orders, self._commanded or {}, state, self._site)
            if max(lost.amps) > 0.0:
                for index, more_a in enumerate(lost.amps):
                    soon = state.mono_s - self._lost_s[index] <= lost.seen_s
                    self._lost_a[index] = min(self._lost_a[index] * soon + more_a, lost.most_a[index])
                    self._lost_s[index] = state.mono_s if more_a > 0.0 else self._lost_s[index]
                level = tuple(peak + more for peak, more in zip(self._peak_a, self._lost_a, strict=True))
                _add(self._ahead, state.mono_s, level, self._hold_s + TICK_S)
        for cause in report.decision.causes:
            if cause.code == CODE:
                memories = report.memory.switches if report.memory is not None else {}
                yield cause.subject.split(".")[1], self._why_not(cause, state, orders, before, memories)
        self._commanded = after

    def _why_not(
        self,
        cause: Cause,
        state: State,
        orders: Mapping[str, BatteryOrder],
        before: Mapping[str, BatteryCommanded],
        memories: SwitchMemories,
    ) -> str:
        counted_a = dict(cause.numbers)["counted_a"]
        load, fuse_a = cause.subject.split(".")[1], self._site.fuse_a
        if counted_a <= fuse_a:
            return f"{load} was cut at {counted_a:.1f} A behind a fuse of {fuse_a:g} A at {state.mono_s:.0f} s"
        if state.mono_s - self._ailed_s < NOTICED_S + self._hold_s:
            return ""  # the meter itself said something else
        phases = self._site.switches[load].phase_map or PHASES
        most_a = max(
            self._house_a(phase, state)
            + self._hidden_a(phase, state, memories)
            + self._ordered_a(phase, state, orders, before)
            for phase in phases
        )
        if counted_a <= most_a + 2.0 * TOLERANCE_A:  # of the meter, and of the chargers
            return ""
        return f"{load} was cut for {counted_a:.1f} A, but at most {most_a:.1f} A were there at {state.mono_s:.0f} s"

    def _house_a(self, phase: int, state: State) -> float:
        """The load without cars: its held peak, also with what batteries were about to leave to the grid. While it is
        not measured: the reserve and all loads."""
        kept_s = state.mono_s - self._hold_s - TICK_S
        levels = [amps[phase - 1] for at_s, amps in self._ahead if at_s >= kept_s]
        peak_a = max(0.0, self._peak_a[phase - 1], *levels)
        if measured_a(state.grid) is not None:
            return peak_a
        return max(peak_a, self._site.house_max_a) + sum(
            one.current_a[phase - 1] for one in self._site.switches.values()
        )

    def _hidden_a(self, phase: int, state: State, memories: SwitchMemories) -> float:
        """The part of the loads that the meter may not show yet. It counts beside a held peak."""
        if measured_a(state.grid) is None:
            return 0.0
        return sum(
            amps_of(hidden_w(memories[name], switch, self._site.switches[name], state), self._site.switches[name])[
                phase - 1
            ]
            for name, switch in state.switches.items()
            if name in memories
        )

    def _ordered_a(
        self,
        phase: int,
        state: State,
        orders: Mapping[str, BatteryOrder],
        commanded: Mapping[str, BatteryCommanded],
    ) -> float:
        """The forced charge of batteries that a reading may not show yet."""
        total_a = 0.0
        for name, site in self._site.batteries.items():
            if phase not in (site.phase_map or PHASES) or name not in state.batteries:
                continue
            before, battery = commanded.get(name, BatteryCommanded()), state.batteries[name]
            most_w = max(charge_w(orders[name]) if name in orders else 0.0, most_charge_w(before, battery, site))
            # Nothing is subtracted from a reserve, and nothing for a battery of unknown phase.
            shown = bool(site.phase_map) and measured_a(state.grid) is not None
            shown_w = may_charge_w(before, battery, site) if shown else 0.0
            total_a += max(0.0, most_w - shown_w) / w_per_a(site)
        return total_a


def _add(kept: deque[tuple[float, tuple[float, ...]]], now_s: float, amps: tuple[float, ...], for_s: float) -> None:
    kept.append((now_s, amps))
    while kept[0][0] < now_s - for_s:
        kept.popleft()
