"""Building blocks for tests of the core: a house in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from optimizer.model.reading import Reading, known, unknown
from optimizer.model.site import BatterySite, ChargerSite, Site
from optimizer.model.state import Battery, Commanded, Ev, EvStatus, Grid, Pv, State

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def reading(value: Any, at_s: float) -> Reading[Any]:
    """A reading; None is unknown."""
    return unknown("the test says so", at_s) if value is None else known(value, at_s)


def ev(
    name: str = "carport",
    *,
    at_s: float = 0.0,
    status: EvStatus | None = EvStatus.CHARGING,
    power_w: float | None = 0.0,
    offered_a: float | None = 6.0,
    paused: bool | None = True,
    phases: int | None = 3,
    commanded: Commanded | None = None,
    drawn_a: tuple[float | None, ...] = (),
    rated_a: float | None = 32.0,
    **more: Any,
) -> Ev:
    """A charger whose readings are all of `at_s`."""
    return Ev(
        name,
        status=reading(status, at_s),
        power_w=reading(power_w, at_s),
        phase_current_a=tuple(reading(a, at_s) for a in drawn_a),
        offered_a=reading(offered_a, at_s),
        paused=reading(paused, at_s),
        phases=reading(phases, at_s),
        rated_a=reading(rated_a, at_s),
        commanded=commanded,
        **more,
    )


def state(
    *,
    mono_s: float = 0.0,
    grid_w: float | None = 0.0,
    grid_at_s: float | None = None,
    grid_a: tuple[float | None, ...] = (),
    pv_w: float | None = None,
    evs: tuple[Ev, ...] = (),
    batteries: tuple[Battery, ...] = (),
    **grid: Any,
) -> State:
    """A snapshot at `mono_s`."""
    now = NOON + timedelta(seconds=mono_s)
    at_s = mono_s if grid_at_s is None else grid_at_s
    return State(
        now=now,
        local=now,
        mono_s=mono_s,
        grid=Grid(reading(grid_w, at_s), tuple(reading(a, at_s) for a in grid_a), **grid),
        pvs={"roof": Pv("roof", reading(pv_w, at_s))} if pv_w is not None else {},
        batteries={b.name: b for b in batteries},
        evs={e.name: e for e in evs},
    )


def battery(
    name: str = "cellar", *, at_s: float = 0.0, power_w: float | None = 0.0, soc: float | None = 50.0, **more: Any
) -> Battery:
    """A battery whose readings are all of `at_s`."""
    return Battery(name, reading(power_w, at_s), reading(soc, at_s), **more)


def site(*chargers: ChargerSite, batteries: tuple[BatterySite, ...] = (), **more: Any) -> Site:
    """A site; without chargers it has one switchable charger of 16 A."""
    chargers = chargers or (ChargerSite("carport", can_switch_phases=True),)
    return Site(chargers={c.name: c for c in chargers}, batteries={b.name: b for b in batteries}, **more)
