"""Energies by source."""

from __future__ import annotations

from optimizer.model.by_source import BySource


def test_sources_add_up_each_by_itself() -> None:
    both = BySource(1.0, 2.0, 3.0).plus(BySource(10.0, 20.0, 30.0), 0.5)
    assert both == BySource(6.0, 12.0, 18.0)
    assert both.total == 36.0
