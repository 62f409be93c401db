"""The units, the container beside them, and the script that puts the units in place."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from optimizer.cli.exit_codes import ExitCode
from optimizer.runtime.pacing import JITTER, MAX_BACKOFF_S
from optimizer.runtime.service import FIRST_READINGS_S, RECONCILE_S
from optimizer.settings.devices import DeviceSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = ("optimizer.service", "optimizer-release.service")
RUN, RELEASE = UNITS
OWN = {
    *("Type", "ExecCondition", "ExecStart", "ExecStopPost", "SuccessExitStatus"),
    *("WatchdogSec", "Restart", "RestartSec", "TimeoutStartSec", "TimeoutStopSec"),
}
"""What the two units differ in; all else is who they are and what they may do."""
LOADING_S = 5.0
"""How long a slow machine takes to load the program."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian: systemd)"
)


def lines(unit: str) -> list[tuple[str, str]]:
    text = (DEPLOY / "systemd" / unit).read_text()
    settings = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    return [(key, value) for key, _, value in (line.partition("=") for line in settings)]


def install(folder: Path, path: str = os.environ["PATH"]) -> Path:
    """Both units as the installer leaves them, but that they start a program that is there; the folder of units."""
    environment = {"PATH": path, "ETC": str(folder / "etc"), "UNITS": str(folder / "units")}
    subprocess.run(["sh", str(DEPLOY / "units.sh")], env=environment, check=True)
    for unit in UNITS:
        file = folder / "units" / unit
        file.write_text(file.read_text().replace("=/opt/optimizer/bin/optimizer ", "=/bin/true "))
    return folder / "units"


def systemctl(folder: Path, script: str) -> None:
    """Puts a `systemctl` into the folder."""
    program = folder / "systemctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def verify(units: Path) -> tuple[int, str]:
    command = ["systemd-analyze", "verify", *(str(units / unit) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_service_hands_back_however_it_ends() -> None:
    options = dict(lines(RUN))
    assert options["Type"] == "notify"
    assert options["ExecStopPost"].startswith("/opt/optimizer/bin/optimizer release --config ")
    assert float(options["WatchdogSec"]) >= 2 * 15
    assert options["Restart"] == "always"
    assert options["OnSuccess"] == options["OnFailure"] == RELEASE
    assert RELEASE in options["After"], "a start waits for a hand-back that is going on"


def test_the_unit_that_hands_back_is_safe_beside_a_service_that_runs_again() -> None:
    options = dict(lines(RELEASE))
    assert options["Type"] == "oneshot"
    assert options["ExecStart"].startswith("/opt/optimizer/bin/optimizer release --config /etc/optimizer/site.yaml")
    assert int(options["SuccessExitStatus"]) == ExitCode.RUNNING
    assert "Conflicts" not in options, "it would stop the service"
    assert "WantedBy" not in options


@pytest.mark.parametrize(("job", "hands_back"), [("", True), ("1907", False)])
def test_the_unit_that_hands_back_leaves_a_restart_alone(job: str, hands_back: bool, tmp_path: Path) -> None:
    """systemd 252 sets it off between the end of a service and its queued start, which would wait for it."""
    systemctl(tmp_path, f'[ "$*" = "show --property=Job --value {RUN}" ] && echo {job}')
    condition = dict(lines(RELEASE))["ExecCondition"]
    assert condition.startswith("+/bin/sh -c '")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(shlex.split(condition.removeprefix("+")), env=environment, check=False)
    assert (done.returncode == 0) is hands_back


def test_a_device_that_is_gone_holds_up_a_restart_for_little_more_than_a_minute() -> None:
    options = dict(lines(RUN))
    words = options["ExecStopPost"].split()
    last_words_s = float(words[words.index("--within") + 1])
    longest_s = last_words_s + float(options["RestartSec"]) + RECONCILE_S + FIRST_READINGS_S
    assert longest_s + 2 * LOADING_S < 75.0


def test_both_units_are_one_user_with_one_folder_in_one_sandbox() -> None:
    service, release = ([line for line in lines(unit) if line[0] not in OWN] for unit in UNITS)
    common = service[service.index(("StateDirectory", "optimizer")) : service.index(("LimitCORE", "0")) + 1]
    assert ("User", "optimizer") in common
    assert ("DynamicUser", "yes") in common
    assert release[release.index(("StateDirectory", "optimizer")) :] == common


def test_whoever_stops_it_waits_as_long_as_handing_back_may_take() -> None:
    """An attempt that fails just before a device's deadline is followed by a wait and one more."""
    slowest_s = max(brand.hand_back_s for brand in DeviceSettings.__subclasses__())
    assert slowest_s > DeviceSettings.hand_back_s, "the brands are not loaded"
    longest_s = 2 * slowest_s + MAX_BACKOFF_S * (1 + JITTER)
    service = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())["services"]["optimizer"]
    minutes = re.fullmatch(r"(\d+)m", service["stop_grace_period"])
    assert minutes is not None
    assert 60 * int(minutes[1]) == float(dict(lines(RUN))["TimeoutStopSec"]) > longest_s
    assert float(dict(lines(RELEASE))["TimeoutStartSec"]) > longest_s


def test_a_container_that_was_killed_is_started_anew() -> None:
    service = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text())["services"]["optimizer"]
    assert service["restart"] in ("always", "unless-stopped")
    assert service["init"] is True


def test_the_owners_file_is_made_once_and_belongs_to_both(tmp_path: Path) -> None:
    units = install(tmp_path)
    owners = tmp_path / "etc" / "service.conf"
    assert owners.read_text() == (DEPLOY / "systemd" / "service.conf").read_text()
    owners.write_text("[Service]\nIPAddressAllow=203.0.113.7\n")
    install(tmp_path)
    for unit in UNITS:
        assert (units / f"{unit}.d" / "owner.conf").read_text() == owners.read_text()


@pytest.mark.parametrize(("version", "expected"), [(252, False), (253, False), (254, True), (257, True), (None, False)])
def test_a_systemd_that_knows_how_is_told_not_to_hand_back_before_each_restart(
    version: int | None, expected: bool, tmp_path: Path
) -> None:
    systemctl(tmp_path, f"echo 'systemd {version} ({version}.1-1)'" if version else "exit 1")
    units = install(tmp_path, f"{tmp_path}:{os.environ['PATH']}")
    restart = units / f"{RUN}.d" / "restart.conf"
    assert restart.exists() is expected
    if expected:
        assert restart.read_text() == "[Service]\nRestartMode=direct\n"


@needs_systemd
def test_systemd_takes_both_units_without_a_word(tmp_path: Path) -> None:
    assert verify(install(tmp_path)) == (0, "")


@needs_systemd
def test_systemd_reads_the_owners_file_for_both(tmp_path: Path) -> None:
    units = install(tmp_path)
    (tmp_path / "etc" / "service.conf").write_text("[Service]\nLoadCredentials=misspelt\n")
    _, said = verify(units)
    for unit in UNITS:
        assert re.search(rf"{re.escape(unit)}\.d/owner\.conf:2: Unknown key.* 'LoadCredentials'", said), said


@needs_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_rates_the_sandbox(unit: str, tmp_path: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(install(tmp_path) / unit)]
    rated = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", rated)
    assert found is not None, rated
    assert float(found[1]) <= 1.5
