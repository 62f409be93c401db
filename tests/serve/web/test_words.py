"""The words of the page in other languages: none is missing, and none is left over."""

import re
from pathlib import Path

import pytest

from optimizer.words.language import ENGLISH, Language, language_of, tags

STATIC = Path(__file__).parents[3] / "optimizer" / "serve" / "web" / "static"
CATALOGUES = [language for language in map(language_of, tags()) if language is not None and language is not ENGLISH]
CALL = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"')
MARKED = re.compile(r"<(\w+)[^>]*\bdata-t\b[^>]*>(.*?)</\1>", re.DOTALL)
LABEL = re.compile(r'data-label="([^"]+)"')
TABLE = re.compile(
    r"^const (?:MODES|PHASES|BATTERY|LOAD|KINDS|PRIORITY|SPANS|LINES|STATUS|PHASE|TARGETS|SWITCH|STATES|SOURCES)"
    r" = (.*?)[\]}];$",
    re.M | re.S,
)
"""Tables whose texts go through t() when they are shown."""


def texts() -> set[str]:
    """Every English text that the page translates."""
    found: set[str] = set()
    for script in STATIC.glob("*.js"):
        code = script.read_text(encoding="utf-8")
        found |= {text.replace('\\"', '"') for text in CALL.findall(code)}
        # `t(one ? "a" : "b")` has both texts.
        for inner in re.findall(r'\bt\(\w[^"()]*\? "([^"]+)" : "([^"]+)"\)', code):
            found |= set(inner)
        for body in TABLE.findall(code):
            pairs = re.findall(r'"([^"]*)"\]', body) or re.findall(r': "([^"]*)"', body)
            found |= set(pairs)
    for page in ("index.html", "login.html"):
        code = (STATIC / page).read_text(encoding="utf-8")
        found |= {re.sub(r"\s+", " ", text).strip() for _, text in MARKED.findall(code)}
        found |= set(LABEL.findall(code))
    return found


def test_the_texts_are_found() -> None:
    assert {"Fast", "Log in", "Undo", "set by hand until {until}", "no car", "Rules", "waits until {time}"} <= texts()


@pytest.mark.parametrize("language", CATALOGUES, ids=lambda language: language.tag)
def test_no_text_is_missing_and_none_is_left_over(language: Language) -> None:
    assert sorted(texts() - language.page.keys()) == []
    assert sorted(language.page.keys() - texts()) == []
