"""Generated weather as a series."""

from __future__ import annotations

from datetime import timedelta

from optimizer.study.input.generate import generate
from optimizer.twin.sun import Place, Roof
from tests.study.scene import START


def test_any_period_the_same_for_the_same_seed() -> None:
    week = generate(Place(), Roof(), START, 2.0, seed=3)
    assert week.end - week.start == timedelta(days=2)
    assert list(generate(Place(), Roof(), START, 2.0, seed=3).pv_w) == list(week.pv_w)
    assert list(generate(Place(), Roof(), START, 2.0, seed=4).pv_w) != list(week.pv_w)
    later = generate(Place(), Roof(), START + timedelta(days=1), 1.0, seed=3)
    assert list(later.load_w) == list(week.load_w[1440:])
    assert "generated" in week.notes[0]
