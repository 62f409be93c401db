"""Each test that the page about safety names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_promise_names_a_test_that_there_is() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "explanation" / "safety.md").read_text())
    assert len(named) > 30
    missing = [f"{file}::{test}" for file, test in named if not re.search(rf"def {test}\(", (ROOT / file).read_text())]
    assert missing == []
