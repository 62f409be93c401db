"""The recording and alert rules: of metrics that exist, and right by Prometheus' own tool where it is installed."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from optimizer.serve.metrics.table import PREFIX, TABLE

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")
ASKED_FOR = {
    "OptimizerMeterStale",
    "OptimizerDeviceDown",
    "OptimizerDeviceDisobeys",
    "OptimizerLeaseAboutToLapse",
    "OptimizerRuleBookBroken",
    "OptimizerTicksOverrun",
    "OptimizerBatteryAtFloor",
    "OptimizerNothingCharged",
    "OptimizerCredentialsRefused",
    "OptimizerReadingImplausible",
    "OptimizerMeterLate",
    "OptimizerCarLockedOut",
    "OptimizerChargerFault",
    "OptimizerChargerWarning",
}


def rules(name: str) -> list[dict[str, object]]:
    document = YAML(typ="safe").load((FOLDER / name).read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def test_every_alert_is_there_and_says_what_to_do() -> None:
    alerts = {str(rule["alert"]): rule for rule in rules("alerts.yml")}
    assert alerts.keys() >= ASKED_FOR
    for name, alert in alerts.items():
        annotations = alert["annotations"]
        assert isinstance(annotations, dict)
        assert annotations["summary"], name
        assert annotations["description"], name


@pytest.mark.parametrize("name", ["alerts.yml", "recording.yml"])
def test_rules_ask_for_metrics_of_the_table(name: str) -> None:
    for rule in rules(name):
        found = re.findall(r"(?<![:\w])optimizer_\w+", str(rule["expr"]))
        recorded = re.findall(r"\w+:optimizer_\w+:\w+", str(rule["expr"]))
        assert found or recorded or "up{" in str(rule["expr"])
        for metric in found:
            assert metric.removeprefix(PREFIX) in TABLE, metric


def promtool_cases() -> list[dict[str, Any]]:
    """The tests of both files for promtool."""
    files = [YAML(typ="safe").load((FOLDER / name).read_text()) for name in ("tests.yml", "tests_of_days.yml")]
    return [test for file in files for test in file["tests"]]


def test_every_alert_has_a_test() -> None:
    named = {name for test in promtool_cases() for name in re.findall(r"Optimizer\w+", str(test))}
    assert {str(rule["alert"]) for rule in rules("alerts.yml")} == named


def test_the_tests_expect_the_texts_of_the_alerts() -> None:
    """Promtool checks this too, where it is installed."""
    texts = {str(rule["alert"]): rule["annotations"] for rule in rules("alerts.yml")}
    expected = [
        (check["alertname"], alert["exp_annotations"])
        for test in promtool_cases()
        for check in test.get("alert_rule_test", [])
        for alert in check["exp_alerts"]
    ]
    assert expected
    for name, annotations in expected:
        for key, text in annotations.items():
            parts = re.split(r"{{.*?}}", texts[name][key])  # type: ignore[index]
            assert re.fullmatch(".+".join(map(re.escape, parts)), text), (name, text)


def test_metrics_of_the_tests_are_in_the_table() -> None:
    for test in promtool_cases():
        for series in test["input_series"]:
            name = str(series["series"]).partition("{")[0]
            assert name == "up" or name.removeprefix(PREFIX) in TABLE, name


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [
        "check config prometheus.yml",
        "check rules alerts.yml recording.yml",
        "test rules tests.yml",
        "test rules tests_of_days.yml",
    ],
)
def test_promtool_agrees(arguments: str) -> None:
    assert PROMTOOL is not None
    command = [PROMTOOL, *arguments.split()]
    ran = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
