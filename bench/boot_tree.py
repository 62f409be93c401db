"""Debian trees with the service installed by deploy/install.sh, as on a real machine."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
SUITES = {"bookworm": ("Debian 12", 11), "trixie": ("Debian 13", 13)}
"""Suite → display name, and the minor version of its Python 3."""
PACKAGES = ("systemd", "systemd-sysv", "dbus", "python3", "python3-venv", "procps")
NEEDS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "git": "git",
}
"""Program → its Debian package."""
FOR_CHROOT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def missing(user_id: int) -> list[str]:
    """The missing programs of this machine, each with the advice."""
    found = [] if user_id == 0 else ["root is needed for containers: start it with sudo"]
    packages = {package for program, package in NEEDS.items() if shutil.which(program) is None}
    return found + ([f"programs are missing: apt install {' '.join(sorted(packages))}"] if packages else [])


def download(minor: int, machine: str, folder: Path) -> list[str]:
    """The command that fetches the locked wheels for Python 3.`minor`."""
    tags = [f"manylinux_2_{glibc}_{machine}" for glibc in (36, 34, 31, 28, 17)] + [f"manylinux2014_{machine}", "any"]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *("--python-version", f"3.{minor}", "--implementation", "cp"),
        *(word for abi in (f"cp3{minor}", "abi3", "none") for word in ("--abi", abi)),
        *(word for tag in tags for word in ("--platform", tag)),
        *(word for file in ("pip", "run") for word in ("-r", str(ROOT / "requirements" / f"{file}.txt"))),
        *("--dest", str(folder)),
    ]


def make(suite: str, cache: Path, tree: Path) -> None:
    """Make the tree: the system from `cache` or the package mirror, the program installed and its unit enabled."""
    bare = cache / f"{suite}.tar"
    if not bare.exists():
        cache.mkdir(parents=True, exist_ok=True)
        new = cache / f"{suite}.new.tar"
        _run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, new)
        new.rename(bare)
    tree.mkdir(parents=True)
    _run("tar", "--extract", "--file", bare, "--directory", tree)
    wheels, source = tree / "wheels", tree / "src"
    _run(*download(SUITES[suite][1], platform.machine(), wheels))
    source.mkdir()
    files = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-C", ROOT, "--null", "-T", "-", "-cf", tree / "src.tar"], input=files, check=True)
    _run("tar", "--extract", "--file", tree / "src.tar", "--directory", source)
    within = ("env", "-i", *(f"{name}={value}" for name, value in FOR_CHROOT.items()))
    _run("chroot", tree, *within, "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/wheels", "sh", "/src/deploy/install.sh")
    _run("chroot", tree, *within, "systemctl", "enable", "optimizer")


def configure(etc: Path, site: Mapping[str, Any], rules: str) -> None:
    """The settings of the simulated house in the place of the examples."""
    shutil.rmtree(etc / "rules")
    (etc / "rules").mkdir()
    (etc / "rules" / "boot.yaml").write_text(rules)
    with (etc / "site.yaml").open("w") as file:
        YAML().dump({**site, "rules": "rules", "state_dir": "/var/lib/optimizer"}, file)


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"boot: {' '.join(map(str, command[:4]))} … ended with {done.returncode}:\n{done.stdout}")
