"""A charger and its car: dead time, lag, start sequence, phase switching, and the battery of the car."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import exp, inf

VOLTAGE_V = 230.0
LEAST_A = 5.95
"""There is no current between 0 and 6 A (IEC 61851-1). 0.05 A allow for rounding."""

OFF, STARTING, ON = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay of the car, in house seconds since the start of the house."""

    plug_s: float = 0.0
    unplug_s: float = inf
    soc_percent: float | None = None
    """SoC on arrival. None: the SoC at its departure."""


@dataclass(frozen=True, slots=True)
class CarSpec:
    """One car."""

    capacity_wh: float = 60_000.0
    initial_soc_percent: float = 30.0
    full_soc_percent: float = 100.0
    """SoC at which it stops by itself."""
    phases: int = 3
    """Phases of its onboard charger."""
    max_current_a: float = 16.0
    """Current per phase. A car may draw less than the offer."""
    efficiency: float = 0.9
    """Part (0–1) of the energy of the charger that reaches the battery of the car."""
    late_start_s: float = 0.0
    """Time until it first draws current in a stay, s."""
    stays: tuple[Stay, ...] = (Stay(),)
    """Stays in order of time, without overlap."""


@dataclass(frozen=True, slots=True)
class ChargerSpec:
    """The properties of one charger. Times in s."""

    name: str = "carport"
    rated_a: float = 16.0
    phase_map: tuple[int, ...] = (1, 2, 3)
    """The house phase of each charger phase."""
    can_switch_phases: bool = True
    initial_phases: int = 3
    initial_current_a: float = 16.0
    initial_paused: bool = False
    dead_s: float = 4.0
    lag_s: float = 3.0
    start_s: float = 6.0
    stop_s: float = 2.0
    switch_pause_s: float = 10.0
    car: CarSpec = field(default_factory=CarSpec)


