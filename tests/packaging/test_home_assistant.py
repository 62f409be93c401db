"""The add-on of Home Assistant: what the supervisor checks of it, its start, and the folder that it is built from."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from optimizer import __version__
from optimizer.serve.web.page import HEADERS
from optimizer.settings import load_settings
from tests.packaging.test_units import DEPLOY

ADDON = DEPLOY / "home-assistant" / "optimizer"
YAML_OF = YAML(typ="safe")
CONFIG: dict[str, Any] = YAML_OF.load(ADDON / "config.yaml")
PORT = re.compile(r"\d+/(tcp|udp)")
OPTION = re.compile(r"(bool|str|int|float|password|port|url|email)\??")
"""The kinds of options, of those that the supervisor knows, that need no more words."""
KNOWN = {
    *("name", "version", "slug", "description", "arch", "startup", "boot", "stage", "init", "timeout", "map"),
    *("backup", "ports", "webui", "watchdog", "services", "options", "schema"),
}


def test_the_supervisor_takes_the_configuration() -> None:
    """The rules of its schema. A key that it does not know is dropped without a word."""
    assert set(CONFIG) <= KNOWN
    assert all(isinstance(CONFIG[name], str) for name in ("name", "description", "slug"))
    assert re.fullmatch(r"[-_.A-Za-z0-9]+", CONFIG["slug"]) and CONFIG["slug"] == ADDON.name
    assert set(CONFIG["arch"]) <= {"aarch64", "amd64"}
    assert CONFIG["startup"] in {"initialize", "system", "services", "application", "once"}
    assert (CONFIG["boot"], CONFIG["backup"], CONFIG["stage"]) == ("auto", "cold", "experimental")
    assert 10 <= CONFIG["timeout"] <= 300, "the supervisor takes no other"
    assert CONFIG["map"] == ["addon_config:rw"]
    for inside, outside in CONFIG["ports"].items():
        assert PORT.fullmatch(inside) and (outside is None or 1 <= outside <= 65535)
    assert CONFIG["webui"] == "http://[HOST]:[PORT:8080]/"
    assert CONFIG["watchdog"] == "http://[HOST]:[PORT:8080]/healthz"
    assert "8080/tcp" in CONFIG["ports"]
    assert CONFIG["services"] == ["mqtt:want"]


def test_its_version_is_that_of_the_program() -> None:
    assert CONFIG["version"] == __version__


def test_each_option_has_a_kind_and_words_in_both_languages() -> None:
    schema = CONFIG["schema"]
    assert all(OPTION.fullmatch(kind) for kind in schema.values())
    optional = {name for name, kind in schema.items() if kind.endswith("?")}
    assert set(CONFIG["options"]) == set(schema) - optional
    for language in ("en", "de"):
        words = YAML_OF.load(ADDON / "translations" / f"{language}.yaml")
        assert set(words["configuration"]) == set(schema)
        assert all(set(entry) == {"name", "description"} for entry in words["configuration"].values())
        assert set(words["network"]) == set(CONFIG["ports"])


def test_the_page_has_a_port_because_it_lets_nobody_frame_it() -> None:
    """As long as this holds, ingress would show an empty frame."""
    assert "ingress" not in CONFIG
    assert "frame-ancestors 'none'" in HEADERS["content-security-policy"]


def test_the_image_is_that_of_the_container() -> None:
    """Both build the program alike: same base, same locked packages, same things left out."""
    ours, theirs = ((folder / "Dockerfile").read_text() for folder in (DEPLOY, ADDON))
    for line in re.findall(r"^FROM .*$|pip uninstall .*$|pip install .*$", ours, re.MULTILINE):
        assert line in theirs, line
    assert "STOPSIGNAL SIGTERM" in theirs and 'CMD ["python", "/run.py"]' in theirs


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The start script with its folders in a folder of its own, and `exec` that only notes what it would start."""
    spec = importlib.util.spec_from_file_location("addon_run", ADDON / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("CONFIG", "SHARED"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(module, name, tmp_path / name)
    monkeypatch.setattr(module, "OPTIONS", tmp_path / "options.json")
    root = DEPLOY.parent
    for name in ("rules", "schema", "site.example.yaml"):
        (tmp_path / "SHARED" / name).symlink_to(root / name)
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(module, "STARTED", started, raising=False)
    monkeypatch.setattr(module.os, "execvpe", lambda _, words, environment: started.append((words, environment)))
    yield module


class Supervisor(BaseHTTPRequestHandler):
    """Answers as the supervisor does for the service mqtt."""

    answer: tuple[int, Any] = (200, {})
    asked: list[tuple[str, str | None]] = []  # noqa: RUF012 - one server a test

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("authorization")))
        code, document = self.answer
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        """No output."""


