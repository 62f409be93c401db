"""`cheapest(3h, until 07:00)` in conditions: its forms, its mistakes, and three-valued logic."""

from __future__ import annotations

import pytest

from optimizer.rules.language.errors import ExpressionError
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from optimizer.rules.tools.inputs import with_values
from tests.rules.scene import NAMES, Run, book, house, settable

RULE = "- id: night\n  when: cheapest(3h, until 7:00) and ev.connected\n  claim: {ev.mode: fast}"
FIELD = settable("cheapest(3h, until 07:00)", NAMES)


@pytest.mark.parametrize(
    "text", ["cheapest(3h)", "not cheapest( 90min , 22:00 to 7:00 )", "cheapest(3h, until 07:00) or ev.connected"]
)
def test_it_is_a_condition(text: str) -> None:
    condition(parse(text), NAMES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cheapest(3)", "write cheapest(3h), cheapest(3h, until 07:00), or"),
        ("cheapest(25h)", "cheapest takes a time from 15min to 24h"),
        ("cheapest(3h, until 25:00)", "25:00 is not a time of day"),
        ("cheapest(3h) > 2", "yes or no"),
        ("cheapest", "has no meaning alone"),
    ],
)
def test_mistakes_say_what_to_write(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        condition(parse(text), NAMES)
    assert words in str(caught.value)


@pytest.mark.parametrize(("given", "wins"), [(True, True), (False, False), (None, False)])
def test_the_engine_reads_it_from_the_state(given: bool | None, wins: bool) -> None:
    run = Run(book(RULE))
    state = with_values(house(ev__connected="true"), {FIELD: given})
    from optimizer.rules.book.engine import evaluate

    verdict, _ = evaluate(run.book, state, run.memory)
    assert ("ev.carport.mode" in verdict.claims) is wins


def test_without_an_answer_it_is_unknown_with_a_reason() -> None:
    assert FIELD.value(house()) is None
    assert FIELD.why(house()) == "no import price follows a contract under `prices`"
