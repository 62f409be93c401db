"""One source of versions: pyproject.toml says what is needed, uv.lock which releases, requirements/ what pip takes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
PACKAGES: dict[str, dict[str, Any]] = {package["name"]: package for package in LOCK["package"]}
PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==(\S+)(?: ; .*?)? \\$", re.MULTILINE)
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


def pins(name: str) -> dict[str, tuple[str, set[str]]]:
    """Package → (version, hashes) in one of the files for pip."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = list(PIN.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return {
        match[1]: (match[2], set(HASH.findall(text[match.end() : end]))) for match, end in zip(found, ends, strict=True)
    }


def normal(name: str, specifier: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() + specifier


def declared(requirement: str) -> str:
    match = re.match(r"([A-Za-z0-9._-]+)(.*)", requirement)
    assert match
    return normal(match[1], match[2].strip())


def test_the_lock_is_of_this_pyproject() -> None:
    metadata = PACKAGES["optimizer"]["metadata"]
    locked = {normal(one["name"], one.get("specifier", "")) for one in metadata["requires-dist"] if "marker" not in one}
    assert locked == {declared(one) for one in PROJECT["project"]["dependencies"]}, "./dev lock"
    assert LOCK["requires-python"] == PROJECT["project"]["requires-python"]
    for group, wanted in PROJECT["dependency-groups"].items():
        locked = {normal(one["name"], one.get("specifier", "")) for one in metadata["requires-dev"][group]}
        assert locked == {declared(one) for one in wanted}, "./dev lock"


@pytest.mark.parametrize("name", ["run", "dev"])
def test_the_files_for_pip_are_of_this_lock(name: str) -> None:
    found = pins(name)
    assert len(found) > 20
    for package, (version, hashes) in found.items():
        locked = PACKAGES[package]
        files = [*locked.get("wheels", []), *([locked["sdist"]] if "sdist" in locked else [])]
        assert version == locked["version"], f"{package}: ./dev lock"
        assert hashes == {file["hash"] for file in files}, f"{package}: ./dev lock"


def test_what_runs_is_in_both_files_alike() -> None:
    run, dev = pins("run"), pins("dev")
    assert {name: dev[name] for name in run} == run
    needed = {re.split(r"[<>=!]", declared(one))[0] for one in PROJECT["project"]["dependencies"]}
    assert needed <= set(run)
    assert "numpy" not in run


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("minor", [11, 12, 13])
def test_nothing_that_runs_needs_a_compiler(machine: str, minor: int) -> None:
    for package in pins("run"):
        wheels = [file["url"].rsplit("/", 1)[-1] for file in PACKAGES[package].get("wheels", [])]
        assert any(_fits(wheel, machine, minor) for wheel in wheels), package


def _fits(wheel: str, machine: str, minor: int) -> bool:
    *_, python, abi, platform = wheel.removesuffix(".whl").split("-")
    if platform == "any":
        return "py3" in python
    stable = abi == "abi3" and int(python.removeprefix("cp3")) <= minor
    return (stable or (python == f"cp3{minor}" and abi == python)) and "manylinux" in platform and machine in platform


def test_the_locks_name_no_place_of_ours() -> None:
    sources = {tuple(package["source"]) for package in LOCK["package"]}
    assert sources == {("registry",), ("editable",)}
    assert len({package["source"]["registry"] for package in LOCK["package"] if "registry" in package["source"]}) == 1
    for file in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|file:|--(index|extra-index|find-links)| -e |/opt/|/home/", file.read_text())


def test_the_readme_points_at_what_is_there() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "deploy/README.md", "docs/configuration.md"):
        folder = (ROOT / page).parent
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
            assert (folder / link).exists(), f"{page}: {link}"
