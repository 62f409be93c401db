"""Rules that the owner switches by hand: an overlay beside the rule files, which it never changes.

The overlay is one more text beside the rule files, named FILE_NAME: a JSON object from rule id to `true`, `false`, or
`dry-run`. Whoever reads a book from its texts, such as a replay of the journal, therefore sees the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from optimizer.rules.book.book import Enabled, Rule
from optimizer.rules.language.errors import Problem, RuleErrors
from optimizer.words.text import Text

FILE_NAME = "rules-by-hand.json"
MAX_ENTRIES = 1000
WORDS: tuple[Enabled, ...] = ("true", "false", "dry-run")


class RuleSwitchError(Exception):
    """A rule cannot be switched; the message says why. It is a Text."""


ByHand = Mapping[str, Enabled]
"""Rule id -> what the owner has set."""


def overlay_of(texts: Mapping[str, str]) -> ByHand:
    """The overlay among the texts of a book; empty if there is none. Raises RuleErrors."""
    return {rule: word for file, text in texts.items() if is_overlay(file) for rule, word in parsed(text, file).items()}


def is_overlay(file: str) -> bool:
    """Whether this text is an overlay and not a rule file."""
    return Path(file).name == FILE_NAME


def parsed(text: str, file: str) -> ByHand:
    """The overlay in a text. Raises RuleErrors."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    fits = isinstance(document, dict) and len(document) <= MAX_ENTRIES
    if not fits or not all(word in WORDS for word in document.values()):
        hint = Text("delete the file; the rules are then as their files say")
        raise RuleErrors([Problem(file, 0, 0, message=Text("not a list of rules switched by hand"), hint=hint)])
    return {str(rule): word for rule, word in document.items()}


def written(by_hand: ByHand) -> str:
    """The text of an overlay."""
    return json.dumps(dict(sorted(by_hand.items())), indent=1) + "\n"


def switched(rules: Iterable[Rule], by_hand: ByHand) -> list[Rule]:
    """The rules as the owner has switched them. Entries for rules that do not exist change nothing."""
    return [
        replace(rule, enabled=by_hand[rule.id], in_file=rule.enabled) if rule.id in by_hand else rule for rule in rules
    ]
