"""The prices of a study by the contracts in the settings: fixed ones, by zones of time, or by a market.

A contract that follows a source needs its prices from a file (`--prices`). A trace can have the import price instead
(`price_ct`). Import and feed-in may follow one market.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from optimizer.model.series import QUARTER_S
from optimizer.model.series import Series as Market
from optimizer.sources.port import SourceError
from optimizer.sources.prices.contract import FeedInContract, ImportContract, feed_in_price, import_price
from optimizer.sources.prices.history import history_unit, price_history
from optimizer.sources.prices.table import Tariff
from optimizer.sources.prices.units import unit_doubt
from optimizer.study.input.series import StudyError
from optimizer.words.text import Text, message_of

if TYPE_CHECKING:
    from optimizer.study.input.series import Series

FOLLOWS = Text("The import price follows a source. Give its past prices with `--prices`, or `price_ct` in a trace.")
FEED_IN_FOLLOWS = Text("The payment for feed-in follows a source. Give its past prices with `--prices`.")
NO_USE = Text(
    "--prices has no effect: no price of the settings follows a source, or an option or the trace replaces it"
)
MOST_BYTES = 20_000_000
"""A year of quarter hours has 2 MB."""


def read_market(path: Path) -> Market:
    """The market prices of a file in ct/kWh. Raises StudyError."""
    return read_prices(path)[0]


def read_prices(path: Path, currency: str = "EUR") -> tuple[Market, str]:
    """The market prices of a file in ct/kWh, and the reason why they may be in another unit. Raises StudyError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise StudyError(
                Text(
                    "{path} is larger than {most_bytes} MB; give at most a year",
                    path=str(path),
                    most_bytes=MOST_BYTES // 1_000_000,
                )
            )
        text = raw.decode("utf-8-sig")
        market, unit = price_history(text), history_unit(text)
        doubt = "" if unit is None else unit_doubt(market, unit, currency)
        name = path.name
        return market, Text("{name}: {doubt}. Check the name of its column", name=name, doubt=doubt) if doubt else ""
    except OSError as error:
        raise StudyError(
            Text("{path} cannot be read: {strerror}", path=str(path), strerror=message_of(error))
        ) from None
    except UnicodeDecodeError:
        raise StudyError(Text("{path} is not text", path=str(path))) from None
    except SourceError as error:
        raise StudyError(Text("{path}: {why}", path=str(path), why=message_of(error))) from None


def by_contract(
    contract: ImportContract | None, series: Series, zone: ZoneInfo, market: Market | None = None
) -> Series:
    """`series` with the import price of the contract by row. Unchanged without a contract that changes with the time.

    A row that is longer than a quarter hour has the mean of its time. `market` has the prices of the source. A row
    without a price of it is unknown. Raises StudyError if `market` has no price of the time.
    """
    if contract is None:
        return series
    if contract.energy is None and market is None:
        return replace(series, notes=(*series.notes, FOLLOWS))
    start_s = series.start.timestamp()
    markets = {} if market is None else {contract.source: market}
    total = import_price(contract, markets, start_s, start_s + series.duration_s, zone).total
    return replace(series, price_ct=_by_row(total, series))


def paid_by_contract(
    contract: FeedInContract | None, series: Series, zone: ZoneInfo, market: Market | None = None
) -> Series:
    """`series` with the payment for feed-in by row. Unchanged without a contract that changes with the time.

    Raises StudyError if `market` has no price of the time.
    """
    if contract is None:
        return series
    if contract.source and market is None:
        return replace(series, notes=(*series.notes, FEED_IN_FOLLOWS))
    start_s = series.start.timestamp()
    markets = {} if market is None else {contract.source: market}
    total = feed_in_price(contract, markets, start_s, start_s + series.duration_s, zone).total
    return replace(series, feed_in_ct=_by_row(total, series))


def by_contracts(contracts: Tariff, series: Series, zone: ZoneInfo, market: Market | None = None) -> Series:
    """`series` with all prices by row. `contracts` has those that change with the time.

    Raises StudyError if `market` has no effect, or no price of the time.
    """
    imports, feed_in = contracts.imports, contracts.feed_in
    if market is None:
        return paid_by_contract(feed_in, by_contract(imports, series, zone), zone)
    if not any(contract is not None and contract.source for contract in (imports, feed_in)):
        raise StudyError(NO_USE)
    priced = paid_by_contract(feed_in, by_contract(imports, series, zone, market), zone, market)
    return replace(priced, market_ct=_by_row(market, series))


def _by_row(prices: Market, series: Series) -> array[float]:
    """The price of each row, NaN where it is unknown. Raises StudyError if no price is known."""
    start_s, step_s = series.start.timestamp(), series.step_s
    if not prices.within(start_s, start_s + series.duration_s).slots:
        raise StudyError(
            Text(
                "the market prices are not of the time of the study, which begins at {start}",
                start=f"{series.start:%Y-%m-%d}",
            )
        )
    found = array("d")
    for row in range(len(series.pv_w)):
        at_s = start_s + row * step_s
        price = prices.at(at_s) if step_s <= QUARTER_S else prices.mean(at_s, at_s + step_s)
        found.append(float("nan") if price is None else price)
    return found


def constant_feed_in(tariff: Tariff) -> float | None:
    """The payment for export if it never changes, ct/kWh. None if it depends on time or market, or is not set."""
    contract = tariff.feed_in
    if contract is None or contract.energy is None or contract.energy.zones or contract.nothing_while_negative:
        return None
    return contract.energy.base_ct


def constant_import(tariff: Tariff) -> float | None:
    """The import price if it never changes, ct/kWh. None if it depends on time or market, or is not set."""
    contract = tariff.imports
    if contract is None or contract.energy is None or contract.energy.zones:
        return None
    if any(fee.zones for fee in contract.fees.values()):
        return None
    net = contract.energy.base_ct + sum(fee.base_ct for fee in contract.fees.values())
    return net * (1.0 + contract.vat_percent / 100.0)
