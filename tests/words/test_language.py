"""The language of a reader."""

from __future__ import annotations

import sqlite3
from contextvars import Context

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.words.language import (
    ENGLISH,
    is_named,
    language_of,
    of_environment,
    preferred,
    propose,
    speak,
    spoken,
    tags,
)
from optimizer.words.system import DATABASE
from optimizer.words.text import Text, in_language, message_of


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.1", "de"),
        ("en;q=0.2, de-AT;q=0.7", "de"),
        ("de;q=0, en", "en"),
        ("xx", "en"),
        ("", "en"),
        ("*", "en"),
    ],
)
def test_the_language_that_the_browser_prefers(header: str, tag: str) -> None:
    assert preferred(header).tag == tag


@given(st.text(max_size=300))
def test_any_header_has_an_answer(header: str) -> None:
    assert preferred(header).tag in tags()


@pytest.mark.parametrize("tag", ["de", "de-AT", "de_DE.UTF-8", "DE", " de "])
def test_tags_of_german(tag: str) -> None:
    found = language_of(tag)
    assert found is not None and found.tag == "de"


@pytest.mark.parametrize("tag", ["", "xx", "../en", "de/../x", "C.UTF-8", "POSIX"])
def test_other_tags_are_unknown(tag: str) -> None:
    assert language_of(tag) is None


@pytest.mark.parametrize(
    ("environment", "tag"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_AT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "de_DE", "LANG": "en_US"}, "de"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_locale(environment: dict[str, str], tag: str) -> None:
    assert of_environment(environment).tag == tag
    assert ENGLISH.tag == tags()[0]


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"LANG": "de_AT.UTF-8"}, True),
        ({"LANG": "en_US"}, True),
        ({"LANG": "fr_FR"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE", "LC_ALL": "POSIX"}, False),
        ({}, False),
    ],
)
def test_a_bare_machine_names_no_language(environment: dict[str, str], named: bool) -> None:
    assert is_named(environment) is named


def test_a_proposed_language_counts_only_before_a_decision() -> None:
    german = language_of("de")
    assert german is not None

    def undecided() -> str:
        propose(german)
        propose(ENGLISH)
        return spoken().tag

    def decided() -> str:
        speak(ENGLISH)
        propose(german)
        return spoken().tag

    assert Context().run(undecided) == "de"
    assert Context().run(decided) == "en"


@pytest.mark.parametrize("reason", DATABASE)
def test_the_reasons_of_the_database_are_read_in_each_language(reason: str) -> None:
    german = language_of("de")
    assert german is not None
    told = Text("{path}: {error}", path="journal.db", error=message_of(sqlite3.OperationalError(reason)))
    assert told == f"journal.db: {reason}"
    assert in_language(told, german) == f"journal.db: {german.texts[reason]}" != told
