"""Rules that can never act because a field has no source, and rules that still can."""

from __future__ import annotations

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.tools.never_known import rules_that_never_act
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
