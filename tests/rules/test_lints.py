"""What is allowed but looks wrong."""

import pytest

from optimizer.model.fields import DeviceNames
from optimizer.rules.lints import lints
from optimizer.rules.outline import outline
from tests.rules.scene import NOON, book

DEFAULTS = "{ev.mode: surplus}"

CASES = [
    ("- id: a\n  when: battery.soc > 60% and battery.soc < 50%\n  claim: {ev.mode: fast}", "can never be true"),
    ("- id: a\n  when: ev.connected\n  until: ev.status != error\n  claim: {ev.mode: fast}", "never becomes active"),
    (
        "- id: a\n  for: 2h\n  schedule: {cron: '0 1 * * *', lasts: 1h}\n  claim: {ev.mode: fast}",
        "as long as its window",
    ),
    ("- id: a\n  schedule: {cron: '0 1 1 * mon', lasts: 1h}\n  claim: {ev.mode: fast}", "days of the month"),
    ("- id: a\n  schedule: {cron: '0 1 * * *', lasts: 24h}\n  claim: {ev.mode: fast}", "never closes"),
    ("- id: a\n  limit: {ev.current_a: 4A}", "below the 6A"),
    ("- id: a\n  limit: {ev.power_w: 1kW}", "below the 1.38kW"),
    (
        "- id: a\n  when: ev.connected and pv.power_w > 1kW\n  claim: {ev.mode: fast}\n"
        "- id: b\n  when: ev.connected\n  priority: 1\n  claim: {ev.mode: 'off'}",
        "a never wins ev.carport.mode: b",
    ),
    ("- id: a\n  claim: {ev.mode: fast}\n- id: b\n  claim: {ev.mode: fast}", "claim the same"),
]


@pytest.mark.parametrize(("rules", "says"), CASES, ids=[says for _, says in CASES])
def test_a_warning_with_its_place(rules: str, says: str) -> None:
    found = lints(book(rules, DEFAULTS))
    assert len(found) == 1
    assert says in found[0].message
    assert found[0].warning
    assert found[0].line > 0
    assert "warning" in found[0].render()


def test_chargers_that_nobody_claims() -> None:
    found = lints(book("- id: a\n  claim: {ev.mode: fast}"))
    assert [problem.message for problem in found] == ["nobody claims ev.garage.mode: this charger stays off"]


def test_devices_that_do_not_exist() -> None:
    names = DeviceNames(("carport",))
    found = lints(book("- id: a\n  when: battery.soc > 5%\n  claim: {ev.mode: fast}", DEFAULTS, names))
    assert [problem.message for problem in found] == ["battery.soc is never known here: no battery is configured"]


def test_a_sound_book_has_no_warnings() -> None:
    rules = "- id: a\n  when: battery.soc < 50%\n  until: battery.soc >= 60%\n  for: 5min\n  claim: {ev.mode: fast}"
    assert lints(book(rules, DEFAULTS)) == []


def test_the_outline_names_winners_limits_and_windows() -> None:
    text = outline(
        book(
            "- id: night\n  priority: 3\n  schedule: {cron: '0 22 * * *', lasts: 8h}\n  claim: {ev.mode: fast}\n"
            "- id: hold\n  enabled: dry-run\n  limit: {battery.discharge_w: 0W}",
            DEFAULTS,
        ),
        NOON,
    )
    assert "ev.carport.mode: fast (night, priority 3) > surplus (default)" in text
    assert "battery.discharge_w: 0W (hold, dry run)" in text
    assert "night: Sat 21 Jun 22:00–06:00, Sun 22 Jun 22:00–06:00" in text
