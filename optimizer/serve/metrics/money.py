"""The samples of prices, of their sources, and of the money of this day."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.state import Prices
from optimizer.serve.costs import Costs
from optimizer.serve.metrics.sample import J_PER_WH, Sample, given
from optimizer.serve.panel import Panel


def money_samples(panel: Panel) -> Iterator[Sample]:
    """All samples of prices and costs."""
    if panel.report is not None:
        yield from _prices(panel.report.shown.prices)
    yield from _feeds(panel)
    yield from _costs(panel.ledger.costs)


def _prices(prices: Prices) -> Iterator[Sample]:
    yield from given("price_import_ct_per_kwh", prices.import_ct.value)
    yield from given("price_feed_in_ct_per_kwh", prices.feed_in_ct.value)
    yield from given("price_alternative_ct_per_kwh", prices.alternative_ct.value)
    yield from given("price_market_ct_per_kwh", prices.market_ct.value)
    yield from given("price_rank_ratio", prices.rank_percent.value, factor=0.01)


def _feeds(panel: Panel) -> Iterator[Sample]:
    for feed in panel.prices.feeds() if panel.prices is not None else ():
        yield Sample("price_feed_up", (feed.name,), float(not feed.message))
        yield Sample("price_feed_requests_total", (feed.name,), feed.requests)
        yield Sample("price_feed_errors_total", (feed.name,), feed.failures)
        yield from given("price_feed_known_until_timestamp_seconds", feed.known_until_s, feed.name)


def _costs(costs: Costs) -> Iterator[Sample]:
    """A price that was unknown all day leaves its costs absent."""
    own_known, grid_known = costs.export_ct is not None, costs.import_ct is not None
    for consumer, cost in costs.used.items():
        for source, cost_ct, priced in (
            ("surplus", cost.surplus, own_known),
            ("battery", cost.battery, own_known),
            ("grid", cost.grid, grid_known),
        ):
            if priced:
                yield Sample("cost_today_ct", (consumer, source), cost_ct)
    yield from given("grid_import_cost_today_ct", costs.import_ct)
    yield from given("grid_export_earnings_today_ct", costs.export_ct)
    if own_known or grid_known:
        yield Sample("unpriced_energy_today_joules", (), J_PER_WH * costs.unpriced_wh)
