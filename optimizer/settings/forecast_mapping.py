"""Converts the forecast settings into a plan and a feed."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from optimizer.settings.forecast import (
    ForecastSettings,
    ForecastSolarSettings,
    OpenMeteoSettings,
    PersistenceSettings,
    SolcastSettings,
)
from optimizer.settings.root import Settings
from optimizer.settings.secret import secret_text
from optimizer.sources.forecast.feed import Place
from optimizer.sources.forecast.roof import Roof
from optimizer.sources.forecast.table import ForecastPlan

if TYPE_CHECKING:
    from optimizer.sources.forecast.feed import ForecastFeed

# ruff: noqa: PLC0415 - only the module of the configured service is imported


def to_forecast_plan(settings: Settings, forecast: ForecastSettings) -> ForecastPlan:
    """The plan of the forecast."""
    peak_w = fsum(roof.peak_w for roof in forecast.roofs.values())
    limits = [power_w for power_w in (peak_w, forecast.inverter_w) if power_w]
    return ForecastPlan(
        zone=settings.site.zone,
        place=_place(settings),
        peak_w=peak_w,
        most_w=min(limits, default=float("inf")),
        fills_from_past=forecast.fill_from_past,
        corrects=forecast.correct,
    )


def forecast_feed(settings: Settings, forecast: ForecastSettings) -> ForecastFeed | None:
    """The service. None for persistence. Only its own module is imported."""
    source, place = forecast.source, _place(settings)
    roofs = tuple(Roof(roof.peak_w, roof.tilt, roof.azimuth) for roof in forecast.roofs.values())
    if isinstance(source, PersistenceSettings):
        return None
    assert place is not None  # a check of the settings
    match source:
        case OpenMeteoSettings():
            from optimizer.sources.forecast.open_meteo import OpenMeteo

            return OpenMeteo(place, roofs, key=secret_text(source.token), url=source.url or "")
        case ForecastSolarSettings():
            from optimizer.sources.forecast.forecast_solar import ForecastSolar

            return ForecastSolar(place, roofs, key=secret_text(source.token), url=source.url or "")
        case SolcastSettings():
            from optimizer.sources.forecast.solcast import Solcast

            token = source.token.get_secret_value()
            return Solcast(place, source.sites, token, most_a_day=source.calls_a_day, url=source.url or "")


def _place(settings: Settings) -> Place | None:
    latitude, longitude = settings.site.latitude, settings.site.longitude
    return None if latitude is None or longitude is None else Place(latitude, longitude)
