"""Causes in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from optimizer.control.sentences import SENTENCES, answer, order_text, sentence, unfollowed
from optimizer.model.decision import BatteryAction, BatteryOrder, Cause, Decision, EvOrder
from optimizer.model.faults import error_text


@pytest.mark.parametrize(
    ("power_w", "said"),
    [
        (-5000.0, "Battery house charges with 5.0 kW (rule `night`)."),
        (5000.0, "Battery house discharges with 5.0 kW (rule `night`)."),
        (0.0, "Battery house holds 0 W (rule `night`)."),
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
    assert sentence(cause) == f"You set ev.carport.mode by hand (fast). The override ends in {said}."


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
        ("battery.cellar", BatteryOrder(BatteryAction.AUTO), "Battery cellar should use its own control"),
        ("battery.cellar", BatteryOrder(BatteryAction.POWER, -3000.0), "Battery cellar should charge with 3.0 kW"),
        ("battery.cellar", BatteryOrder(BatteryAction.POWER, 0.0), "Battery cellar should hold 0 W"),
        (
            "battery.cellar",
            BatteryOrder(BatteryAction.BOUNDS, max_discharge_w=0.0),
            "Battery cellar should use its own control, discharge limit 0 W",
        ),
    ],
)
def test_an_order_that_does_not_arrive_is_not_told_as_a_fact(
    device: str, order: EvOrder | BatteryOrder, said: str
) -> None:
    assert unfollowed(device, order, "it does not answer") == (
        f"{said}, but the command does not arrive: it does not answer."
    )


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (EvOrder(0.0, 3), "pause"),
        (EvOrder(6.1, 1), "offer 6.1 A on 1 phase"),
        (BatteryOrder(BatteryAction.AUTO), "use its own control"),
        (BatteryOrder(BatteryAction.POWER, -1500.0), "charge with 1.5 kW"),
        (BatteryOrder(BatteryAction.POWER, 800.0), "discharge with 800 W"),
        (BatteryOrder(BatteryAction.POWER), "hold 0 W"),
        (
            BatteryOrder(BatteryAction.BOUNDS, max_charge_w=2000.0, max_discharge_w=0.0),
            "use its own control, charge limit 2.0 kW, discharge limit 0 W",
        ),
        (BatteryOrder(BatteryAction.BOUNDS), "use its own control"),
    ],
)
def test_orders_read_as_imperatives(order: EvOrder | BatteryOrder, words: str) -> None:
    assert order_text(order) == words


@pytest.mark.parametrize(
    ("surplus_w", "said"),
    [
        (-167.0, "no surplus"),
        (400.0, "the surplus of 400 W is too small"),
        (2000.0, "the surplus of 2.0 kW has not lasted long enough yet"),
    ],
)
def test_a_car_that_waits_for_surplus(surplus_w: float, said: str) -> None:
    cause = Cause("follow.wait", "ev.carport.current_a", "day", (("surplus_w", surplus_w), ("needed_w", 690.0)))
    assert sentence(cause) == f"Car on carport is paused: {said}. Charging starts at 690 W (rule `day`)."


@pytest.mark.parametrize(
    ("surplus_w", "kept_w", "said"),
    [
        (0.0, 4000.0, "the battery goes first and takes 4.0 kW of the surplus (rule `evening`)"),
        (400.0, 4000.0, "the battery goes first and takes 4.0 kW of the surplus (rule `evening`)"),
        (400.0, 20.0, "the surplus of 400 W is too small"),
        (2000.0, 4000.0, "the surplus of 2.0 kW has not lasted long enough yet"),
    ],
)
def test_a_car_that_waits_because_the_battery_goes_first(surplus_w: float, kept_w: float, said: str) -> None:
    waits = Cause("follow.wait", "ev.carport.current_a", "day", (("surplus_w", surplus_w), ("needed_w", 690.0)))
    first = Cause("surplus.battery_first", "surplus.priority", "evening", (("kept_w", kept_w),))
    decision = Decision(now=datetime(2025, 6, 21, tzinfo=UTC), mono_s=0.0, commands={}, causes=(waits, first))
    assert answer(decision, "ev.carport") == f"Car on carport is paused: {said}. Charging starts at 690 W (rule `day`)."


def test_the_limits_of_a_battery_end_its_sentence() -> None:
    cause = Cause("battery.home_only", "battery.house.power_w", "", (("max_discharge_w", 0.0),))
    assert sentence(cause) == "Battery house supplies the home only, not the car: discharge limit 0 W."
