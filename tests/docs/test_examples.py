"""The complete examples of how-to pages: settings, rules, and tests of rules that fit together."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from optimizer.cli.run.books import RuleFiles
from optimizer.rules.tools.lints import lints
from optimizer.rules.tools.rule_tests import load_tests, run_test
from optimizer.rules.tools.test_text import results_text
from optimizer.serve.trouble_kinds import KINDS
from optimizer.settings import load_settings
from optimizer.settings.unreported import unreported

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
DEVICES = 'devices: {carport: {type: nrgkick, url: "http://192.0.2.1"}, house: {type: fems, url: "http://192.0.2.2"}}\n'
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("use-inputs.md", 0),
        ("switch-loads.md", 0),
        ("switch-loads.md", 3),
        ("ten-rules.md", 0),
        ("use-vehicles.md", 0),
        ("use-vehicles.md", 5),
        ("dim-the-house.md", 0),
        ("publish-over-mqtt.md", 0),
        ("use-public-holidays.md", 0),
    ],
)
def test_the_blocks_are_settings_rules_and_passing_tests(page: str, first: int, tmp_path: Path) -> None:
    site, rules, tests, *_ = BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))[first:]
    for name in re.findall(r"(?:password|token)_file: (\S+?)[,}\s]", site):
        (tmp_path / name).write_text("a-secret-of-somebody")
    folder = tmp_path / "rules" / "tests"
    folder.mkdir(parents=True)
    (tmp_path / "rules" / "mine.yaml").write_text(rules)
    (folder / "mine.yaml").write_text(tests)
    (tmp_path / "site.yaml").write_text(site if "devices:" in site else DEVICES + site)
    settings = load_settings(tmp_path / "site.yaml", {})
    book = RuleFiles.load(settings).book
    warnings = [problem.render() for problem in lints(book, unreported(settings))]
    # Some examples are added to the rules of a house, which claim the mode of the charger.
    assert [warning for warning in warnings if "so this charger stays off" not in warning] == []
    outcome = [run_test(test, book) for test in load_tests(folder, book)]
    assert outcome
    assert all(result.passed for result in outcome), results_text(outcome, [])


def test_the_notifications_are_settings(tmp_path: Path) -> None:
    block = re.search(
        r"^   ```yaml\n(.*?)^   ```", (PAGES / "notifications.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert block is not None
    (tmp_path / "rules").mkdir()
    for name in ("phone.txt", "mail.txt"):
        (tmp_path / name).write_text("ntfys://my-long-random-topic")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "site.yaml").write_text(DEVICES + textwrap.dedent(block[1]))
    settings = load_settings(tmp_path / "site.yaml", {})
    assert settings.notify is not None
    assert set(settings.notify.targets) == {"phone", "mail"}
    assert settings.warnings == ()


def test_the_table_of_notifications_has_every_kind() -> None:
    page = (PAGES / "notifications.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(KINDS)
