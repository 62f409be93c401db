"""`optimizer prices`: what a kWh costs and pays today and tomorrow, with the parts of each price."""

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
from optimizer.journal.kept_file import KeptFiles
from optimizer.sources.prices.contract import DEDUCTION, ENERGY, MARKET, NEGATIVE, VAT
from optimizer.words.text import Text

if TYPE_CHECKING:
    from optimizer.model.series import Series
    from optimizer.runtime.prices.poller import FeedPoller
    from optimizer.sources.feed_report import FeedReport
    from optimizer.sources.prices.contract import Price
    from optimizer.sources.prices.table import PriceTable

UNKNOWN = "?"
PARTS = {
    ENERGY: Text("energy"),
    MARKET: Text("market"),
    VAT: Text("VAT"),
    DEDUCTION: Text("deduction"),
    NEGATIVE: Text("negative market"),
}
"""Parts of a price that are not fees. Fees have the names of the settings."""
FEED_HEAD = (Text("service"), Text("fetched"), Text("known until"), Text("problem"))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prices")(prices)


def prices(
    config: Annotated[Path, typer.Option("--config", "-c", help="Settings of the site.")] = Path("site.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no service. Use the prices on disk.")] = False,
) -> None:
    """Show import and feed-in prices from now on, with their parts. Asks the sources if prices are missing."""
    from optimizer.cli.load import settings_of, state_folder
    from optimizer.cli.run.prices import build_pollers, price_cache
    from optimizer.model.clock import SystemClock
    from optimizer.runtime.prices.board import PriceBoard
    from optimizer.serve.web.prices import prices_document
    from optimizer.settings.price_mapping import to_tariff

    settings = settings_of(config)
    tariff = to_tariff(settings)
    if tariff.imports is None and tariff.feed_in is None:
        fail(
            Text(
                "{config}: there are no prices; add `prices` or `tariff` (docs/how-to/use-prices.md)",
                config=str(config),
            ),
            ExitCode.MISTAKE,
        )
    clock, zone = SystemClock(), settings.site.zone
    pollers = build_pollers(settings, clock, price_cache(KeptFiles(state_folder(settings)), keep=False))
    if not offline:
        asyncio.run(_ask_where_due(pollers))
    board = PriceBoard(tariff, zone)
    board.follow(pollers)
    now_s = clock.now().timestamp()
    table = board.table(now_s)
    if as_json:
        units = {"currency": settings.prices.currency, "unit": "ct/kWh"}
        echo(json.dumps({**units, **prices_document(board, now_s)}, indent=2))
    else:
        echo(text(table, board.feeds(), zone, now_s))
    if all(price.total.at(now_s) is None for price in (table.imports, table.feed_in)):
        raise typer.Exit(ExitCode.BROKEN)


async def _ask_where_due(pollers: tuple[FeedPoller, ...]) -> None:
    await asyncio.gather(*(poller.ask() for poller in pollers if poller.is_due()))


def text(table: PriceTable, feeds: tuple[FeedReport, ...], zone: ZoneInfo, now_s: float) -> str:
    """The feeds, and a table for each contract from now on."""
    from optimizer.cli.table import table as lines

    parts: list[str] = []
    imports, feed_in = said(Text("Import, ct/kWh")), said(Text("Feed-in, ct/kWh"))
    for title, price in ((imports, table.imports), (feed_in, table.feed_in)):
        rows = _rows(price, zone, now_s, table.span.end_s)
        if rows:
            head = [
                said(Text("from")),
                said(Text("to")),
                said(Text("price")),
                *(said(PARTS.get(part, part)) for part in price.parts),
            ]
            parts.append(f"{title}\n{lines(head, rows)}")
    sources = [
        (feed.name, feed.kind, _time(feed.fetched_s, zone), _time(feed.known_until_s, zone), said(feed.problem))
        for feed in feeds
    ]
    if sources:
        parts.insert(0, lines([said(Text("source")), *map(said, FEED_HEAD)], sources))
    return "\n\n".join(parts)


def _rows(price: Price, zone: ZoneInfo, start_s: float, end_s: float) -> list[tuple[str, ...]]:
    """One row for each time with constant parts, and one for each time that is unknown."""
    rows: list[tuple[float, float, tuple[str, ...]]] = []
    for first_s, last_s in _times(price, start_s, end_s):
        cells = (_ct(price.total, first_s), *(_ct(part, first_s) for part in price.parts.values()))
        if rows and rows[-1][2] == cells:
            rows[-1] = (rows[-1][0], last_s, cells)
        else:
            rows.append((first_s, last_s, cells))
    return [(_time(first_s, zone), _time(last_s, zone), *cells) for first_s, last_s, cells in rows]


def _times(price: Price, start_s: float, end_s: float) -> list[tuple[float, float]]:
    """The times between the borders of all parts."""
    from itertools import pairwise

    if not price.parts:
        return []
    borders = {start_s, end_s}
    for part in price.parts.values():
        for slot in part.within(start_s, end_s):
            borders.update((slot.start_s, slot.end_s))
    return list(pairwise(sorted(borders)))


def _ct(series: Series, at_s: float) -> str:
    value = series.at(at_s)
    return UNKNOWN if value is None else f"{value:z.2f}"


def _time(at_s: float | None, zone: ZoneInfo) -> str:
    """A local time with its offset if that is needed to tell it from another one."""
    if at_s is None:
        return UNKNOWN
    local = datetime.fromtimestamp(at_s, UTC).astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{day_of(local)} {local:%H:%M}" + (f" {local:%Z}" if twice else "")
