"""The prices of a study by the contracts in the settings: fixed ones, also by zones of time.

A contract that follows a source has no prices here, because the study has no market prices. A trace can have them
(`price_ct`).
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from optimizer.model.series import QUARTER_S
from optimizer.sources.prices.contract import ImportContract, import_price
from optimizer.sources.prices.table import Tariff

if TYPE_CHECKING:
    from optimizer.study.input.series import Series

FOLLOWS = "The import price follows a source. A study has its prices only as `price_ct` of a trace."


def by_contract(contract: ImportContract | None, series: Series, zone: ZoneInfo) -> Series:
    """`series` with the import price of the contract by row. Unchanged without a contract that changes with the time.

    A row that is longer than a quarter hour has the mean of its time.
    """
    if contract is None:
        return series
    if contract.energy is None:
        return replace(series, notes=(*series.notes, FOLLOWS))
    start_s, step_s = series.start.timestamp(), series.step_s
    total = import_price(contract, {}, start_s, start_s + series.duration_s, zone).total
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
