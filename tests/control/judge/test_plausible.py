"""Readings that cannot be."""

from __future__ import annotations

from optimizer.control.judge.judge import judge
from optimizer.control.judge.judged import JudgeMemory
from tests.control.house import battery, ev, site, state


def test_an_implausible_reading_is_unknown_with_the_reason() -> None:
    snapshot = state(
        grid_w=-90_000.0, pv_w=1e9, evs=(ev(power_w=1e9),), batteries=(battery(power_w=1e9),), grid_a=(1.0,)
    )  # fmt: skip
    judged = judge(snapshot, {}, JudgeMemory(), site())
    readings = [
        judged.state.grid.power_w,
        judged.state.pvs["roof"].power_w,
        judged.state.evs["carport"].power_w,
        judged.state.batteries["cellar"].power_w,
    ]
    assert all(one.value is None and one.why.startswith("implausible: ") for one in readings)
    assert judged.surplus.total_w is None
    assert "90.0 kW of export" in judged.surplus.why
