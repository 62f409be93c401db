"""Every name that the settings allow for an input is one that a rule can write, also a word of the rule language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.fields import DeviceNames
from optimizer.model.inputs import InputSpec
from optimizer.model.kinds import UNITS
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language.parse import _KEYWORDS
from optimizer.rules.language.tree import FUNCTIONS
from tests.rules.scene import BERLIN

FORMS = ("{0} > 3", "not {0} > 3 and {0} < 9", "3 < {0}", "{0} is not 3", "max({0},3)+{0} > 2", "{0} between 1 and {0}")
WORDS = (*_KEYWORDS, *FUNCTIONS, "true", "now", "until", *(unit.lower() for unit in UNITS if unit.isalpha()))


@pytest.mark.parametrize("form", FORMS)
@given(st.sampled_from(WORDS) | st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True))
def test_a_rule_can_name_any_input(form: str, name: str) -> None:
    names = DeviceNames(("carport",), inputs=(InputSpec(name, "number"),))
    when = form.format(f"input.{name}")
    text = f"version: 1\nrules:\n  - {{id: a, when: '{when}', claim: {{ev.mode: fast}}}}\n"
    assert book_from_texts({"a.yaml": text}, names, BERLIN).rules[0].when is not None