@pytest.fixture
def supervisor(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Supervisor]]:
    server = HTTPServer(("127.0.0.1", 0), Supervisor)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Supervisor.asked.clear()
    monkeypatch.setattr(run, "SUPERVISOR", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("SUPERVISOR_TOKEN", "of-the-add-on")
    yield Supervisor
    server.shutdown()
    server.server_close()
    thread.join()


def options(run: ModuleType, **given: Any) -> None:
    run.OPTIONS.write_text(json.dumps(given))


def test_the_first_start_puts_examples_and_says_what_to_do(run: ModuleType) -> None:
    options(run, mqtt=True)
    with pytest.raises(SystemExit, match=r"Copy site.example.yaml to site.yaml"):
        run.main()
    assert (run.CONFIG / "site.example.yaml").is_file() and (run.CONFIG / "schema").is_dir()
    assert (run.CONFIG / "rules" / "charging.yaml").is_file()
    assert not (run.CONFIG / "site.yaml").exists()
    assert run.STARTED == []


def test_rules_of_the_owner_stay(run: ModuleType) -> None:
    (run.CONFIG / "rules").mkdir()
    (run.CONFIG / "rules" / "mine.yaml").write_text("version: 1\n")
    run.place_files(run.CONFIG, run.SHARED)
    run.place_files(run.CONFIG, run.SHARED)
    assert [one.name for one in (run.CONFIG / "rules").iterdir()] == ["mine.yaml"]


def test_the_broker_of_the_supervisor_is_a_connection_of_the_settings(
    run: ModuleType, supervisor: type[Supervisor]
) -> None:
    found = {"host": "core-mosquitto", "port": 1883, "username": "addons", "password": "x y", "ssl": False}
    supervisor.answer = (200, {"result": "ok", "data": found})
    run.place_files(run.CONFIG, run.SHARED)
    site = run.CONFIG / "site.yaml"
    site.write_text("site: {time_zone: Europe/Berlin}\nserve: {mqtt: {connection: home_assistant}}\n")
    options(run, mqtt=True, token="a-token-of-some-length")
    run.main()
    assert supervisor.asked == [("/services/mqtt", "Bearer of-the-add-on")]
    ((words, environment),) = run.STARTED
    assert words == ["optimizer", "run", "--config", str(site)]
    settings = load_settings(site, environment)
    connection: Any = settings.connections["home_assistant"]
    assert (connection.type, connection.host, connection.port, connection.user, connection.tls) == (
        "mqtt", "core-mosquitto", 1883, "addons", False,
    )  # fmt: skip
    assert connection.password.get_secret_value() == "x y"
    assert settings.serve.status is not None
    assert settings.serve.status.token.get_secret_value() == "a-token-of-some-length"


@pytest.mark.parametrize("answer", [(400, {"result": "error"}), (200, {"data": None}), (200, []), (200, {"data": {}})])
def test_without_a_broker_the_service_starts_without_the_connection(
    run: ModuleType, supervisor: type[Supervisor], answer: tuple[int, Any]
) -> None:
    supervisor.answer = answer
    assert run.settings({"mqtt": True}, run.broker()) == {}


def test_an_unreachable_supervisor_is_no_broker(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    run.SUPERVISOR = "http://127.0.0.1:9"
    assert run.broker() == {}
    assert "names no MQTT broker" in capsys.readouterr().out


def test_the_folder_has_what_the_image_copies_and_one_configuration(tmp_path: Path) -> None:
    out = tmp_path / "add-on"
    subprocess.run(["sh", str(DEPLOY / "build-addon.sh"), str(out)], check=True, capture_output=True)
    for line in re.findall(r"^COPY (?!--from)(.*)$", (ADDON / "Dockerfile").read_text(), re.MULTILINE):
        for name in line.split()[:-1]:
            assert (out / "optimizer" / name).exists(), name
    # The supervisor takes every config.yaml, config.yml, and config.json for an add-on.
    assert [one for one in out.rglob("config.*") if one.suffix != ".py"] == [out / "optimizer" / "config.yaml"]
    assert (out / "optimizer" / "icon.png").is_file() and (out / "repository.yaml").is_file()
    again = subprocess.run(
        ["sh", str(DEPLOY / "build-addon.sh"), str(out)], check=False, capture_output=True, text=True
    )
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
