"""Checks and warnings of the forecast settings: a place, roofs, and powers in W."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.settings.document import KeyPath
from optimizer.settings.forecast import SolcastSettings
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the mistake, and a valid value."""
LEAST_PEAK_W = 100.0
"""A smaller roof is probably given in kW."""


def has_place(settings: Settings) -> bool:
    """Whether the place of the house is set."""
    return settings.site.latitude is not None and settings.site.longitude is not None


def forecast_findings(settings: Settings) -> Iterator[Finding]:
    """Every contradiction between forecast settings."""
    forecast = settings.forecast
    if (settings.site.latitude is None) != (settings.site.longitude is None):
        yield (
            ("site",),
            Text("latitude and longitude belong together, and one is missing"),
            Text("give both, in degrees"),
        )
    if forecast is None:
        return
    source = forecast.source
    if source.needs_place and not has_place(settings):
        what = Text("a forecast of {brand} needs the place of the house", brand=source.brand)
        yield ("forecast", "source"), what, Text("give `latitude` and `longitude` under `site`")
    if source.needs_roofs and not forecast.roofs:
        yield (
            ("forecast",),
            Text("a forecast of {brand} needs the roofs", brand=source.brand),
            "`roofs: {south: {peak_w: 9800}}`",
        )
    if isinstance(source, SolcastSettings) and source.calls_a_day < len(source.sites):
        what = Text(
            "{count} sites need {count} requests, and calls_a_day is {calls_a_day}",
            count=len(source.sites),
            calls_a_day=source.calls_a_day,
        )
        yield ("forecast", "source", "calls_a_day"), what, Text("fewer sites, or a larger plan")


def forecast_warnings(settings: Settings) -> Iterator[Finding]:
    """Forecast settings that are allowed but probably not intended."""
    forecast = settings.forecast
    if forecast is None:
        return
    for name, roof in forecast.roofs.items():
        if roof.peak_w < LEAST_PEAK_W:
            right = Text(
                "powers are in W: {peak} kW is written {watts}",
                peak=f"{roof.peak_w:g}",
                watts=f"{1000.0 * roof.peak_w:g}",
            )
            yield (
                ("forecast", "roofs", name, "peak_w"),
                Text("{peak} W is very little for a roof", peak=f"{roof.peak_w:g}"),
                right,
            )
    if not any(device.pvs(name) for name, device in settings.devices.items()) and settings.devices:
        what = Text("no device measures the PV power, so the forecast cannot learn from its errors")
        yield ("forecast",), what, Text("add the inverter under devices")
