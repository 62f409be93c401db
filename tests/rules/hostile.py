"""Hostile and random inputs for the language: nothing but its own error may come out.

Run the long form: python -m tests.rules.hostile 100000
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator

from bench.compiled import compiled_condition
from optimizer.model.fields import TABLE
from optimizer.model.kinds import UNITS
from optimizer.rules.book.files import book_from_texts
from optimizer.rules.language import typed
from optimizer.rules.language.errors import ExpressionError, RuleErrors
from optimizer.rules.language.parse import parse
from optimizer.rules.language.tree import FUNCTIONS
from tests.rules.scene import BERLIN, NAMES

PIECES = (
    *("and", "or", "not", "in", "is", "between", "(", ")", "[", "]", ",", "+", "-", "*", "/", "<", ">=", "==", "!="),
    *("=", ".", "..", "__class__", "ev.__class__.__mro__", "lambda: 0", "exec('x')", "0x1f", "1e999", "1_000", "5 %"),
    *(
        "22:00",
        "24:00",
        "99:99",
        "sat",
        "off",
        "true",
        "\x00",
        "\u202e",
        "é",
        "𝟙",
        '"',
        "'",
        "#",
        "\\",
        "{{",
        "%s",
        "\n",
    ),
    *FUNCTIONS,
    *(field.name for field in TABLE),
    *(f"3{unit}" for unit in UNITS),
)
YAML_PIECES = (
    *(
        "version: 1\n",
        "rules:\n",
        "  - id: a\n",
        "    when: ",
        "    claim: {ev.mode: fast}\n",
        "&a ",
        "*a ",
        "!!python/x ",
    ),
    *(
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "? ",
        ": ",
        "- ",
        "|\n",
        ">-\n",
        "[",
        "]",
        "{",
        "}",
        "\t",
        "#",
        "'",
        '"',
        "\n",
        "  ",
    ),
    *("defaults: ", "schedule: {cron: '* * * * *', lasts: 1h}\n", "<<: ", "\x07", "\ufeff", "~", "0o7", "@", "`"),
)
HOSTILE = (
    "(" * 5000,
    "not " * 400 + "ev.connected",
    "-" * 400 + "1",
    "1" * 2000,
    "ev.connected and " * 120 + "ev.connected",
    "1W" + "+1W" * 180 + " > 0W",
    "a" * 2001,
    "",
    " \n\t",
    "1W > " + "9" * 400,
    "min(" * 40,
    "[" * 31,
    "__import__('os').system('true')",
    "avg(avg(grid.power_w, 5min), 5min) > 1W",
    "changed_within(ev.connected, 9999h)",
    "grid.power_w > 1W if 1 else 2",
)
HOSTILE_YAML = (
    "[" * 3000,
    "{a: " * 3000,
    "- " * 3000,
    "a: &x [*x, *x]\n",
    "? ? ? a\n",
    "version: 1\nrules: [" + "{id: a}," * 500 + "]",
    "version: 1\nversion: 1\n",
    "!!python/object/apply:os.system ['true']",
    "%YAML 1.1\n---\nversion: 1\nrules:\n",
    "version: 1\nrules:\n  - id: a\n    schedule: {cron: * * * * *, lasts: 1h}\n",
    "x" * 300_000,
    "\x00",
    "a: b: c",
    "\t- a",
    "'",
    '"\\ud800"',
)


def random_expressions(count: int, seed: int) -> Iterator[str]:
    """Sequences of pieces of the language, and of mere characters."""
    rng = random.Random(seed)
    for index in range(count):
        if index % 4:
            yield rng.choice((" ", "")).join(rng.choices(PIECES, k=rng.randint(1, 14)))
        else:
            yield "".join(
                chr(rng.choice((rng.randint(32, 126), rng.randint(0, 0x2FFF)))) for _ in range(rng.randint(1, 40))
            )


def random_documents(count: int, seed: int) -> Iterator[str]:
    """Sequences of pieces of YAML."""
    rng = random.Random(seed)
    for _ in range(count):
        yield "".join(rng.choices(YAML_PIECES, k=rng.randint(1, 25)))


def try_expression(text: str) -> bool:
    """Whether the language takes the text as a condition; raises whatever is not its own error."""
    try:
        compiled_condition(typed.condition(parse(text), NAMES))
    except ExpressionError:
        return False
    return True


def try_document(text: str) -> bool:
    """Whether the text is a rule file; raises whatever is not its own error."""
    try:
        book_from_texts({"hostile.yaml": text}, NAMES, BERLIN)
    except RuleErrors as errors:
        errors.render()
        return False
    return True


def main(count: int) -> None:
    """The long form, with figures."""
    start = time.perf_counter()
    longest, taken = 0.0, 0
    for make, run in ((random_expressions, try_expression), (random_documents, try_document)):
        for text in make(count // 2, 1):
            begun = time.perf_counter()
            taken += run(text)
            longest = max(longest, time.perf_counter() - begun)
    seconds = time.perf_counter() - start
    print(f"{count} inputs, {taken} taken, nothing raised but the language's own errors")
    print(f"{seconds:.1f} s in all, {longest * 1e3:.1f} ms the longest")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
