"""Runs the whole service on the simulated house for a week of departures, in virtual time, while things go wrong.

    python -m bench.departures [--days 7] [--seed 1] [--pace 4]

Prices come late, the forecast service dies, the car stays away for a night, departures are set by hand and moved, the
service is started again, and the solver is killed. It prints each departure, and ends with 1 if a goal was missed
without a word, or if the car started too often. The solver runs inside this process: a real process needs real time.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.soak_wire import small_client
from optimizer.cli.run.assemble import House, assemble
from optimizer.cli.run.books import RuleFiles, shipped_rules
from optimizer.control.report import TickReport
from optimizer.model.goal_text import goal_of
from optimizer.runtime.goals.board import GoalBoard
from optimizer.runtime.scheduler.child import SolverFailed
from optimizer.runtime.scheduler.scheduler import Scheduler
from optimizer.schedule.document import problem_from, to_json
from optimizer.schedule.solve import solve
from optimizer.settings import Settings
from optimizer.twin.charger import CarSpec, Stay
from optimizer.twin.forecast_services import PAGE as FORECAST_PAGE
from optimizer.twin.forecast_services import ForecastServices, ForecastSky
from optimizer.twin.house import RunningHouse, small_house, start_house
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices
from optimizer.twin.virtual_time import VirtualClock, run_virtually
from optimizer.twin.weather import Weather

START = datetime(2026, 4, 13, 17, 0, tzinfo=UTC)
"""A Monday, 19:00 in Berlin."""
ZONE = "Europe/Berlin"
CAPACITY_WH = 58_000.0
ARRIVES_PERCENT = 35.0
READY = "daily 07:00"
TARGET_PERCENT = 55.0
NIGHT_H = (1.0, 13.0)
"""Hours after 19:00 at which the car comes and leaves: 20:00 and 08:00."""
MOVED_H, RESTARTED_H, KILLED_H = 6.0, 8.0, (3.0, 10.0)
"""Hours after 19:00 of what happens in a night."""
MOST_STARTS = 1.6
TOLERANCE_PERCENT = 1.0
HOUR_S, DAY_S = 3600.0, 86_400.0
BERLIN = ZoneInfo(ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """The night of each trouble. None: never."""

    hand: int | None = None
    """The departure is set by hand, and moved."""
    late: int | None = None
    """Prices are late."""
    dead: int | None = None
    """The forecast service is dead."""
    away: int | None = None
    """The car stays away."""
    restart: int | None = None
    """The service is started again."""
    killed: int | None = None
    """The solver is killed."""


EACH_NIGHT = Troubles(hand=1, late=2, dead=3, away=4, restart=5, killed=6)
ONE_NIGHT = Troubles(hand=0, late=0)


@dataclass
class Night:
    """One stay of the car, and how it ended."""

    number: int
    target_percent: float
    soc_percent: float = 0.0
    """At the departure."""
    starts: int = 0
    told: list[str] = field(default_factory=list)
    """Sentences of the goal that differ, in order."""

    @property
    def met(self) -> bool:
        """Whether the goal was reached."""
        return self.soc_percent >= self.target_percent - TOLERANCE_PERCENT

    @property
    def warned(self) -> bool:
        """Whether the service said in time that it would not be reached."""
        return any("cannot be reached" in text or "are missing. Charging goes on" in text for text in self.told)


@dataclass
class Week:
    """The figures of a run."""

    nights: list[Night] = field(default_factory=list)
    schedules: int = 0
    failures: int = 0
    alarms: int = 0
    """Ticks with the alarm of the scheduler."""
    unexplained: int = 0
    """Ticks in which a scheduled slot had no reason."""
    fallbacks: int = 0
    """Ticks with the cheapest slots for want of the solver."""
    unknown_fast: int = 0
    """Ticks in which a rule of the schedule acted without a schedule."""
    ended: str = ""
    """Why the service ended by itself."""

    @property
    def failed(self) -> list[str]:
        """The failures: missed goals without a warning, too many starts, and slots or rules without a reason."""
        found = [f"night {one.number}: missed without a word" for one in self.nights if not (one.met or one.warned)]
        starts = sum(one.starts for one in self.nights) / max(1, len(self.nights))
        if starts > MOST_STARTS:
            found.append(f"{starts:.2f} starts a visit, at most {MOST_STARTS}")
        if self.unexplained or self.unknown_fast:
            found.append(f"{self.unexplained} slots without a reason, {self.unknown_fast} rules without a schedule")
        return [*found, self.ended] if self.ended else found


class Watching:
    """Looks at every tick (control.report.Watcher)."""

    def __init__(self, week: Week) -> None:
        self._week = week
        self.scheduler: Scheduler | None = None

    def on_tick(self, report: TickReport) -> None:
        """Take a tick."""
        claimed = report.verdict.claims.get("ev.carport.mode")
        car = report.state.schedule.cars.get("carport")
        if claimed is not None and claimed.rule.startswith("scheduled-") and (car is None or not car.mode.known):
            self._week.unknown_fast += 1
        if self.scheduler is None:
            return
        found = self.scheduler.report()
        self._week.alarms += found.alarm
        self._week.fallbacks += "solver has failed" in found.reason
        if found.schedule is not None and not found.reason:
            self._week.unexplained += 1


class Solver:
    """Solves inside this process, unless it is killed."""

    def __init__(self) -> None:
        self.killed = False

    async def __call__(self, problem: str) -> str:
        """A schedule. Raises SolverFailed."""
        if self.killed:
            raise SolverFailed("the solver ended with signal SIGKILL: no reason is known")
        return to_json(solve(problem_from(problem)))


def stays(days: int, troubles: Troubles) -> tuple[Stay, ...]:
    """Every night but one."""
    return tuple(
        Stay(night * DAY_S + NIGHT_H[0] * HOUR_S, night * DAY_S + NIGHT_H[1] * HOUR_S, soc_percent=ARRIVES_PERCENT)
        for night in range(days)
        if night != troubles.away
    )


def site(endpoints: Mapping[str, str], prices: str, forecast: str, folder: Path, pace: float) -> dict[str, Any]:
    """The settings of the house."""
    return {
        "site": {"name": "week", "time_zone": ZONE, "latitude": 48.8, "longitude": 9.2},
        "devices": {
            "carport": {
                "type": "nrgkick",
                "url": endpoints["carport"],
                "poll_s": 5.0 * pace,
                "max_age_s": 15.0 + 10.0 * pace,
                "charger": {"phase_switching": True},
            },
            "fems": {"type": "fems", "url": endpoints["fems"], "password": "owner", "poll_s": pace, "max_age_s": 60.0},
        },
        "grid": "fems",
        "control": {"tick_s": min(20.0, 5.0 * pace), "follow_tick_s": min(20.0, 5.0 * pace)},
        "prices": {
            "sources": {"market": {"type": "awattar", "country": "de", "url": prices}},
            "import": {"source": "market", "fees": {"grid": {"ct": 15.0}}, "vat_percent": 19},
            "feed_in": {"ct": 8.0},
        },
        "forecast": {"source": {"type": "open_meteo", "url": forecast}, "roofs": {"south": {"peak_w": 9800.0}}},
        "vehicles": {"id3": {"charger": "carport", "capacity_wh": CAPACITY_WH, "start_soc_percent": ARRIVES_PERCENT}},
        "goals": [{"vehicle": "id3", "ready": READY, "soc": f"{TARGET_PERCENT:g}%"}],
        "rules": shipped_rules(),
        "state_dir": folder,
        "journal": {"enabled": False},
        "serve": {"status": None},
    }


class Run:
    """A week."""

    def __init__(self, days: int, seed: int, folder: Path, pace: float, troubles: Troubles) -> None:
        self.week = Week()
        self._troubles = troubles
        self._days = days
        self._seed = seed
        self._folder = folder
        self._pace = pace
        self._clock = VirtualClock(START)
        self._solver = Solver()
        self._watching = Watching(self.week)
        self._stop = asyncio.Event()
        self._service: asyncio.Task[dict[str, str]] | None = None
        self._house: House | None = None

    async def run(self) -> Week:
        """All nights."""
        clock = self._clock
        car = CarSpec(CAPACITY_WH, stays=stays(self._days, self._troubles))
        spec = small_house(Weather(seed=self._seed, start=START), self._seed)
        charger = replace(spec.physics.chargers[0], car=car)
        twins = await start_house(replace(spec, physics=replace(spec.physics, chargers=(charger,))), clock)
        market = Market(seed=self._seed)
        prices, forecast = PriceServices(market, clock), ForecastServices(ForecastSky(seed=self._seed), clock)
        servers = [prices.server(), forecast.server()]
        prices_url, forecast_url = [await server.start() for server in servers]
        settings = Settings.model_validate(site(twins.endpoints, prices_url, forecast_url, self._folder, self._pace))
        self._begin(settings)
        try:
            for night in range(self._days):
                market.late_h = 8.0 if night == self._troubles.late else 0.0
                forecast.down = FORECAST_PAGE if night == self._troubles.dead else None
                await self._night(night, twins, settings)
        finally:
            await self._end()
            for server in servers:
                await server.stop()
            await twins.stop()
        return self.week

    async def _night(self, number: int, twins: RunningHouse, settings: Settings) -> None:
        at_s = number * DAY_S
        charger = twins.physics.chargers[0]
        await self._until(at_s + NIGHT_H[0] * HOUR_S + 600.0)
        night = Night(number, TARGET_PERCENT)
        before = charger.starts
        if number == self._troubles.hand:
            self._goal("carport", "70% tomorrow 06:30")
            night.target_percent = 70.0
        hour = NIGHT_H[0] + 0.5
        while hour <= NIGHT_H[1] - 0.25:
            await self._until(at_s + hour * HOUR_S)
            if number == self._troubles.hand and hour == MOVED_H:
                self._goal("carport", "70% 05:00")
            if number == self._troubles.restart and hour == RESTARTED_H:
                await self._end()
                self._begin(settings)
            self._solver.killed = number == self._troubles.killed and KILLED_H[0] <= hour <= KILLED_H[1]
            self._note(night)
            hour += 0.25
        night.soc_percent = 100.0 * twins.physics.chargers[0].car_wh / CAPACITY_WH
        night.starts = charger.starts - before
        if number != self._troubles.away:
            self.week.nights.append(night)

    def _goal(self, charger: str, text: str) -> None:
        aim, ready_s = goal_of(text, self._clock.now().timestamp(), BERLIN)
        self._goals.set(charger, aim, ready_s, "bench")

    def _note(self, night: Night) -> None:
        text = self._goals.reports()[0].text
        if not night.told or night.told[-1] != text:
            night.told.append(text)

    @property
    def _goals(self) -> GoalBoard:
        assert self._house is not None
        found = self._house.goals
        assert found is not None
        return found

    async def _until(self, house_s: float) -> None:
        await self._clock.sleep(house_s - self._clock.monotonic_s())
        if self._service is not None and self._service.done() and self._house is not None:
            self.week.ended = self._house.service.broken or "the service has ended"

    def _begin(self, settings: Settings) -> None:
        books = RuleFiles.load(settings)
        house = assemble(settings, books, self._clock, self._folder, watchers=(self._watching,), solve=self._solver)
        self._house, self._watching.scheduler = house, house.scheduler
        self._stop = asyncio.Event()
        self._service = asyncio.ensure_future(house.service.run(self._stop))

    async def _end(self) -> None:
        self._stop.set()
        assert self._service is not None
        assert self._house is not None
        await self._service
        self._house.close()
        if self._house.scheduler is not None:
            report = self._house.scheduler.report()
            self.week.schedules += report.solved
            self.week.failures += report.failed


def week(days: int, seed: int, folder: Path, pace: float = 4.0, troubles: Troubles = EACH_NIGHT) -> Week:
    """Run so many days, with the state in `folder`."""
    logging.disable(logging.CRITICAL)
    try:
        with small_client():
            return run_virtually(_run(days, seed, folder, pace, troubles), network=True)
    finally:
        logging.disable(logging.NOTSET)


async def _run(days: int, seed: int, folder: Path, pace: float, troubles: Troubles) -> Week:
    return await Run(days, seed, folder, pace, troubles).run()


def table(found: Week) -> list[str]:
    """The figures, line by line."""
    lines = [
        f"night {one.number}: {one.soc_percent:5.1f} % of {one.target_percent:.0f} %, {one.starts} starts"
        + ("" if one.met else " (said in time)" if one.warned else " MISSED")
        for one in found.nights
    ]
    starts = sum(one.starts for one in found.nights) / max(1, len(found.nights))
    lines.append(
        f"{starts:.2f} starts a visit; {found.schedules} schedules, {found.failures} failures, "
        f"{found.alarms} ticks with an alarm, {found.fallbacks} ticks with the cheapest slots"
    )
    return lines + [f"FAILED: {what}" for what in found.failed]


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pace", type=float, default=4.0, help="all polls and ticks are so many times slower")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = week(given.days, given.seed, Path(folder), given.pace)
    print("\n".join(table(found)))
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
