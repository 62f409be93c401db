"""A time zone that is none leads to one that knows daylight saving."""

from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.settings.zones import MEANT, meant_zone

CITY = "a zone is named by a city, such as Europe/Berlin, so that it knows daylight saving"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MEZ", "did you mean “Europe/Berlin”?"),
        ("Wien", "did you mean “Europe/Vienna”?"),
        ("Berlin", "did you mean “Europe/Berlin”?"),
        ("europe/berln", "did you mean “Europe/Berlin”?"),
        ("UTC+1", CITY),
        ("+01:00", CITY),
        ("GMT-2", CITY),
        ("Entenhausen", CITY),
    ],
)
def test_what_is_meant(name: str, meant: str) -> None:
    assert meant_zone(name) == meant


@given(st.text(max_size=20) | st.sampled_from(sorted(MEANT)))
def test_each_offer_is_a_zone(name: str) -> None:
    meant = meant_zone(name)
    if meant != CITY:
        offered = meant.removeprefix("did you mean “").removesuffix("”?")
        assert offered in available_timezones()
        assert not offered.startswith("Etc/")
        ZoneInfo(offered)
