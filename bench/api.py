"""The time of each path of the API beside a running house, and the memory of the service.

    python -m bench.api [--requests N]

Runs `optimizer run` as a separate process with simulated devices, prices, forecasts, and schedules. Its journal begins
with 400 days, 400 visits of cars, and the minutes of three days. Each path is asked N times, in turn with the others.
The processor time is that of the service while it answers, less what it takes without requests. It depends little on
other programs.
Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

import httpx

from bench.startup import Running, memory_mb, running
from optimizer.cli.run.assemble import JOURNAL_FILE
from optimizer.journal.chart import MINUTE_MS, Point
from optimizer.journal.days import Day
from optimizer.journal.schema import open_to_write, to_ms
from optimizer.journal.sessions import Session
from optimizer.journal.writer import Journal
from optimizer.model.by_source import BySource
from optimizer.serve.access.rate import SUSTAINED

P95_TARGET_MS = 20.0
MEMORY_TARGET_MB = 90.0
DAYS = 400
MINUTES = 3 * 1440
SETTLE_S = 20.0
"""Time for prices, forecasts, and the first schedule."""
IDLE_S = 15.0
"""Time in which the processor time without requests is measured."""
PAUSE_S = 1.0 / SUSTAINED
"""Between two requests. The service allows no more in the long run."""
QUERIES = {
    "history": "hours=72",
    "changes": "hours=72",
    "sessions": f"month={datetime.now(UTC) - timedelta(days=31):%Y-%m}",
    "energy": "by=year",
}
"""The largest documents that the page asks for, by path."""


def fill(path: Path) -> None:
    """Write a past into the journal at `path`."""
    now = datetime.now(UTC)
    journal = Journal(path)
    used = {"home": BySource(4000.0, 2000.0, 3000.0), "ev.carport": BySource(6000.0, 0.0, 2000.0)}
    for ago in range(1, DAYS + 1):
        start = now - timedelta(days=ago)
        journal.keep_day(Day(f"{start:%Y-%m-%d}", accounted_s=86_400.0, used_wh=used, used_ct=used, pv_wh=20_000.0))
        journal.keep_session(Session("carport", start, start + timedelta(hours=3), open=False, grid_wh=9000.0))
        if ago % 100 == 0:
            journal.flush()
    journal.flush()
    journal.close()
    last = to_ms(now) // MINUTE_MS
    points = [Point((last - ago) * MINUTE_MS, 1234.5, 2345.6, -345.7, 4567.8, 456.9, 56.7) for ago in range(MINUTES)]
    db = open_to_write(path)
    db.executemany("INSERT INTO minute (at_ms, data) VALUES (?,?)", [(one.at_ms, one.to_json()) for one in points])
    db.close()


def processor_s(pid: int) -> float:
    """The processor time of a process until now, in s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paths(document: dict[str, dict[str, object]]) -> list[str]:
    """The paths of the OpenAPI document that answer to anybody, without the endless one."""
    found = [path for path, operations in document["paths"].items() if "get" in operations]  # type: ignore[operator]
    return [path for path in found if "{" not in path and not path.endswith(("/events", "/logins"))]


async def ask(service: Running, requests: int, idle: float) -> tuple[dict[str, list[float]], dict[str, float]]:
    """The durations of the answers in ms, and the processor time of an answer in ms, by path.

    `idle` is the part of a processor that the service takes without requests.
    """
    taken: dict[str, list[float]] = defaultdict(list)
    used: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=service.address, timeout=30.0) as client:
        asked = paths((await client.get("/api/v1/openapi.json")).json())
        for path in asked:
            before_s, begun_s = processor_s(service.pid), time.perf_counter()
            for _ in range(requests):
                started = time.perf_counter()
                answer = await client.get(path, params=QUERIES.get(path.rpartition("/")[2]))
                answer.raise_for_status()
                taken[path].append(1000.0 * (time.perf_counter() - started))
                await asyncio.sleep(PAUSE_S)
            busy_s = processor_s(service.pid) - before_s - idle * (time.perf_counter() - begun_s)
            used[path] = 1000.0 * busy_s / requests
    return taken, used


async def measure(folder: Path, requests: int) -> int:
    """Measure, print, and return the exit code."""
    (folder / "state").mkdir()
    await asyncio.to_thread(fill, folder / "state" / JOURNAL_FILE)
    async with running(folder, prices=True) as service:
        await asyncio.sleep(SETTLE_S)
        before_s = processor_s(service.pid)
        await asyncio.sleep(IDLE_S)
        taken, used = await ask(service, requests, (processor_s(service.pid) - before_s) / IDLE_S)
        peak_mb = memory_mb(service.pid, "VmHWM")
    print(f"{'path':<28}{'median ms':>10}{'p95 ms':>10}{'processor ms':>14}   ({requests} requests each)")
    worst_ms = 0.0
    for path, durations in taken.items():
        p95_ms = quantiles(durations, n=20)[-1]
        worst_ms = max(worst_ms, p95_ms)
        print(f"{path:<28}{median(durations):>10.1f}{p95_ms:>10.1f}{used[path]:>14.1f}")
    print(f"largest p95: {worst_ms:.1f} ms (target {P95_TARGET_MS:g} ms)")
    print(f"resident memory at its peak: {peak_mb:.1f} MB (target {MEMORY_TARGET_MB:g} MB)")
    return int(worst_ms > P95_TARGET_MS or peak_mb > MEMORY_TARGET_MB)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100, help="requests to each path (default 100)")
    requests = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), requests))


if __name__ == "__main__":
    sys.exit(main())
