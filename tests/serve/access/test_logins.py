import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from optimizer.journal.kept_file import KeptFiles
from optimizer.serve.access.agent import device_of
from optimizer.serve.access.logins import MAX_BYTES, MOST_LOGINS, REMEMBERED, Logins
from tests.serve.house import HandClock

TOKEN = "a-long-enough-token"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0"


def logins(folder: Path, clock: HandClock | None = None, token: str = TOKEN) -> Logins:
    return Logins(token, (clock or HandClock()).now, KeptFiles(folder))


def test_a_browser_is_remembered_across_a_restart(tmp_path: Path) -> None:
    secret, login = logins(tmp_path).start(FIREFOX)
    again = logins(tmp_path)
    assert again.of(secret) == login
    assert login.device == "Firefox on Android"
    assert again.of(secret + "x") is None
    assert again.of("") is None


def test_the_file_opens_nothing_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    secret, _ = logins(tmp_path).start(FIREFOX)
    file = tmp_path / "logins.json"
    content = file.read_text()
    assert secret not in content
    assert TOKEN not in content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for text in (json.loads(content)["token"], json.loads(content)["logins"][0]["digest"]):
        assert logins(tmp_path).of(text) is None


def test_a_login_expires(tmp_path: Path) -> None:
    clock = HandClock()
    held = logins(tmp_path, clock)
    secret, _ = held.start(FIREFOX)
    clock.mono_s += REMEMBERED.total_seconds() - 1.0
    assert held.of(secret) is not None
    clock.mono_s += 1.0
    assert held.of(secret) is None
    assert held.listed() == ()


def test_one_login_or_all_can_be_ended(tmp_path: Path) -> None:
    held = logins(tmp_path)
    (first, login), (second, _), (third, _) = (held.start(FIREFOX) for _ in range(3))
    assert held.end(login.id)
    assert not held.end(login.id)
    assert held.of(first) is None
    assert held.of(second) is not None
    held.end_all()
    assert held.of(third) is None
    assert logins(tmp_path).listed() == ()


def test_a_new_token_ends_every_login(tmp_path: Path) -> None:
    secret, _ = logins(tmp_path).start(FIREFOX)
    assert logins(tmp_path, token="another-long-token").of(secret) is None
    assert logins(tmp_path, token="another-long-token").listed() == ()


def test_the_number_of_logins_has_a_limit(tmp_path: Path) -> None:
    held = logins(tmp_path)
    first, _ = held.start(FIREFOX)
    for _ in range(MOST_LOGINS):
        last, _ = held.start(FIREFOX)
    assert len(held.listed()) == MOST_LOGINS
    assert held.of(first) is None
    assert held.of(last) is not None
    assert (tmp_path / "logins.json").stat().st_size < MAX_BYTES


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"token": 3}', "x" * (MAX_BYTES + 1), "[" * 10_000])
def test_a_damaged_file_means_that_every_browser_logs_in_again(tmp_path: Path, content: str) -> None:
    (tmp_path / "logins.json").write_text(content)
    held = logins(tmp_path)
    assert held.listed() == ()
    secret, _ = held.start(FIREFOX)
    assert logins(tmp_path).of(secret) is not None


def test_a_disk_that_cannot_be_written_keeps_logins_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    held = Logins(TOKEN, HandClock().now, KeptFiles(tmp_path / "file"))
    secret, login = held.start(FIREFOX)
    assert held.of(secret) == login


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge on Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "unknown browser"),
        ("\x1b[31mred", "[31mred"),
    ],
)
def test_what_a_browser_is_called(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_logins_have_different_secrets_and_hold_half_a_year(tmp_path: Path) -> None:
    held = logins(tmp_path)
    (one, login), (other, _) = held.start(FIREFOX), held.start(FIREFOX)
    assert one != other
    assert len(one) >= 43  # 256 bits
    assert login.until - login.since == timedelta(days=180)
