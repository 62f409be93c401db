"""One charger with a difficult car under a sun, in a closed loop with decide() and the write limiter."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from optimizer.control.decide import Outcome, decide
from optimizer.control.limiter import READ_BACK_S, next_write
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.site import ChargerSite
from optimizer.model.state import Commanded, Ev, EvStatus
from tests.control.fleet import following
from tests.control.house import ev, site, state
from tests.control.ruled import ruled_by

TICK_S, POLL_S, DEAD_S, LAG_S = 5, 10, 3, 2.5
MAX_AGE_S = 15.0
"""A charger that has not answered for this long has no reading."""
HOME_W = 500.0


@dataclass
class Car:
    """A car with its own least current, phases, and time to start."""

    least_a: float = 6.0
    phases: int = 3
    start_s: float = 5.0
    switch_s: float = 0.0
    """Time without power after the charger has switched the phases."""
    most_a: float = 16.0
    full: bool = False
    weak: bool = False
    """Below its least current it draws a small part instead of nothing."""
    power_w: float = 0.0
    starts: int = 0
    _waits_s: float = 0.0
    _rests_s: float = 0.0
    _wired: int = 0

    def step(self, offer_a: float, phases: int) -> None:
        """One second with this offer."""
        used = min(self.phases, phases)
        self._rests_s = self.switch_s if phases != self._wired and self._wired else max(0.0, self._rests_s - 1.0)
        self._wired = phases
        if self._rests_s > 0.0:
            self.power_w = 0.0
            return
        willing = offer_a >= self.least_a and not self.full
        self._waits_s = self._waits_s + 1.0 if willing else 0.0
        draws = willing and (self.power_w > 0.0 or self._waits_s > self.start_s)
        wanted_w = min(offer_a, self.most_a) * used * 230.0 if draws else 0.0
        if self.weak and not self.full and 6.0 <= offer_a < self.least_a:
            wanted_w = 0.15 * offer_a * used * 230.0
        if wanted_w <= 0.0:
            self.power_w = 0.0
            return
        self.starts += self.power_w <= 0.0
        self.power_w += (wanted_w - self.power_w) * (1.0 - math.exp(-1.0 / LAG_S))


@dataclass
class Loop:
    """The charger, its car, and the house."""

    charger: ChargerSite
    car: Car
    mode: str = "surplus"
    grid_share: float = 0.5
    memory: Memory | None = None
    plugged: bool = True
    poll_s: int = POLL_S
    """The charger is read this often."""
    silent: Callable[[int], bool] = lambda second: False
    """Whether the charger does not answer at this second."""
    now_s: int = 0
    car_wh: float = 0.0
    import_wh: float = 0.0
    writes: int = 0
    starts: int = 0
    """Starts of the charger."""
    switches: int = 0
    orders_a: list[float] = field(default_factory=list)
    outcome: Outcome | None = None

    def __post_init__(self) -> None:
        params = Params(grid_share=self.grid_share)
        self.plan = Plan(site(self.charger), None, params)  # type: ignore[arg-type]  # the verdict is given
        self.memory = self.memory or initial_memory(self.plan)
        self.verdict = following("carport", **{"ev.carport.mode": self.mode, "surplus.priority": "ev_first"})
        first = 1 if self.charger.can_switch_phases else len(self.charger.phase_map)
        self.set = Commanded(6.0, True, first, -60.0)
        self._reported = self.set
        self._coming: list[tuple[int, float, int]] = []
        self._offer: tuple[float, int] = (0.0, first)
        self._seen: Ev | None = None

    def run(self, sun_w: float | Callable[[int], float], minutes: float) -> Loop:
        """Live for some minutes under this sun."""
        for _ in range(round(60 * minutes)):
            sun = sun_w(self.now_s) if callable(sun_w) else sun_w
            while self._coming and self._coming[0][0] <= self.now_s:
                _, amps, phases = self._coming.pop(0)
                self._offer = (amps, phases)
            self.car.step(self._offer[0] if self.plugged else 0.0, self._offer[1])
            grid_w = HOME_W + self.car.power_w - sun
            self.car_wh += self.car.power_w / 3600.0
            self.import_wh += min(self.car.power_w, max(0.0, grid_w)) / 3600.0
            if self.now_s >= self.set.at_s + READ_BACK_S:
                self._reported = self.set
            if self._seen is None or (self.now_s % self.poll_s == 3 and not self.silent(self.now_s)):
                self._seen = self._reading()
            if self.now_s % TICK_S == 0:
                self._tick(grid_w, sun)
            self.now_s += 1
        return self

    def starts_by_half_hour(self, sun_w: float, hours: float) -> list[int]:
        """Starts of the charger or of the car, whichever are more, in each half hour under steady sun."""
        counts = []
        for _ in range(round(2 * hours)):
            charger, car = self.starts, self.car.starts
            self.run(sun_w, 30.0)
            counts.append(max(self.starts - charger, self.car.starts - car))
        return counts

    def swap(self, car: Car) -> Loop:
        """Unplug the car for a minute and plug in another one."""
        self.plugged = False
        self.run(0.0, 1.0)
        self.car, self.plugged = car, True
        return self

    def _reading(self) -> Ev:
        used = min(self.car.phases, self._offer[1])
        status = EvStatus.CHARGING if self.car.power_w > 100.0 else EvStatus.CONNECTED
        amps = self.car.power_w / 230.0 / used
        return ev(
            at_s=float(self.now_s),
            status=status if self.plugged else EvStatus.DISCONNECTED,
            power_w=self.car.power_w,
            drawn_a=tuple(amps if phase < used else 0.0 for phase in range(len(self.charger.phase_map))),
        )

    def _tick(self, grid_w: float, sun_w: float) -> None:
        now_s = float(self.now_s)
        told = self._reported
        set_now = ev(
            at_s=max(0.0, now_s - 1.0),
            offered_a=told.current_a,
            paused=told.paused,
            phases=told.phases,
        )
        assert self._seen is not None
        observed = replace(
            self._seen,
            offered_a=set_now.offered_a,
            paused=set_now.paused,
            phases=set_now.phases,
            commanded=self.set if self.writes else None,
        )
        read_s = self._seen.power_w.at_s
        lost = self.silent(self.now_s) and now_s - read_s > MAX_AGE_S
        if lost:
            unread = ev(at_s=read_s, status=None, power_w=None, offered_a=None, paused=None, phases=None)
            observed = replace(unread, commanded=observed.commanded)
        snapshot = state(mono_s=now_s, grid_w=grid_w, pv_w=sun_w, evs=(observed,))
        assert self.memory is not None
        with ruled_by(self.verdict):
            self.outcome = decide(snapshot, self.memory, self.plan)
        self.memory = self.outcome.memory
        order = self.outcome.decision.commands["ev.carport"].order
        assert isinstance(order, EvOrder)
        self.starts += order.current_a > 0.0 and bool(self.orders_a) and self.orders_a[-1] <= 0.0
        self.orders_a.append(order.current_a)
        before = (self.set.offer_a, self.set.phases)
        for _ in range(4):
            write = next_write(order, replace(observed, commanded=self.set), self.charger, now_s)
            if write is None or lost:
                break
            self.writes += 1
            current_a, paused, phases = self.set.current_a, self.set.paused, self.set.phases
            if write.kind == "current":
                current_a = write.value
            elif write.kind == "phases":
                phases, self.switches = int(write.value), self.switches + 1
            else:
                paused = write.kind == "pause"
            self.set = Commanded(current_a, paused, phases, now_s, max(before[0], 0.0 if paused else current_a))
        after = (self.set.offer_a, self.set.phases)
        if after != before:
            if after[1] != before[1] and before[0] > 0.0:
                self._coming.append((self.now_s + 2, 0.0, before[1]))
                self._coming.append((self.now_s + 15, *after))
            else:
                self._coming.append((self.now_s + DEAD_S, *after))
