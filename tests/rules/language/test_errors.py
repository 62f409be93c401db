"""Errors of the rules: each mistake once, with all its lines."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.errors import MOST_SHOWN, Problem, RuleErrors
from tests.rules.scene import BERLIN, NAMES

problems = st.lists(
    st.builds(
        Problem,
        file=st.sampled_from(["a.yaml", "b.yaml"]),
        line=st.integers(1, 20),
        column=st.integers(1, 5),
        message=st.sampled_from(["batery.soc is not known", "battery.sok is not known"]),
        hint=st.sampled_from(["", "did you mean battery.soc?"]),
    ),
    min_size=1,
    max_size=20,
)


@given(problems)
def test_each_mistake_of_a_file_once_and_no_line_is_lost(found: list[Problem]) -> None:
    errors = RuleErrors(found)
    kinds = {(one.file, one.message, one.hint) for one in found}
    assert len(errors.problems) == len(kinds)
    for one in errors.problems:
        hint = one.hint.partition("also in line")[0].rstrip("; ")
        same = [other for other in found if (other.file, other.message, other.hint) == (one.file, one.message, hint)]
        assert (one.line, one.column) == min((other.line, other.column) for other in same)
        named = one.hint.partition("also in line")[2].removeprefix("s").split(", ")
        lines = {one.line, *(int(text) for text in named if text.strip())}
        assert lines == {other.line for other in same}


def test_the_lines_are_in_the_hint() -> None:
    errors = RuleErrors(Problem("a.yaml", line, 3, "x is not known") for line in (9, 4, 5, 4))
    assert errors.render().splitlines() == [
        "a.yaml:4:3: error: x is not known",
        "      = also in lines 5, 9",
        "1 error in the rules",
    ]


FORMS = (
    "version: 1\nrules: [{{{}}}]\n",
    "version: 1\nrules: [{{id: a, claim: {{{}}}}}]\n",
    "version: 1\ndefaults: {{{}}}\n",
)
"""Places where a rule file can have any number of names on one line."""


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(st.text("ab.ev_\x1b\u202e", min_size=1, max_size=3000), min_size=1, max_size=9, unique=True))
@example([f"ev.x{number}" for number in range(4 * MOST_SHOWN)])
def test_a_message_about_any_names_is_short_and_printable(form: str, names: list[str]) -> None:
    """With its whole line for each of 4000 mistakes, a message had 8 MB and took half a minute."""
    quoted = ('"' + name.replace("\x1b", "\\e").replace("\u202e", "\\u202e") + '": 1' for name in names)
    with pytest.raises(RuleErrors) as caught:
        book_from_texts({"a.yaml": form.format(", ".join(quoted))}, NAMES, BERLIN)
    message = caught.value.render()
    assert all(line.isprintable() and len(line) < 2500 for line in message.split("\n"))
    assert message.count("error:") == min(MOST_SHOWN, len(caught.value.problems))


@given(st.integers(1, 300))
def test_the_number_of_all_mistakes_is_told(count: int) -> None:
    message = RuleErrors(Problem("a.yaml", line + 1, 1, f"x{line} is not known") for line in range(count)).render()
    assert message.count("is not known") == min(count, MOST_SHOWN)
    assert f"{count} error" in message.splitlines()[-1]
    assert ("are shown" in message) == (count > MOST_SHOWN)
