"""Warnings about rules that are allowed but look wrong."""

import pytest

from optimizer.model.fields import DeviceNames, FieldRef
from optimizer.rules.book import exclude
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.domains import Alternative
from optimizer.rules.language.tree import Node
from optimizer.rules.tools.lints import lints
from optimizer.rules.tools.outline import outline
from tests.rules.scene import BERLIN, NOON, book

DEFAULTS = "{ev.mode: surplus}"
ONE = DeviceNames(("carport",), ("cellar",), ("roof",))

CASES = [
    ("- id: a\n  when: battery.soc > 60% and battery.soc < 50%\n  claim: {ev.mode: fast}", "can never be true"),
    ("- id: a\n  when: ev.connected\n  until: ev.status != error\n  claim: {ev.mode: fast}", "never becomes active"),
    (
        "- id: a\n  for: 2h\n  schedule: {cron: '0 1 * * *', lasts: 1h}\n  claim: {ev.mode: fast}",
        "as long as its window",
    ),
    ("- id: a\n  schedule: {cron: '0 1 1 * mon', lasts: 1h}\n  claim: {ev.mode: fast}", "days of the month"),
    ("- id: a\n  schedule: {cron: '0 1 * * *', lasts: 24h}\n  claim: {ev.mode: fast}", "never closes"),
    (
        "- id: a\n  when: time.weekday in [mon, fri] and time.now between 23:00 and 07:00\n  claim: {ev.mode: fast}",
        "the window 23:00 to 07:00 of a crosses midnight",
    ),
    (
        (
            "- id: a\n  when: ev.connected\n  until: ev.charging and (time.now between 22:00 and 5:00 "
            "and time.weekday == sat)\n  claim: {ev.mode: fast}"
        ),
        "the window 22:00 to 05:00 of a crosses midnight",
    ),
    ("- id: a\n  limit: {ev.current_a: 4A}", "below the 6A"),
    ("- id: a\n  limit: {ev.power_w: 1kW}", "below the 1.38kW"),
    (
        (
            "- id: a\n  when: ev.connected and pv.power_w > 1kW\n  claim: {ev.mode: fast}\n"
            "- id: b\n  when: ev.connected\n  priority: 1\n  claim: {ev.mode: 'off'}"
        ),
        "a never wins ev.carport.mode: b",
    ),
    (
        "- id: a\n  claim: {ev.mode: fast}\n- id: b\n  claim: {ev.mode: fast}",
        "claim the same value of ev.carport.mode with",
    ),
    (
        "- id: a\n  when: battery.soc > 100%\n  claim: {ev.mode: fast}",
        "battery.soc > 100% is never true: battery.soc is 0% to 100%",
    ),
    (
        "- id: a\n  when: ev.connected and not 0W <= pv.power_w\n  claim: {ev.mode: fast}",
        "0W <= pv.power_w is always true: pv.power_w is 0W or more",
    ),
    (
        "- id: a\n  when: ev.connected\n  until: ev.phases between 4 and 5\n  claim: {ev.mode: fast}",
        "ev.carport.phases between 4 and 5 is never true: ev.carport.phases is 1 to 3",
    ),
]


@pytest.mark.parametrize(("rules", "says"), CASES, ids=[says for _, says in CASES])
def test_a_warning_with_its_place(rules: str, says: str) -> None:
    found = lints(book(rules, DEFAULTS, ONE))
    assert len(found) == 1
    assert says in found[0].message
    assert found[0].warning
    assert found[0].line > 0
    assert "warning" in found[0].render()


@pytest.mark.parametrize(
    "when",
    [
        "time.weekday in [mon, fri] and time.now between 08:00 and 17:00",
        "time.now between 23:00 and 07:00",
        "time.weekday == sat or time.now between 23:00 and 07:00",
        "time.weekday == sat and time.now between 18:00 and 00:00",
    ],
)
def test_windows_that_have_one_weekday(when: str) -> None:
    assert lints(book(f"- id: a\n  when: {when}\n  claim: {{ev.mode: fast}}", DEFAULTS, ONE)) == []


@pytest.mark.parametrize(
    ("higher", "covers"),
    [
        ("when: ev.connected", True),
        ("when: ev.connected or pv.power_w > 1kW", True),
        ("when: ev.connected\n  for: 5min", False),
        ("when: ev.connected\n  until: battery.soc > 90%", False),
        ("when: ev.connected\n  schedule: {cron: '0 22 * * *', lasts: 8h}", False),
        ("when: ev.charging", False),
    ],
)
def test_a_rule_never_wins_only_beside_one_that_is_surely_active_too(higher: str, covers: bool) -> None:
    rules = (
        "- id: a\n  when: ev.connected and pv.power_w > 1kW\n  claim: {ev.mode: fast}\n"
        f"- id: b\n  {higher}\n  priority: 1\n  claim: {{ev.mode: 'off'}}"
    )
    assert any("never wins" in found.message for found in lints(book(rules, DEFAULTS, ONE))) is covers


