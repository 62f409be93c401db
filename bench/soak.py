"""Survive everything, hurt nothing: the whole service in a house of twins where everything goes wrong.

    python -m bench.soak faults [--hours 1000] [--seed 1]
    python -m bench.soak kills [--kills 200] [--houses 4] [--speed 20] [--minutes 10]

`faults` runs the fault program in virtual time over sockets in memory; `kills` kills the real process with
SIGKILL at random moments. Ends with an error when a goal was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

TOLD_EVERY_S = 60.0
"""How often the hours done are told, on standard error."""


def main() -> int:
    """Run one form and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    forms = parser.add_subparsers(dest="form", required=True)
    faults = forms.add_parser("faults")
    faults.add_argument("--hours", type=float, default=1000.0, help="house hours")
    faults.add_argument("--pace", type=float, default=1.0, help="polls so many times slower than as shipped")
    faults.add_argument("--episode", type=float, default=4.0, help="house hours from a start of the service to its end")
    faults.add_argument("--most-minutes", type=float, default=1e6, help="end after so many minutes of the wall")
    faults.add_argument("--first", type=int, default=1, help="episode to begin with, to see one again")
    kills = forms.add_parser("kills")
    kills.add_argument("--kills", type=int, default=200)
    kills.add_argument("--houses", type=int, default=4, help="houses at once")
    kills.add_argument("--speed", type=float, default=20.0, help="house seconds per second, 20 at most")
    kills.add_argument("--minutes", type=float, default=10.0, help="house minutes from a start to its kill, on average")
    kills.add_argument("--most-minutes", type=float, default=1e6, help="no new kill after so many minutes of the wall")
    for form in (faults, kills):
        form.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        failed = _faults(options, Path(folder)) if options.form == "faults" else _kills(options, Path(folder))
    print(f"  wall time                                   {(time.monotonic() - started_s) / 60.0:.1f} min")
    return int(failed)


def _faults(options: argparse.Namespace, folder: Path) -> bool:
    from bench.soak_faults import soak, summary  # noqa: PLC0415 - each form loads its own
    from bench.soak_watch import Figures  # noqa: PLC0415

    known: set[str] = set()
    told_s = time.monotonic()

    def after(figures: Figures) -> None:
        nonlocal told_s
        for what in figures.bad:
            if what not in known:
                known.add(what)
                print(f"  {what}", file=sys.stderr, flush=True)
        if time.monotonic() - told_s > TOLD_EVERY_S:
            told_s = time.monotonic()
            print(f"  {figures.house_s / 3600.0:.1f} of {options.hours:g} h", file=sys.stderr, flush=True)

    figures = soak(
        options.hours, options.seed, folder, pace=options.pace, most_wall_s=options.most_minutes * 60.0,
        episode_s=options.episode * 3600.0, first=options.first, after=after,
    )  # fmt: skip
    print(summary(figures))
    return figures.failed


def _kills(options: argparse.Namespace, folder: Path) -> bool:
    from bench.soak_kills import kill_houses, summary  # noqa: PLC0415 - each form loads its own

    if not 1.0 <= options.speed <= 20.0:
        sys.exit("--speed is from 1 to 20: sockets and processes do not run faster")
    figures = asyncio.run(
        kill_houses(
            options.kills, options.houses, options.speed, options.minutes * 60.0, folder, seed=options.seed,
            most_wall_s=options.most_minutes * 60.0,
        )
    )  # fmt: skip
    print(summary(figures, options.speed))
    return figures.failed


if __name__ == "__main__":
    sys.exit(main())
