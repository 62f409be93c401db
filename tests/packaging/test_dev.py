"""`./dev setup` with the pip that came with this Python, on an index made for the test."""

from __future__ import annotations

import ensurepip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOO_LONG_S = 120.0

PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "optimizer"
version = "0"
"""
BACKEND = """\
import shutil
def build_editable(folder, settings=None, metadata=None):
    return shutil.copy("index/optimizer-0-py3-none-any.whl", folder).rpartition("/")[2]
"""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ensurepip") is None, reason="this Python comes without pip (Debian: python3-venv)"
)


def wheel(index: Path, name: str, version: str, *lines: str) -> str:
    """Puts a package of one empty module into the index; what a line of requirements says of it."""
    info = f"{name}-{version}.dist-info"
    contents = {
        f"{name}.py": "",
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = index / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in contents.items():
            archive.writestr(file, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in [*contents, f"{info}/RECORD"]))
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@dataclass(frozen=True)
class Checkout:
    """A checkout whose environment is made from its whole lock."""

    path: Path
    pins: dict[str, str]
    """The lines that its lock may hold."""
    status: int
    said: str
    """The exit code and the output of the first `./dev setup`."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The index has a newer release than the lock."""
    tmp_path = tmp_path_factory.mktemp("checkout")
    shutil.copy(ROOT / "dev", tmp_path)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    index = tmp_path / "index"
    index.mkdir()
    wheel(index, "optimizer", "0")
    held = {
        "tool": wheel(index, "tool", "1.0", "Requires-Dist: helper[more] >=1"),
        "helper": wheel(index, "helper", "1.0", "Provides-Extra: more"),
    }
    wheel(index, "helper", "1.1", "Provides-Extra: more")
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    # It is there already, so it is not fetched, and its hash is not looked at.
    (requirements / "pip.txt").write_text(f"pip=={ensurepip.version()} --hash=sha256:{'0' * 64}\n")
    return Checkout(tmp_path, held, *setup(tmp_path, *held.values()))


def setup(checkout: Path, *lines: str) -> tuple[int, str]:
    """The exit code and the output of `./dev setup` with these lines in the lock."""
    (checkout / "requirements" / "dev.txt").write_text("\n".join(lines) + "\n")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {"PYTHON": sys.executable, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "index")}
    done = subprocess.run(
        ["sh", "./dev", "setup"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TOO_LONG_S,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_release_newer_than_the_lock_changes_nothing(made: Checkout) -> None:
    assert made.status == 0, made.said
    assert [path.name for path in made.path.glob(".venv/lib/*/site-packages/helper-*")] == ["helper-1.0.dist-info"]


def test_a_lock_that_leaves_a_package_out_is_an_error(made: Checkout) -> None:
    for file in made.path.glob(".venv/lib/*/site-packages/helper*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    status, said = setup(made.path, made.pins["tool"])
    assert status == 1
    assert "tool 1.0 requires helper, which is not installed" in said
