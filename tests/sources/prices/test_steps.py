"""Values that are listed by their beginnings only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from optimizer.model.series import Slot
from optimizer.sources.port import SourceError
from optimizer.sources.prices.steps import with_ends

START_S = datetime(2025, 9, 29, 22, tzinfo=UTC).timestamp()
"""Midnight in Brussels. Quarter hours begin a day later."""


def lengths(slots: list[Slot]) -> list[float]:
    return [slot.end_s - slot.start_s for slot in sorted(slots)]


def test_hours_become_quarter_hours_overnight() -> None:
    hours = [(START_S + 3600.0 * n, 1.0) for n in range(24)]
    quarters = [(START_S + 86_400.0 + 900.0 * n, 2.0) for n in range(96)]
    assert lengths(with_ends([*hours, *quarters])) == [3600.0] * 24 + [900.0] * 96


def test_a_missing_value_is_a_gap() -> None:
    slots = with_ends((START_S + 900.0 * n, 1.0) for n in range(96) if n not in (5, 6, 95))
    assert set(lengths(slots)) == {900.0}


def test_a_single_value_lasts_an_hour() -> None:
    assert lengths(with_ends([(START_S, 1.0)])) == [3600.0]


def test_values_far_apart_last_an_hour_at_most() -> None:
    assert lengths(with_ends([(START_S, 1.0), (START_S + 7200.0, 1.0)])) == [3600.0, 3600.0]


def test_two_values_for_one_time_are_refused() -> None:
    with pytest.raises(SourceError, match="two values"):
        with_ends([(START_S, 1.0), (START_S, 2.0)])
    assert len(with_ends([(START_S, 1.0), (START_S, 1.0)])) == 1
