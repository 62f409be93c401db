"""The forecast energies of the times that rules ask for, as readings for the State."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from optimizer.model.calendar import local_day
from optimizer.model.reading import Reading, known, unknown
from optimizer.model.series import Series
from optimizer.model.state import Forecast
from optimizer.model.upcoming import Upcoming
from optimizer.sources.forecast.table import ForecastTable
from optimizer.words.text import Text

NOT_COVERED = "the PV forecast does not cover all of this time"
NO_SPREAD = "the errors of the past days are not known yet"
NO_RECORD = "the record of the past days does not cover this time of day"


HOLDS_S = 60.0
"""Energies are summed again after this time, because the time from now on gets shorter."""


@dataclass(frozen=True, slots=True)
class EnergiesNow:
    """Energies that are valid from one instant until just before another."""

    forecast: Forecast
    from_s: float
    """Unix time, s."""
    until_s: float


def energies_now(
    table: ForecastTable, asked: Iterable[Upcoming], at_s: float, mono_s: float, zone: ZoneInfo, why: str = ""
) -> EnergiesNow:
    """The energies at Unix time `at_s`, which is monotonic `mono_s`. `why` says what is wrong with the service."""
    missing = Text("{what}: {why}", what=Text.of(NOT_COVERED), why=why) if why else NOT_COVERED
    spans = {one.text: one.span(at_s, zone) for one in asked}

    def over(series: Series, reason: str) -> dict[str, Reading[float]]:
        found = {text: series.integral_h(*span) for text, span in spans.items()}
        return {text: unknown(reason, mono_s) if wh is None else known(wh, mono_s) for text, wh in found.items()}

    home, pv = over(table.home, NO_RECORD), over(table.pv, missing)
    surplus = over(table.surplus, missing)
    # A surplus that lacks only the consumption says so.
    surplus |= {text: home[text] for text in spans if pv[text].known and not home[text].known}
    spread = NO_SPREAD if table.pv.slots and not table.low.slots else missing
    forecast = Forecast(
        pv_wh=pv,
        pv_low_wh=over(table.low, spread),
        pv_high_wh=over(table.high, spread),
        home_wh=home,
        surplus_wh=surplus,
    )
    # At the end of a time its name means another time: the next 18:00, or the day after.
    ends_s = [span.end_s for span in spans.values() if span.end_s > at_s]
    return EnergiesNow(forecast, at_s, min([at_s + HOLDS_S, local_day(at_s, zone).end_s, *ends_s]))
