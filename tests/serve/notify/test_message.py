"""The message: one language, one line a trouble, and a limited size."""

from __future__ import annotations

from optimizer.serve.notify.message import LONGEST_LINE, MOST_LINES, message
from optimizer.words.language import ENGLISH, language_of
from optimizer.words.text import Text


def test_it_has_the_name_of_the_house_and_a_line_for_each_trouble() -> None:
    made = message("home", ["one", Text("{name} does not answer: {why}", name="fems", why="no route")], ENGLISH)
    assert (made.title, made.body) == ("Energy at home", "one\nfems does not answer: no route")


def test_it_is_in_the_language_of_the_house() -> None:
    german = language_of("de")
    assert german is not None
    line = Text("Still: {what}", what=Text("{name} does not follow: {why}", name="carport", why="10 A"))
    made = message("Haus", [line], german)
    assert (made.title, made.body) == ("Energie: Haus", "Noch immer: carport folgt nicht: 10 A")


def test_its_size_is_limited_and_its_characters_print() -> None:
    made = message("a\x00b", ["x" * 10_000, "a\x1b[31m", *["y"] * 100], ENGLISH)
    lines = made.body.split("\n")
    assert made.title == "Energy at a?b"
    assert (len(lines), len(lines[0]), lines[1]) == (MOST_LINES + 1, LONGEST_LINE, "a?[31m")
    assert lines[-1] == f"and {102 - MOST_LINES} more"
