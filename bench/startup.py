"""Cold start to the first decision, and resident memory of `optimizer run`.

    python -m bench.startup [--seconds N] [--prices]

Runs the service as a separate process with simulated devices on loopback. The first decision is the first heartbeat
to systemd. With `--prices`, it also asks simulated services for prices and forecasts of two days, and makes schedules
from them; `--seconds 60` leaves time for that. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from optimizer.cli.run.books import shipped_rules
from optimizer.model.clock import SystemClock
from optimizer.twin.forecast_services import ForecastServices, ForecastSky
from optimizer.twin.house import HOUSES, start_house
from optimizer.twin.market import Market
from optimizer.twin.price_services import PriceServices

START_TARGET_S = 3.0
MEMORY_TARGET_MB = 80.0
PRICES_TARGET_MB = 85.0
"""With prices and forecasts."""

SITE = """\
site: {{time_zone: Europe/Berlin, latitude: 48.8, longitude: 9.2}}
devices:
  carport: {{type: nrgkick, url: "{carport}", charger: {{phase_switching: true}}}}
  fems: {{type: fems, url: "{fems}", password: owner}}
rules: {rules}
serve:
  status: {{port: {port}}}
state_dir: {state}
"""


PRICES = """\
prices:
  sources:
    epex: {{type: energy_charts, url: "{market}"}}
  import:
    source: epex
    vat_percent: 19
    fees:
      network: {{ct: 9.0, zones: [{{from: "17:00", to: "21:00", ct: 15.3}}]}}
  feed_in: {{ct: 8.0, source: epex, nothing_while_negative: true}}
forecast:
  source: {{type: open_meteo, url: "{weather}"}}
  roofs:
    south: {{peak_w: 5000, tilt: 35, azimuth: 0}}
    west: {{peak_w: 4000, tilt: 15, azimuth: 90}}
"""


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(pid: int, key: str) -> float:
    """`VmRSS` or `VmHWM` of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024.0
    raise LookupError(key)


async def first_heartbeat(systemd: socket.socket, process: asyncio.subprocess.Process, log: Path) -> None:
    """Returns at the first heartbeat. Raises RuntimeError with the log of the service if it ends before."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(120.0):
        while process.returncode is None:
            try:
                message = await asyncio.wait_for(loop.sock_recv(systemd, 256), 0.5)
            except TimeoutError:
                continue
            if b"WATCHDOG=1" in message:
                return
    raise RuntimeError(f"the service has ended by itself:\n{await asyncio.to_thread(log.read_text)}")


@dataclass(frozen=True)
class Running:
    """A service that runs in its own process, beside simulated devices."""

    pid: int
    address: str
    """Where its page and its API are."""
    start_s: float
    """From the start of the process to the first decision."""
    asked: Callable[[], int]
    """The requests for prices and forecasts until now."""


@asynccontextmanager
async def running(folder: Path, prices: bool) -> AsyncIterator[Running]:
    """The service after its first decision. Its settings and its state are in `folder`."""
    clock = SystemClock()
    house = await start_house(HOUSES["small"](None, 1), clock)
    services = PriceServices(Market(), clock), ForecastServices(ForecastSky(), clock)
    servers = [service.server() for service in services]
    market, weather = [await server.start() for server in servers]
    config, port = folder / "site.yaml", free_port()
    site = SITE.format(**house.endpoints, rules=shipped_rules(), port=port, state=folder / "state")
    config.write_text(site + (PRICES.format(market=market, weather=weather) if prices else ""))
    config.chmod(0o600)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = str(folder / "notify")
        systemd.bind(address)
        systemd.setblocking(False)
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "optimizer",
            "run",
            "--config",
            str(config),
            env={**os.environ, "NOTIFY_SOCKET": address},
            stderr=(folder / "log").open("wb"),
        )
        try:
            await first_heartbeat(systemd, process, folder / "log")
            yield Running(
                pid=process.pid,
                address=f"http://127.0.0.1:{port}",
                start_s=time.perf_counter() - started,
                asked=lambda: sum(service.requests.total() for service in services),
            )
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            for server in servers:
                await server.stop()
            await house.stop()


async def measure(seconds: float, folder: Path, prices: bool) -> tuple[float, float, float, int]:
    """(s to the first decision, MB resident after `seconds`, MB at the peak, requests for prices and forecasts)."""
    async with running(folder, prices) as service:
        await asyncio.sleep(seconds)
        resident_mb, peak_mb = memory_mb(service.pid, "VmRSS"), memory_mb(service.pid, "VmHWM")
        return service.start_s, resident_mb, peak_mb, service.asked()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to run before memory is read")
    parser.add_argument("--prices", action="store_true", help="with prices and forecasts by simulated services")
    args = parser.parse_args()
    seconds, target_mb = args.seconds, PRICES_TARGET_MB if args.prices else MEMORY_TARGET_MB
    with tempfile.TemporaryDirectory() as folder:
        start_s, resident_mb, peak_mb, asked = asyncio.run(measure(seconds, Path(folder), args.prices))
    if args.prices:
        print(f"requests for prices and forecasts: {asked}")
    print(f"cold start to first decision: {start_s:.2f} s (target {START_TARGET_S:g} s)")
    print(f"resident memory after {seconds:g} s: {resident_mb:.1f} MB (target {target_mb:g} MB)")
    print(f"resident memory at its peak: {peak_mb:.1f} MB (target {target_mb:g} MB)")
    return int(start_s > START_TARGET_S or peak_mb > target_mb)


if __name__ == "__main__":
    sys.exit(main())
