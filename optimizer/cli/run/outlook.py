"""Prices and forecasts of a service: what its ticks read, and the tasks that keep it up to date."""

# ruff: noqa: PLC0415 - only what is configured is imported

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.cli.run.books import RuleFiles, device_names
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.clock import Clock
from optimizer.runtime.service import Companion
from optimizer.settings.price_mapping import has_changing_prices

if TYPE_CHECKING:
    from optimizer.journal.reader import JournalReader
    from optimizer.runtime.forecast.board import ForecastBoard
    from optimizer.runtime.prices.board import PriceBoard
    from optimizer.settings import Settings


def prices_of(
    settings: Settings, books: RuleFiles, clock: Clock, files: KeptFiles
) -> tuple[PriceBoard | None, Sequence[Companion]]:
    """The prices of ticks if they change, and the tasks that ask for them."""
    if not has_changing_prices(settings):
        return None, ()
    from optimizer.cli.run.prices import build_prices
    from optimizer.rules.book.asked import cheapest_of, price_times_of

    board, pollers = build_prices(settings, clock, files)
    books.listen(lambda *_: board.answer(cheapest_of(books.book), price_times_of(books.book)))
    return board, [poller.run for poller in pollers]


def forecast_of(
    settings: Settings, books: RuleFiles, clock: Clock, files: KeptFiles, reader: JournalReader | None
) -> tuple[ForecastBoard | None, Sequence[Companion]]:
    """The forecast of ticks if one is configured, and its tasks. `reader` fills the record of the past."""
    if settings.forecast is None:
        return None, ()
    from optimizer.cli.run.forecast import build_forecast
    from optimizer.rules.book.asked import forecast_times_of

    board, poller = build_forecast(settings, settings.forecast, clock, files)
    books.listen(lambda *_: board.answer(forecast_times_of(books.book)))
    minutes, has_pv = None if reader is None else reader.points, bool(device_names(settings).pvs)
    return board, [lambda: board.run(clock, minutes, has_pv=has_pv), *([] if poller is None else [poller.run])]
