"""The time zone that is meant by a name that is none: an abbreviation, a country, or a slip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from optimizer.settings.errors import did_you_mean
from optimizer.words.text import Text

MEANT: Mapping[str, str] = {
    **dict.fromkeys(("mez", "mesz", "cest", "cet/cest", "mez/mesz", "deutschland", "germany"), "Europe/Berlin"),
    **dict.fromkeys(("münchen", "munich", "w. europe standard time"), "Europe/Berlin"),
    **dict.fromkeys(("wien", "österreich", "austria"), "Europe/Vienna"),
    **dict.fromkeys(("zürich", "schweiz", "switzerland"), "Europe/Zurich"),
    **dict.fromkeys(("bst", "uk", "england", "great britain", "gmt standard time"), "Europe/London"),
}
"""What people write whose zone has another name."""
OFFSET = re.compile(r"((utc|gmt)\s*)?[-+−]\s*\d{1,2}(:?\d\d)?|[a-z]{3,4}", re.IGNORECASE)
"""A fixed distance from UTC or an abbreviation. Neither knows when the clocks change."""


@cache
def zone_names() -> frozenset[str]:
    """All time zones of this machine. The first call reads a folder of some hundred files."""
    return frozenset(available_timezones())


def meant_zone(name: str) -> str:
    """“did you mean “Europe/Berlin”?”, or how a zone is named."""
    zone = MEANT.get(name.strip().lower())
    if zone is not None:
        return Text("did you mean “{name}”?", name=zone)
    places = [zone for zone in zone_names() if "/" in zone and not zone.startswith("Etc/")]
    near = "" if OFFSET.fullmatch(name.strip()) else did_you_mean(name, places)
    return near or Text("a zone is named by a city, such as Europe/Berlin, so that it knows daylight saving")
