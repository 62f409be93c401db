"""Whatever is written into a rule file, only the language's own errors come out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import at_least
from tests.rules.hostile import (
    HOSTILE,
    HOSTILE_YAML,
    random_documents,
    random_expressions,
    try_document,
    try_expression,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_hostile_expressions_are_refused_quickly(text: str) -> None:
    begun = time.process_time()
    refused = not try_expression(text)
    assert time.process_time() - begun < 1.0
    assert refused or text.startswith(("ev.connected and", "1W+"))


@pytest.mark.parametrize("text", HOSTILE_YAML, ids=lambda text: repr(text[:20]))
def test_hostile_documents_are_refused_quickly(text: str) -> None:
    begun = time.process_time()
    refused = not try_document(text)
    assert time.process_time() - begun < 2.0
    assert refused or text.startswith("%YAML 1.1")


def test_random_expressions() -> None:
    for text in random_expressions(2000, seed=20250621):
        try_expression(text)


def test_random_documents() -> None:
    for text in random_documents(300, seed=20250621):
        try_document(text)


@settings(max_examples=at_least(150))
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    try_expression(text)
    try_document(f"version: 1\nrules:\n  - id: a\n    when: {text}\n    claim: {{ev.mode: fast}}\n")
