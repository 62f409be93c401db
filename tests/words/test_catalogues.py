"""The catalogues: no sentence is missing, none is left over, and each keeps its values."""

from __future__ import annotations

import re

import pytest

from optimizer.words.language import ENGLISH, language_of, tags
from tests.words.found import sentences

OTHERS = [tag for tag in tags() if tag != ENGLISH.tag]
VALUE = re.compile(r"\{\w+\}")


def test_the_sentences_are_found() -> None:
    assert {
        "Car on {name} is paused: mode off{by}.",
        "The service handed {name} back to its own control.",
        "active, priority {priority}",
        "no decision has been made yet",
        "the token is missing or wrong",
        "a part is too hot",
    } <= sentences()


@pytest.mark.parametrize("tag", OTHERS)
def test_no_sentence_is_missing_and_none_is_left_over(tag: str) -> None:
    language = language_of(tag)
    assert language is not None
    assert sorted(sentences() - language.texts.keys()) == []
    assert sorted(language.texts.keys() - sentences()) == []


@pytest.mark.parametrize("tag", OTHERS)
def test_each_sentence_keeps_its_values(tag: str) -> None:
    language = language_of(tag)
    assert language is not None
    for english, other in {**language.texts, **language.page}.items():
        assert other.strip(), english
        assert sorted(VALUE.findall(english)) == sorted(VALUE.findall(other)), english


def test_german_is_there() -> None:
    assert "de" in tags()
