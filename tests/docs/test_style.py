"""The most frequent mistakes against docs/style.md: British spellings and literary words in the pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
BANNED = re.compile(
    r"\b(behaviour|neighbours?|colours?|licence|optimiser|metres?|learnt|cancelled|programmes?|"
    r"hence|thereby|lest|for ever|in peace|"
    r"all is well)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_american_spelling_and_common_words(page: Path) -> None:
    text = page.read_text("utf-8")
    if page.name == "style.md":
        text = text.partition("9. **Common words.**")[0]
    found = sorted({match[0] for match in BANNED.finditer(text)})
    assert not found, f"{page.relative_to(ROOT)}: {found}; see docs/style.md"
