"""The login of the page, as a browser and as an attacker use it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from optimizer.serve.access.access import ATTEMPTS, AccessControl
from optimizer.serve.access.caller import COOKIE, PAGE_HEADER
from optimizer.serve.access.logins import Logins
from optimizer.serve.panel import Panel
from optimizer.serve.web.app import status_app
from tests.serve.house import SITE, HandClock, report

TOKEN = "a-long-enough-token"
PAGE = {PAGE_HEADER: "1", "origin": "http://house.local:8080"}
FAST = {"target": "ev.carport.mode", "value": "fast", "minutes": 5}


class NoSink:
    def override(self, override: object) -> None: ...

    def release(self, target: str) -> None: ...


@dataclass
class House:
    clock: HandClock
    logins: Logins
    http: httpx.AsyncClient

    async def log_in(self, token: str = TOKEN, **headers: str) -> httpx.Response:
        return await self.http.post("/api/v1/login", json={"token": token}, headers={**PAGE, **headers})

    async def hold(self, headers: dict[str, str]) -> int:
        return (await self.http.post("/api/v1/overrides", json=FAST, headers=headers)).status_code


def house_with(token: str = TOKEN) -> House:
    clock = HandClock()
    panel = Panel(clock, SITE)
    panel.on_tick(report())
    logins = Logins(token, clock.now)
    guard = AccessControl(token, [], clock.monotonic_s, logins)
    transport = httpx.ASGITransport(status_app(panel, guard, NoSink()))
    return House(clock, logins, httpx.AsyncClient(transport=transport, base_url="http://house.local:8080"))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = house_with()
    async with made.http:
        yield made


async def test_one_login_opens_every_change(house: House) -> None:
    assert await house.hold(PAGE) == 401
    answer = await house.log_in()
    assert answer.status_code == 201, answer.text
    assert await house.hold(PAGE) == 201
    access = (await house.http.get("/api/v1/login")).json()
    assert (access["token_set"], access["may_change"]) == (True, True)


async def test_no_script_and_no_other_site_gets_the_cookie(house: House) -> None:
    cookie = (await house.log_in()).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=15552000"):
        assert part in cookie
    assert "Secure" not in cookie  # the home network has no certificate
    assert "Domain" not in cookie
    secure = await house.log_in(origin="https://house.local:8080")
    assert "Secure" in secure.headers["set-cookie"]


async def test_a_page_of_another_origin_changes_nothing_with_the_cookie(house: House) -> None:
    """SameSite does not tell ports apart: another page on this machine sends the cookie too."""
    await house.log_in()
    assert await house.hold({**PAGE, "origin": "http://house.local:3000"}) == 403
    assert await house.hold({**PAGE, "origin": "null"}) == 403
    assert await house.hold({"origin": PAGE["origin"]}) == 401  # a form: no page can add our header to it
    assert await house.hold({}) == 401
    preflight = await house.http.options("/api/v1/overrides", headers={"origin": "http://house.local:3000"})
    assert preflight.status_code == 405
    assert not any(name.startswith("access-control") for name in preflight.headers)


async def test_a_login_from_another_origin_is_refused(house: House) -> None:
    assert (await house.log_in(origin="http://evil.example")).status_code == 403
    answer = await house.http.post("/api/v1/login", json={"token": TOKEN})
    assert answer.status_code == 403
    assert house.logins.listed() == ()


async def test_the_service_takes_no_secret_from_outside(house: House) -> None:
    """Fixation: the attacker plants a cookie before the login, and would know it afterwards."""
    house.http.cookies.set(COOKIE, "planted", domain="house.local")
    cookie = (await house.log_in()).cookies[COOKIE]
    assert cookie != "planted"
    assert house.logins.of("planted") is None


async def test_a_second_login_ends_the_first_of_the_same_browser(house: House) -> None:
    first = (await house.log_in()).cookies[COOKIE]
    second = (await house.log_in()).cookies[COOKIE]
    assert first != second
    assert house.logins.of(first) is None
    assert len(house.logins.listed()) == 1


async def test_guessing_the_token_is_slow(house: House) -> None:
    for n in range(ATTEMPTS):
        assert (await house.log_in(token=f"guess {n}")).status_code == 401
    assert (await house.log_in()).status_code == 429
    house.clock.mono_s += 60.0
    assert (await house.log_in()).status_code == 201


@pytest.mark.parametrize("body", [b"{}", b'{"token": null}', b'{"token": ["a"]}', b'{"token": "\\ud800"}'])
async def test_what_is_no_token(house: House, body: bytes) -> None:
    assert (await house.http.post("/api/v1/login", content=body, headers=PAGE)).status_code == 401


async def test_a_stale_login_does_not_lock_its_owner_out(house: House) -> None:
    await house.log_in()
    house.logins.end_all()
    for _ in range(2 * ATTEMPTS):
        assert await house.hold(PAGE) == 401
    assert (await house.log_in()).status_code == 201


async def test_log_out_ends_the_login_not_only_the_cookie(house: House) -> None:
    cookie = (await house.log_in()).cookies[COOKIE]
    answer = await house.http.delete("/api/v1/login", headers=PAGE)
    assert answer.status_code == 204
    assert f'{COOKIE}=""' in answer.headers["set-cookie"]
    assert house.logins.of(cookie) is None
    assert (await house.http.get("/api/v1/login")).json()["may_change"] is False


async def test_visitors_see_no_logins_and_end_none(house: House) -> None:
    await house.log_in()
    house.http.cookies.clear()
    assert (await house.http.get("/api/v1/logins", headers=PAGE)).status_code == 401
    assert (await house.http.delete("/api/v1/logins", headers=PAGE)).status_code == 401
    assert (await house.http.get("/api/v1/status")).status_code == 200
    assert len(house.logins.listed()) == 1


async def test_the_owner_lists_and_ends_logins_with_the_token(house: House) -> None:
    await house.log_in()
    await house.log_in()
    house.http.cookies.clear()
    await house.log_in()
    bearer = {"authorization": f"Bearer {TOKEN}"}
    listed = (await house.http.get("/api/v1/logins", headers=bearer)).json()
    assert len(listed) == 2
    assert (await house.http.delete(f"/api/v1/logins/{listed[0]['id']}", headers=bearer)).status_code == 204
    assert (await house.http.delete(f"/api/v1/logins/{listed[0]['id']}", headers=bearer)).status_code == 404
    assert [one.id for one in house.logins.listed()] == [listed[1]["id"]]
    assert (await house.http.delete("/api/v1/logins", headers=bearer)).status_code == 204
    assert house.logins.listed() == ()


async def test_without_a_token_the_page_says_what_is_missing() -> None:
    house = house_with(token="")
    async with house.http as http:
        assert (await http.get("/api/v1/login")).json() == {"token_set": False, "may_change": False, "until": None}
        assert (await house.log_in(token="")).status_code == 403
        page = await http.get("/login")
        assert "token_file: token.txt" in page.text


async def test_a_name_that_is_not_allowed_gets_a_page_with_the_line_to_add(house: House) -> None:
    answer = await house.http.get("/", headers={"host": "pi.lan:8080"})
    assert answer.status_code == 421
    assert answer.headers["content-type"].startswith("text/html")
    assert "allowed_hosts: [pi.lan]" in answer.text
    assert "content-security-policy" in answer.headers
    assert (await house.http.get("/style.css", headers={"host": "pi.lan:8080"})).status_code == 200
    assert (await house.http.get("/app.js", headers={"host": "pi.lan:8080"})).status_code == 421
    hostile = await house.http.get("/", headers={"host": "<script>alert(1)</script>"})
    assert hostile.status_code == 421
    assert "<script>" not in hostile.text
