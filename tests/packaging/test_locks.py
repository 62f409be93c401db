"""One source of versions: pyproject.toml says what is needed, uv.lock which releases, requirements/ what pip takes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
PACKAGES: dict[tuple[str, str], dict[str, Any]] = {
    (one["name"], one.get("version", "")): one for one in LOCK["package"]
}
NAME = canonicalize_name(PROJECT["project"]["name"])
[OWN] = [one for one in LOCK["package"] if one["name"] == NAME]

PIN = re.compile(r"^(?P<pin>[a-z0-9][^\\\n]*) \\$", re.MULTILINE)
HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
GROUPS: dict[str, tuple[str, ...]] = {
    "pip": ("installer",),
    "run": ("build",),
    "dev": ("build", "dev"),
    "docs": ("docs",),
    "e2e": ("e2e",),
}
"""The dependency groups in each file for pip. `pip`, `docs`, and `e2e` have nothing else. `dev` has the extras too."""

PYTHONS = (11, 12, 13, 14)
"""The minor versions of Python 3 that the classifiers name."""
MACHINES = ("x86_64", "aarch64")
GLIBC = 36
"""The minor version of glibc 2 in Debian 12, the oldest system that is supported."""
PLACES = list(product(PYTHONS, MACHINES))


def pins(name: str) -> list[tuple[Requirement, set[str]]]:
    """Each line of a file for pip, with its hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = list(PIN.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        (Requirement(match["pin"]), set(HASH.findall(text[match.end() : end])))
        for match, end in zip(found, ends, strict=True)
    ]


def environment(minor: int, machine: str) -> dict[str, str]:
    """The environment of markers on Linux with this Python."""
    return {
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.7",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "extra": "",
    }


def installed(name: str, minor: int, machine: str) -> dict[str, str]:
    """Package → version, as `pip install --no-deps` takes it from a file on such a machine."""
    where = environment(minor, machine)
    chosen = [one for one, _ in pins(name) if one.marker is None or one.marker.evaluate(where)]
    names = [one.name for one in chosen]
    assert len(names) == len(set(names)), "a package is pinned twice"
    return {one.name: str(one.specifier).removeprefix("==") for one in chosen}


def wanted(name: str, minor: int, machine: str) -> dict[str, str]:
    """Package → version, as the lock's own graph asks for it on such a machine, extras included."""
    where = environment(minor, machine)
    found: dict[str, str] = {}
    queue = [one for group in GROUPS[name] for one in OWN["dev-dependencies"][group]]
    if name not in ("pip", "docs", "e2e"):
        queue += OWN["dependencies"]
    if name == "dev":
        queue += [one for extra in OWN["optional-dependencies"].values() for one in extra]
    seen: set[tuple[str, str]] = set()
    while queue:
        edge = queue.pop()
        if "marker" in edge and not Requirement(f"x ; {edge['marker']}").marker.evaluate(where):  # type: ignore[union-attr]
            continue
        package = _locked(edge)
        found[package["name"]] = package["version"]
        for extra in ("", *edge.get("extra", ())):
            if (package["name"], extra) in seen:
                continue
            seen.add((package["name"], extra))
            queue += (
                package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
            )
    return found


def _locked(edge: dict[str, Any]) -> dict[str, Any]:
    versions = [one for (name, _), one in PACKAGES.items() if name == edge["name"]]
    [package] = [one for one in versions if one["version"] == edge.get("version", versions[0]["version"])]
    return package


def tags(minor: int, machine: str) -> set[Tag]:
    """The wheels that pip takes on Debian 12 or later."""
    platforms = [f"manylinux_2_{glibc}_{machine}" for glibc in range(17, GLIBC + 1)] + [f"manylinux2014_{machine}"]
    platforms += ["manylinux1_x86_64"] if machine == "x86_64" else []
    return {*cpython_tags((3, minor), platforms=platforms), *compatible_tags((3, minor), f"cp3{minor}", platforms)}


