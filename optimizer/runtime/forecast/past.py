"""PastRecord: the quarter hours of the last weeks on disk, for persistence, the load forecast, and the correction."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from optimizer.control.report import TickReport
from optimizer.journal.chart import Point
from optimizer.model.calendar import quarter_hour
from optimizer.model.clock import STEADY_S, SteadyTime
from optimizer.model.fields import FIELDS
from optimizer.model.quarter_means import QuarterMeans
from optimizer.model.series import QUARTER_S, Series, Slot
from optimizer.model.state import State
from optimizer.runtime.series_cache import Cached, SeriesCache
from optimizer.sources.forecast.table import Record

log = logging.getLogger(__name__)

PAST_FILE = "forecast-past.json"
KEPT_S = 28 * 86_400.0
MOST_QUARTERS = round(KEPT_S / QUARTER_S)
SAVED_EVERY_S = 6 * 3600.0
"""The file has some 300 kB. The journal, if there is one, fills what is lost between."""
LEAST_MINUTES = 8
"""A quarter hour with fewer minutes in a journal is unknown."""
MINUTE_MS = 60_000
PV, HOME = FIELDS["pv.power_w"].lookup, FIELDS["home.power_w"].lookup


class PastRecord:
    """Takes every tick (control.report.Watcher), and keeps the means of quarter hours."""

    def __init__(self, cache: SeriesCache, identity: str) -> None:
        """`identity` names the roofs and the service. Another one begins a new record of forecasts."""
        self._cache = cache
        self._identity = identity
        loaded = {
            name: cache.load(name, name if name != "forecast" else identity) for name in ("pv", "home", "forecast")
        }
        self.record = Record(**{name: one.series for name, one in loaded.items()})
        self.expected = Series()
        """The uncorrected forecast as it was at the beginning of today."""
        self._means = QuarterMeans()
        self._steady = SteadyTime()
        self._saved_s: float | None = None

    def on_tick(self, report: TickReport) -> None:
        """Take the readings of the tick that just ended."""
        self.take(report.shown)

    def take(self, state: State) -> None:
        """Take the readings of a state."""
        powers = {"pv": PV.get(state, ""), "home": HOME.get(state, "")}
        steady = self._steady.take(state.now, state.mono_s) >= STEADY_S
        ended = self._means.take(state.now.timestamp(), powers)
        if ended is not None:
            self._finish(*ended, steady=steady)

    def fill(self, points: Iterable[Point], until_s: float, *, has_pv: bool) -> None:
        """Fill gaps by the minutes of a journal. A journal writes 0 W of PV for a house without it."""
        found: dict[str, dict[float, list[float]]] = {"pv": {}, "home": {}}
        for point in points:
            quarter_s = quarter_hour(point.at_ms / 1000.0)
            for name, power_w in (("pv", point.pv_w if has_pv else None), ("home", point.home_w)):
                if power_w is not None:
                    found[name].setdefault(quarter_s, []).append(power_w)
        for name, quarters in found.items():
            slots = [
                Slot(at_s, at_s + QUARTER_S, sum(values) / len(values))
                for at_s, values in quarters.items()
                if len(values) >= LEAST_MINUTES and until_s - KEPT_S <= at_s <= until_s - QUARTER_S
            ]
            series: Series = getattr(self.record, name)
            self.record = replace(self.record, **{name: series.over(Series.of(slots))})

    def save(self) -> None:
        """Write the record to the disk."""
        self._cache.save("pv", {"pv": Cached(self.record.pv)})
        self._cache.save("home", {"home": Cached(self.record.home)})
        self._cache.save(self._identity, {"forecast": Cached(self.record.forecast)})

    def _finish(self, quarter_s: float, means: dict[str, float], *, steady: bool) -> None:
        """Add the quarter hour that has ended. With a `steady` clock, drop those that are too old."""
        expected_w = self.expected.mean(quarter_s, quarter_s + QUARTER_S)
        if expected_w is not None:
            means["forecast"] = expected_w
        for name, mean_w in means.items():
            series: Series = getattr(self.record, name)
            end_s = quarter_s + QUARTER_S
            # A clock that was set back may repeat a time. The new value counts.
            fresh = Series.of([Slot(quarter_s, end_s, round(mean_w, 1))], unit="W")
            kept = _newest(fresh.over(series))
            if steady:
                kept = kept.within(end_s - KEPT_S, max(end_s, series.reach_s or end_s))
            self.record = replace(self.record, **{name: kept})
        if self._saved_s is None:
            self._saved_s = quarter_s
        elif abs(quarter_s - self._saved_s) >= SAVED_EVERY_S:
            self._saved_s = quarter_s
            self.save()


def _newest(series: Series) -> Series:
    """The newest quarter hours, by their number: a clock that is wrong for an hour must not cost the weeks before."""
    surplus = len(series.slots) - MOST_QUARTERS
    reach_s = series.reach_s
    return series if surplus <= 0 or reach_s is None else series.within(series.slots[surplus].start_s, reach_s)
