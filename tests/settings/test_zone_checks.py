"""A time zone that contradicts the place of the house is a warning, and no right one is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.calendar import names_no_place
from optimizer.settings import Settings, load_settings
from tests.settings.conftest import HOUSE, Read

CITIES = {
    "Europe/Berlin": (52.5, 13.4),
    "Europe/Lisbon": (38.7, -9.1),
    "Europe/Madrid": (42.9, -9.2),
    "Europe/Helsinki": (60.2, 24.9),
    "Atlantic/Reykjavik": (64.1, -21.9),
    "America/New_York": (40.7, -74.0),
    "Africa/Abidjan": (5.3, -4.0),
    "Asia/Urumqi": (39.5, 76.0),
    "Asia/Shanghai": (39.5, 85.0),
    "Pacific/Auckland": (-36.8, 174.8),
    "Pacific/Kiritimati": (1.9, -157.4),
    "Australia/Adelaide": (-34.9, 138.6),
}
"""Houses with their zones."""
PLACELESS = ("UTC", "Etc/UTC", "GMT", "Etc/GMT-1", "Zulu")
BERLIN = "\n  latitude: 52.5\n  longitude: 13.4"
AWATTAR = "prices: {sources: {market: {type: awattar}}, import: {source: market}}\n"
NIGHT = "prices: {import: {ct: 30, zones: [{from: '22:00', to: '06:00', ct: 20}]}}\n"


def house(zone: str, more: str = "") -> str:
    return HOUSE.replace("Europe/Berlin", zone + more)


def warnings(text: str) -> list[str]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "rules").mkdir()
        file = Path(name) / "site.yaml"
        file.write_text(text, encoding="utf-8")
        found: Settings = load_settings(file, {})
    return [one for one in found.warnings if "time_zone" in one]


@pytest.mark.parametrize("zone", PLACELESS)
@pytest.mark.parametrize(
    ("more", "rest", "why"),
    [
        (BERLIN, "", "the place of the house has"),
        ("", AWATTAR, "the area of the price source “market” has"),
        ("", NIGHT, "prices depend on the time of the clock"),
    ],
)
def test_a_zone_without_summer_time_in_a_house_that_has_it(zone: str, more: str, rest: str, why: str) -> None:
    (found,) = warnings(house(zone, more) + rest)
    assert f"site.time_zone: {zone} has no summer time, but {why}; write the zone of the house" in found


@pytest.mark.parametrize("zone", PLACELESS)
def test_without_a_contradiction_nothing_is_said(zone: str, read: Read) -> None:
    assert read(house(zone)).warnings == ()


@given(st.sampled_from(sorted(CITIES)), st.sampled_from(sorted(CITIES)))
def test_a_city_is_right_in_its_zone_and_wrong_across_the_world(city: str, zone: str) -> None:
    latitude, longitude = CITIES[city]
    found = warnings(house(zone, f"\n  latitude: {latitude}\n  longitude: {longitude}"))
    if city == zone:
        assert found == []
    far = abs((CITIES[zone][1] - longitude + 180.0) % 360.0 - 180.0) > 100.0
    assert bool(found) >= far


def test_only_fixed_zones_name_no_place() -> None:
    assert all(names_no_place(ZoneInfo(zone)) for zone in PLACELESS)
    assert not any(names_no_place(ZoneInfo(zone)) for zone in available_timezones() if zone.startswith("Europe/"))
    assert not names_no_place(ZoneInfo("CET"))
