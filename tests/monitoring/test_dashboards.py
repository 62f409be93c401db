"""The dashboards are those that the code makes, ask for metrics that exist, and wire no data source in."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from optimizer.serve.metrics.table import PREFIX, TABLE

GRAFANA = Path(__file__).parents[2] / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))
NOT_OURS = {"process_resident_memory_bytes", "up"}


def panels(path: Path) -> list[dict[str, Any]]:
    dashboard = json.loads(path.read_text())
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def metrics_in(expr: str) -> Iterator[tuple[str, str]]:
    """(metric, its label matchers) of a query."""
    yield from re.findall(r"\b((?:optimizer|process)_\w+)\b(?:\{([^}]*)\})?", expr)


def test_there_are_four() -> None:
    assert [path.stem for path in FILES] == ["optimizer-health", "optimizer-house", "optimizer-money", "optimizer-why"]


def test_the_files_are_those_that_the_code_makes() -> None:
    code = "import json, build; print(json.dumps(build.files()))"
    made = subprocess.run([sys.executable, "-B", "-c", code], cwd=GRAFANA, capture_output=True, text=True, check=True)
    assert json.loads(made.stdout) == {path.name: path.read_text() for path in FILES}, "run: python grafana/build.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_asks_for_metrics_and_labels_of_the_table(path: Path) -> None:
    for panel in panels(path):
        for target in panel["targets"]:
            found = list(metrics_in(target["expr"]))
            assert found, target["expr"]
            for name, matchers in found:
                assert 'site=~"$site"' in matchers, f"{panel['title']}: {name} is not narrowed to the site"
                if name in NOT_OURS:
                    continue
                base = re.sub(r"_(bucket|sum|count)$", "", name.removeprefix(PREFIX))
                assert base in TABLE, f"{panel['title']}: there is no metric {name}"
                known = {*TABLE[base].labels, "site", "job", "instance", "le"}
                assert set(re.findall(r"(\w+)\s*[=!]~?\"", matchers)) <= known
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                labels = {label for name, _ in found for label in _labels(name)}
                assert label in labels, f"{panel['title']}: {label} is no label of its metrics"


def _labels(name: str) -> tuple[str, ...]:
    spec = TABLE.get(name.removeprefix(PREFIX))
    return spec.labels if spec is not None else ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_panel_has_a_unit_a_description_and_no_wired_source(path: Path) -> None:
    dashboard = json.loads(path.read_text())
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert {"datasource", "site"} <= variables
    assert 'uid": "${datasource}' in path.read_text()
    uids = {source["uid"] for source in _sources(dashboard)}
    assert uids == {"${datasource}"}
    for panel in panels(path):
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def _sources(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("datasource"), dict):
            yield node["datasource"]
        for value in node.values():
            yield from _sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from _sources(value)
