"""Audits what is locked: every package by version and hash from one index, none with a known vulnerability or yanked.

    ./dev audit

What is known of a release is asked of PyPI's JSON API. Where that cannot be reached, or an index in its place knows
nothing of vulnerabilities, this says so and checks the lock alone. Ends with 1 when something was found.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
INDEX = "https://pypi.org/simple"
API = "https://pypi.org/pypi"
TIMEOUT_S = 20.0
FILES = ("pip", "run", "dev", "docs")
ASKED_FIRST = "pip"
"""A release that is always locked: whether the index can be asked shows by it."""
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==[^\s;\\]+(?: ; [^\\]+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")

Pins = dict[str, str]


class CannotTell(Exception):
    """The index cannot be asked; the text says why."""


def requirement_problems(text: str, where: str) -> Iterator[str]:
    """What is wrong with a file for pip."""
    for line in text.replace("\\\n", " ").splitlines():
        first, *hashes = re.split(r"\s+(?=--)", line.strip())
        if not first or first.startswith("#"):
            continue
        match = PIN.match(first)
        if match is None:
            yield f"{where}: {first!r} is not a package with its version"
        elif not hashes or not all(HASH.match(one) for one in hashes):
            yield f"{where}: {match['name']} is not held by hashes alone"


def lock_problems(root: Path) -> tuple[Pins, list[str]]:
    """All pins, and what is wrong with the lock."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    lock = tomllib.loads((root / "uv.lock").read_text())
    pins: Pins = {}
    wrong: list[str] = []
    for name in FILES:
        wrong += requirement_problems((root / "requirements" / f"{name}.txt").read_text(), f"requirements/{name}.txt")
    for package in lock["package"]:
        if "editable" in package["source"]:
            continue
        name, registry = package["name"], package["source"].get("registry", "another place than an index")
        pins[name] = package["version"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        if registry != INDEX:
            wrong.append(f"uv.lock: {name} is from {registry}")
        if any(not str(file.get("hash", "")).startswith("sha256:") for file in files):
            wrong.append(f"uv.lock: a file of {name} has no hash")
    named = [
        *project["project"]["dependencies"],
        *(one for group in project["dependency-groups"].values() for one in group),
    ]
    wrong += [f"pyproject.toml: {one} is not locked" for one in named if _name(one) not in pins]
    return pins, wrong


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()


def known_problems(client: httpx.Client, pins: Pins) -> list[str]:
    """What PyPI knows against these releases. Raises CannotTell."""
    ordered = sorted(pins, key=lambda name: (name != ASKED_FIRST, name))
    return [problem for name in ordered for problem in _against(name, pins[name], _ask(client, name, pins[name]))]


def _ask(client: httpx.Client, name: str, version: str) -> dict[str, Any]:
    url = f"{API}/{name}/{version}/json"
    try:
        answer = client.get(url)
        body = answer.json() if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError) as error:
        raise CannotTell(f"{url}: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("vulnerabilities"), list):
        raise CannotTell(f"{url}: status {answer.status_code}, and nothing about vulnerabilities")
    return body


def _against(name: str, version: str, body: dict[str, Any]) -> Iterator[str]:
    if body.get("info", {}).get("yanked"):
        yield f"{name} {version} was yanked: {body['info'].get('yanked_reason') or 'no reason given'}"
    for found in body["vulnerabilities"]:
        if found.get("withdrawn") is None:
            mended = ", ".join(found.get("fixed_in") or ()) or "no release yet"
            yield f"{name} {version}: {found.get('id')}, mended in {mended}: {found.get('link') or ''}"


def audit(root: Path, client: httpx.Client, say: Callable[[str], None]) -> bool:
    """Whether all is well, as far as can be told."""
    pins, problems = lock_problems(root)
    say(f"{len(pins)} packages locked, by version and hash, from {INDEX}" if not problems else "the lock is not sound")
    try:
        problems += known_problems(client, pins)
        say(f"PyPI was asked about each: {'see below' if problems else 'nothing is known against them'}")
    except CannotTell as error:
        say(f"NOT CHECKED for known vulnerabilities and yanked releases: {error}")
    for problem in problems:
        say(problem)
    return not problems


def main() -> int:
    """Audit the checkout that this file is in."""
    # A machine behind a proxy of its own has named its certificates for pip.
    verify: Any = os.environ.get("PIP_CERT") or True
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True, verify=verify) as client:
        return int(not audit(ROOT, client, lambda text: print(f"audit: {text}", file=sys.stderr)))


if __name__ == "__main__":
    sys.exit(main())
