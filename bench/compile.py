"""Compiles the decision to machine code with mypyc, and measures it: `python -m bench.compile`, or `./dev compile`.

    python -m bench.compile [--into build/compiled] [--test]
    python -m bench.compile --check

It copies the package to a folder of its own, so that no compiled file ever stands beside a source that is edited. Then
it compiles `COMPILED` there, and prints the time of a decision with and without. `--test` also runs the tests of the
control on the compiled decision. `--check` only asks whether mypyc accepts the sources. It needs no C compiler.

Studies decide millions of times. They run on the compiled decision with `PYTHONPATH=build/compiled`.
A change of the sources needs a new run. It takes some minutes, a C compiler, and the headers of Python.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPILED = "optimizer/control/**/*.py"
"""What is compiled. Records, and the functions that the rules become, stay Python."""
COPIED = ("optimizer", "rules", "bench", "tests", "pyproject.toml")
GENERATE = """
import sys
from mypyc.build import mypycify
mypycify(sys.argv[1:], target_dir="generated", multi_file=True)
"""
SETTINGS = "[mypy]\nignore_missing_imports = True\n"
TOO_LONG_S = 3600.0


class Failed(Exception):
    """A command failed. The text is the end of its output."""


def sources(root: Path) -> list[str]:
    """The files to compile, relative to `root`."""
    return sorted(str(path.relative_to(root)) for path in root.glob(COMPILED) if path.name != "__init__.py")


def copy_to(folder: Path) -> None:
    """Make `folder` anew, with a copy of the package and of its tests and benchmarks."""
    if folder.exists() and not (folder / "optimizer").is_dir():
        raise Failed(f"{folder} is there already, and is not of this command. Name another folder: --into")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(ROOT / name, folder / name)


def check(folder: Path) -> int:
    """Ask mypyc whether it accepts the sources. Returns their number. Raises Failed."""
    copy_to(folder)
    (folder / "mypy.ini").write_text(SETTINGS)
    files = sources(folder)
    for _ in _lines([sys.executable, "-c", GENERATE, *files], folder):
        pass
    return len(files)


def build(folder: Path) -> int:
    """Compile the copy of the package in `folder`, with progress on standard error. Returns the number of compiled
    files. Raises Failed."""
    copy_to(folder)
    # setuptools would read the project's own settings, which are those of another tool.
    (folder / "pyproject.toml").unlink()
    (folder / "mypy.ini").write_text(SETTINGS)
    files, done = sources(folder), 0
    command = [sys.executable, "-m", "mypyc", *files]
    for line in _lines(command, folder, MYPYC_OPT_LEVEL="3", MYPYC_DEBUG_LEVEL="0"):
        done += " -c build/" in line
        if done and sys.stderr.isatty():
            print(f"\r  {done} of about {len(files) + 2} files", end="", file=sys.stderr)
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return len(files)


def _lines(command: list[str], folder: Path, **environment: str) -> Iterator[str]:
    """The lines of a command's output as they come. Raises Failed at its end."""
    last: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            last = [*last[-11:], line.rstrip()[:200]]
            yield line
    if process.returncode:
        raise Failed("\n".join(last))


def _decision(folder: Path) -> str:
    """The first line of `bench.decide` on the package in `folder`."""
    first, *_ = _lines([sys.executable, "-m", "bench.decide"], folder)
    return first.strip()


def main() -> int:
    """Compile, measure, and test. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=ROOT / "build" / "compiled", help="folder of the compiled package")
    parser.add_argument("--test", action="store_true", help="run the tests of the control on the compiled decision")
    parser.add_argument("--check", action="store_true", help="only ask whether mypyc accepts the sources")
    arguments = parser.parse_args()
    try:
        if arguments.check:
            with tempfile.TemporaryDirectory() as folder:
                print(f"mypyc accepts {check(Path(folder) / 'sources')} files")
            return 0
        begun, into = time.monotonic(), arguments.into.resolve()
        print("compiling the decision; this takes some minutes", file=sys.stderr)
        number = build(into)
        print(f"{number} files compiled in {time.monotonic() - begun:.0f} s, into {into}")
        print(f"Python:    {_decision(ROOT)}")
        print(f"compiled:  {_decision(into)}")
        if arguments.test:
            for line in _lines([sys.executable, "-m", "pytest", "-q", "tests/control"], into):
                print(line, end="")
        print(f"use it:    PYTHONPATH={into} optimizer tune …")
    except Failed as failed:
        print(f"{failed}\nfailed; see above. It needs a C compiler and the headers of Python (Debian: gcc python3-dev)")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
