"""Rules switched by hand: an overlay among the texts of a book."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.fields import DeviceNames
from optimizer.rules.book.book import Book
from optimizer.rules.book.by_hand import FILE_NAME, WORDS, parsed, written
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.errors import RuleErrors

TEXT = """version: 1
rules:
  - id: sun
    claim: {ev.mode: surplus}
  - id: night
    enabled: false
    claim: {ev.mode: fast}
"""


def book(overlay: str | None = None) -> Book:
    texts = {"a.yaml": TEXT} if overlay is None else {"a.yaml": TEXT, f"/state/{FILE_NAME}": overlay}
    return book_from_texts(texts, DeviceNames(evs=("carport",)), ZoneInfo("UTC"))


def test_a_rule_is_switched_and_its_file_is_remembered() -> None:
    plain, switched = book(), book(written({"sun": "dry-run"}))
    assert plain.by_hand == {}
    assert switched.by_hand == {"sun": "dry-run"}
    assert [(rule.enabled, rule.in_file) for rule in switched.rules] == [("dry-run", "true"), ("false", None)]
    assert switched.version != plain.version


def test_a_rule_that_no_longer_exists_changes_nothing() -> None:
    assert book(written({"gone": "false"})).version == book().version


def test_a_tie_that_the_switch_makes_is_a_mistake() -> None:
    with pytest.raises(RuleErrors, match="both with priority 0"):
        book(written({"night": "true"}))


@pytest.mark.parametrize("text", ["", "[]", '{"sun": true}', '{"sun": "perhaps"}', "\x00", "[" * 9999])
def test_a_damaged_overlay_is_a_mistake_with_its_place(text: str) -> None:
    with pytest.raises(RuleErrors, match=FILE_NAME):
        book(text)


@given(st.dictionaries(st.text(), st.sampled_from(WORDS)))
def test_what_is_written_is_read_again(by_hand: dict[str, str]) -> None:
    assert parsed(written(by_hand), FILE_NAME) == by_hand  # type: ignore[arg-type]
    assert json.loads(written(by_hand)) == by_hand  # type: ignore[arg-type]
