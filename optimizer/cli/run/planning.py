"""Goals and the schedule of a service: what its ticks read, and the tasks that keep them up to date."""

# ruff: noqa: PLC0415 - only what is configured is imported

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.control.report import Watcher
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.model.state import State
from optimizer.runtime.service import Companion

if TYPE_CHECKING:
    from optimizer.runtime.forecast.board import ForecastBoard
    from optimizer.runtime.goals.board import GoalBoard
    from optimizer.runtime.prices.board import PriceBoard
    from optimizer.runtime.scheduler.scheduler import Recorder, Scheduler, Solve
    from optimizer.settings import Settings

Complete = Callable[[State], State]


@dataclass(frozen=True, slots=True)
class Planning:
    """Goals and the schedule."""

    complete: Complete
    """Completes each snapshot."""
    goals: GoalBoard | None = None
    """None: the house has no charger."""
    scheduler: Scheduler | None = None
    """None: it is off, or the house has neither a charger nor a battery."""

    @property
    def tasks(self) -> Sequence[Companion]:
        """The tasks that run beside the ticks."""
        return () if self.scheduler is None else (self.scheduler.run,)

    @property
    def watchers(self) -> Sequence[Watcher]:
        """The watchers that see every tick."""
        return () if self.scheduler is None else (self.scheduler,)


def planning_of(
    settings: Settings,
    clock: Clock,
    files: KeptFiles,
    complete: Complete,
    *,
    prices: PriceBoard | None,
    forecast: ForecastBoard | None,
    journal: Recorder | None,
    solve: Solve | None = None,
) -> Planning:
    """Goals and the schedule of a house. `complete` runs before them."""
    chargers = any(device.chargers(name) for name, device in settings.devices.items())
    batteries = any(device.batteries(name) for name, device in settings.devices.items())
    goals: GoalBoard | None = None
    if chargers:
        from optimizer.runtime.goals.board import GoalBoard
        from optimizer.runtime.goals.kept import KeptGoals
        from optimizer.settings.goal_mapping import to_goal_plan

        goals = GoalBoard(to_goal_plan(settings), clock, KeptGoals(files))
        complete = _after(complete, goals.complete)
    if not settings.schedule.enabled or not (chargers or batteries):
        return Planning(complete, goals)
    from optimizer.cli.run.schedule import build_scheduler

    scheduler = build_scheduler(settings, clock, files, prices=prices, forecast=forecast, recorder=journal, solve=solve)
    if goals is not None:
        goals.listen(scheduler.wake)
    return Planning(_after(complete, scheduler.complete), goals, scheduler)


def _after(first: Complete, second: Complete) -> Complete:
    """Both, one after the other."""
    return lambda state: second(first(state))