def test_chargers_that_nobody_claims() -> None:
    found = lints(book("- id: a\n  claim: {ev.carport.mode: fast}"))
    assert [problem.message for problem in found] == ["no rule claims ev.garage.mode, so this charger stays off"]


@pytest.mark.parametrize(("when", "warns"), [("battery.soc > 5%", False), ("ev.connected or battery.soc > 5%", True)])
def test_devices_that_do_not_exist(when: str, warns: bool) -> None:
    """A rule that never acts for want of them is no mistake. One that acts with half of its condition may be one."""
    names = DeviceNames(("carport",))
    found = lints(book(f"- id: a\n  when: {when}\n  claim: {{ev.mode: fast}}", DEFAULTS, names))
    said = ["battery.soc is never known here: no battery is configured"]
    assert [problem.message for problem in found] == (said if warns else [])


@pytest.mark.parametrize(
    "condition", ["battery.soc >= 100%", "battery.soc > 0%", "grid.power_w < 0W", "ev.phases == 3"]
)
def test_the_ends_of_a_range_are_in_it(condition: str) -> None:
    assert lints(book(f"- id: a\n  when: {condition}\n  claim: {{ev.mode: fast}}", DEFAULTS, ONE)) == []


def test_what_no_device_of_the_house_reports() -> None:
    rule = "- id: a\n  when: ev.soc < 30%\n  claim: {ev.mode: fast}"
    found = lints(book(rule, DEFAULTS, ONE), {"ev.carport.soc"})
    assert [problem.message for problem in found] == [
        (
            "ev.carport.soc is never known here: the charger carport does not report it, and no vehicle gives it "
            "(docs/how-to/use-vehicles.md)"
        )
    ]
    assert lints(book(rule, DEFAULTS, ONE)) == []
    assert lints(book(f"{rule}\n  if_unknown: release", DEFAULTS, ONE), {"ev.carport.soc"}) == []
    assert lints(book(rule, DEFAULTS, ONE), {"ev.yard.soc"}) == []


@pytest.mark.parametrize(
    ("condition", "unreported", "said"),
    [
        ("battery.reserve_soc > 10%", {"battery.reserve_soc"}, "not every battery of this house reports it"),
        (
            "grid.dimmed",
            {"grid.dimmed"},
            "no device reports it, and site.dimmed_by names no input (docs/how-to/dim-the-house.md)",
        ),
        ("price.rank < 25%", {"price.rank"}, "the settings have no such price (docs/how-to/use-prices.md)"),
        ("cheapest(3h)", {"cheapest"}, "the settings have no such price (docs/how-to/use-prices.md)"),
        ("ev.error != none", {"ev.carport.error"}, "the charger carport does not report it"),
        ("ev.carport.housing_temp > 60C", {"ev.carport.housing_temp"}, "the charger carport does not report it"),
    ],
)
def test_what_cannot_be_known_says_which_device_lacks_it(condition: str, unreported: set[str], said: str) -> None:
    rule = f"- id: a\n  when: {condition}\n  claim: {{ev.mode: fast}}"
    (found,) = lints(book(rule, DEFAULTS, ONE), unreported)
    assert found.message.endswith(f"is never known here: {said}")


def test_equal_claims_of_two_files_name_the_other_file() -> None:
    text = "version: 1\nrules:\n- id: {}\n  claim: {{ev.mode: fast}}\n"
    both = book_from_texts({"charging.yaml": text.format("a"), "mine.yaml": text.format("b")}, ONE, BERLIN)
    assert [problem.message.partition(" claim")[0] for problem in lints(both)] == ["b and a (charging.yaml:3)"]


def test_a_sound_book_has_no_warnings() -> None:
    rules = "- id: a\n  when: battery.soc < 50%\n  until: battery.soc >= 60%\n  for: 5min\n  claim: {ev.mode: fast}"
    assert lints(book(rules, DEFAULTS, ONE), {"ev.soc"}) == []


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


def test_each_condition_is_examined_once_for_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule is compared with each other one. With 800 rules, `optimizer check` took a quarter of a minute."""
    count, asked = 40, 0
    once, fields = exclude.alternatives, Node.fields

    def counting(tree: Node, *, negated: bool = False) -> tuple[Alternative, ...]:
        nonlocal asked
        asked += 1
        return once(tree, negated=negated)

    def counted_fields(tree: Node) -> tuple[FieldRef, ...]:
        nonlocal asked
        asked += 1
        return fields(tree)

    rules = book(
        "".join(
            f"- {{id: r{n}, priority: {n}, when: pv.power_w > {n}W, claim: {{ev.mode: fast}}}}\n" for n in range(count)
        )
    )
    monkeypatch.setattr(exclude, "alternatives", counting)
    monkeypatch.setattr(Node, "fields", counted_fields)
    lints(rules)
    assert asked <= 10 * count
