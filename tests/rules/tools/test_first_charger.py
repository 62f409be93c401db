"""With several chargers plain `ev` is the first one, and `check` says so once."""

import pytest

from optimizer.rules.tools.lints import lints
from tests.rules.scene import book

DEFAULTS = "{ev.mode: surplus}"
SAID = "plain ev means ev.carport, the first charger: for ev.garage there is no rule like "


def said(rules: str) -> list[str]:
    return [problem.message for problem in lints(book(rules, DEFAULTS))]


def test_it_is_said_once_for_all_such_rules() -> None:
    found = said(
        "- id: a\n  when: ev.connected\n  priority: 1\n  claim: {ev.mode: fast}\n"
        "- id: dimmed\n  limit: {ev.power_w: 4.2kW}\n"
        "- id: hold\n  when: ev.mode == fast\n  limit: {battery.discharge_w: 0W}"
    )
    assert found == [f"{SAID}a, dimmed and hold"]


@pytest.mark.parametrize(
    "rules",
    [
        "- id: a\n  limit: {ev.carport.power_w: 4kW}",
        "- id: a\n  when: ev.connected\n  limit: {ev.carport.power_w: 4kW}",
        "- id: a\n  enabled: false\n  limit: {ev.power_w: 4kW}",
        "- id: a\n  limit: {ev.power_w: 4kW}\n- id: b\n  limit: {ev.garage.power_w: 3kW}",
        (
            "- id: a\n  when: ev.charging\n  limit: {battery.discharge_w: 0W}\n"
            "- id: b\n  when: ev.garage.charging\n  limit: {battery.discharge_w: 0W}"
        ),
        "- id: a\n  when: ev.carport.charging or ev.garage.charging\n  limit: {battery.discharge_w: 0W}",
        "- id: a\n  when: battery.soc < 20%\n  claim: {surplus.priority: battery_first}",
    ],
)
def test_what_names_its_charger_or_has_its_like_is_not_warned_of(rules: str) -> None:
    assert said(rules) == []


def test_a_rule_of_another_kind_does_not_count() -> None:
    assert said("- id: a\n  limit: {ev.power_w: 4kW}\n- id: b\n  limit: {ev.garage.current_a: 9A}") == [f"{SAID}a"]
