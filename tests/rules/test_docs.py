"""The examples in the owner's guide are rules and tests that the program takes."""

import re
from pathlib import Path

from optimizer.rules.book.document import read_document
from optimizer.rules.book.files import book_from_texts, load_book
from optimizer.rules.language.parse import parse
from optimizer.rules.language.typed import condition
from optimizer.rules.tools.inputs import STAND_INS
from optimizer.rules.tools.rule_tests import run_test
from optimizer.rules.tools.test_files import read_tests
from tests.rules.scene import BERLIN

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "reference" / "rule-language.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_first_example_is_a_rule_book() -> None:
    book = book_from_texts({"guide": blocks("yaml")[0]}, STAND_INS, BERLIN)
    assert [rule.id for rule in book.rules] == ["battery-first", "hold-battery"]


def test_the_conditions_are_conditions() -> None:
    for line in blocks("text")[0].splitlines():
        condition(parse(line), STAND_INS)


def test_the_test_passes_with_the_shipped_rules() -> None:
    text = next(block for block in blocks("yaml") if "tests:" in block)
    book = load_book(ROOT / "rules", STAND_INS, BERLIN)
    for test in read_tests(read_document(text, "guide"), "guide", STAND_INS, BERLIN):
        assert run_test(test, book).passed
