import socket
from pathlib import Path

import httpx
import pytest
import typer
from typer.testing import CliRunner

from optimizer.cli.run import login, page_client

TOKEN = "0123456789abcdef0123456789abcdef"
LISTED = {"id": "a1b2c3", "device": "Firefox on Android", "since": "2025-06-21T12:00:00+00:00"}


def site(folder: Path, status: str) -> Path:
    (folder / "rules").mkdir()
    config = folder / "site.yaml"
    config.write_text(
        "site: {name: test, time_zone: Europe/Berlin}\n"
        "devices:\n  carport: {type: nrgkick, url: 'http://127.0.0.1:9'}\n"
        f"rules: rules\nserve:\n  status: {status}\n"
    )
    return config


def call(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    login.register(app)
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_the_link_logs_a_browser_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "pi")
    monkeypatch.setattr(login, "own_address", lambda: "192.0.2.7")
    code, text = call("login", "-c", str(site(tmp_path, f"{{host: 0.0.0.0, token: {TOKEN}}}")))
    assert code == 0, text
    assert "http://pi.local:8080 or http://192.0.2.7:8080" in text
    assert f"http://192.0.2.7:8080/login#{TOKEN}" in text
    assert "▀" not in text  # no QR code into a file


def test_a_terminal_gets_a_qr_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from optimizer.settings import load_settings

    settings = load_settings(site(tmp_path, f"{{host: 0.0.0.0, token: {TOKEN}}}"), {})
    drawn = "\n".join(login.login_lines(settings, private=True))
    assert drawn.count("\n") > 12
    assert "\x1b[" in drawn or "█" in drawn


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("{port: 9}", ("no token is set", "token_file: token.txt", "127.0.0.1:9")),
        (f"{{port: 9, token: {TOKEN}}}", ("Only this machine", "host: 0.0.0.0")),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, status: str, words: tuple[str, ...]) -> None:
    code, text = call("login", "-c", str(site(tmp_path, status)))
    assert code == 0
    assert all(word in text for word in words), text


def test_a_page_that_is_off_has_no_login(tmp_path: Path) -> None:
    code, text = call("login", "-c", str(site(tmp_path, "")))
    assert code == 2
    assert "serve.status" in text


def answering(monkeypatch: pytest.MonkeyPatch, answer: httpx.Response) -> list[httpx.Request]:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    transport = httpx.MockTransport(handle)

    def stream(method: str, url: str, **options: object) -> object:
        options.pop("trust_env")
        return httpx.Client(transport=transport).stream(method, url, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx, "stream", stream)
    return asked


def test_logins_are_listed_with_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**LISTED, "until": "2025-12-18T12:00:00+00:00", "this_browser": False}]
    asked = answering(monkeypatch, httpx.Response(200, json=rows))
    code, text = call("logins", "-c", str(site(tmp_path, f"{{token: {TOKEN}}}")))
    assert (code, text) == (0, "a1b2c3  Firefox on Android, since 2025-06-21, until 2025-12-18\n")
    assert asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [(("--end", "a1b2c3"), "logins/a1b2c3"), (("--end-all",), "logins")],
)
def test_a_login_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], path: str
) -> None:
    asked = answering(monkeypatch, httpx.Response(204))
    code, text = call("logins", "-c", str(site(tmp_path, f"{{token: {TOKEN}}}")), *arguments)
    assert code == 0, text
    assert asked[0].method == "DELETE"
    assert asked[0].url.path == f"/api/v1/{path}"


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        ("{port: 9}", httpx.Response(200, json=[]), "no token is set"),
        (f"{{token: {TOKEN}}}", httpx.Response(401, json={"error": "the token is missing or wrong"}), "wrong"),
        (f"{{token: {TOKEN}}}", httpx.Response(200, text="<html>"), "not JSON"),
    ],
)
def test_why_logins_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, answer: httpx.Response, message: str
) -> None:
    answering(monkeypatch, answer)
    code, text = call("logins", "-c", str(site(tmp_path, status)))
    assert code == 1
    assert message in text


def test_a_service_that_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(page_client.Unreachable, match="optimizer run"):
        page_client.Page("http://127.0.0.1:9").get("status")
