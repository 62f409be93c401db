"""The prices of a study by the contracts in the settings: fixed ones, by zones of time, or by a market.

A contract that follows a source needs its prices from a file (`--prices`). A trace can have the import price instead
(`price_ct`).
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
from optimizer.sources.prices.contract import ImportContract, import_price
from optimizer.sources.prices.history import price_history
from optimizer.sources.prices.table import Tariff
from optimizer.study.input.series import StudyError

if TYPE_CHECKING:
    from optimizer.study.input.series import Series

FOLLOWS = "The import price follows a source. Give its past prices with `--prices`, or `price_ct` in a trace."
NO_USE = "--prices has no effect: the import price of the settings follows no source"
MOST_BYTES = 20_000_000
"""A year of quarter hours has 2 MB."""


def read_market(path: Path) -> Market:
    """The market prices of a file in ct/kWh. Raises StudyError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise StudyError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB; give at most a year")
        return price_history(raw.decode("utf-8-sig"))
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path} is not text") from None
    except SourceError as error:
        raise StudyError(f"{path}: {error}") from None


def by_contract(
    contract: ImportContract | None, series: Series, zone: ZoneInfo, market: Market | None = None
) -> Series:
    """`series` with the import price of the contract by row. Unchanged without a contract that changes with the time.

    A row that is longer than a quarter hour has the mean of its time. `market` has the prices of the source. A row
    without a price of it is unknown. Raises StudyError if `market` has no effect.
    """
    if market is not None and (contract is None or contract.energy is not None):
        raise StudyError(NO_USE)
    if contract is None:
        return series
    if contract.energy is None and market is None:
        return replace(series, notes=(*series.notes, FOLLOWS))
    start_s, step_s = series.start.timestamp(), series.step_s
    markets = {} if market is None else {contract.source: market}
    total = import_price(contract, markets, start_s, start_s + series.duration_s, zone).total
    if market is not None and not total.slots:
        raise StudyError(f"the market prices are not of the time of the study, which begins at {series.start:%Y-%m-%d}")
    prices = array("d")
    for row in range(len(series.pv_w)):
        at_s = start_s + row * step_s
        price = total.at(at_s) if step_s <= QUARTER_S else total.mean(at_s, at_s + step_s)
        prices.append(float("nan") if price is None else price)
    return replace(series, price_ct=prices)


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
