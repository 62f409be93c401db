"""Rules that can never act because a field has no source, and rules that still can."""

from __future__ import annotations

import pytest

from optimizer.model.fields import FIELDS, DeviceNames, find_field
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.tools.never_known import rules_that_never_act, why_never_known
from tests.rules.scene import BERLIN

NAMES = DeviceNames(("carport",), (), ("roof",))
LACKS = frozenset({"ev.carport.soc", "grid.dimmed"})


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("when: ev.connected and ev.soc < 20%", "ev.carport.soc is never known here: the charger carport does not"),
        ("when: ev.soc < 20%\n  if_unknown: release", "ev.carport.soc is never known here"),
        ("when: ev.soc < 20%\n  if_unknown: hold", "ev.carport.soc is never known here"),
        ("when: ev.soc < 20%\n  if_unknown: apply", ""),
        ("when: ev.soc < 20% or ev.connected", ""),
        ("when: not (ev.soc < 20% and ev.connected)", ""),
        ("when: battery.soc > 50%", "battery.soc is never known here: no battery is configured"),
        ("when: avg(ev.soc, 5min) < 20%", "ev.carport.soc is never known here"),
        ("when: ev.connected", ""),
        ("enabled: false\n  when: ev.soc < 20%", ""),
        ("schedule: {cron: '0 1 * * *', lasts: 1h}", ""),
    ],
)
def test_whether_a_rule_can_act(rule: str, why: str) -> None:
    text = f"version: 1\nrules:\n- id: a\n  {rule}\n  claim: {{ev.mode: fast}}\n"
    found = list(rules_that_never_act(book_from_texts({"a.yaml": text}, NAMES, BERLIN), LACKS))
    assert [rule for rule, _ in found] == (["a"] if why else [])
    assert all(why in said for _, said in found)


@pytest.mark.parametrize(("if_unknown", "acts"), [("", True), ("\n  if_unknown: release", False)])
def test_a_limit_applies_while_its_condition_is_unknown(if_unknown: str, acts: bool) -> None:
    text = f"version: 1\nrules:\n- id: a\n  when: grid.dimmed{if_unknown}\n  limit: {{ev.power_w: 4.2kW}}\n"
    found = list(rules_that_never_act(book_from_texts({"a.yaml": text}, NAMES, BERLIN), LACKS))
    assert [rule for rule, _ in found] == ([] if acts else ["a"])
    assert all("grid.dimmed is never known here: no device reports it, and site.dimmed_by" in why for _, why in found)


def test_a_rule_without_a_device_to_set_never_acts() -> None:
    text = "version: 1\nrules:\n- id: a\n  when: ev.connected\n  limit: {battery.discharge_w: 0W}\n"
    found = list(rules_that_never_act(book_from_texts({"a.yaml": text}, NAMES, BERLIN), LACKS))
    assert found == [("a", "no battery is configured")]


@pytest.mark.parametrize("field", [name for name in FIELDS if name.startswith("schedule.")])
@pytest.mark.parametrize("batteries", [(), ("cellar",)])
def test_a_schedule_without_a_battery_says_that_the_battery_is_missing(field: str, batteries: tuple[str, ...]) -> None:
    ref = find_field(field, DeviceNames(("carport",), batteries, ()))
    assert ref is not None
    book = book_from_texts({"a.yaml": "version: 1\nrules: []\n"}, DeviceNames(("carport",), batteries, ()), BERLIN)
    why = why_never_known(ref, book, {ref.name, field})
    of_absent_battery = field.startswith("schedule.battery.") and not batteries
    assert (why == "no battery is configured") is of_absent_battery
    assert of_absent_battery or why.startswith("the settings have no schedule for it")
