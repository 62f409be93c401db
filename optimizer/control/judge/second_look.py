"""The second look: a reading that jumps counts only after the next reading confirms it.

A single false sample must start no car and latch no rule. Until the second look the reading before the jump stays, with
its own time. A jump of the grid towards import needs no second look, because it only stops cars. A jump of PV needs one
in both directions: beside a late meter, a fall stops cars. But if the meter shows the fall too, it is confirmed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from optimizer.model.reading import Reading, unknown
from optimizer.model.state import Battery, Pv
from optimizer.model.value import maker

JUMP_W = 1500.0
"""A fall of the grid power by more than this needs a second look, unless cars, PV, or batteries explain it."""
SMALL_JUMP_W = 300.0
"""After a fall by more than this counts, a start or a raise still waits for the next reading."""
LONGEST_LOOK_S = 30.0
"""A reading before a jump stays no longer than this."""
LONGEST_POLL_S = 60.0
"""A charger is read at least this often, or it reports only changes."""
LONGEST_PV_LOOK_S = 10.0
"""The PV power is looked at twice only if it is read so often. A cloud is faster than slower readings."""
SHOWN = 0.5
"""A fall of PV is confirmed if the import rises by at least this part of it at the same time."""
CONFIRMS_S = 300.0
"""A reading confirms one that is not older than this."""
SOC_JUMP_PERCENT = 5.0
SOC_PERCENT_S = 0.06
"""A state of charge changes by at most SOC_JUMP_PERCENT, plus this per second (a charge within half an hour)."""
SOC_CONFIRMED_S = 60.0
"""A state of charge that has jumped counts after this time. A battery can correct its state of charge."""
SOC_FORGOTTEN_S = 900.0
"""After a gap of this length every state of charge counts."""


class GridLook(NamedTuple):
    """The last reading of the grid power that counts, with the values that explain a change. Part of the memory."""

    power_w: Reading[float] = unknown("not read yet", -math.inf)
    drawn_w: float = 0.0
    pv_w: float = 0.0
    discharge_w: float = 0.0
    jumped_s: float = math.inf
    """Time of a reading that jumped and waits for the next one. Infinite without."""
    confirmed: bool = False
    """Whether this reading agrees with the one before. A single reading starts no car."""
    fell_s: float = -math.inf
    """Time of the last fall that nothing explains. It can be a car that has stopped."""


class PvLook(NamedTuple):
    """The last PV power that counts, and a jump that waits. Part of the memory."""

    power_w: Reading[float]
    jumped_s: float = math.inf


class SocLook(NamedTuple):
    """The last state of charge that counts, and a jump that waits. Part of the memory."""

    soc: Reading[float]
    jumped_percent: float = math.nan
    jumped_s: float = math.inf


make_grid_look = maker(GridLook)
make_pv_look = maker(PvLook)
make_soc_look = maker(SocLook)
PvLooks = Mapping[str, PvLook]
SocLooks = Mapping[str, SocLook]
NO_PVS: PvLooks = MappingProxyType({})
NO_SOCS: SocLooks = MappingProxyType({})


def look_at_grid(
    before: GridLook, power_w: Reading[float], drawn_w: float, pv_w: float, discharge_w: float
) -> tuple[Reading[float], GridLook]:
    """The grid power that counts, and the memory. The powers of cars, PV, and batteries are of the same time, W."""
    value, at_s, _ = power_w
    counted = before.power_w
    counted_w, counted_s, _ = counted
    if value is None or (at_s == counted_s and value == counted_w):
        return power_w, before
    confirmed, fell_s = counted_w is not None and at_s - counted_s <= CONFIRMS_S, before.fell_s
    if confirmed and counted_w is not None and counted_w - value > SMALL_JUMP_W:
        explained_w = (
            max(0.0, before.drawn_w - drawn_w)
            + max(0.0, pv_w - before.pv_w)
            + max(0.0, discharge_w - before.discharge_w)
        )
        fall_w = counted_w - value - explained_w
        fell_s = at_s if fall_w > SMALL_JUMP_W else fell_s
        first = before.jumped_s in (math.inf, at_s)
        if first and fall_w > JUMP_W and at_s - counted_s <= LONGEST_LOOK_S:
            return counted, before if before.jumped_s == at_s else before._replace(jumped_s=at_s)
        confirmed = fall_w <= SMALL_JUMP_W or not first
    return power_w, make_grid_look(power_w, drawn_w, pv_w, discharge_w, confirmed=confirmed, fell_s=fell_s)


def may_have_stopped(look: GridLook, read_s: float, now_s: float) -> bool:
    """Whether a car may have stopped although its model still draws: the grid power has fallen, and not every car was
    read since. The surplus would count the power of the car twice. `read_s` is the time of the oldest reading of a
    car."""
    return read_s < look.fell_s and now_s - look.fell_s <= LONGEST_POLL_S


def look_at_pv(before: PvLook | None, power_w: Reading[float], risen_w: float = 0.0) -> PvLook:
    """The PV power that counts after one more reading. `risen_w` is the rise of the grid power at the same time."""
    value, at_s, _ = power_w
    if before is None or value is None:
        return make_pv_look(power_w)
    counted_w, counted_s, _ = before.power_w
    if counted_w is None or abs(value - counted_w) <= JUMP_W or at_s - counted_s > LONGEST_PV_LOOK_S:
        return make_pv_look(power_w)
    if before.jumped_s not in (math.inf, at_s):  # the second one
        return make_pv_look(power_w)
    if risen_w >= SHOWN * (counted_w - value) > 0.0:
        return make_pv_look(power_w)
    return before if before.jumped_s == at_s else make_pv_look(before.power_w, at_s)


def look_at_pvs(before: PvLooks, pvs: Mapping[str, Pv], risen_w: float = 0.0) -> PvLooks:
    """The PV powers that count, by system. The same object if no system has a new reading. `risen_w` is the rise of the
    grid power since the reading before."""
    for name, pv in pvs.items():
        look = before.get(name)
        if look is None or (pv.power_w is not look.power_w and pv.power_w != look.power_w):
            return {name: look_at_pv(before.get(name), pv.power_w, risen_w) for name, pv in pvs.items()}
    return before


def look_at_soc(before: SocLook | None, soc: Reading[float]) -> SocLook:
    """The state of charge that counts after one more reading."""
    value, at_s, _ = soc
    if before is None or value is None:
        return make_soc_look(soc)
    before_percent, before_s, _ = before.soc
    if before_percent is None:
        return make_soc_look(soc)
    since_s, jump = at_s - before_s, abs(value - before_percent)
    if jump <= SOC_JUMP_PERCENT + SOC_PERCENT_S * since_s or since_s > SOC_FORGOTTEN_S:
        return make_soc_look(soc)
    if not abs(value - before.jumped_percent) <= SOC_JUMP_PERCENT:
        return SocLook(before.soc, value, at_s)
    return SocLook(soc) if at_s - before.jumped_s >= SOC_CONFIRMED_S else before


def look_at_socs(before: SocLooks, batteries: Mapping[str, Battery]) -> SocLooks:
    """The states of charge that count, by battery. The same object if no battery has a new reading."""
    for name, battery in batteries.items():
        look = before.get(name)
        if look is None or (battery.soc_percent is not look.soc and battery.soc_percent != look.soc):
            return {name: look_at_soc(before.get(name), battery.soc_percent) for name, battery in batteries.items()}
    return before
