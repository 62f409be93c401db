"""Builds the metrics for Prometheus from the last tick with one custom collector.

It keeps no metric objects. A value that is unknown now is absent now, and a device that was removed from the
configuration has no samples.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from optimizer.serve.metrics.samples import samples
from optimizer.serve.metrics.table import PREFIX, TABLE, Spec
from optimizer.serve.panel import Panel


class PanelCollector(Collector):
    """A prometheus-client collector that reads the panel at each scrape."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel

    def describe(self) -> Iterable[Metric]:
        """No declarations: the table in the documentation has them."""
        return ()

    def collect(self) -> Iterable[Metric]:
        families = {name: _family(spec) for name, spec in TABLE.items() if spec.kind != "histogram"}
        for sample in samples(self._panel):
            families[sample.name].add_metric(sample.labels, sample.value)
        yield from (family for family in families.values() if family.samples)
        spec = TABLE["tick_duration_seconds"]
        histogram = HistogramMetricFamily(PREFIX + spec.name, spec.help)
        counters = self._panel.counters
        histogram.add_metric([], counters.duration_buckets(), counters.duration_sum_s)
        yield histogram


class SiteCollector(Collector):
    """Adds the label `site` to every sample of other collectors."""

    def __init__(self, site: str, *collectors: Collector) -> None:
        self._site = site
        self._collectors = collectors

    def describe(self) -> Iterable[Metric]:
        """No declarations: the table in the documentation has them."""
        return ()

    def collect(self) -> Iterable[Metric]:
        for collector in self._collectors:
            for metric in collector.collect():
                metric.samples = [one._replace(labels={"site": self._site, **one.labels}) for one in metric.samples]
                yield metric


class Exposition:
    """Renders /metrics in the format that the scraper asks for."""

    def __init__(self, panel: Panel) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(SiteCollector(panel.name, PanelCollector(panel), ProcessCollector(registry=None)))

    def render(self, accept: str) -> tuple[bytes, str]:
        """The body and its content type for an Accept header."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self._registry), content_type


def _family(spec: Spec) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if spec.kind == "counter" else GaugeMetricFamily
    return kind(PREFIX + spec.name, spec.help, labels=spec.labels)
