"""The money of one day: what the energy used has cost, by consumer and source, and what the grid was paid. Pure.

Energy from the grid costs the import price of its time. Energy from PV or a battery costs the payment for export that
it did not earn. Energy without a known price is in no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.model.by_source import BySource
from optimizer.model.state import Prices
from optimizer.serve.energy import Books, since

WH_PER_KWH = 1000.0


@dataclass(frozen=True, slots=True)
class Costs:
    """The money of one day in ct. Negative prices make negative costs."""

    used: Mapping[str, BySource] = field(default_factory=dict)
    """The cost of the energy used, by consumer (`home` and `ev.<name>`)."""
    import_ct: float | None = None
    """What imported energy has cost. None: the import price was not known on this day."""
    export_ct: float | None = None
    """What exported energy has earned. None: the payment for export was not known on this day."""
    unpriced_wh: float = 0.0
    """Energy used for which a price was not known."""


def cost_of(used: BySource, prices: Prices) -> tuple[BySource, float]:
    """The cost of an energy (Wh) at these prices in ct, and the part of it in Wh that has no known price."""
    import_ct, feed_in_ct = prices.import_ct.value, prices.feed_in_ct.value
    unpriced_wh = (used.grid if import_ct is None else 0.0) + (
        used.surplus + used.battery if feed_in_ct is None else 0.0
    )
    grid, own = (import_ct or 0.0) / WH_PER_KWH, (feed_in_ct or 0.0) / WH_PER_KWH
    return BySource(used.surplus * own, used.battery * own, used.grid * grid), unpriced_wh


def priced(costs: Costs, before: Books, after: Books, prices: Prices) -> Costs:
    """The costs with the energy between two states of the books, at the prices of now."""
    step = since(after, before)
    used, unpriced_wh = dict(costs.used), costs.unpriced_wh
    for consumer, energy in step.consumed.items():
        cost, missing_wh = cost_of(energy, prices)
        used[consumer] = used.get(consumer, BySource()).plus(cost)
        unpriced_wh += missing_wh
    return Costs(
        used=used,
        import_ct=_with(costs.import_ct, step.import_wh, prices.import_ct.value),
        export_ct=_with(costs.export_ct, step.export_wh, prices.feed_in_ct.value),
        unpriced_wh=unpriced_wh,
    )


def _with(sum_ct: float | None, energy_wh: float, price_ct: float | None) -> float | None:
    return sum_ct if price_ct is None else (sum_ct or 0.0) + energy_wh * price_ct / WH_PER_KWH
