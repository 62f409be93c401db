"""The right of a browser that is logged in: only from this page, only with its own secret, and only while it lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from optimizer.serve.access.access import AccessControl, Refused
from optimizer.serve.access.caller import Caller
from optimizer.serve.access.logins import REMEMBERED, Logins
from tests.serve.house import HandClock

TOKEN = "a-long-enough-token"
START = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PAGE = Caller("localhost:8080", "http://localhost:8080", client="192.0.2.7", from_page=True)


class Door:
    """The access control of a service, with logins and a clock to turn."""

    def __init__(self) -> None:
        self.now = START
        self.logins = Logins(TOKEN, lambda: self.now)
        self.access = AccessControl(TOKEN, [], HandClock().monotonic_s, self.logins)

    def browser(self) -> Caller:
        """A browser that has just logged in."""
        secret, _ = self.access.log_in(PAGE, TOKEN)
        return replace(PAGE, login=secret)


def status_of(access: AccessControl, caller: Caller) -> int:
    with pytest.raises(Refused) as refused:
        access.may_change(caller)
    return refused.value.status


def test_a_browser_changes_only_with_the_secret_of_its_login() -> None:
    door = Door()
    browser = door.browser()
    door.access.may_change(browser)
    for login in ("", "guess", browser.login[:-1], browser.login.swapcase()):
        assert status_of(door.access, replace(browser, login=login)) == 401


def test_a_login_ends_with_its_time_and_by_hand() -> None:
    door = Door()
    first, second = door.browser(), door.browser()
    assert door.logins.end(door.logins.listed()[0].id)
    assert status_of(door.access, first) == 401
    door.access.may_change(second)
    door.now = START + REMEMBERED - timedelta(seconds=1)
    door.access.may_change(second)
    door.now = START + REMEMBERED
    assert status_of(door.access, second) == 401


def test_a_new_login_of_a_browser_ends_the_former_one() -> None:
    door = Door()
    browser = door.browser()
    secret, _ = door.access.log_in(browser, TOKEN)
    assert status_of(door.access, browser) == 401
    door.access.may_change(replace(browser, login=secret))
    assert len(door.logins.listed()) == 1


def test_a_cookie_is_worth_nothing_outside_the_page() -> None:
    """A foreign page can make a browser send its cookie, but not the header of this page."""
    door = Door()
    browser = door.browser()
    assert status_of(door.access, replace(browser, from_page=False)) == 401
    assert status_of(door.access, replace(browser, origin="http://evil.example")) == 403
    assert status_of(door.access, replace(browser, host="evil.example")) == 421


def test_only_the_page_logs_in_and_only_with_the_token() -> None:
    door = Door()
    for caller, token, status in (
        (replace(PAGE, from_page=False), TOKEN, 403),
        (replace(PAGE, origin="http://evil.example"), TOKEN, 403),
        (PAGE, "guess", 401),
    ):
        with pytest.raises(Refused) as refused:
            door.access.log_in(caller, token)
        assert refused.value.status == status
    assert door.logins.listed() == ()


def test_a_wrong_token_of_a_browser_that_is_logged_in_is_refused() -> None:
    door = Door()
    browser = replace(door.browser(), authorization="Bearer guess")
    assert status_of(door.access, browser) == 401
