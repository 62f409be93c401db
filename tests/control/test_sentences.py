"""Causes in words."""

from __future__ import annotations

import pytest

from optimizer.control.sentences import SENTENCES, sentence, unfollowed
from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, EvOrder
from optimizer.model.faults import error_text


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


def test_the_error_of_a_charger_is_told_in_words() -> None:
    detail = error_text("residual_current_detected", "none")
    assert sentence(Cause("ev.error", "ev.carport.current_a", detail=detail)) == (
        "Charger carport reports an error: a residual current was detected."
    )


def test_no_sentence_leaves_a_plural_to_the_reader() -> None:
    assert not [code for code, text in SENTENCES.items() if "(s)" in text]


@pytest.mark.parametrize(
    ("device", "order", "said"),
    [
        ("ev.carport", EvOrder(0.0, 3), "Charger carport should pause"),
        ("ev.carport", EvOrder(8.0, 1), "Charger carport should offer 8.0 A on 1 phase"),
        ("battery.cellar", BatteryOrder(BatteryAction.AUTO), "Battery cellar should run on its own"),
        ("battery.cellar", BatteryOrder(BatteryAction.POWER, -3000.0), "Battery cellar should charge with 3.0 kW"),
        ("battery.cellar", BatteryOrder(BatteryAction.POWER, 0.0), "Battery cellar should rest at 0 W"),
        (
            "battery.cellar",
            BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0),
            "Battery cellar should discharge with at most 0 W",
        ),
    ],
)
def test_an_order_that_does_not_arrive_is_not_told_as_a_fact(
    device: str, order: EvOrder | BatteryOrder, said: str
) -> None:
    assert unfollowed(device, order, "it does not answer") == (
        f"{said}, but the order does not arrive: it does not answer."
    )
