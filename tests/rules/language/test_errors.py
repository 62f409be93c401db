"""Errors of the rules: each mistake once, with all its lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optimizer.rules.language.errors import Problem, RuleErrors

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
