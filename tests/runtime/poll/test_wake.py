"""The readings that cause a tick at once."""

from __future__ import annotations

import pytest

from optimizer.devices.port import Sample
from optimizer.model.reading import known, unknown
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Ev, EvStatus, Grid
from optimizer.runtime.poll.wake import urgent

SITE = Site(
    fuse_a=35.0,
    chargers={"carport": ChargerSite("carport", max_current_a=16.0)},
    batteries={"cellar": BatterySite("cellar", floor_soc_percent=10.0)},
)


def grid(power_w: float = 0.0, *phase_a: float, dimmed: bool = False, on_grid: bool = True) -> Sample:
    currents = tuple(known(a, 0.0) for a in phase_a)
    return Sample(grid=Grid(known(power_w, 0.0), currents, known(dimmed, 0.0), known(on_grid, 0.0)))


def battery(soc_percent: float, power_w: float) -> Sample:
    return Sample(batteries=(Battery("cellar", power_w=known(power_w, 0.0), soc_percent=known(soc_percent, 0.0)),))


def ev(status: EvStatus, drawn_a: float = 0.0) -> Sample:
    return Sample(evs=(Ev("carport", status=known(status, 0.0), phase_current_a=(known(drawn_a, 0.0),)),))


CALM = grid(500.0, 10.0, 10.0, 10.0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CALM, grid(0.0, 34.0, 0.0, 0.0)),
        (grid(500.0), grid(8000.0)),
        (CALM, grid(dimmed=True)),
        (CALM, grid(on_grid=False)),
        (battery(10.5, 500.0), battery(9.5, 500.0)),
        (ev(EvStatus.CHARGING, 16.0), ev(EvStatus.CHARGING, 18.0)),
        (ev(EvStatus.DISCONNECTED), ev(EvStatus.CONNECTED)),
    ],
)
def test_crossing_a_limit_wakes_once(before: Sample, after: Sample) -> None:
    assert urgent(before, after, SITE)
    assert not urgent(after, after, SITE)
    assert not urgent(before, before, SITE)


def test_unknown_is_not_a_crossing() -> None:
    assert not urgent(CALM, Sample(grid=Grid(unknown("null"))), SITE)
    assert not urgent(ev(EvStatus.CHARGING), Sample(evs=(Ev("carport"),)), SITE)
    assert not urgent(None, ev(EvStatus.CHARGING), SITE)
