"""Warnings about a time zone that contradicts what the other settings say about the place of the house."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from optimizer.model.calendar import names_no_place
from optimizer.settings.document import KeyPath
from optimizer.settings.prices import AwattarSettings, EnergyChartsSettings, EntsoeSettings, OctopusSettings
from optimizer.settings.root import Settings
from optimizer.words.text import Text

Finding = tuple[KeyPath, str, str]
"""The setting, the doubt, and the advice."""
HOURS_OFF = 3.5
"""Clocks differ by less from the sun at their place, with a few exceptions in the Pacific."""
DEGREES_AN_HOUR = 15.0
EUROPE: Final = ((35.0, 71.5), (-11.0, 30.0))
"""Latitudes and longitudes in which nearly every clock has summer time."""
MARKETS = (AwattarSettings, EnergyChartsSettings, EntsoeSettings, OctopusSettings)
"""Sources of prices of European areas, all of which have summer time."""
WRITE = Text("write the zone of the house, such as time_zone: Europe/Berlin")


def zone_warnings(settings: Settings) -> Iterator[Finding]:
    """A zone without summer time in Europe, and a zone of the other side of the world."""
    path, zone, longitude = ("site", "time_zone"), settings.site.zone, settings.site.longitude
    if longitude is not None and _hours_off(zone, longitude) > HOURS_OFF:
        what = Text("the clocks of {zone} are hours away from the sun at the longitude of the house", zone=zone.key)
        yield path, what, WRITE
    elif names_no_place(zone):
        why = next(_of_europe(settings), None)
        if why is not None:
            yield path, Text("{zone} has no summer time, but {why}", zone=zone.key, why=why), WRITE


def _hours_off(zone: ZoneInfo, longitude: float) -> float:
    """By how many hours the clocks of a zone in winter differ from the sun at a longitude, 0–12."""
    offset = datetime(2026, 1, 1, tzinfo=zone).utcoffset()
    hours = (0.0 if offset is None else offset.total_seconds() / 3600.0) - longitude / DEGREES_AN_HOUR
    return abs((hours + 12.0) % 24.0 - 12.0)


def _of_europe(settings: Settings) -> Iterator[Text]:
    """The settings that show that the house has summer time."""
    latitude, longitude = settings.site.latitude, settings.site.longitude
    (south, north), (west, east) = EUROPE
    if latitude is not None and longitude is not None and south <= latitude <= north and west <= longitude <= east:
        yield Text("the place of the house has")
    for name, source in settings.prices.sources.items():
        if isinstance(source, MARKETS):
            yield Text("the area of the price source “{name}” has", name=name)
    contract = settings.prices.imports
    if contract is not None and (contract.zones or any(fee.zones for fee in contract.fees.values())):
        yield Text("prices depend on the time of the clock")
