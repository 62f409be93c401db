"""The generated pages about commands, exit codes and causes are up to date."""

from pathlib import Path

import pytest

from optimizer.cli.exit_codes import MEANINGS, ExitCode
from optimizer.cli.reference import PAGES

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("file", PAGES)
def test_a_generated_page_is_up_to_date(file: str) -> None:
    assert (REFERENCE / file).read_text("utf-8") == PAGES[file](), "python -m optimizer.cli.reference docs/reference"


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)
