"""A small house with a car and a battery, its outlook, and a solver inside the process."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from optimizer.model.reading import known, unknown
from optimizer.model.series import Series, Slot
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import CONNECTED, Battery, Ev, EvGoal, EvStatus, Grid, State
from optimizer.runtime.scheduler.child import SolverFailed
from optimizer.schedule.document import problem_from, to_json
from optimizer.schedule.from_state import SchedulePlan
from optimizer.schedule.greedy import solve_greedily
from optimizer.schedule.outlook import Outlook
from optimizer.schedule.problem import clipped

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)
EVENING_S = EVENING.timestamp()
HOUR_S = 3600.0
SITE = Site(
    zone=BERLIN,
    chargers={"carport": ChargerSite("carport", can_switch_phases=True)},
    batteries={"cellar": BatterySite("cellar", floor_soc_percent=10.0)},
)
PLAN = SchedulePlan(site=SITE, efficiencies={"id3": 0.9})


def prices(hours: int = 30, cheap: tuple[int, ...] = (8, 9)) -> Series:
    """Hours from the evening on at 30 ct, and the cheap ones at 20 ct."""
    return Series.of(
        Slot(EVENING_S + hour * HOUR_S, EVENING_S + (hour + 1) * HOUR_S, 20.0 if hour in cheap else 30.0)
        for hour in range(hours)
    )


def flat(value: float, hours: int = 48) -> Series:
    """One value from a day before the evening on."""
    return Series.of([Slot(EVENING_S - 24 * HOUR_S, EVENING_S + hours * HOUR_S, value)])


def outlook() -> Outlook:
    return Outlook(imports=prices(), feed_in=flat(8.0), pv=flat(0.0), home=flat(400.0))


def state(
    mono_s: float = 1000.0,
    *,
    status: EvStatus = CONNECTED,
    needs_wh: float | None = 6000.0,
    ready_h: float = 12.0,
    soc: float | None = 40.0,
    battery_soc: float = 50.0,
) -> State:
    """The house at a time after the evening. `ready_h` counts from the evening. Without a need there is no goal."""
    now = EVENING + timedelta(seconds=mono_s - 1000.0)
    goal = EvGoal(
        ready_s=known(EVENING_S + ready_h * HOUR_S, mono_s),
        needs_wh=known(needs_wh or 0.0, mono_s),
        target_soc_percent=known(60.0, mono_s),
        overdue=known(False, mono_s),
    )
    ev = Ev(
        "carport",
        status=known(status, mono_s),
        power_w=known(0.0, mono_s),
        session_energy_wh=known(0.0, mono_s),
        soc_percent=unknown("asleep", mono_s) if soc is None else known(soc, mono_s),
        capacity_wh=known(58_000.0, mono_s),
        vehicle="id3",
    )
    battery = Battery(
        "cellar",
        power_w=known(0.0, mono_s),
        soc_percent=known(battery_soc, mono_s),
        capacity_wh=known(10_000.0, mono_s),
    )
    return State(
        now=now,
        local=now.astimezone(BERLIN),
        mono_s=mono_s,
        grid=Grid(power_w=known(400.0, mono_s)),
        batteries={"cellar": battery},
        evs={"carport": ev},
        goals={} if needs_wh is None else {"carport": goal},
    )


@dataclass
class Known:
    """The prices and forecasts of a test (runtime.scheduler.scheduler.Inputs)."""

    priced: bool = False
    awaited: bool = False
    version: Hashable = 0
    known: Outlook = field(default_factory=outlook)

    def outlook(self, at_s: float) -> Outlook:
        return self.known

    def news(self) -> Hashable:
        return self.version


@dataclass
class Solver:
    """Solves by the cheapest slots, or fails as a test asks."""

    why: str = ""
    problems: list[str] = field(default_factory=list)

    async def __call__(self, problem: str) -> str:
        self.problems.append(problem)
        if self.why:
            raise SolverFailed(self.why)
        return to_json(solve_greedily(*clipped(problem_from(problem))))


@dataclass
class Recorded:
    """Keeps what is recorded."""

    rows: list[tuple[int, str, str]] = field(default_factory=list)

    def remember_schedule(self, at_ms: int, problem: str, schedule: str) -> None:
        self.rows.append((at_ms, problem, schedule))
