"""Documents that are no rule file."""

import pytest

from optimizer.rules.book.document import read_document
from optimizer.rules.language.errors import RuleErrors


@pytest.mark.parametrize("text", ['rules:\n  - about: "\\ud800"\n', 'rules:\n  - "x\\udfffy": 1\n'])
def test_half_a_character_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(RuleErrors) as caught:
        read_document(text, "rules.yaml")
    (found,) = caught.value.problems
    assert (found.line, found.message) == (2, "an escape from \\ud800 to \\udfff is not a character")


def test_a_whole_character_beyond_the_basic_plane_is_text() -> None:
    assert read_document('about: "\\U0001F50B"\n', "rules.yaml") is not None
