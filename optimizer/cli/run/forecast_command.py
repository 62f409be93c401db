"""`optimizer forecast`: the PV power, the consumption, and the surplus of the next days, and how sure they are."""

# ruff: noqa: PLC0415 - each command imports only what it needs

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from optimizer.cli.console import day_of, echo, said
from optimizer.cli.exit_codes import ExitCode, fail
from optimizer.cli.run.prices_command import FEED_HEAD
from optimizer.journal.kept_file import KeptFiles
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.model.clock import Clock
    from optimizer.model.series import Series
    from optimizer.runtime.forecast.board import ForecastBoard
    from optimizer.sources.feed_report import FeedReport
    from optimizer.sources.forecast.correction import Correction
    from optimizer.sources.forecast.table import ForecastTable

UNKNOWN = "?"
HOURS_SHOWN = 48
PARTS = {"morning": Text("morning"), "noon": Text("noon"), "afternoon": Text("afternoon")}
HEAD = (Text("PV"), Text("low"), Text("high"), Text("home"), Text("surplus"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forecast")(forecast)


def forecast(
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no service. Use the forecast on disk.")] = False,
) -> None:
    """Show the forecast of PV, consumption, and surplus. Asks the service if its forecast is missing."""
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.forecast import build_forecast
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.forecast.poller import ForecastPoller
    from optimizer.serve.web.forecast import forecast_document

    settings = settings_of(config)
    if settings.forecast is None:
        fail(
            Text("{config}: there is no forecast; add `forecast` (docs/how-to/use-forecasts.md)", config=str(config)),
            ExitCode.MISTAKE,
        )
    clock, zone, folder = SystemClock(), settings.site.zone, state_folder(settings)
    board, poller = build_forecast(settings, settings.forecast, clock, KeptFiles(folder), keep=False)

    async def gather(poller: ForecastPoller | None) -> None:
        await _fill(board, clock, folder, has_pv=any(device.pvs(name) for name, device in settings.devices.items()))
        if poller is not None and not offline and poller.is_missing() and poller.is_due():
            await poller.ask()

    asyncio.run(gather(poller))
    now_s = clock.now().timestamp()
    table = board.table(now_s)
    if as_json:
        echo(json.dumps(forecast_document(board, now_s, zone), indent=2))
    else:
        echo(text(table, board.feeds(), zone, now_s))
    if not table.pv.within(now_s, table.span.end_s).slots and not table.home.slots:
        raise typer.Exit(ExitCode.BROKEN)


async def _fill(board: ForecastBoard, clock: Clock, folder: Path, *, has_pv: bool) -> None:
    """Fill the record from the journal, if there is one."""
    from optimizer.cli.run.assemble import JOURNAL_FILE
    from optimizer.journal.reader import JournalReader

    if (folder / JOURNAL_FILE).exists():
        await board.fill(clock, JournalReader(folder / JOURNAL_FILE).points, has_pv=has_pv)


def text(table: ForecastTable, feeds: tuple[FeedReport, ...], zone: ZoneInfo, now_s: float) -> str:
    """The service, what is learned, the days, and the hours from now on."""
    from optimizer.cli.table import table as lines
    from optimizer.model.calendar import quarter_hour
    from optimizer.model.series import HOUR_S
    from optimizer.serve.web.forecast import days_of

    series = (table.pv, table.low, table.high, table.home, table.surplus)
    parts = [lines([*map(said, FEED_HEAD)], [_source(feed, zone) for feed in feeds])]
    parts = parts if feeds else [said(Text("PV from the mean of the last seven days at the same time (persistence)"))]
    parts.append(_learnt(table.correction))
    days = [
        (f"{day_of(_local(day.start_s, zone))}", *(_kwh(one, *day) for one in series)) for day in days_of(table, zone)
    ]
    head = [*map(said, HEAD)]
    parts.append(f"{said(Text('Energy of the day, kWh'))}\n{lines([said(Text('day')), *head], days)}")
    first_s = quarter_hour(now_s) // HOUR_S * HOUR_S
    hours = [first_s + HOUR_S * hour for hour in range(HOURS_SHOWN) if first_s + HOUR_S * hour < table.span.end_s]
    rows = [(_time(at_s, zone), *(_w(one, at_s, at_s + HOUR_S) for one in series)) for at_s in hours]
    parts.append(f"{said(Text('Mean power of the hour, W'))}\n{lines([said(Text('from')), *head], rows)}")
    return "\n\n".join(part for part in parts if part)


def _source(feed: FeedReport, zone: ZoneInfo) -> tuple[str, str, str, str]:
    return feed.kind, _time(feed.fetched_s, zone), _time(feed.known_until_s, zone), said(feed.message)


def _learnt(correction: Correction) -> str:
    """Sentences about the correction that was learned from the past. Empty without days."""
    parts: list[str] = []
    if correction.factors:
        factors = ", ".join(f"{said(PARTS[part])} ×{factor:.2f}" for part, factor in correction.factors.items())
        parts.append(said(Text("Corrected by the past of this roof: {factors}.", factors=factors)))
    if correction.service_part < 1.0:
        joined = Text(
            "By their errors on these days, the forecast takes {service_percent} from the service and {other_percent}"
            " from the mean of the last seven days.",
            service_percent=100.0 * correction.service_part,
            other_percent=100.0 - 100.0 * correction.service_part,
        )
        parts.append(said(joined))
    if correction.days:
        error = Text(
            "A quarter hour of PV usually differs from its forecast by {error_percent}, and a day by {day_percent}. The"
            " schedule considers less and more PV.",
            error_percent=100.0 * correction.error,
            day_percent=100.0 * correction.day_error,
        )
        parts.append(said(error))
    if correction.low is not None and correction.high is not None:
        spread = Text(
            "Of {days} days, nine of ten gave {low_percent} of the forecast or more, and one of ten gave more than"
            " {high_percent}.",
            days=correction.days,
            low_percent=100.0 * correction.low,
            high_percent=100.0 * correction.high,
        )
        parts.append(said(spread))
    elif correction.days:
        days = Text("{days} days are recorded. Low and high values need seven.", days=correction.days)
        parts.append(said(days))
    if correction.doubt:
        parts.append(said(Text("Warning: {what}.", what=correction.doubt)))
    return " ".join(parts)


def _kwh(series: Series, start_s: float, end_s: float) -> str:
    energy_wh = series.integral_h(start_s, end_s)
    return UNKNOWN if energy_wh is None else f"{energy_wh / 1000.0:z.1f}"


def _w(series: Series, start_s: float, end_s: float) -> str:
    power_w = series.mean(start_s, end_s)
    return UNKNOWN if power_w is None else f"{power_w:z.0f}"


def _local(at_s: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone)


def _time(at_s: float | None, zone: ZoneInfo) -> str:
    return UNKNOWN if at_s is None else f"{day_of(_local(at_s, zone))} {_local(at_s, zone):%H:%M}"
