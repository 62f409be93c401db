"""The result of the judge for one snapshot, and its memory from tick to tick."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.estimate.history import NO_HISTORY, History
from optimizer.control.estimate.surplus import Surplus
from optimizer.control.judge.charger_unit import NO_UNITS, ChargerUnits
from optimizer.control.judge.impossible import NONE_IMPOSSIBLE, Impossibles
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.judge.offered_moves import Compared
from optimizer.control.judge.second_look import NO_PVS, NO_SOCS, GridLook, PvLooks, SocLooks
from optimizer.control.judge.shown import NOTHING_SHOWN, ShownSurplus
from optimizer.control.judge.slow_battery import SlowHome
from optimizer.control.judge.small_currents import LARGE_ENOUGH, SmallCurrents
from optimizer.control.judge.soc_sign import NO_SIGNS, SocSigns
from optimizer.control.judge.standing import MeterTest
from optimizer.control.judge.still_battery import NO_STILL, StillBatteries
from optimizer.control.judge.sun_ahead import NO_SUN_AHEAD, SunAhead
from optimizer.control.judge.turned_battery import NO_TURNS, Turns
from optimizer.control.judge.window import NO_WINDOW, Window
from optimizer.model.state import State
from optimizer.model.value import maker


class JudgeMemory(NamedTuple):
    """The state of the judge from tick to tick."""

    history: History = NO_HISTORY
    meter: MeterMemory = MeterMemory()
    look: GridLook = GridLook()
    socs: SocLooks = NO_SOCS
    shown: ShownSurplus = NOTHING_SHOWN
    slow_home: SlowHome = SlowHome()
    pvs: PvLooks = NO_PVS
    window: Window = NO_WINDOW
    still: StillBatteries = NO_STILL
    turns: Turns = NO_TURNS
    impossible: Impossibles = NONE_IMPOSSIBLE
    units: ChargerUnits = NO_UNITS
    last: Compared | None = None
    """The last moment, for a comparison with the chargers. None if it was not known."""
    gap_since_s: float = -math.inf
    """When the power of the grid was first missing after its last reading. It means nothing while there is one."""
    signs: SocSigns = NO_SIGNS
    small: SmallCurrents = LARGE_ENOUGH
    ahead: SunAhead = NO_SUN_AHEAD


make_judge_memory = maker(JudgeMemory)


class Judged(NamedTuple):
    """The result for one snapshot."""

    state: State
    """The snapshot. Readings in doubt are unknown with the reason."""
    memory: JudgeMemory
    surplus: Surplus
    """The surplus at one moment."""
    raise_w: float
    """The largest raise of a car that the meter allows now, W ≥ 0. 0: the meter has not shown the last raise yet."""
    rides: bool
    """Whether a car may continue for a short time without a surplus: nothing contradicts the last one."""
    test: MeterTest | None
    """What the cars do to test the meter or a battery. None: no test."""
    gap_s: float = 0.0
    """For how long the power of the grid has been missing, s."""
    least_current: bool = False
    """Whether each car that charges goes to its least current, because the home may have changed unseen."""


make_judged = maker(Judged)