def files(package: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from package.get("wheels", ())
    if "sdist" in package:
        yield package["sdist"]


def normal(requirement: str | dict[str, Any]) -> str:
    """A requirement of pyproject.toml or of the lock, in one spelling."""
    if isinstance(requirement, str):
        read = Requirement(requirement)
        return f"{canonicalize_name(read.name)}{read.specifier}"
    return f"{canonicalize_name(requirement['name'])}{requirement.get('specifier', '')}"


def test_the_lock_is_of_this_pyproject() -> None:
    metadata = OWN["metadata"]
    locked = {normal(one) for one in metadata["requires-dist"] if "marker" not in one}
    assert locked == {normal(one) for one in PROJECT["project"]["dependencies"]}, "./dev lock"
    assert LOCK["requires-python"] == PROJECT["project"]["requires-python"]
    for group, named in PROJECT["dependency-groups"].items():
        locked = {normal(one) for one in metadata["requires-dev"][group]}
        assert locked == {normal(one) for one in named}, "./dev lock"


@pytest.mark.parametrize("name", GROUPS)
def test_the_files_for_pip_are_of_this_lock(name: str) -> None:
    found = pins(name)
    assert found
    for pin, hashes in found:
        locked = PACKAGES[pin.name, str(pin.specifier).removeprefix("==")]
        assert hashes == {file["hash"] for file in files(locked)}, f"{pin.name}: ./dev lock"


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize(("minor", "machine"), PLACES)
def test_pip_has_nothing_to_resolve(name: str, minor: int, machine: str) -> None:
    """Each file is complete on its own, so `--no-deps` leaves nothing out and a later release changes nothing."""
    assert installed(name, minor, machine) == wanted(name, minor, machine), "./dev lock"


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize(("minor", "machine"), PLACES)
def test_nothing_is_built_from_source(name: str, minor: int, machine: str) -> None:
    """A source release needs a compiler, or a build backend that the lock does not hold."""
    fitting = tags(minor, machine)
    for package, version in installed(name, minor, machine).items():
        wheels = [unquote(file["url"].rsplit("/", 1)[-1]) for file in PACKAGES[package, version].get("wheels", [])]
        assert any(parse_wheel_filename(wheel)[3] & fitting for wheel in wheels), f"{package} {version}"


@pytest.mark.parametrize(("minor", "machine"), PLACES)
def test_what_runs_is_in_both_files_alike(minor: int, machine: str) -> None:
    run, dev = installed("run", minor, machine), installed("dev", minor, machine)
    assert {name: dev[name] for name in run} == run
    assert {canonicalize_name(Requirement(one).name) for one in PROJECT["project"]["dependencies"]} <= set(run)
    assert "numpy" not in run


def test_the_classifiers_name_the_pythons_that_are_tried() -> None:
    named = [one.rpartition("3.")[2] for one in PROJECT["project"]["classifiers"] if "Python :: 3." in one]
    assert tuple(map(int, named)) == PYTHONS


@pytest.mark.parametrize(
    "file", ["dev", "deploy/install.sh", "deploy/Dockerfile", "deploy/home-assistant/optimizer/Dockerfile"]
)
def test_no_installer_asks_an_index_for_more_than_the_lock_holds(file: str) -> None:
    """Old versions of pip look up a requirement with an extra by themselves, and find a release of today."""
    commands = re.findall(r"\bpip install .*", (ROOT / file).read_text())
    assert len(commands) >= 2
    for command in commands:
        assert "--no-deps" in command, command
        assert "--require-hashes" in command or "--no-index" in command, command


def test_the_locks_name_no_place_of_ours() -> None:
    sources = {tuple(package["source"]) for package in LOCK["package"]}
    assert sources == {("registry",), ("editable",)}
    assert len({package["source"]["registry"] for package in LOCK["package"] if "registry" in package["source"]}) == 1
    for file in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|file:|--(index|extra-index|find-links)| -e |/opt/|/home/", file.read_text())


def test_the_readme_points_at_what_is_there() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "deploy/README.md", "docs/reference/configuration.md"):
        folder = (ROOT / page).parent
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text()):
            assert (folder / link).exists(), f"{page}: {link}"
