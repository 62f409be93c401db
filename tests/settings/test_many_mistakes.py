"""Large and strange files: the message stays short, printable, and quick to make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.settings import document
from optimizer.settings.document import KeyPath, parse_document
from optimizer.settings.errors import MOST_SHOWN, Mistake, Place
from optimizer.words.excerpt import LONGEST_LINE, around

Complain = Callable[..., str]


def unknown(count: int, form: str) -> str:
    """A file with `count` unknown settings, each on a line of its own or all on one."""
    if form == "lines":
        return "site:\n" + "".join(f"  x{number}: {number}\n" for number in range(count))
    return "site: {" + ", ".join(f"x{number}: {number}" for number in range(count)) + "}\n"


@pytest.mark.parametrize("form", ["lines", "one line"])
def test_the_work_grows_as_the_file(complain: Complain, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mistake once looked at every value of the file: an hour for 4000 of them."""
    asked = 0

    def counting(path: KeyPath, hidden: frozenset[KeyPath]) -> bool:
        nonlocal asked
        asked += 1
        return bool(path in hidden)

    monkeypatch.setattr(document, "_is_hidden", counting)
    complain(unknown(4 * MOST_SHOWN, form))
    assert asked <= 3 * 4 * MOST_SHOWN


@pytest.mark.parametrize("value", ["v4lue", "http://a:b@c"])
def test_a_line_is_prepared_once_for_all_its_mistakes(
    complain: Complain, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may be one line. Its secrets were taken out anew for each mistake: half a minute for 6000 keys."""
    prepared = 0
    once = document.Document._line_without_secrets

    def counting(self: document.Document, line: int, hidden: frozenset[KeyPath]) -> tuple[str, Any]:
        nonlocal prepared
        prepared += 1
        return once(self, line, hidden)

    monkeypatch.setattr(document.Document, "_line_without_secrets", counting)
    message = complain("site: {" + ", ".join(f"x{number}: {value}" for number in range(4 * MOST_SHOWN)) + "}\n")
    assert prepared == 1
    assert message.count("there is no setting") == MOST_SHOWN
    assert value not in message


@given(
    st.lists(st.sampled_from(["a: 1", "url: http://h/p", "token: t0ken", "token: {a: t0ken, b: [t0ken]}"]), min_size=1)
)
def test_a_caret_stands_under_its_key_behind_any_secrets(parts: list[str]) -> None:
    named = [part.replace(":", f"{number}:", 1) for number, part in enumerate(parts)]
    text = "{" + ", ".join([*named, "here: 1"]) + "}"
    place = parse_document(text, "site.yaml").place(("here",), key=True)
    assert place.text[place.caret - 1 :].startswith("here:")
    assert "t0ken" not in place.text


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_a_mistake_has_its_line_with_any_end_of_lines(complain: Complain, end: str) -> None:
    """Such a file without any \\n ended in a traceback."""
    message = complain(end.join(["site:", "  name: a", "  fuze_a: 35", ""]))
    assert "site.yaml:3:3: site.fuze_a: there is no setting" in message
    assert "\n    3 |   fuze_a: …" in message


def test_the_first_mistakes_are_shown_and_all_are_counted(complain: Complain) -> None:
    message = complain(unknown(130, "lines"))
    assert message.endswith(f"130 mistakes in the settings. The first {MOST_SHOWN} are shown")
    assert message.count("there is no setting") == MOST_SHOWN
    assert f"site.x{MOST_SHOWN - 1}:" in message
    assert f"site.x{MOST_SHOWN}:" not in message


@given(st.integers(0, 400), st.integers(1, 400))
@example(0, LONGEST_LINE)
def test_a_long_line_is_quoted_around_its_mistake(before: int, after: int) -> None:
    text = "name: " + "a" * before + "é" + "b" * after
    quoted, caret = around(text, 6 + before)
    assert quoted[caret] == "é"
    assert len(quoted) <= LONGEST_LINE + 2


@given(st.text(min_size=1), st.text(min_size=1))
@example("\x1b[31m", "\u202e")
def test_a_message_is_printable_whatever_the_file_contains(what: str, line: str) -> None:
    """A terminal obeys control characters."""
    message = Mistake(Place("site.yaml", 1, 1, line), what, what, what, what).render()
    assert all(character.isprintable() for character in message.replace("\n", ""))
    assert len(message.split("\n")) == 5


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "9" * 5000, "0b" + "1" * 20_000, "1e9999", "-" + "9" * 990])
@pytest.mark.parametrize(
    "setting", ["site: {fuse_a: ", "serve: {status: {port: ", "inputs: {a: {type: number, default: "]
)
def test_a_number_of_any_length_ends_in_a_message(complain: Complain, setting: str, number: str) -> None:
    """Python refuses to write a whole number of more than 4300 digits, also in a message."""
    message = complain(f"{setting}{number}" + "}" * setting.count("{"))
    assert len(message) < 2000


@pytest.mark.parametrize("setting", ["rules", "state_dir"])
@pytest.mark.parametrize("path", ["a" * 256, "ä" * 128, "a/" * 2000, "../" + "b" * 5000])
def test_a_path_that_no_file_system_has_is_a_mistake_with_its_line(complain: Complain, setting: str, path: str) -> None:
    message = complain(f"{setting}: {path}")
    assert f"site.yaml:1:{len(setting) + 3}: {setting}: is longer than a file system allows" in message
    assert len(message) < 600
