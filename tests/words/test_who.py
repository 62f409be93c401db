"""Who has set something can be read in German, and stays as it is in English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.words.text import in_language
from optimizer.words.who import LONGEST, api_record, kept_record, who_text
from tests.words.english import german


@given(st.text() | st.from_regex(r"(page|API|MQTT|ada|from|\(command line\))( from .*)?", fullmatch=True))
def test_the_english_text_is_the_record(record: str) -> None:
    assert who_text(record) == record


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ("page from 127.0.0.1", "Seite von 127.0.0.1"),
        ("API from fe80::1%eth0", "API von fe80::1%eth0"),
        ("ada (command line) from 127.0.0.1", "ada (Kommandozeile) von 127.0.0.1"),
        ("command line", "Kommandozeile"),
        ("MQTT", "MQTT"),
        ("away from home", "away from home"),
        ("a note from me from 10.0.0.1", "a note from me von 10.0.0.1"),
        ("", ""),
    ],
)
def test_in_german(record: str, says: str) -> None:
    assert in_language(who_text(record), german()) == says


@pytest.mark.parametrize(
    ("by", "client", "record"),
    [
        ("", "", "API"),
        ("", "10.0.0.1", "API from 10.0.0.1"),
        ("ada", "", "ada"),
        ("ada", "fd00::5", "ada from fd00::5"),
    ],
)
def test_a_request_to_the_api_is_recorded_with_its_person_and_address(by: str, client: str, record: str) -> None:
    assert api_record(by, client) == record


@given(st.text(max_size=200))
def test_what_is_kept_of_a_record_is_printable_short_and_not_empty(record: str) -> None:
    kept = kept_record(record)
    assert kept.isprintable()
    assert 1 <= len(kept) <= LONGEST
    assert kept_record(kept) == kept
