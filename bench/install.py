"""Installs the lock with every available Python and pip: python -m bench.install [--python PATH] [--test PATH]

For each Python from 3.11 on, and each version of pip, it clones this repository and runs `./dev setup` in the clone.
Then it runs the program, and the tests at PATH if you name some. It needs git and an index.
Exit code 1 if one of them fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
OLDEST_PIP = "23.0.1"
"""The version in Debian 12. It does not start on Python 3.12 and later."""
NEWEST = "newest"
MINORS = range(11, 15)
TOO_LONG_S = 1200.0


class Failed(Exception):
    """A command failed. The text is the end of its output."""


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """The output of a command. Raises Failed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TOO_LONG_S,
    )
    if done.returncode:
        raise Failed("\n".join(done.stdout.strip().splitlines()[-6:]))
    return done.stdout.strip()


def pythons() -> list[Path]:
    """Each CPython from 3.11 on that starts and can make an environment, by its real path."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    found: dict[str, Path] = {}
    for folder in folders:
        for minor in MINORS:
            path = folder / f"python3.{minor}"
            if not path.exists():
                continue
            try:
                real = run(path, "-c", "import ensurepip, os, sys; print(os.path.realpath(sys.executable))")
            except Failed:
                continue
            found.setdefault(real, Path(real))
    return list(found.values())


def pips(python: Path) -> list[str]:
    """The versions of pip to try: the oldest that starts on this Python, its own one, and the newest."""
    came, old_enough = run(
        python, "-c", "import ensurepip, sys; print(ensurepip.version(), sys.version_info < (3, 12))"
    ).split()
    return list(dict.fromkeys([*([OLDEST_PIP] if old_enough == "True" else []), came, NEWEST]))


def install(python: Path, pip: str, folder: Path, tests: str | None) -> str:
    """The last output of the program and the tests. Raises Failed."""
    clone = folder / "clone"
    run("git", "clone", "--quiet", ROOT, clone)
    run(python, "-m", "venv", clone / ".venv")
    inside = clone / ".venv" / "bin" / "python"
    run(inside, "-m", "pip", "install", "--quiet", *(("-U", "pip") if pip == NEWEST else (f"pip=={pip}",)))
    before = run(inside, "-m", "pip", "--version").split()[1]
    run("sh", "./dev", "setup", cwd=clone, PYTHON=str(python))
    said = [f"pip {before}: {run(inside.with_name('optimizer'), 'version')}"]
    if tests is not None:
        said.append(
            run(inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests.split(), cwd=clone).splitlines()[-1]
        )
    return "; ".join(said)


def main() -> int:
    """Try each and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", action="append", type=Path, help="instead of those that are found")
    parser.add_argument("--test", help="tests to run in each environment, e.g. 'tests/rules -k cron'")
    options = parser.parse_args()
    failed = 0
    for python in options.python or pythons():
        for pip in pips(python):
            started = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    well, said = True, install(python, pip, Path(folder), options.test)
                except Failed as error:
                    well, said = False, str(error)
            failed += not well
            print(f"{'ok  ' if well else 'FAIL'} {time.monotonic() - started:4.0f} s  {python}  {said}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
