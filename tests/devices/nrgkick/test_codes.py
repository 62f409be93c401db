"""Every code of the vendor's document has a text, a word, and a meaning."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nrgkick_api import enums

from optimizer.devices.nrgkick.codes import (
    CONNECTORS,
    ERROR_TEXTS,
    RCD_TEXTS,
    RELAY_TEXTS,
    STATUS_WORDS,
    TEXTS,
    WARNING_TEXTS,
    text_of,
    word_of,
)
from optimizer.model.faults import ERRORS, OTHER, RCD_FAULTS, WARNINGS, error_text
from optimizer.twin.nrgkick_json import ENUMS

LISTS = [(ERROR_TEXTS, ERRORS), (WARNING_TEXTS, WARNINGS), (RCD_TEXTS, RCD_FAULTS)]


@pytest.mark.parametrize(("texts", "meanings"), LISTS)
def test_each_code_and_its_text_have_the_same_word_and_each_word_a_code(
    texts: Mapping[int, str], meanings: Mapping[str, str]
) -> None:
    words = [word_of(texts, code) for code in texts]
    assert words == [word_of(texts, text) for text in texts.values()]
    assert [*words, OTHER] == list(meanings)
    assert all(word is not None and word.isidentifier() for word in words)


@pytest.mark.parametrize("path", [path for path in TEXTS if path != "info.connector.type"])
def test_the_twin_knows_the_same_texts(path: str) -> None:
    listed = {code: text for code, text in TEXTS[path].items() if text != "UNKNOWN"}
    assert {c: t for c, t in ENUMS[path.partition(".")[2]].items() if t != "UNKNOWN"} == listed


@pytest.mark.parametrize(
    ("texts", "foreign"),
    [
        (ERROR_TEXTS, enums.ErrorCode),
        (WARNING_TEXTS, enums.WarningCode),
        (RCD_TEXTS, enums.RcdTriggerStatus),
        (STATUS_WORDS, enums.ChargingStatus),
        (CONNECTORS, enums.ConnectorType),
        (RELAY_TEXTS, enums.RelayState),
    ],
)
def test_the_client_of_others_knows_the_same_codes(texts: Mapping[int, str], foreign: type[IntEnum]) -> None:
    """The package `nrgkick-api`. It leaves out what the document does not list, and names some in other words."""
    assert {member.value for member in foreign} == set(texts)
    for member in foreign:
        if foreign in (enums.ErrorCode, enums.WarningCode, enums.RcdTriggerStatus):
            word = word_of(texts, member.value)
            assert word == ("none" if member.value == 0 else member.name.lower())


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_any_value_is_a_listed_word_or_unknown(value: object) -> None:
    for texts, meanings in LISTS:
        assert word_of(texts, value) is None or word_of(texts, value) in meanings


def test_an_unlisted_code_is_a_fault_and_never_no_fault() -> None:
    assert word_of(ERROR_TEXTS, 99) == word_of(ERROR_TEXTS, "UNKNOWN") == OTHER
    assert word_of(ERROR_TEXTS, -1) is None
    assert word_of(ERROR_TEXTS, True) is None
    assert word_of(ERROR_TEXTS, "16") == "residual_current_detected"
    assert word_of(ERROR_TEXTS, "٣") is None
    assert word_of(ERROR_TEXTS, 16.0) == "residual_current_detected"


def test_a_code_over_modbus_is_shown_with_its_text() -> None:
    assert text_of("values.general.error_code", 80) == "GENERAL_OVERTEMPERATURE"
    assert text_of("values.general.error_code", 99) == "UNKNOWN"
    assert text_of("values.general.error_code", "NO_ERROR") == ""
    assert text_of("values.energy.charged_energy", 80) == ""


def test_an_error_in_words() -> None:
    assert error_text("residual_current_detected", "ac_30ma_fault") == (
        "a residual current was detected, AC residual current above 30 mA"
    )
    assert error_text("none", "none") == "it gives no reason; see its app"
    assert error_text(None, None) == "its code is unknown; see its app"
