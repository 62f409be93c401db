"""A real Home Assistant core beside a real Mosquitto, for the tests: started, set up, and asked over its own API.

The environment variable HOME_ASSISTANT_PYTHON names the interpreter of an environment with `homeassistant` and
`paho-mqtt`.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

VARIABLE = "HOME_ASSISTANT_PYTHON"
INTERPRETER = os.environ.get(VARIABLE, "")
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
MISSING = (
    f"{VARIABLE} does not name the interpreter of a Home Assistant" if not INTERPRETER
    else "Mosquitto is not installed (Debian: mosquitto)" if MOSQUITTO is None
    else ""
)  # fmt: skip
"""Why these tests cannot run. Empty if they can."""
CLIENT = "http://localhost/"
PATIENCE_S = 300.0
"""A busy machine needs minutes for the first start of a Home Assistant."""
PACE_S = 0.2
CONFIGURATION = """\
homeassistant: {{name: Test, country: DE, currency: EUR, time_zone: Europe/Berlin}}
http: {{server_host: 127.0.0.1, server_port: {port}}}
logger: {{default: warning}}
recorder: {{commit_interval: 0}}
api:
config:
auth:
onboarding:
history:
energy:
"""
ASK = """
import asyncio, json, sys, aiohttp
async def main(url, token, questions):
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": token})
        assert (await socket.receive_json())["type"] == "auth_ok"
        answers = []
        for number, question in enumerate(questions, 1):
            await socket.send_json({"id": number, **question})
            answers.append(await socket.receive_json())
        print(json.dumps(answers))
asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
"""
"""Questions over the WebSocket API, with the library that comes with Home Assistant."""
T = TypeVar("T")


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(found: Callable[[], T], what: str) -> T:
    """The first result of `found` that is true. A server that does not answer yet counts as no result."""
    deadline, last = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < deadline:
        try:
            last = found()
        except httpx.TransportError:
            last = None
        if last:
            return last
        time.sleep(PACE_S)
    raise AssertionError(f"{what}: not within {PATIENCE_S:g} s; last: {last!r}")


@dataclass
class Program:
    """A process that the tests start, end, and start again."""

    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. Its output goes to the log."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=subprocess.STDOUT)

    def stop(self) -> None:
        """End it as its supervisor would."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


def mosquitto(folder: Path, port: int) -> Program:
    """A broker without users on a port of this machine. It keeps retained messages over a restart."""
    config = folder / "mosquitto.conf"
    kept = f"persistence true\npersistence_location {folder}/\nuser {getpass.getuser()}\n"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{kept}")
    return Program([str(MOSQUITTO), "-c", str(config)], folder / "mosquitto.log")


@dataclass
class HomeAssistant:
    """A Home Assistant with a user, a token, and the integration MQTT."""

    folder: Path
    broker_port: int
    port: int = field(default_factory=free_port)
    token: str = ""

    def __post_init__(self) -> None:
        config = self.folder / "configuration.yaml"
        config.write_text(CONFIGURATION.format(port=self.port))
        command = [INTERPRETER, "-m", "homeassistant", "-c", str(self.folder)]
        self.program = Program(command, self.folder / "output.log")

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def set_up(self) -> None:
        """The first start: make the user, take a token, and add MQTT, as its own pages do."""
        self.program.start()
        until(lambda: httpx.get(f"{self.url}/api/onboarding", timeout=5.0).is_success, "Home Assistant answers")
        user = {"client_id": CLIENT, "name": "owner", "username": "owner", "password": "a-password", "language": "en"}
        code = self._json(httpx.post(f"{self.url}/api/onboarding/users", json=user, timeout=30.0))["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT}
        self.token = self._json(httpx.post(f"{self.url}/auth/token", data=form, timeout=30.0))["access_token"]
        self.wait_until_running()
        flow = self.post("config/config_entries/flow", {"handler": "mqtt"})
        given: dict[str, Any] = {"broker": "127.0.0.1", "port": self.broker_port}
        if any(one["name"] == "other_settings" for one in flow["data_schema"]):  # newer versions ask for it
            given["other_settings"] = {"set_client_cert": False, "set_ca_cert": "off"}
        made = self.post(f"config/config_entries/flow/{flow['flow_id']}", given)
        assert made["type"] == "create_entry", made

    def restart(self) -> None:
        """End it and start it again."""
        self.program.stop()
        self.program.start()
        self.wait_until_running()

    def wait_until_running(self) -> None:
        """Wait until every integration is set up."""
        until(lambda: self.get("config").get("state") == "RUNNING", "Home Assistant runs")

    @property
    def version(self) -> str:
        """Its release."""
        return str(self.get("config")["version"])

    def get(self, path: str) -> Any:
        """A document of its REST API. An empty one while it does not answer with JSON."""
        answer = httpx.get(f"{self.url}/api/{path}", headers=self._headers, timeout=10.0)
        return answer.json() if answer.is_success else {}

    def post(self, path: str, body: Any) -> Any:
        """Post to its REST API."""
        return self._json(httpx.post(f"{self.url}/api/{path}", json=body, headers=self._headers, timeout=30.0))

    def ask(self, *questions: dict[str, Any]) -> list[Any]:
        """Results of its WebSocket API."""
        answers = self._answers(*questions)
        assert all(answer["success"] for answer in answers), answers
        return [answer["result"] for answer in answers]

    def save(self, *forms: dict[str, Any]) -> None:
        """Send a command in the first form that this version accepts. Each release has one form only."""
        refused = []
        for form in forms:
            (answer,) = self._answers(form)
            if answer["success"]:
                return
            refused.append(answer["error"])
        raise AssertionError(refused)

    def _answers(self, *questions: dict[str, Any]) -> list[Any]:
        url = f"ws://127.0.0.1:{self.port}/api/websocket"
        command = [INTERPRETER, "-c", ASK, url, self.token, json.dumps(questions)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)
        return answers

    def states(self) -> dict[str, Any]:
        """The states of all entities by entity id."""
        return {state["entity_id"]: state for state in self.get("states") or ()}

    def complaints(self) -> list[str]:
        """Lines of its log with a warning or an error about MQTT."""
        log = self.folder / "home-assistant.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if re.search(r"(WARNING|ERROR).*mqtt", line, re.IGNORECASE)]

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def _json(self, answer: httpx.Response) -> Any:
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json()
