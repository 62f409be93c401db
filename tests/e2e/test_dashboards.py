"""Every query of every dashboard returns data from a real Prometheus that scrapes a running demo house."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import DemoHouse

GRAFANA = Path(__file__).parents[2] / "grafana" / "dashboards"
PATIENCE_S = 60.0
FAULTS = ("optimizer_ev_error", "optimizer_ev_warning", "optimizer_ev_residual_current")
PAST = ("optimizer_forecast_home_watts", "optimizer_forecast_correction_ratio")
EMPTY_HERE = (*FAULTS, *PAST)
"""Metrics of a charger with a fault, and of a journal of several days."""
VARIABLES = {"$__rate_interval": "10s", "$__range": "20s", "$site": ".*", "$device": ".*"}


def queries() -> list[tuple[str, str]]:
    found = []
    for path in sorted(GRAFANA.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                expr = target["expr"]
                for variable, value in VARIABLES.items():
                    expr = expr.replace(variable, value)
                found.append((f"{path.stem}: {panel['title']}", expr))
    return found


def series(prometheus: str, expr: str) -> list[Any]:
    now = time.time()
    asked: dict[str, str | float] = {"query": expr, "start": now - 120.0, "end": now, "step": 1}
    answer = httpx.get(f"{prometheus}/api/v1/query_range", params=asked, timeout=10.0).json()
    assert answer["status"] == "success", (expr, answer)
    found: list[Any] = answer["data"]["result"]
    return found


def test_every_query_returns_data(demo_house: DemoHouse, prometheus: str) -> None:
    # Fast charging by hand makes the shipped rule hold the battery: then there is a limit to show.
    held = demo_house.hold(target="ev.carport.mode", value="fast", minutes=30)
    assert held.status_code == 201, held.text
    aimed = demo_house.aim(charger="carport", goal="20 kWh", ready="tomorrow 07:00")
    assert aimed.status_code == 201, aimed.text
    deadline = time.monotonic() + PATIENCE_S
    empty = [(panel, expr) for panel, expr in queries() if not any(name in expr for name in EMPTY_HERE)]
    assert len(empty) > 80
    while empty and time.monotonic() < deadline:
        time.sleep(2.0)
        try:
            empty = [(panel, expr) for panel, expr in empty if not series(prometheus, expr)]
        except httpx.TransportError:
            continue  # it is still starting
    assert empty == []


def rule_groups(prometheus: str) -> list[Any]:
    found: list[Any] = httpx.get(f"{prometheus}/api/v1/rules", timeout=10.0).json()["data"]["groups"]
    return found


def health(groups: list[Any]) -> set[str]:
    return {rule["health"] for group in groups for rule in group["rules"]}


def test_the_alert_rules_are_loaded_and_a_healthy_house_is_quiet(prometheus: str) -> None:
    groups = rule_groups(prometheus)
    assert {group["name"] for group in groups} == {"optimizer", "optimizer-energy"}
    deadline = time.monotonic() + PATIENCE_S
    while "unknown" in health(groups) and time.monotonic() < deadline:  # not evaluated yet
        time.sleep(2.0)
        groups = rule_groups(prometheus)
    assert health(groups) == {"ok"}, groups
    alerts = httpx.get(f"{prometheus}/api/v1/alerts", timeout=10.0).json()["data"]["alerts"]
    assert [alert for alert in alerts if alert["state"] == "firing"] == []
