"""The worst case of a charger."""

from __future__ import annotations

from optimizer.control.estimate.worst_case import WorstCase, worst_case_of
from optimizer.model.site import ChargerSite
from tests.control.house import ev


def test_a_silent_charger_counts_at_what_it_was_last_set_to() -> None:
    charger = ChargerSite("carport", max_current_a=16.0)
    silent = ev(offered_a=None, paused=None)
    assert worst_case_of(silent, charger, 0.0) == WorstCase(16.0, 3, 3)
    assert worst_case_of(silent, charger, 11.0) == WorstCase(11.0, 3, 3)
