"""The result while the power of a battery is not believed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from optimizer.control.estimate.surplus import held_surplus, unknown_surplus
from optimizer.control.judge.answers import from_here
from optimizer.control.judge.doubt import withdrawn
from optimizer.control.judge.gap import through_gap
from optimizer.control.judge.hidden_moves import Powers
from optimizer.control.judge.judged import Judged, JudgeMemory, make_judged
from optimizer.control.judge.shown import NOTHING_SHOWN
from optimizer.control.judge.slow_battery import SlowHome
from optimizer.control.judge.soc_sign import without_wrong
from optimizer.control.judge.standing import Standing
from optimizer.control.judge.still_battery import NO_STILL, surplus_without, without_doubted
from optimizer.control.judge.turned_battery import without_turned
from optimizer.control.judge.window import without_average
from optimizer.model.reading import Reading
from optimizer.model.site import Site
from optimizer.model.state import State


def beside_doubted(
    state: State,
    memory: JudgeMemory,
    powers: Powers,
    standing: Standing,
    drawn: Mapping[str, float],
    pv: Reading[float] | None,
    site: Site,
) -> Judged:
    """The result while the reading of a battery is in doubt."""
    # The surplus and the home were wrong since the reading stands still. The meter is not to blame.
    answers = from_here(memory.meter.answers, powers.drawn_w, powers.home_w)
    meter = memory.meter._replace(standing=standing, answers=answers)
    memory = memory._replace(
        meter=meter, shown=NOTHING_SHOWN, slow_home=SlowHome(), window=without_average(memory.window)
    )
    state, total_w = without_doubted(state, memory.still), surplus_without(memory.still, powers)
    if total_w is None:
        return through_gap(state, memory, drawn, pv, site)
    surplus = held_surplus(total_w, powers.at_s, drawn)
    return make_judged(state=state, memory=memory, surplus=surplus, raise_w=math.inf, rides=False, test=None)


def beside_turned(
    state: State,
    memory: JudgeMemory,
    standing: Standing,
    taken_w: float,
    home_w: float,
    drawn: Mapping[str, float],
) -> Judged:
    """The result while a battery has the wrong sign. The meter is not to blame for a home that was wrong."""
    meter = memory.meter._replace(standing=standing, answers=from_here(memory.meter.answers, taken_w, home_w))
    if meter.doubts.why:
        meter = meter._replace(doubts=withdrawn(meter.doubts))
    memory = memory._replace(
        meter=meter, shown=NOTHING_SHOWN, slow_home=SlowHome(), window=without_average(memory.window), still=NO_STILL
    )
    state = without_turned(without_wrong(state, memory.signs), memory.turns)
    surplus = unknown_surplus(state, drawn)
    return make_judged(state=state, memory=memory, surplus=surplus, raise_w=math.inf, rides=False, test=None)
