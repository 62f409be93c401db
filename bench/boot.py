"""A real boot: systemd as process 1, the service installed by deploy/install.sh, and a simulated house.

    sudo .venv/bin/python -m bench.boot [bookworm] [trixie] [--cache FOLDER] [--journal FILE]

For each Debian it makes a tree, boots it in a container, and causes faults: SIGKILL, a frozen process, a full disk,
missing devices, a power cut. It prints the seconds until each device is back under its own control and
the service is active again. Exit code 1 if a device did not return, or the service took longer than the goal.
The first run fetches the trees (about 250 MB each) from Debian's package mirror.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import boot_tree
from bench.boot_cases import Cases, Times, table
from bench.boot_machine import Machine, isolated, prepare
from bench.boot_tree import SUITES
from bench.soak_house import KEYS, site
from optimizer.model.clock import SystemClock
from optimizer.twin.house import HOUSES, start_house

GOAL_S = 75.0
"""Longest time from a kill to an active service, also with a missing device, s."""
STATE_MB = 64
INSIDE = "OPTIMIZER_BOOT_INSIDE"
RULES = """\
version: 1
rules:
  - id: fast
    claim:
      ev.carport.mode: fast
      ev.yard.mode: fast
      battery.mode: charge
      battery.power_w: 900 W
"""
"""The service controls every device all the time."""


async def try_suite(suite: str, folder: Path) -> tuple[bool, str, str]:
    """Whether all devices returned in time, the table, and the journals. `folder` has the tree."""
    house = await start_house(HOUSES["full"](None, 1), SystemClock())
    machine = Machine(folder / "tree", f"{suite}-{os.getpid()}", folder / "state")
    settings = site(house.endpoints)
    settings["site"]["fuse_a"] = 63.0  # the guard leaves something to every car
    boot_tree.configure(machine.tree / "etc" / "optimizer", settings, RULES)
    cases = Cases(machine, house, lambda text: print(f"{suite}: {text}", file=sys.stderr, flush=True))
    try:
        await cases.run()
    finally:
        await machine.cut()
        await house.stop()
    return not late(cases.rows), table(SUITES[suite][0], cases.rows, KEYS), "\n".join(cases.journals)


def late(rows: list[Times]) -> list[str]:
    """The cases in which a device or the service did not return in time."""

    def well(row: Times) -> bool:
        goal_s = GOAL_S + row.detected_s
        return all(map(math.isfinite, row.back.values())) and (row.active is None or row.active <= goal_s)

    return [row.case for row in rows if not well(row)]


def isolated_main(suites: list[str], folder: Path, journal: Path | None) -> int:
    """Run the cases on each tree of `folder`, in a separate network."""
    logging.disable(logging.WARNING)
    prepare(f"optimizer-boot-{os.getpid()}")
    print(f"{platform.machine()}, {os.cpu_count()} cores; seconds from the event", flush=True)
    well = True
    for suite in suites:
        state = folder / suite / "state"
        state.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={STATE_MB}m,mode=0700", "tmpfs", state], check=True)
        good, lines, said = asyncio.run(try_suite(suite, folder / suite))
        print(f"\n{lines}", flush=True)
        if journal:
            with journal.open("a") as file:
                file.write(f"==== {suite}\n{said}\n")
        well = well and good
    return int(not well)


def main() -> int:
    """Run the cases on each requested tree."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}; all without one")
    parser.add_argument("--cache", type=Path, default=Path("/var/cache/optimizer-boot"), help="keeps the bare trees")
    parser.add_argument("--journal", type=Path, help="write what systemd and the units said to this file")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"{', '.join(sorted(unknown))}: not one of {', '.join(SUITES)}")
    if missing := boot_tree.missing(os.geteuid()):
        sys.exit("\n".join(f"boot: {what}" for what in missing))
    suites = options.suites or list(SUITES)
    if inside := os.environ.get(INSIDE):
        return isolated_main(suites, Path(inside), options.journal)
    with tempfile.TemporaryDirectory(prefix="optimizer-boot-") as folder:
        for suite in suites:
            print(f"{suite}: making the tree", file=sys.stderr, flush=True)
            boot_tree.make(suite, options.cache, Path(folder) / suite / "tree")
        words = isolated([sys.executable, "-m", "bench.boot", *sys.argv[1:]])
        return subprocess.run(words, env=os.environ | {INSIDE: folder}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
