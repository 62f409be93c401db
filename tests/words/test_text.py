"""Texts keep their template and values, through copies and files, and are read in any language."""

from __future__ import annotations

import copy
import errno
import os
import pickle
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.words.language import ENGLISH, Language, language_of
from optimizer.words.text import Text, from_json, in_language, joined, message_of, to_json

GERMAN = Language(
    "de",
    "Deutsch",
    ",",
    texts={"Car on {name} gets {power_w}{by}.": "Auto an {name} bekommt {power_w}{by}.", " by {rule}": " durch {rule}"},
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def sentence(name: str, power_w: float, rule: str = "") -> Text:
    return Text("Car on {name} gets {power_w}{by}.", name=name, power_w=power_w, by=Text(" by {rule}", rule=rule))


def test_it_is_english_for_everybody_else() -> None:
    said = sentence("carport", 1400.0, "day")
    assert said == "Car on carport gets 1.4 kW by day."
    assert f"{said}" == str(said) == said


def test_it_is_read_in_another_language_with_its_figures() -> None:
    assert in_language(sentence("carport", 1400.0, "day"), GERMAN) == "Auto an carport bekommt 1,4 kW durch day."


def test_without_a_translation_it_stays_english() -> None:
    assert in_language(Text("Cellar holds {power_w}.", power_w=2500.0), GERMAN) == "Cellar holds 2,5 kW."
    assert in_language("1.5 of a plain string", GERMAN) == "1.5 of a plain string"


def test_braces_of_a_sentence_without_values_mean_nothing() -> None:
    assert Text('give {"value": 1}') == 'give {"value": 1}'


def test_a_missing_value_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Text("{name} and {other}", name="a")


@given(names, st.floats(allow_nan=False, allow_infinity=False), names)
def test_it_survives_copies_and_files(name: str, power_w: float, rule: str) -> None:
    @dataclass(frozen=True)
    class Line:
        text: str
        at: int = 0

    said = sentence(name, power_w, rule)
    for other in (
        from_json(str(said), to_json(said)),
        copy.deepcopy(said),
        pickle.loads(pickle.dumps(said)),
        replace(Line(said), at=1).text,
    ):
        assert other == said
        assert in_language(other, GERMAN) == in_language(said, GERMAN)


@given(st.one_of(st.none(), st.text(max_size=30), st.just("[" * 5000), st.just('["{a}", {}]'), st.just('["x", 7]')))
def test_a_damaged_file_gives_the_plain_sentence(document: str | None) -> None:
    assert from_json("Car on carport waits.", document) == "Car on carport waits."


def test_what_does_not_fit_the_sentence_is_not_believed() -> None:
    assert not isinstance(from_json("one", to_json(Text("another"))), Text)
    assert to_json("plain") is None


def test_texts_in_a_row() -> None:
    german = Language("de", "Deutsch", ",", texts={"a": "A", "b": "B", "c": "C"})
    assert in_language(joined([Text("a"), Text("b"), Text("c")], "{first}, {then}"), german) == "A, B, C"
    assert joined([]) == ""


@given(st.lists(st.sampled_from(["a", "b", "{x}"]), max_size=200) | st.just(["a"] * 3000))
def test_a_row_of_any_length_is_said_in_its_order(words: list[str]) -> None:
    """Rows were nested as deep as they are long, so a row of some hundreds ended in a traceback."""
    german = Language("de", "Deutsch", ",", texts={"a": "A", "{first}; {then}": "{first} / {then}"})
    row = joined([Text(word) for word in words], "{first}; {then}")
    assert row == "; ".join(words)
    assert in_language(row, german) == " / ".join("A" if word == "a" else word for word in words)
    if len(words) <= 100:
        assert from_json(row, to_json(row)) == row


def test_a_sum_of_texts_is_a_text() -> None:
    german = Language("de", "Deutsch", ",", texts={"a": "A", "b {x}": "B {x}"})
    said = "- " + Text("a") + ", " + Text("b {x}", x=1.5)
    assert said == "- a, b 1.5"
    assert in_language(said, german) == "- A, B 1,5"
    assert from_json(str(said), to_json(said)) == said


def test_the_reason_of_the_operating_system_can_be_translated() -> None:
    german = language_of("de")
    assert german is not None
    error = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/etc/x")
    assert in_language(message_of(error), german) == "diese Datei oder diesen Ordner gibt es nicht"
    assert message_of(OSError("no number")) == "no number"
    assert message_of(ValueError(Text("a"))) == "a"


def test_an_owner_s_text_that_the_catalogue_has_is_translated() -> None:
    german = language_of("de")
    assert german is not None
    assert in_language(Text.of("not read yet"), german) == "noch nicht gelesen"
    assert in_language(Text.of("my own rule"), german) == "my own rule"
    assert Text.of(said := sentence("a", 1.0)) is said
    assert in_language(Text.of("x"), ENGLISH) == "x"
