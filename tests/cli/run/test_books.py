"""Rule files that change while the house runs."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from optimizer.cli.run.books import RuleFiles
from optimizer.journal.kept_file import KeptFiles
from optimizer.model.fields import DeviceNames
from optimizer.rules.book.by_hand import FILE_NAME, RuleSwitchError
from optimizer.rules.book.files import read_texts
from optimizer.rules.language.errors import RuleErrors

GOOD = "version: 1\nrules:\n  - id: sun\n    claim:\n      ev.mode: surplus\n"
NAMES = DeviceNames(evs=("carport",))


def load(folder: Path) -> RuleFiles:
    return RuleFiles(folder, NAMES, ZoneInfo("UTC"))


def test_a_changed_file_comes_into_force(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    books = load(tmp_path)
    commanded: list[tuple[str, dict[str, str]]] = []
    books.listen(lambda version, texts: commanded.append((version, texts)))
    before = books.book
    (tmp_path / "a.yaml").write_text(GOOD.replace("surplus", "fast"))
    books.reload()
    assert books.book is not before
    assert books.error == ""
    assert [version for version, _ in commanded] == [before.version, books.version]
    assert "fast" in commanded[1][1][str(tmp_path / "a.yaml")]


def test_each_change_of_the_book_asks_for_a_decision_at_once(tmp_path: Path) -> None:
    file, asked = tmp_path / "a.yaml", list[str]()
    file.write_text(GOOD)
    books = load(tmp_path)
    books.changed = lambda: asked.append(books.version)
    books.reload()
    assert asked == []
    file.write_text(GOOD.replace("surplus", "sunplus"))
    books.reload()
    assert asked == []
    file.write_text(GOOD.replace("surplus", "fast"))
    books.reload()
    assert asked == [books.version]
    books.switch("sun", "false")
    assert len(asked) == 2


def test_a_broken_file_leaves_the_last_good_book_in_force(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    books = load(tmp_path)
    before = books.book
    (tmp_path / "a.yaml").write_text(GOOD.replace("surplus", "sunplus"))
    books.reload()
    books.reload()
    assert books.book is before
    assert books.failures == 1
    assert f"{tmp_path / 'a.yaml'}:5:16" in books.error
    assert "^" in caplog.text
    (tmp_path / "a.yaml").write_text(GOOD)
    books.reload()
    assert books.error == ""


async def test_a_slow_folder_of_rules_holds_up_no_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(path: Path) -> dict[str, str]:
        time.sleep(2.0)
        return read_texts(path)

    file = tmp_path / "a.yaml"
    file.write_text(GOOD)
    books = load(tmp_path)
    before, longest_s = books.book, 0.0
    monkeypatch.setattr("optimizer.cli.run.books.read_texts", slow)
    watching = asyncio.create_task(books.watch())
    async with asyncio.timeout(30.0):
        while books.book is before:
            await asyncio.to_thread(file.write_text, GOOD.replace("surplus", "fast"))
            started_s = time.monotonic()
            await asyncio.sleep(0.05)
            longest_s = max(longest_s, time.monotonic() - started_s)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert longest_s < 1.5


def test_broken_files_at_the_start_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors):
        load(tmp_path)


def test_a_rule_switched_by_hand_stays_so_over_a_restart_and_leaves_its_file_alone(tmp_path: Path) -> None:
    rules, state = tmp_path / "rules", tmp_path / "state"
    rules.mkdir()
    (rules / "a.yaml").write_text(GOOD)
    books = load(rules)
    books.keep_by_hand(KeptFiles(state))
    seen: list[dict[str, str]] = []
    books.listen(lambda version, texts: seen.append(texts))
    books.switch("sun", "false")
    assert books.book.by_hand == {"sun": "false"}
    assert books.book.parts == ()
    assert FILE_NAME in seen[-1]  # the journal keeps what a replay needs
    assert (rules / "a.yaml").read_text() == GOOD

    after = load(rules)
    after.keep_by_hand(KeptFiles(state))
    assert after.book.by_hand == {"sun": "false"}
    (rules / "a.yaml").write_text(GOOD.replace("surplus", "fast"))
    after.reload()
    assert after.book.by_hand == {"sun": "false"}
    after.switch("sun", None)
    assert after.book.by_hand == {}
    assert len(after.book.parts) == 1
    again = load(rules)
    again.keep_by_hand(KeptFiles(state))
    assert again.book.by_hand == {}


def test_a_switch_that_the_rules_do_not_allow_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + "  - id: night\n    enabled: false\n    claim:\n      ev.mode: fast\n")
    books = load(tmp_path)
    before = books.book
    with pytest.raises(RuleSwitchError, match="both with priority"):
        books.switch("night", "true")
    with pytest.raises(RuleSwitchError, match="there is no rule “moon”"):
        books.switch("moon", "false")
    assert books.book is before


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"sun": "perhaps"}', b"x" * 99_999])
def test_a_damaged_file_of_switches_is_logged_and_the_rules_are_as_their_files_say(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / FILE_NAME).write_bytes(content)
    books = load(tmp_path)
    books.keep_by_hand(KeptFiles(tmp_path))
    assert books.book.by_hand == {}
    assert "as their files say" in caplog.text
