"""The parts of dashboards, as data.

A dashboard consists of rows of panels. A panel has some queries with a unit. The data source is a variable, and so are
the site and, on Health, the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
SITE = 'site=~"$site"'
SCHEMA_VERSION = 41
WIDTH = 24
KWH = "/ 3.6e6"

COLORS = {"sun": "#e0a100", "grid": "#5b6bd6", "battery": "#1f9d67", "car": "#c2477f", "home": "#4b7d99"}
GOOD, WARN, BAD = "green", "orange", "red"


@dataclass(frozen=True)
class Query:
    """One query and the names of its series. `$s` stands for the site's label matcher."""

    expr: str
    legend: str = ""

    def target(self, ref: str, instant: bool) -> Json:
        """The query in the format of Grafana."""
        return {
            "refId": ref,
            "datasource": SOURCE,
            "editorMode": "code",
            "expr": self.expr.replace("$s", SITE),
            "legendFormat": self.legend or "__auto",
            "instant": instant,
            "range": not instant,
        }


@dataclass(frozen=True)
class Panel:
    """One panel."""

    title: str
    about: str
    queries: tuple[Query, ...]
    unit: str = "none"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    steps: tuple[tuple[float | None, str], ...] = ((None, GOOD),)
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Value → (text, color)."""
    colors: dict[str, str] = field(default_factory=dict)
    """Series → color."""
    low: float | None = None
    high: float | None = None
    stacked: bool = False

    def json(self, number: int, x: int, y: int) -> Json:
        """The panel in the format of Grafana."""
        instant = self.kind in ("stat", "bargauge", "table")
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.about,
            "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [query.target(chr(65 + i), instant) for i, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self._overrides())},
            "options": self._options(),
        }

    def _defaults(self) -> Json:
        defaults: Json = {
            "unit": self.unit,
            "thresholds": {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in self.steps]},
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
        }
        if self.low is not None:
            defaults["min"] = self.low
        if self.high is not None:
            defaults["max"] = self.high
        if self.words:
            options = {value: {"text": text, "color": color} for value, (text, color) in self.words.items()}
            defaults["mappings"] = [{"type": "value", "options": options}]
        if self.kind == "timeseries":
            defaults["custom"] = {
                "drawStyle": "line",
                "lineWidth": 1,
                "fillOpacity": 25 if self.stacked else 8,
                "showPoints": "never",
                "spanNulls": False,
                "stacking": {"mode": "normal" if self.stacked else "none"},
                "thresholdsStyle": {"mode": "dashed" if len(self.steps) > 1 else "off"},
            }
        if self.kind == "state-timeline":
            defaults["custom"] = {"fillOpacity": 80, "lineWidth": 0}
        return defaults

    def _overrides(self) -> Iterator[Json]:
        for series, color in self.colors.items():
            yield {
                "matcher": {"id": "byName", "options": series},
                "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
            }

    def _options(self) -> Json:
        if self.kind == "timeseries":
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        if self.kind == "state-timeline":
            return {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8, "legend": {"showLegend": False}}
        if self.kind == "stat":
            return {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "graphMode": "area",
                "colorMode": "value",
                "textMode": "auto",
            }
        if self.kind == "bargauge":
            return {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "orientation": "horizontal",
                "displayMode": "gradient",
            }
        return {}


def timeline(title: str, about: str, query: Query, words: dict[str, tuple[str, str]]) -> Panel:
    """A panel with the states of each series over time. `words` gives value → (text, color)."""
    return Panel(title, about, (query,), kind="state-timeline", words=words)


@dataclass(frozen=True)
class Dashboard:
    """One dashboard: titled rows of panels."""

    uid: str
    title: str
    about: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]
    span: str = "now-24h"
    devices: bool = False

    def json(self) -> Json:
        """The dashboard in the format of Grafana."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.about,
            "tags": ["optimizer"],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": True,
            "graphTooltip": 1,
            "refresh": "10s",
            "time": {"from": self.span, "to": "now"},
            "timezone": "browser",
            "links": [
                {"type": "dashboards", "tags": ["optimizer"], "title": "Optimizer", "asDropdown": False,
                 "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link",
                 "tooltip": "", "url": ""}
            ],
            "annotations": {"list": []},
            "templating": {"list": list(self._variables())},
            "panels": list(self._panels()),
        }  # fmt: skip

    def _variables(self) -> Iterator[Json]:
        yield {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1}
        yield _variable("site", "Site", "label_values(optimizer_build_info, site)")
        if self.devices:
            yield _variable("device", "Device", f"label_values(optimizer_device_up{{{SITE}}}, device)")

    def _panels(self) -> Iterator[Json]:
        number, y = 1, 0
        for title, panels in self.rows:
            row = {"id": number, "type": "row", "title": title, "collapsed": False, "panels": []}
            yield {**row, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}}
            number, y, x, tallest = number + 1, y + 1, 0, 0
            for panel in panels:
                if x + panel.width > WIDTH:
                    x, y, tallest = 0, y + tallest, 0
                yield panel.json(number, x, y)
                number, x, tallest = number + 1, x + panel.width, max(tallest, panel.height)
            y += tallest


def _variable(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "includeAll": True,
        "multi": True,
        # This also matches series without such a label.
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }
