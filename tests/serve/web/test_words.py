"""The words of the page in other languages: none is missing, none is left over, and each keeps its figures."""

import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[3] / "optimizer" / "serve" / "web" / "static"
CATALOGUES = sorted(STATIC.glob("words.*.json"))
CALL = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"')
MARKED = re.compile(r"<(\w+)[^>]*\bdata-t\b[^>]*>(.*?)</\1>", re.DOTALL)
LABEL = re.compile(r'data-label="([^"]+)"')
TABLE = re.compile(
    r"^const (?:MODES|PHASES|BATTERY|PRIORITY|SPANS|LINES|STATUS|PHASE|TARGETS) = (.*?)[\]}];$", re.M | re.S
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


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_no_text_is_missing_and_none_is_left_over(path: Path) -> None:
    words = json.loads(path.read_text(encoding="utf-8"))
    assert sorted(texts() - words.keys()) == []
    assert sorted(words.keys() - texts()) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_each_text_keeps_its_figures(path: Path) -> None:
    for english, other in json.loads(path.read_text(encoding="utf-8")).items():
        assert other.strip(), english
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", other)), english
