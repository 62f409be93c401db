"""The samples of forecasts and of their service."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.calendar import local_day
from optimizer.serve.metrics.sample import J_PER_WH, Sample, given
from optimizer.serve.panel import Panel


def forecast_samples(panel: Panel) -> Iterator[Sample]:
    """All samples of forecasts. None without a configured forecast."""
    if panel.forecast is None:
        return
    now_s = panel.clock.now().timestamp()
    table = panel.forecast.table(now_s)
    yield from given("forecast_pv_watts", table.pv.at(now_s))
    yield from given("forecast_home_watts", table.home.at(now_s))
    for name, days in (("today", 0), ("tomorrow", 1)):
        day = local_day(now_s, panel.site.zone, days)
        for value, series in (("middle", table.pv), ("low", table.low), ("high", table.high)):
            yield from given("forecast_pv_energy_joules", series.integral_h(*day), name, value, factor=J_PER_WH)
    for part, factor in table.correction.factors.items():
        yield Sample("forecast_correction_ratio", (part,), factor)
    for feed in panel.forecast.feeds():
        yield Sample("forecast_feed_up", (feed.kind,), float(not feed.message))
        yield Sample("forecast_feed_requests_total", (feed.kind,), feed.requests)
        yield Sample("forecast_feed_errors_total", (feed.kind,), feed.failures)
        yield from given("forecast_feed_known_until_timestamp_seconds", feed.known_until_s, feed.kind)
