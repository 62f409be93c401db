"""A demo house in a thread of its own, with its status page, and a Prometheus that scrapes it."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from optimizer.cli.run.assemble import assemble
from optimizer.cli.run.books import RuleFiles
from optimizer.cli.run.demo import GENERATED_START
from optimizer.cli.run.demo_site import SITE, demo_settings
from optimizer.control.report import TickReport
from optimizer.model.clock import ScaledClock
from optimizer.serve.server import Servers
from optimizer.settings import Settings
from optimizer.twin.forecast_services import ForecastServices, ForecastSky
from optimizer.twin.house import HOUSES, start_house
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices

pytest.register_assert_rewrite("tests.e2e.in_browser")  # so that a failure says which error the page had

SPEED = 60.0
TOKEN = "the-owner's-token"
DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"
STARTS_S = 60.0
"""Longest time until a server of another maker answers."""


@dataclass
class DemoHouse:
    """A house that lives a minute a second; a morning with clouds until half past ten."""

    folder: Path
    speed: float = SPEED
    changed: Callable[[Settings], Settings] = lambda settings: settings
    """Changes the settings of the demo."""
    status: str = ""
    ready: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def on_tick(self, _report: TickReport) -> None:
        """Ready is a house that has decided something (control.report.Watcher)."""
        self.ready.set()

    def get(self, path: str) -> Any:
        """A document of the API."""
        return httpx.get(f"{self.status}/api/v1/{path}", timeout=10.0).json()

    def hold(self, **override: Any) -> httpx.Response:
        """Hand in an override with the token."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.post(f"{self.status}/api/v1/overrides", json=override, headers=headers, timeout=10.0)

    def aim(self, **goal: Any) -> httpx.Response:
        """Set a goal with the token."""
        headers = {"authorization": f"Bearer {TOKEN}"}
        return httpx.post(f"{self.status}/api/v1/goals", json=goal, headers=headers, timeout=10.0)

    def end(self, target: str) -> None:
        """End an override with the token."""
        httpx.delete(f"{self.status}/api/v1/overrides/{target}", headers={"authorization": f"Bearer {TOKEN}"})


async def _live(house: DemoHouse, stop: asyncio.Event) -> None:
    clock = ScaledClock(GENERATED_START, house.speed)
    twins = await start_house(HOUSES["small"](None, 1), clock)
    market = PriceServices(Market(), clock).server()
    weather = ForecastServices(ForecastSky(), clock).server()
    try:
        sections = {
            "site": {**SITE, "latitude": 48.8, "longitude": 9.2},
            "prices": {
                "sources": {"epex": {"type": "energy_charts", "url": await market.start()}},
                "import": {"source": "epex", "vat_percent": 19, "fees": {"network": {"ct": 13.0}}},
                "feed_in": {"ct": 8.0},
            },
            "forecast": {
                "source": {"type": "open_meteo", "url": await weather.start()},
                "roofs": {"south": {"peak_w": 8000, "tilt": 35, "azimuth": 0}},
            },
        }
        given = demo_settings(twins.endpoints, house.folder, hybrid=False, token=TOKEN, sections=sections)
        settings = house.changed(given)
        books = RuleFiles.load(settings)
        assembled = assemble(settings, books, clock, house.folder, watchers=(house,), companions=(books.watch,))
        servers = Servers([replace(listener, port=0) for listener in assembled.listeners])
        addresses = await servers.start()
        house.status = "http://{}:{}".format(*addresses["status"])
        try:
            await assembled.service.run(stop)
        finally:
            await servers.stop()
            assembled.close()
    finally:
        await market.stop()
        await weather.stop()
        await twins.stop()


@pytest.fixture(scope="module")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoHouse]:
    with living(DemoHouse(tmp_path_factory.mktemp("house"), changed=newly_set_up)) as house:
        yield house


def newly_set_up(settings: Settings) -> Settings:
    """The settings of a house that `optimizer init` has just written."""
    return settings.model_copy(update={"reminders": ("commission", "car")})


@contextmanager
def living(house: DemoHouse) -> Iterator[DemoHouse]:
    """The house, while it runs in a thread of its own."""
    loops: list[asyncio.AbstractEventLoop] = []
    stop = asyncio.Event()

    def run() -> None:
        async def body() -> None:
            loops.append(asyncio.get_running_loop())
            await _live(house, stop)

        try:
            asyncio.run(body())
        except BaseException as error:
            house.error = error
            house.ready.set()

    thread = threading.Thread(target=run, name="demo house", daemon=True)
    thread.start()
    assert house.ready.wait(20.0), "the demo house does not start"
    assert house.error is None, house.error
    yield house
    loops[0].call_soon_threadsafe(stop.set)
    thread.join(60.0)
    assert not thread.is_alive()
    assert house.error is None, house.error


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checks of axe-core: a script that a page runs. It is in a locked package."""
    package = pytest.importorskip("axe_playwright_python", reason="axe is not installed (./dev browser installs it)")
    return files(package).joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def prometheus(demo_house: DemoHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Prometheus that scrapes the house twice a second."""
    with scraping(demo_house.status.removeprefix("http://"), tmp_path_factory.mktemp("prometheus")) as address:
        yield address


def until_ready(address: str) -> None:
    """Wait until a server of another maker answers here. It needs some seconds to start."""
    deadline = time.monotonic() + STARTS_S
    while True:
        try:
            if httpx.get(address, timeout=5.0).is_success:
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


@contextmanager
def scraping(target: str, folder: Path) -> Iterator[str]:
    """The address of a Prometheus that scrapes a target twice a second. Skips the test where none is installed."""
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("prometheus is not installed (Debian: prometheus)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = {
        "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
        "rule_files": ["recording.yml", str(DEPLOY / "alerts.yml")],
        "scrape_configs": [
            {
                "job_name": "optimizer",
                "static_configs": [{"targets": [target]}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    recording = (DEPLOY / "recording.yml").read_text()
    (folder / "recording.yml").write_text(recording.replace("interval: 1m", "interval: 500ms"))
    command = [binary, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until_ready(f"http://127.0.0.1:{port}/-/ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
