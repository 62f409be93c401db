"""The Debian package: what its scripts do at installation, update, removal, and purge, and what dpkg makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
PLACES = ("/etc/optimizer", "/etc/systemd/system", "/opt/optimizer", "/run/systemd/system", "/var/lib")

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed (only on Debian)")


class Machine:
    """A folder in the place of /, and a `systemctl` that notes what it is asked."""

    def __init__(self, root: Path, *, release_fails: bool = False) -> None:
        self.root = root
        for place in PLACES:
            (root / place[1:]).parent.mkdir(parents=True, exist_ok=True)
        for place in ("etc/optimizer/secrets", "run/systemd/system", "bin", "var/lib/private/optimizer"):
            (root / place).mkdir(parents=True)
        program = root / "bin" / "systemctl"
        fails = 'case "$*" in "start optimizer-release.service") exit 1;; esac' if release_fails else ""
        program.write_text(f'#!/bin/sh\necho "$*" >>{root}/asked\n{fails}\n')
        program.chmod(0o755)

    def run(self, script: str, *words: str) -> tuple[int, str]:
        """Run a script of the package with its paths below the folder."""
        text = (DEPLOY / "debian" / script).read_text()
        for place in PLACES:
            text = text.replace(place, f"{self.root}{place}")
        environment = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh", "-s", *words], input=text, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def asked(self) -> list[str]:
        """The calls of systemctl."""
        file = self.root / "asked"
        return file.read_text().splitlines() if file.exists() else []


def test_an_installation_starts_nothing_and_says_the_next_steps(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.run("preinst", "install", "") == (0, "")
    code, said = machine.run("postinst", "configure", "")
    assert code == 0 and "The service does not run yet" in said
    assert machine.asked == ["daemon-reload"]


def test_an_update_restarts_what_runs_and_nothing_else(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (tmp_path / "etc" / "optimizer" / "site.yaml").touch()
    (tmp_path / "opt" / "optimizer").mkdir()
    assert machine.run("preinst", "upgrade", "0.1.0") == (0, "")
    assert machine.run("prerm", "upgrade", "0.2.0") == (0, "")
    assert machine.run("postinst", "configure", "0.1.0") == (0, "")
    assert machine.asked == ["daemon-reload", "try-restart --no-block optimizer.service"]


@pytest.mark.parametrize("place", ["opt/optimizer", "etc/systemd/system/optimizer.service"])
def test_what_the_script_installed_is_not_mixed_with_the_package(place: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (tmp_path / place).mkdir(parents=True)
    code, said = machine.run("preinst", "install", "")
    assert code == 1
    assert f"{tmp_path / place} is there already" in said and "sudo rm -r" in said


@pytest.mark.parametrize("fails", [False, True])
def test_a_removal_hands_the_devices_back_first_and_never_fails(fails: bool, tmp_path: Path) -> None:
    machine = Machine(tmp_path, release_fails=fails)
    (tmp_path / "etc" / "optimizer" / "site.yaml").touch()
    code, said = machine.run("prerm", "remove")
    assert (code, "may not have been handed back" in said) == (0, fails)
    assert machine.asked == [
        "stop optimizer.service", "start optimizer-release.service", "--quiet disable optimizer.service",
    ]  # fmt: skip


def test_a_removal_without_settings_hands_nothing_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    assert machine.run("prerm", "remove") == (0, "")
    assert "start optimizer-release.service" not in machine.asked


def test_a_removal_keeps_settings_and_record_and_a_purge_removes_them(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (tmp_path / "opt" / "optimizer" / "lib").mkdir(parents=True)
    (tmp_path / "var" / "lib" / "optimizer").symlink_to("private/optimizer")
    assert machine.run("postrm", "remove") == (0, "")
    assert not (tmp_path / "opt" / "optimizer").exists()
    assert (tmp_path / "etc" / "optimizer" / "secrets").exists()
    assert (tmp_path / "var" / "lib" / "optimizer").exists()
    assert machine.run("postrm", "purge") == (0, "")
    assert list((tmp_path / "var" / "lib" / "private").iterdir()) == []
    assert not (tmp_path / "etc" / "optimizer").exists()
    assert not os.path.lexists(tmp_path / "var" / "lib" / "optimizer")


def test_the_units_of_a_package_do_not_name_the_folder_in_which_they_are_made(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DESTDIR": str(tmp_path), "UNITS": "/usr/lib/systemd/system"}
    subprocess.run(["sh", str(DEPLOY / "units.sh")], env=environment, check=True)
    units = tmp_path / "usr" / "lib" / "systemd" / "system"
    for unit in ("optimizer.service", "optimizer-release.service"):
        assert (units / unit).read_text() == (DEPLOY / "systemd" / unit).read_text()
        assert (units / f"{unit}.d" / "owner.conf").readlink() == Path("/etc/optimizer/service.conf")
    assert (tmp_path / "etc" / "optimizer" / "service.conf").is_file()


@needs_dpkg
def test_dpkg_takes_the_control_file_and_the_scripts(tmp_path: Path) -> None:
    control = (DEPLOY / "debian" / "control").read_text()
    for name, value in {"VERSION": "0.1.0+py3.11", "ARCH": "amd64", "SIZE": "1", "MINOR": "11", "NEXT": "12"}.items():
        assert f"@{name}@" in control and f"@{name}@" in (DEPLOY / "build-deb.sh").read_text()
        control = control.replace(f"@{name}@", value)
    folder = tmp_path / "stage" / "DEBIAN"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "control").write_text(control)
    for script in SCRIPTS:
        shutil.copy(DEPLOY / "debian" / script, folder / script)
        (folder / script).chmod(0o755)
    deb = tmp_path / "optimizer.deb"
    subprocess.run(["dpkg-deb", "--build", tmp_path / "stage", deb], check=True, capture_output=True)
    shown = subprocess.run(["dpkg-deb", "--field", deb, "Depends"], check=True, capture_output=True, text=True).stdout
    assert shown.startswith("python3 (>= 3.11), python3 (<< 3.12), python3.11,")
