"""A text that is not YAML is told with advice and its place, in settings and in rules, in words for a person."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.book.document import read_document as read_rules
from optimizer.rules.language.errors import RuleErrors
from optimizer.settings.document import parse_document
from optimizer.settings.errors import SettingsErrors

JARGON = ("while", "token", "expected", "mapping values", "scalar", "context")


def told(text: str) -> tuple[str, str]:
    """The message for settings, and the one for rules."""
    with pytest.raises(SettingsErrors) as settings:
        parse_document(text, "site.yaml")
    with pytest.raises(RuleErrors) as rules:
        read_rules(text, "a.yaml")
    return settings.value.render(), rules.value.render()


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("a:\n\tb: 1", ":2:1:", "indent with spaces, not with tabs"),
        ("a:\n  b: x: y", ":2:7:", "put a text with a colon in quotes"),
        ("a:\n  b: - x", ":2:6:", "begins with - in quotes"),
        ("a:\n  b 1\n  c: 2", ":2:3:", "a setting is `name: value`"),
        ("a:\n  - b 1\n    c: 2", ":2:5:", "a setting is `name: value`"),
        ('a: "C:\\haus"', ":1:", "Write single quotes, or / for a folder"),
        ('a: "x\nb: 1\n', ":", "a quotation mark is not closed"),
        ("a:\n    b: 1\n   c: 2", ":3:", "indent the line like its neighbors"),
        ("a: [1, 2\nb: 1", ":", "a bracket before it is not closed"),
        ("a: @home", ":1:4:", "begins with this character in quotes"),
        ("a:\u00a01\nb: 2", ":", "line 1 has an invisible character in column 3 (U+00A0)"),
        ("\u00a0\u00a0a: 1\nb: 2", ":", "line 1 has an invisible character in column 1"),
    ],
)
def test_advice_and_place(text: str, place: str, advice: str) -> None:
    if text.startswith("\u00a0"):
        text = "x:\n" + text.replace("a: 1\nb", "a: 1\n  b")
        advice = advice.replace("line 1", "line 2")
    for said in told(text):
        assert advice in said
        assert place in said
        assert "bracket" in said or not any(word in said for word in JARGON)


LINES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "  ", "    ", "\t", "\u00a0", "- "]),
        st.sampled_from(["a", "b:", "c: 1", "d: x: y", 'e: "x', "f: [1", "g: - x", "“h”: 2", "i 5", ""]),
        st.sampled_from(["", " # x", "\u200b", "\t", "\r"]),
    ),
    max_size=8,
)


@given(LINES)
def test_any_lines_are_read_or_told_with_a_line_that_there_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        parse_document(text, "site.yaml")
    except SettingsErrors as errors:
        assert all(0 <= mistake.place.line <= len(lines) + 1 for mistake in errors.mistakes)
    try:
        read_rules(text, "a.yaml")
    except RuleErrors as errors:
        assert all(0 <= one.line <= text.count("\r") + len(lines) + 1 for one in errors.problems)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    from optimizer.settings.document import read_document

    file = tmp_path / "site.yaml"
    file.write_bytes("site: {name: Müller}".encode("latin-1"))
    with pytest.raises(SettingsErrors, match="save the file with the encoding UTF-8"):
        read_document(file)