class Charger:
    """The state of one charger and its car, and their steps in time."""

    __slots__ = (
        "_commanded",
        "_dt",
        "_due_s",
        "_end",
        "_event_s",
        "_mean",
        "_queue",
        "_stay",
        "car_wh",
        "changes",
        "charging_s",
        "connected_s",
        "current_a",
        "derate_a",
        "done",
        "limit_wh",
        "peak_w",
        "phases",
        "plugged",
        "plugs",
        "power_w",
        "session_wh",
        "slept",
        "spec",
        "starts",
        "state",
        "stops",
        "switches",
        "target_a",
        "total_wh",
    )  # fmt: skip

    def __init__(self, spec: ChargerSpec) -> None:
        self.spec = spec
        self.state = OFF
        self.plugged = False
        self.done = False
        """Whether the car is full, or the energy limit is reached."""
        self.slept = False
        self.current_a = 0.0
        """Measured current per active phase."""
        self.target_a = 0.0
        self.phases = spec.initial_phases
        """Number of phases with closed relays."""
        self.power_w = 0.0
        self.peak_w = 0.0
        self.session_wh = 0.0
        self.total_wh = 0.0
        self.car_wh = spec.car.capacity_wh * spec.car.initial_soc_percent / 100.0
        self.connected_s = 0.0
        self.charging_s = 0.0
        self.plugs = 0
        self.starts = 0
        self.stops = 0
        self.switches = 0
        """Phase switches while charging."""
        self.changes = 0
        """All commanded phase changes."""
        self.derate_a = inf
        """Limit of the charger itself (heat). Below the setting it derates."""
        self.limit_wh = 0.0
        """Energy limit of the session, 0 = none."""
        self._commanded = (spec.initial_phases, 0.0)
        self._queue: deque[tuple[float, int, float]] = deque()
        self._due_s = inf
        self._stay = 0
        self._event_s = spec.car.stays[0].plug_s if spec.car.stays else inf
        self._dt = self._end = self._mean = 0.0
        if self._event_s <= 0.0:
            self._happen(0.0)  # a car that is there from the start is so before the first step

    @property
    def car_soc_percent(self) -> float:
        """State of charge of the car, 0–100."""
        return 100.0 * self.car_wh / self.spec.car.capacity_wh

    @property
    def active_phases(self) -> int:
        """Number of phases that can carry current: the smallest of relays, wiring, and car."""
        return min(self.phases, self.spec.car.phases, len(self.spec.phase_map))

    @property
    def signalled_a(self) -> float:
        """Current that the charger signals to the car, A per phase."""
        return min(self._commanded[1], self.derate_a)

    def command(self, t_s: float, phases: int, current_a: float) -> None:
        """Offer `current_a` per phase on `phases` from house time `t_s` on. Below 6 A means off."""
        offer = 0.0 if current_a < LEAST_A else min(current_a, self.spec.rated_a)
        if (phases, offer) == self._commanded:
            return
        self.changes += phases != self._commanded[0]
        self._commanded = (phases, offer)
        self._queue.append((t_s + (self.spec.stop_s if offer == 0.0 else self.spec.dead_s), phases, offer))

    def unplug(self) -> None:
        """The car leaves now."""
        self.plugged = self.done = self.slept = False
        self._stop()

    def plug_in(self, t_s: float, soc_percent: float | None = None) -> None:
        """The car arrives now. A new session begins with the present offer."""
        self.plugged = True
        self.plugs += 1
        self.done = self.slept = False
        self.session_wh = self.peak_w = self.connected_s = self.charging_s = 0.0
        if soc_percent is not None:
            self.car_wh = self.spec.car.capacity_wh * soc_percent / 100.0
        if self._commanded[1] > 0.0:
            self._queue.append((t_s + self.spec.dead_s, *self._commanded))

    def step(self, t_s: float, dt: float) -> float:
        """Step from house time `t_s` by `dt` s. Returns the mean power in W."""
        end = t_s + dt
        first = self._queue[0][0] if self._queue else inf
        if first > end and self._event_s > end and self._due_s > end:
            wh = self._flow(dt)
        else:
            wh = 0.0
            while True:
                first = self._queue[0][0] if self._queue else inf
                due = min(first, self._event_s, self._due_s)
                if due > end:
                    if end > t_s:
                        wh += self._flow(end - t_s)
                    break
                if due > t_s:
                    wh += self._flow(due - t_s)
                    t_s = due
                self._happen(t_s)
        return wh * 3600.0 / dt

    def _happen(self, t_s: float) -> None:
        """Handle one due event: the start sequence ends, the car comes or goes, or a command takes effect."""
        if self._due_s <= t_s:
            self._due_s = inf
            self.state = ON
            self.slept = True
        elif self._event_s <= t_s:
            stay = self.spec.car.stays[self._stay]
            if self.plugged:
                self.unplug()
                self._stay += 1
                self._event_s = self.spec.car.stays[self._stay].plug_s if self._more() else inf
            else:
                self.plug_in(t_s, stay.soc_percent)
                self._event_s = stay.unplug_s
        else:
            _, phases, offer = self._queue.popleft()
            self._arrive(t_s, phases, offer)

    def _more(self) -> bool:
        return self._stay < len(self.spec.car.stays)

    def _arrive(self, t_s: float, phases: int, offer: float) -> None:
        self.target_a = offer
        if offer == 0.0:
            self._stop()
            self.phases = phases
        elif not self.plugged or self.done:
            self.phases = phases
        elif self.state == OFF:
            self.phases = phases
            self.state = STARTING
            self.starts += 1
            self._due_s = t_s + self.spec.start_s + (0.0 if self.slept else self.spec.car.late_start_s)
        elif phases != self.phases:
            self.phases, self.current_a, self.power_w = phases, 0.0, 0.0
            self.state = STARTING
            self.switches += 1
            self._due_s = t_s + self.spec.switch_pause_s + self.spec.start_s

    def _stop(self) -> None:
        if self.state != OFF:
            self.stops += 1
        self.state = OFF
        self.current_a = self.power_w = 0.0
        self._due_s = inf

    def resume(self, t_s: float) -> None:
        """Follow the present offer again after a limit has ended."""
        self.done = False
        if self.plugged and self.state == OFF and self._commanded[1] > 0.0:
            self._queue.append((t_s + self.spec.dead_s, *self._commanded))

    def _flow(self, dt: float) -> float:
        """Wh over `dt` s without events."""
        if self.plugged:
            self.connected_s += dt
        if self.state != ON:
            return 0.0
        spec = self.spec
        car = spec.car
        if dt != self._dt:
            self._dt = dt
            self._end = exp(-dt / spec.lag_s) if spec.lag_s > 0.0 else 0.0
            self._mean = (1.0 - self._end) * spec.lag_s / dt
        target = min(self.target_a, car.max_current_a, self.derate_a)
        gap = self.current_a - target
        self.current_a = target + gap * self._end
        volts = self.active_phases * VOLTAGE_V
        wh = volts * (target + gap * self._mean) * dt / 3600.0
        self.power_w = power = volts * self.current_a
        self.peak_w = max(self.peak_w, power)
        self.charging_s += dt
        room = (car.capacity_wh * car.full_soc_percent / 100.0 - self.car_wh) / car.efficiency
        if self.limit_wh:
            room = min(room, self.limit_wh - self.session_wh)
        if wh >= room:
            wh = max(0.0, room)
            self.done = True
            self._stop()
        self.car_wh += wh * car.efficiency
        self.session_wh += wh
        self.total_wh += wh
        return wh
