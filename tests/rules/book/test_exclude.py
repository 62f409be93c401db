"""Ties are errors unless the rules surely exclude each other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.domains import alternatives, disjoint, implies
from optimizer.rules.language.errors import ExpressionError, RuleErrors
from optimizer.rules.language.interpret import Scene, interpret
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from tests.rules.expressions import conditions, givens
from tests.rules.scene import BERLIN, NAMES, book, house


def two(first: str, second: str) -> str:
    return f"- id: a\n{first}\n  claim: {{ev.mode: fast}}\n- id: b\n{second}\n  claim: {{ev.mode: 'off'}}"


EXCLUSIVE = [
    ("  when: battery.soc < 50%", "  when: battery.soc >= 50%"),
    ("  when: ev.connected", "  when: not ev.connected"),
    ("  when: ev.charging", "  when: ev.status == connected"),
    ("  when: time.weekday in [sat, sun]", "  when: time.weekday between mon and fri"),
    ("  when: time.now between 22:00 and 06:00", "  when: time.now between 06:00 and 22:00 and ev.connected"),
    ("  when: pv.power_w > home.power_w", "  when: pv.power_w <= home.power_w"),
    ("  when: battery.soc < 20% or battery.soc > 80%", "  when: battery.soc between 20% and 80%"),
    ("  schedule: {cron: '0 22 * * *', lasts: 8h}", "  schedule: {cron: '0 6 * * *', lasts: 16h}"),
    ("  schedule: {cron: '0 22 * * 6', lasts: 8h}", "  schedule: {cron: '0 7 * * 0', lasts: 1h}"),
    ("  when: ev.mode == fast\n  until: battery.soc > 50%", "  when: battery.soc > 60%"),
    ("  priority: 1", "  priority: 2"),
    ("  enabled: false", "  when: ev.connected"),
    ("  enabled: dry-run", "  when: ev.connected"),
]
TIED = [
    ("  when: battery.soc < 50%", "  when: battery.soc >= 40%"),
    ("  when: battery.soc < 50%", "  when: pv.power_w > 1kW"),
    ("  when: battery.soc < 50%\n  keep_for: 1min", "  when: battery.soc >= 50%"),
    ("  when: battery.soc < 50%\n  if_unknown: apply", "  when: battery.soc >= 50%"),
    ("  schedule: {cron: '0 22 * * *', lasts: 8h}", "  schedule: {cron: '0 5 * * *', lasts: 16h}"),
    ("  schedule: {cron: '0 22 * * 6', lasts: 8h}", "  schedule: {cron: '0 4 * * 0', lasts: 1h}"),
    ("  schedule: {cron: '0 22 1 * *', lasts: 8h}", "  schedule: {cron: '0 22 2 * *', lasts: 8h}"),
    ("", ""),
]


@pytest.mark.parametrize(("first", "second"), EXCLUSIVE)
def test_rules_that_exclude_each_other_may_share_a_priority(first: str, second: str) -> None:
    assert len(book(two(first, second)).rules) == 2


@pytest.mark.parametrize(("first", "second"), TIED)
def test_a_tie_is_an_error(first: str, second: str) -> None:
    with pytest.raises(RuleErrors, match=r"b and a \(line \d+\) may claim ev.carport.mode at the same time"):
        book(two(first, second))


def test_a_tie_of_two_files_names_the_other_file() -> None:
    text = "version: 1\nrules:\n- id: {}\n  claim: {{ev.mode: {}}}\n"
    files = {"charging.yaml": text.format("a", "fast"), "mine.yaml": text.format("b", "surplus")}
    with pytest.raises(RuleErrors) as caught:
        book_from_texts(files, NAMES, BERLIN)
    assert caught.value.problems[0].file == "mine.yaml"
    assert caught.value.problems[0].message.startswith("b and a (charging.yaml:3) may claim ev.carport.mode")


def test_equal_claims_are_no_tie() -> None:
    assert book(two("", "").replace("'off'", "fast"))


@given(conditions(2), conditions(2), st.lists(givens(), min_size=1, max_size=5))
def test_proofs_never_lie(first: str, second: str, houses: list[dict[str, Any]]) -> None:
    try:
        one, other = condition(parse(first), NAMES), condition(parse(second), NAMES)
    except ExpressionError:
        return
    apart = disjoint(alternatives(one), alternatives(other))
    follows = implies(alternatives(one), other)
    opposite = alternatives(one, negated=True)
    for values in houses:
        scene = Scene(house(**values), {}, {})
        a, b = interpret(one, scene).value, interpret(other, scene).value
        assert not (apart and a is True and b is True)
        assert not (follows and a is True and b is False)
        assert alternatives(one) or a is not True
        assert opposite or a is not False
