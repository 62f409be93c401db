"""From the settings to the scheduler of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.scheduler.child import solve_in_child
from optimizer.runtime.scheduler.inputs import HouseOutlook
from optimizer.runtime.scheduler.kept import KeptSchedule
from optimizer.runtime.scheduler.kept_arrivals import KeptArrivals
from optimizer.runtime.scheduler.scheduler import Recorder, Scheduler, Solve
from optimizer.settings.price_mapping import to_tariff
from optimizer.settings.schedule_mapping import to_schedule_plan

if TYPE_CHECKING:
    from optimizer.runtime.forecast.board import ForecastBoard
    from optimizer.runtime.prices.board import PriceBoard
    from optimizer.settings import Settings


def build_scheduler(
    settings: Settings,
    clock: Clock,
    files: KeptFiles,
    *,
    prices: PriceBoard | None,
    forecast: ForecastBoard | None,
    recorder: Recorder | None,
    solve: Solve | None = None,
) -> Scheduler:
    """The scheduler, which must run.

    `files` keep its schedule and the past of the cars. `solve` stands in for the child process.
    """
    return Scheduler(
        to_schedule_plan(settings),
        clock,
        HouseOutlook(to_tariff(settings), settings.site.zone, prices, forecast),
        solve=solve or solve_in_child,
        store=KeptSchedule(files),
        arrivals=KeptArrivals(files),
        recorder=recorder,
    )
