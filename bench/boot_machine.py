"""A container in which systemd is process 1: boot it, run commands in it, and cut its power.

Memory and IP limits of units have no effect in it. A file that was not synced survives a power cut.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from pathlib import Path

UNIT = "optimizer.service"
RELEASE = "optimizer-release.service"
BOOT_MOST_S = 120.0
COMMAND_MOST_S = 30.0
LOOK_S = 0.2


def isolated(command: list[str]) -> list[str]:
    """`command` with separate mounts and a separate network."""
    return ["unshare", "--mount", "--net", "--propagation", "private", "--", *command]


def prepare(name: str) -> None:
    """In the isolated process: control groups, a fresh /run, and loopback, as a container wants them."""
    if os.path.ismount("/sys/fs/cgroup"):
        subprocess.run(["umount", "--recursive", "/sys/fs/cgroup"], check=True)
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", "/sys/fs/cgroup"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    group = Path("/sys/fs/cgroup") / name
    group.mkdir(exist_ok=True)
    (group / "cgroup.procs").write_text(str(os.getpid()))


class Machine:
    """One tree that boots and ends."""

    def __init__(self, tree: Path, name: str, state: Path) -> None:
        """`state`: a folder outside the tree for the data of the service, so that it can be filled."""
        self.tree, self.name, self.state = tree, name, state
        self._container: Process | None = None
        self._first = 0
        """Process id, seen from outside, of its process 1."""

    async def boot(self) -> None:
        """Return once its systemd takes commands."""
        self._container = await asyncio.create_subprocess_exec(
            *("systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe"),
            *("--directory", str(self.tree), "--machine", self.name, f"--bind={self.state}:/var/lib/private"),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        async with asyncio.timeout(BOOT_MOST_S):
            await self.until("basic.target", "active")

    async def cut(self) -> None:
        """End all its processes at once, as a power cut does."""
        if self._container is None:
            return
        if self._first:
            os.kill(self._first, signal.SIGKILL)
        elif self._container.returncode is None:
            self._container.kill()
        await self._container.wait()
        self._container, self._first = None, 0

    async def systemctl(self, *words: str) -> str:
        """The output of `systemctl` in it. Raises RuntimeError if it failed."""
        code, said = await self._systemctl(*words)
        if code:
            raise RuntimeError(f"systemctl {' '.join(words)}: {said}")
        return said

    async def state_of(self, unit: str) -> str:
        """active, inactive, failed, activating, or deactivating. Empty while systemd does not answer."""
        code, said = await self._systemctl("show", "--property=ActiveState", "--value", unit)
        return "" if code else said

    async def until(self, unit: str, *states: str) -> str:
        """Wait for one of these states and return it."""
        while True:
            state = await self.state_of(unit)
            if state in states:
                return state
            await asyncio.sleep(LOOK_S)

    async def journal(self, since: str) -> str:
        """The log of both units, and of systemd about them, since then."""
        units = ("--unit", UNIT, "--unit", RELEASE)
        return (await self._run("journalctl", "--no-pager", "--output=short-precise", "--since", since, *units))[1]

    async def _systemctl(self, *words: str) -> tuple[int, str]:
        return await self._run("systemctl", *words)

    async def _run(self, *command: str) -> tuple[int, str]:
        if not self._find_first():
            return 1, "not running"
        process = await asyncio.create_subprocess_exec(
            *("nsenter", "--target", str(self._first), "--mount", "--uts", "--ipc", "--pid", "--", *command),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            async with asyncio.timeout(COMMAND_MOST_S):
                said, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return 1, f"no answer within {COMMAND_MOST_S:g} s"
        return process.returncode or 0, said.decode(errors="replace").strip()

    def _find_first(self) -> bool:
        """Whether its process 1 has started. A helper of the container is a child too, and ends soon."""
        if not self._first and self._container is not None:
            for child in Path(f"/proc/{self._container.pid}/task/{self._container.pid}/children").read_text().split():
                try:
                    status = Path(f"/proc/{child}/status").read_text()
                except OSError:
                    continue
                if "\nNSpid:\t" + child + "\t1\n" in status and status.startswith("Name:\tsystemd\n"):
                    self._first = int(child)
        return self._first > 0


def stamp() -> str:
    """The present time in the format of journalctl."""
    return f"@{int(time.time())}"
