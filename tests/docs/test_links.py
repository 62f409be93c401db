"""Links in the documentation: every page and every heading that a link names exists. Needs no network."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "deploy/*.md", "docs/**/*.md", "bench/*.md", "grafana/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"\]\(([^()\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SOURCES = sorted(
    path
    for pattern in ("optimizer/**/*.py", "rules/**/*.yaml", "deploy/**/*", "site.example.yaml", "dev")
    for path in ROOT.glob(pattern)
    if path.is_file()
)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and the site form them."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\]\(.*?\)", "", text).lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert not dead, f"{page.relative_to(ROOT)} links to what does not exist"


def test_every_page_that_the_sources_name_exists() -> None:
    dead = [
        (str(source.relative_to(ROOT)), page)
        for source in SOURCES
        for page in re.findall(r"\bdocs/[\w/\-]+\.md\b", source.read_text("utf-8", errors="replace"))
        if not (ROOT / page).exists()
    ]
    assert not dead
