"""Decisions by a verdict that the test says, and a charger whose writes go through the limiter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.control.budget import Allowance
from optimizer.control.decide import decide
from optimizer.control.limiter import next_write
from optimizer.control.params import Params
from optimizer.control.plan import Plan, initial_memory
from optimizer.model.decision import EvOrder
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Commanded, Ev, EvStatus
from optimizer.rules.book.verdict import Claimed, Limited, Verdict
from tests.control.house import ev, site, state
from tests.control.ruled import ruled_by

PARAMS = Params(starts=Allowance(6, 20, 20.0), switches=Allowance(4, 10, 30.0))
CHARGERS = (
    ChargerSite("carport", can_switch_phases=True, priority=1),
    ChargerSite("street", max_current_a=32.0, phase_map=(2,), current_step_a=1.0),
)
HOUSE = site(
    *CHARGERS,
    batteries=(
        BatterySite("cellar", max_charge_w=4000.0, max_discharge_w=3000.0, floor_soc_percent=15.0),
        BatterySite("garage", can_bound_discharge=False),
    ),
    fuse_a=35.0,
)
ONE = site(ChargerSite("carport", can_switch_phases=True))


def plan_for(where: Site, params: Params = PARAMS) -> Plan:
    """A plan whose rules do not matter: the tests say the verdict."""
    return Plan(where, None, params)  # type: ignore[arg-type]


def says(claims: dict[str, float | str] | None = None, limits: dict[str, float] | None = None) -> Verdict:
    """A verdict of one rule."""
    return Verdict(
        {target: Claimed(value, "a-rule") for target, value in (claims or {}).items()},
        {target: Limited(value, "a-limit") for target, value in (limits or {}).items()},
        (),
    )


SURPLUS = says({"ev.carport.mode": "surplus", "ev.street.mode": "surplus", "surplus.priority": "ev_first"})
FAST = says({"ev.carport.mode": "fast"})
CHARGE = says({"ev.carport.mode": "fast", "battery.mode": "charge", "battery.power_w": 5000.0})


class Bench:
    """A charger that obeys, or not, or stays silent; the writes go through the limiter."""

    def __init__(self, charger: ChargerSite) -> None:
        self.site = charger
        self.set_a, self.paused, self.phases = 6.0, True, len(charger.phase_map)
        self.commanded: Commanded | None = None

    def report(self, now_s: float, moment: dict[str, Any]) -> Ev:
        if moment["silent"]:
            unheard = dict.fromkeys(("status", "power_w", "offered_a", "paused", "phases"))
            return ev(self.site.name, at_s=now_s, commanded=self.commanded, **unheard)
        return ev(
            self.site.name,
            at_s=now_s,
            status=moment["status"],
            power_w=moment["power_w"],
            offered_a=self.set_a,
            paused=self.paused,
            phases=self.phases,
            blocked=moment["blocked"],
            commanded=self.commanded,
        )

    def obey(self, order: EvOrder, car: Ev, now_s: float, moment: dict[str, Any]) -> None:
        for _ in range(4):
            write = next_write(order, replace(car, commanded=self.commanded), self.site, now_s)
            if write is None or moment["silent"]:
                return
            offered_a = 0.0 if self.paused else self.set_a
            current_a, paused, phases = self.set_a, self.paused, self.phases
            if write.kind == "current":
                assert 6.0 <= write.value <= self.site.max_current_a
                current_a = write.value
            elif write.kind == "phases":
                phases = int(write.value)
            elif write.kind in ("pause", "release"):
                paused = write.kind == "pause"
            else:
                assert 0.0 <= write.value <= 1_000_000.0
                return
            self.commanded = Commanded(current_a, paused, phases, now_s, max(offered_a, 0.0 if paused else current_a))
            if moment["obeys"]:
                self.set_a, self.paused, self.phases = current_a, paused, phases


def settle(verdict: Verdict, where: Site = ONE, ticks: int = 60, **house: Any) -> tuple[EvOrder, Any]:
    """The order after some minutes of the same, with a charger that obeys and a car that follows."""
    plan = plan_for(where, Params())
    memory, bench = initial_memory(plan), Bench(where.chargers["carport"])
    sun_w, home_w = house.pop("pv_w", 0.0), house.pop("home_w", 500.0)
    cells = house.pop("batteries", ())
    for tick in range(ticks):
        now_s = 5.0 * tick
        drawn_w = 0.0 if bench.paused else bench.set_a * bench.phases * 230.0
        moment = {"silent": False, "status": EvStatus.CHARGING, "power_w": drawn_w, "blocked": "", "obeys": True}
        moment |= house.get("moment", {})
        car = bench.report(now_s, moment)
        grid_w = home_w + drawn_w - sun_w - sum(b.power_w.value or 0.0 for b in cells)
        snapshot = state(
            mono_s=now_s, grid_w=house.get("grid_w", grid_w), pv_w=sun_w, evs=(car,), batteries=cells,
            grid_a=house.get("grid_a", ()),
        )  # fmt: skip
        with ruled_by(verdict):
            outcome = decide(snapshot, memory, plan)
        order = outcome.decision.commands["ev.carport"].order
        assert isinstance(order, EvOrder)
        bench.obey(order, car, now_s, moment)
        memory = outcome.memory
    return order, outcome.decision
