"""The outline of a book: its targets with the rules that claim or limit them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from optimizer.rules.tools.outline import outline
from optimizer.words.language import ENGLISH
from tests.rules.scene import book

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("what", ["limit: {ev.current_a: 6A}", "claim: {ev.mode: fast}"])
def test_hundreds_of_rules_for_one_target_are_listed(what: str) -> None:
    """A list of 200 limits ended in a traceback."""
    rules = "".join(f"- {{id: r{n}, priority: {n}, when: pv.power_w > {n}W, {what}}}\n" for n in range(200))
    said = outline(book(rules), NOON, ENGLISH)
    assert all(f"(r{n}" in said for n in range(200))
