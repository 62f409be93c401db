"""Cold start to the first decision, and resident memory of `optimizer run`: python bench/startup.py [--seconds N]

Runs the service as a separate process with simulated devices on loopback. The first decision is the first heartbeat
to systemd. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from optimizer.cli.run.books import shipped_rules
from optimizer.model.clock import SystemClock
from optimizer.twin.house import HOUSES, start_house

START_TARGET_S = 3.0
MEMORY_TARGET_MB = 80.0

SITE = """\
site: {{time_zone: Europe/Berlin}}
devices:
  carport: {{type: nrgkick, url: "{carport}", charger: {{phase_switching: true}}}}
  fems: {{type: fems, url: "{fems}", password: owner}}
rules: {rules}
serve:
  status: {{port: {port}}}
state_dir: {state}
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
    async with asyncio.timeout(30.0):
        while process.returncode is None:
            try:
                message = await asyncio.wait_for(loop.sock_recv(systemd, 256), 0.5)
            except TimeoutError:
                continue
            if b"WATCHDOG=1" in message:
                return
    raise RuntimeError(f"the service has ended by itself:\n{await asyncio.to_thread(log.read_text)}")


async def measure(seconds: float, folder: Path) -> tuple[float, float, float]:
    """(s to the first decision, MB resident after `seconds`, MB at the peak)."""
    house = await start_house(HOUSES["small"](None, 1), SystemClock())
    config = folder / "site.yaml"
    config.write_text(SITE.format(**house.endpoints, rules=shipped_rules(), port=free_port(), state=folder / "state"))
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
            start_s = time.perf_counter() - started
            await asyncio.sleep(seconds)
            figures = start_s, memory_mb(process.pid, "VmRSS"), memory_mb(process.pid, "VmHWM")
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            await house.stop()
    return figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to run before memory is read")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        start_s, resident_mb, peak_mb = asyncio.run(measure(seconds, Path(folder)))
    print(f"cold start to first decision: {start_s:.2f} s (target {START_TARGET_S:g} s)")
    print(f"resident memory after {seconds:g} s: {resident_mb:.1f} MB (target {MEMORY_TARGET_MB:g} MB)")
    print(f"resident memory at its peak: {peak_mb:.1f} MB (target {MEMORY_TARGET_MB:g} MB)")
    return int(start_s > START_TARGET_S or peak_mb > MEMORY_TARGET_MB)


if __name__ == "__main__":
    sys.exit(main())
