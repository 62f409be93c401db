"""Parts of a file in a message."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml.reader import Reader

from optimizer.words.excerpt import LINE_BREAK, LONGEST_LINE, LONGEST_SENTENCE, around, sentence
from optimizer.words.language import ENGLISH
from optimizer.words.text import Text, in_language

BREAKS = ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029"]


@given(st.text(max_size=600), st.integers(0, 700))
@example("é" * LONGEST_LINE, 5000)
def test_a_line_is_quoted_around_a_column(line: str, column: int) -> None:
    quoted, caret = around(line, column)
    assert len(quoted) <= LONGEST_LINE + 2
    assert 0 <= caret <= len(quoted)
    if column < len(line):
        assert quoted[caret] == line[column]


@given(st.text(max_size=3000), st.text(max_size=3000))
@example("\x1b[31m", "\u202e")
def test_a_sentence_is_printable_and_short_and_keeps_its_template(word: str, inner: str) -> None:
    made = sentence(Text("{word} is not known; {hint}", word=word, hint=Text("write {inner}", inner=inner)))
    assert made.isprintable()
    assert len(made) < 2 * LONGEST_SENTENCE + 60
    assert isinstance(made, Text)
    assert made.template == "{word} is not known; {hint}"
    assert in_language(made, ENGLISH) == made


@given(st.lists(st.sampled_from(["a", "ä", *BREAKS]), max_size=30))
def test_lines_are_those_of_the_yaml_reader(pieces: list[str]) -> None:
    text = "".join(pieces)
    reader = Reader(text, loader=None)
    reader.forward(len(text))
    lines = LINE_BREAK.split(text)
    assert len(lines) == reader.line + 1
    assert lines[-1] == text[len(text) - reader.column :]


@given(st.text("ab\n\x1b", max_size=60))
def test_a_message_of_several_lines_keeps_its_lines(text: str) -> None:
    made = sentence(Text("the rules:\n{text}", text=text), lines=True)
    assert made.split("\n") == ["the rules:", *(line.replace("\x1b", "?") for line in text.split("\n"))]
    assert "\n" not in sentence(Text("the rules: {text}", text=text))
