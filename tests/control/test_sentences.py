"""Causes in words."""

from __future__ import annotations

import pytest

from optimizer.control.sentences import SENTENCES, sentence
from optimizer.model.decision import Cause


@pytest.mark.parametrize(
    ("power_w", "said"),
    [
        (-5000.0, "Battery house charges with 5.0 kW (rule `night`)."),
        (5000.0, "Battery house discharges with 5.0 kW (rule `night`)."),
        (0.0, "Battery house neither charges nor discharges (rule `night`)."),
    ],
)
def test_a_power_asked_of_a_battery_is_told_as_what_it_does(power_w: float, said: str) -> None:
    assert sentence(Cause("battery.power", "battery.house.power_w", "night", (("power_w", power_w),))) == said


@pytest.mark.parametrize(("phases", "said"), [(1.0, "on 1 phase."), (3.0, "on 3 phases.")])
def test_phases_are_counted(phases: float, said: str) -> None:
    cause = Cause("ev.fast", "ev.carport.current_a", "", (("current_a", 8.0), ("phases", phases)))
    assert sentence(cause) == f"Car on carport charges fast with 8.0 A {said}"


@pytest.mark.parametrize(
    ("left_s", "said"), [(90.0, "90 s"), (3600.0, "60 min"), (9000.0, "2.5 h"), (86_340.0, "24 h")]
)
def test_a_long_time_is_told_in_hours(left_s: float, said: str) -> None:
    cause = Cause("override.holds", "ev.carport.mode", "override", (("left_s", left_s),), "fast")
    assert sentence(cause) == f"You hold ev.carport.mode by hand (fast), for another {said}."


def test_no_sentence_leaves_a_plural_to_the_reader() -> None:
    assert not [code for code, text in SENTENCES.items() if "(s)" in text]
