"""A few chargers with cars on one roof, in steps of 5 s: enough physics to see how a surplus is shared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.control.decide import Outcome, decide
from optimizer.control.limiter import next_write
from optimizer.control.memory import Memory
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.site import Site
from optimizer.model.state import Commanded, Ev, EvStatus
from optimizer.rules.book.verdict import Claimed, Verdict
from tests.control.house import ev, state
from tests.control.ruled import ruled_by

TICK_S = 5.0


@dataclass
class Car:
    """A car that follows within one tick, up to its own limit."""

    most_a: float = 32.0
    part: float = 1.0
    """What it draws of its offer at 230 V."""
    full: bool = False
    starts_after_s: float = 0.0
    plugged: bool = True
    commanded: Commanded | None = None
    set_a: float = 6.0
    paused: bool = True
    phases: int = 3
    offered_since_s: float = 0.0
    power_w: float = 0.0
    energy_wh: float = 0.0
    starts: int = 0

    def step(self, now_s: float) -> None:
        """Follow what was told before this tick. The charger has confirmed it."""
        if self.commanded is not None:
            self.commanded = replace(self.commanded, unconfirmed_a=0.0)
        if self.paused or self.full or not self.plugged or now_s - self.offered_since_s < self.starts_after_s:
            self.power_w = 0.0
        else:
            self.starts += self.power_w == 0.0
            self.power_w = min(self.set_a, self.most_a) * self.phases * 230.0 * self.part
        self.energy_wh += self.power_w * TICK_S / 3600.0

    def observed(self, name: str, now_s: float) -> Ev:
        """The report of the charger."""
        status = EvStatus.CHARGING if self.power_w else EvStatus.CONNECTED
        amps = self.power_w / self.phases / 230.0
        return ev(
            name,
            at_s=now_s,
            status=status if self.plugged else EvStatus.DISCONNECTED,
            power_w=self.power_w,
            offered_a=self.set_a,
            paused=self.paused,
            phases=self.phases,
            drawn_a=(amps, amps if self.phases > 1 else 0.0, amps if self.phases > 1 else 0.0),
            commanded=self.commanded,
        )


@dataclass
class Fleet:
    """Cars by charger, one sun, one house."""

    where: Site
    cars: dict[str, Car]
    verdict: Verdict
    params: Params = Params()
    home_w: float = 500.0
    now_s: float = 0.0
    memory: Memory = field(init=False)
    outcome: Outcome | None = None
    imported_wh: float = 0.0
    blind: bool = False
    """While true, the grid meter says nothing."""

    def __post_init__(self) -> None:
        self.plan = Plan(self.where, None, self.params)  # type: ignore[arg-type]  # the verdict is given
        self.memory = initial_memory(self.plan)

    def run(self, sun_w: float, minutes: float) -> Fleet:
        """Live for some minutes under this sun."""
        for _ in range(round(minutes * 60.0 / TICK_S)):
            for car in self.cars.values():
                car.step(self.now_s)
            drawn_w = sum(car.power_w for car in self.cars.values())
            grid_w = self.home_w + drawn_w - sun_w
            self.imported_wh += max(0.0, grid_w) * TICK_S / 3600.0
            observed = {name: car.observed(name, self.now_s) for name, car in self.cars.items()}
            seen_w = None if self.blind else grid_w
            snapshot = state(mono_s=self.now_s, grid_w=seen_w, pv_w=sun_w, evs=tuple(observed.values()))
            with ruled_by(self.verdict):
                self.outcome = decide(snapshot, self.memory, self.plan)
            self.memory = self.outcome.memory
            for name, car in self.cars.items():
                self._write(car, observed[name], name)
            self.now_s += TICK_S
        return self

    def order(self, name: str) -> EvOrder:
        """The last order for a charger."""
        assert self.outcome is not None
        order = self.outcome.decision.commands[f"ev.{name}"].order
        assert isinstance(order, EvOrder)
        return order

    def drawn_w(self) -> float:
        """The power of all cars, W."""
        return sum(car.power_w for car in self.cars.values())

    def _write(self, car: Car, observed: Ev, name: str) -> None:
        while (
            write := next_write(
                self.order(name), replace(observed, commanded=car.commanded), self.where.chargers[name], self.now_s
            )
        ) is not None:
            before_a = 0.0 if car.paused else car.set_a
            if write.kind == "current":
                car.set_a = write.value
            elif write.kind == "phases":
                car.phases = int(write.value)
            else:
                car.paused = write.kind == "pause"
                car.offered_since_s = self.now_s
            after_a = 0.0 if car.paused else car.set_a
            car.commanded = Commanded(car.set_a, car.paused, car.phases, self.now_s, max(before_a, after_a))


def following(*names: str, **claims: Any) -> Verdict:
    """All of them follow the surplus."""
    modes = {f"ev.{name}.mode": Claimed("surplus", "a-rule") for name in names}
    return Verdict(modes | {k: Claimed(v, "a-rule") for k, v in claims.items()}, {}, ())
