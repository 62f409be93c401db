"""Every query of every dashboard returns data from a real Prometheus that scrapes a running demo house."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from optimizer.control.estimate.switch_load import SwitchMemory
from optimizer.control.memory import Memory
from optimizer.model.condition import ChargerCondition
from optimizer.model.reading import known
from optimizer.model.series import Span, constant
from optimizer.rules.book.engine import EMPTY_MEMORY
from optimizer.serve.metrics.exposition import Exposition
from optimizer.serve.panel import Panel
from optimizer.sources.feed_report import FeedReport
from optimizer.sources.forecast.correction import Correction
from optimizer.sources.forecast.table import ForecastTable, Record
from tests.e2e.conftest import DemoHouse, scraping
from tests.serve.house import SITE, HandClock, report, state

GRAFANA = Path(__file__).parents[2] / "grafana" / "dashboards"
PATIENCE_S = 60.0
FAULTS = ("optimizer_ev_error", "optimizer_ev_warning", "optimizer_ev_residual_current")
PAST = ("optimizer_forecast_home_watts", "optimizer_forecast_correction_ratio")
LOADS = (
    "optimizer_switch_on",
    "optimizer_switch_power_watts",
    "optimizer_switch_energy_joules_total",
    "optimizer_switch_starts_of_day",
)
FOLLOWING = ("optimizer_controller_term_watts", "optimizer_controller_surplus_watts")
"""Metrics that are there only while a car follows the surplus."""
EMPTY_HERE = (*FAULTS, *PAST, *LOADS)
"""Metrics of a charger with a fault, of a journal of several days, and of switchable loads: the house of the demo has
none of them."""
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


def series(prometheus: httpx.Client, expr: str) -> list[Any]:
    now = time.time()
    asked: dict[str, str | float] = {"query": expr, "start": now - 120.0, "end": now, "step": 1}
    answer = prometheus.get("/api/v1/query_range", params=asked).json()
    assert answer["status"] == "success", (expr, answer)
    found: list[Any] = answer["data"]["result"]
    return found


def test_every_query_returns_data(demo_house: DemoHouse, prometheus: str) -> None:
    # Fast charging by hand makes the shipped rule hold the battery: then there is a limit to show.
    held = demo_house.hold(target="ev.carport.mode", value="fast", minutes=30)
    assert held.status_code == 201, held.text
    aimed = demo_house.aim(charger="carport", goal="20 kWh", ready="tomorrow 07:00")
    assert aimed.status_code == 201, aimed.text
    asked = [(panel, expr) for panel, expr in queries() if not any(name in expr for name in EMPTY_HERE)]
    assert len(asked) > 80
    following = [(panel, expr) for panel, expr in asked if any(name in expr for name in FOLLOWING)]
    assert empty_after_a_while(prometheus, [one for one in asked if one not in following]) == []
    demo_house.end("ev.carport.mode")
    assert empty_after_a_while(prometheus, following) == []


def empty_after_a_while(prometheus: str, empty: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The queries that return nothing, even after some scrapes."""
    deadline = time.monotonic() + PATIENCE_S
    with httpx.Client(base_url=prometheus, timeout=10.0) as client:
        while empty and time.monotonic() < deadline:
            time.sleep(0.5)
            empty = [(panel, expr) for panel, expr in empty if not series(client, expr)]
    return empty


class LearnedForecasts:
    """The forecasts of a journal of several days."""

    record = Record()

    def table(self, at_s: float) -> ForecastTable:
        span = Span(at_s - 3600.0, at_s + 3600.0)
        return ForecastTable(span, home=constant(800.0, *span), correction=Correction({"noon": 0.9}))

    def feeds(self) -> tuple[FeedReport, ...]:
        return ()


@contextmanager
def served(panel: Panel) -> Iterator[str]:
    """The host and port that serve the metrics of a panel."""
    exposition = Exposition(panel)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the base class asks for
            text, content_type = exposition.render("")
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_the_queries_of_what_the_demo_lacks_return_data(tmp_path: Path) -> None:
    panel = Panel(HandClock(), SITE, forecast=LearnedForecasts())
    condition = ChargerCondition(
        error=known("pe_self_test_failed", 1000.0),
        warning=known("blackout_protection", 1000.0),
        rcd=known("dc_positive_6ma_fault", 1000.0),
    )
    house = state()
    faulty = replace(house, evs={"carport": replace(house.evs["carport"], condition=condition)})
    memory = Memory(EMPTY_MEMORY, {}, switches={"boiler": SwitchMemory()})
    panel.on_tick(report(faulty, memory=memory))
    asked = [(title, expr) for title, expr in queries() if any(name in expr for name in EMPTY_HERE)]
    assert len(asked) == len(EMPTY_HERE)
    with served(panel) as target, scraping(target, tmp_path) as address:
        assert empty_after_a_while(address, asked) == []


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
        time.sleep(0.5)
        groups = rule_groups(prometheus)
    assert health(groups) == {"ok"}, groups
    alerts = httpx.get(f"{prometheus}/api/v1/alerts", timeout=10.0).json()["data"]["alerts"]
    assert [alert for alert in alerts if alert["state"] == "firing"] == []
