"""The comments of site.yaml are in the language of the house, and its settings are the same in each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from optimizer.cli.setup.answers import KINDS, Answers, CarAnswer, DeviceAnswer, PriceAnswer, RoofAnswer, SwitchAnswer
from optimizer.cli.setup.init_text import settings_text
from optimizer.cli.setup.switch_text import rules_text
from optimizer.words.language import tags

OTHERS = [tag for tag in tags() if tag != "en"]
BEHIND = "   # "
"""Between a setting and its comment."""


def devices() -> st.SearchStrategy[DeviceAnswer]:
    return st.builds(
        DeviceAnswer,
        name=st.just("one"),
        type=st.sampled_from(sorted(KINDS)),
        url=st.just("http://192.0.2.1"),
        secret_file=st.sampled_from(["", "one.secret"]),
        battery_phases=st.sampled_from([(), ("L1",)]),
        phase_switching=st.booleans(),
        car_min_current_a=st.sampled_from([None, 8.0]),
        car_phases=st.sampled_from([None, 1]),
        hybrid=st.booleans(),
        component=st.sampled_from(["", "ess0"]),
        grid_meter=st.sampled_from(["", "meter0"]),
        more=st.sampled_from([(), (("ess1", True),)]),
        api=st.sampled_from(["v1", "v2"]),
        manual_by_hand=st.booleans(),
        capacity_wh=st.sampled_from([0.0, 9000.0]),
        counts_pv=st.booleans(),
    )


@st.composite
def houses(draw: st.DrawFn) -> Answers:
    prices = [
        PriceAnswer(),
        PriceAnswer(30.0, 8.0, 22.0),
        PriceAnswer(service="awattar", area="de"),
        PriceAnswer(service="energy_charts", area="DE-LU", fees_ct=15.0, vat_percent=19.0),
    ]
    loads = [
        SwitchAnswer("boiler", "boiler", "shelly", "http://192.0.2.2", power_w=2000.0),
        SwitchAnswer("boiler", "boiler", "shelly", "http://192.0.2.2", phases=("L1",)),
        SwitchAnswer("pump", "heat_pump", "tasmota", "http://192.0.2.3", power_w=2000.0),
    ]
    return Answers(
        "house",
        draw(st.sampled_from(["Europe/Berlin", "UTC"])),
        35.0,
        draw(st.sampled_from([(), (draw(devices()),)])),
        switches=draw(st.sampled_from([(), (draw(st.sampled_from(loads)),)])),
        cars=draw(st.sampled_from([(), (CarAnswer("one", 57_000.0),)])),
        roofs=draw(st.sampled_from([(), (RoofAnswer(5000.0, 35.0, 0.0),)])),
        place=draw(st.sampled_from([None, (48.8, 9.2)])),
        unbalance_a=draw(st.sampled_from([None, 20.0])),
        grid=draw(st.sampled_from(["", "one"])),
        prices=draw(st.sampled_from(prices)),
        reminders=("site",),
    )


@pytest.mark.parametrize("tag", OTHERS)
@given(house=houses())
def test_only_the_comments_differ(tag: str, house: Answers) -> None:
    english, other = (settings_text(replace(house, language=one)) for one in ("en", tag))
    loaded = [YAML(typ="safe").load(text) for text in (english, other)]
    for one in loaded:
        del one["site"]["language"]
    assert loaded[0] == loaded[1]
    for own, theirs in zip(english.splitlines(), other.splitlines(), strict=True):
        yaml, behind, comment = own.rpartition(BEHIND)
        if behind:
            assert theirs.startswith(f"{yaml}{BEHIND}") or yaml.strip().startswith("language")
            assert theirs.removeprefix(f"{yaml}{BEHIND}") != comment
        elif own.startswith("# ") and own[2].isupper():
            assert theirs.startswith("# ")
            assert theirs != own
        elif "language" not in own:
            assert theirs == own


@pytest.mark.parametrize("tag", OTHERS)
def test_the_rules_of_loads_say_in_that_language_what_they_do(tag: str) -> None:
    loads = tuple(SwitchAnswer(name, "boiler", "shelly", "http://192.0.2.1", power_w=2000.0) for name in ("one", "two"))
    english, other = (rules_text(loads, language) for language in ("en", tag))
    loaded = [YAML(typ="safe").load(text) for text in (english, other)]
    assert english.splitlines()[2] != other.splitlines()[2]
    for own, theirs in zip(*(one["rules"] for one in loaded), strict=True):
        assert own.pop("about") != theirs.pop("about")
        assert own == theirs
