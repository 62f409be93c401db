"""The settings of notifications: kinds, quiet hours, and URLs that no message shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from optimizer.serve.notify.policy import Limits
from optimizer.serve.trouble_kinds import KINDS
from optimizer.settings import notify_mapping
from optimizer.settings.notify import KindName
from optimizer.settings.notify_mapping import to_limits
from tests.settings.conftest import HOUSE, Read

SECRET = "ntfy://s3cret-topic"
NOTIFY = HOUSE + "notify: {targets: {phone: {%s}}%s}\n"


def test_the_kinds_are_those_of_the_troubles() -> None:
    assert get_args(KindName) == tuple(KINDS)


def test_limits(read: Read) -> None:
    more = ', without: [output, journal], repeat_h: 6, per_day: 5, quiet_from: "22:00", quiet_to: 06:30'
    given = read(NOTIFY % (f"apprise_url: {SECRET}", more)).notify
    assert given is not None
    assert to_limits(given) == Limits(21_600.0, 5, (79_200.0, 23_400.0), frozenset({"output", "journal"}))
    plain = read(NOTIFY % (f"apprise_url: {SECRET}", "")).notify
    assert plain is not None
    assert to_limits(plain) == Limits()


def test_the_url_comes_from_file_environment_or_credential(read: Read, tmp_path: Path) -> None:
    (tmp_path / "ntfy.txt").write_text(f"{SECRET}-file\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "notify.targets.phone.apprise_url").write_text(f"{SECRET}-credential\n")
    by_file = NOTIFY % ("apprise_url_file: ntfy.txt", "")
    empty = NOTIFY % ("", "")
    credential = {"CREDENTIALS_DIRECTORY": str(tmp_path / "secrets")}
    variable = {"OPTIMIZER_NOTIFY__TARGETS__PHONE__APPRISE_URL": f"{SECRET}-environment"}
    for text, environ, end in (
        (by_file, {}, "file"),
        (empty, credential, "credential"),
        (empty, variable, "environment"),
    ):
        settings = read(text, environ)
        assert settings.notify is not None
        assert settings.notify.targets["phone"].apprise_url.get_secret_value() == f"{SECRET}-{end}"
        assert "s3cret" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()


@pytest.mark.parametrize(
    ("target", "more", "says"),
    [
        ("apprise_url: s3cret-topic", "", "is not a URL of Apprise"),
        ("apprise_url: [s3cret-topic]", "", "notify.targets.phone.apprise_url"),
        (f"aprise_url: {SECRET}", "", "apprise_url"),
        (f"apprise_url: {SECRET}, apprise_url_file: x", "", "are both given"),
        ("apprise_url_file: s3.txt", "", "cannot be read"),
        (f"apprise_url: {SECRET}", ", without: [silence]", "notify.without.0"),
        (f"apprise_url: {SECRET}", ', quiet_from: "22:00"', "give both `quiet_from` and `quiet_to`"),
        (f"apprise_url: {SECRET}", ', quiet_from: "24:00", quiet_to: "07:00"', "notify.quiet_from"),
        (f"apprise_url: {SECRET}", ", per_day: 0", "notify.per_day"),
    ],
)
def test_mistakes_are_said_without_the_url(target: str, more: str, says: str, complain: Callable[..., str]) -> None:
    message = complain(NOTIFY % (target, more))
    assert says in message
    assert "s3cret" not in message


def test_a_mistake_in_the_environment_does_not_show_the_url(complain: Callable[..., str]) -> None:
    message = complain(NOTIFY % ("", ""), {"OPTIMIZER_NOTIFY__TARGETS__PHONE__APPRISE_URL": "s3cret-topic"})
    assert "is not a URL of Apprise" in message
    assert "s3cret" not in message


def test_the_language_of_the_house(read: Read, complain: Callable[..., str]) -> None:
    assert read(HOUSE.replace("site:", "site:\n  language: de")).site.language == "de"
    assert "“xx” is not available. There are en, de" in complain(HOUSE.replace("site:", "site:\n  language: xx"))


def test_without_apprise_a_warning_names_the_command(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    text = NOTIFY % (f"apprise_url: {SECRET}", "")
    assert not any("Apprise" in one for one in read(text).warnings)
    monkeypatch.setattr(notify_mapping, "has_apprise", lambda: False)
    (warning,) = (one for one in read(text).warnings if "Apprise" in one)
    assert "Apprise is not installed, so no message is sent" in warning
    assert "-m pip install 'apprise>=" in warning
    assert "site.yaml:11" in warning
