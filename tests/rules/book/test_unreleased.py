"""Rules that read the schedule end without one."""

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.rules.language.errors import RuleErrors
from tests.rules.scene import book

DEFAULTS = "{ev.mode: surplus}"
ONE = DeviceNames(("carport",), ("cellar",), ("roof",))
HOLD = "- id: a\n  when: schedule.battery.mode == hold\n  limit: {battery.discharge_w: 0W}"
SHARE = "- id: a\n  when: ev.connected\n  claim: {surplus.grid_share: schedule.ev.grid_share}"
UNTIL = "- id: a\n  when: ev.connected\n  until: schedule.battery.mode == auto\n  claim: {ev.mode: fast}"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (HOLD, "schedule.battery.mode"),
        (f"{HOLD}\n  if_unknown: apply", "schedule.battery.mode"),
        (f"{HOLD}\n  if_unknown: hold", "schedule.battery.mode"),
        (SHARE, "schedule.carport.grid_share"),
        (UNTIL, "schedule.battery.mode"),
    ],
)
def test_a_rule_that_could_outlive_the_schedule_is_refused(rule: str, field: str) -> None:
    with pytest.raises(RuleErrors) as refused:
        book(rule, DEFAULTS, ONE)
    (error,) = refused.value.problems
    assert error.message == f"a reads {field}, which is unknown without a schedule"
    assert "if_unknown: release" in error.hint
    assert not error.warning
    assert error.line > 0


@pytest.mark.parametrize("rule", [HOLD, SHARE, UNTIL])
def test_a_rule_that_ends_with_the_schedule_is_accepted(rule: str) -> None:
    assert book(f"{rule}\n  if_unknown: release", DEFAULTS, ONE).rules


def test_whether_the_battery_is_planned_is_never_unknown() -> None:
    rule = "- id: a\n  when: not schedule.battery.planned\n  limit: {battery.discharge_w: 0W}"
    assert book(rule, DEFAULTS, ONE).rules
