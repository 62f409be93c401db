"""The memory of the judge after a look at the powers of the chargers, at the end of each tick."""

from __future__ import annotations

from optimizer.control.estimate.car_facts import NO_FACTS
from optimizer.control.estimate.observation import Observation
from optimizer.control.estimate.own_limit import NO_LIMIT
from optimizer.control.judge.answers import from_here
from optimizer.control.judge.charger_unit import changed_names, looked
from optimizer.control.judge.doubt import withdrawn
from optimizer.control.judge.judged import JudgeMemory
from optimizer.control.judge.offered_moves import Compared
from optimizer.control.judge.shown import NOTHING_SHOWN
from optimizer.control.judge.sign import anew
from optimizer.control.judge.slow_battery import SlowHome
from optimizer.control.judge.still_battery import NO_STILL
from optimizer.control.judge.sun_ahead import NO_SUN_AHEAD
from optimizer.control.judge.window import without_average


def after_look(
    memory: JudgeMemory, before: JudgeMemory, observed: dict[str, Observation]
) -> tuple[JudgeMemory, dict[str, Observation]]:
    """The memory of this tick after a look at the chargers, and the observations. `before` is the memory of the tick
    before. If a doubt begins or ends, what a wrong power told about a car is forgotten."""
    now, units = memory.last, memory.units
    if now is None or (after := looked(units, observed, now, before.last)) is units:
        return memory, observed
    if after.doubted != units.doubted:
        names = changed_names(units, after)
        memory, observed = _with_doubt(memory, now, names), _without_facts(observed, names)
    return memory._replace(units=after), observed


def _without_facts(observed: dict[str, Observation], names: set[str]) -> dict[str, Observation]:
    return {
        name: one._replace(facts=NO_FACTS, car=one.car._replace(take=1.0, limit=NO_LIMIT)) if name in names else one
        for name, one in observed.items()
    }


def _with_doubt(memory: JudgeMemory, now: Compared, names: set[str]) -> JudgeMemory:
    """The memory when a doubt about a charger begins or ends. The surplus and the home were wrong until now, and the
    meter is not to blame."""
    (_, grid_w, discharge_w, pv_w, _), _, drawn_w = now
    taken_w, meter = sum(drawn_w.values()), memory.meter
    home_w = pv_w + grid_w + discharge_w - taken_w
    meter = meter._replace(answers=from_here(meter.answers, taken_w, home_w), sign=anew(meter.sign))
    if meter.doubts.why:
        meter = meter._replace(doubts=withdrawn(meter.doubts))
    return memory._replace(
        meter=meter,
        shown=NOTHING_SHOWN,
        slow_home=SlowHome(),
        window=without_average(memory.window),
        ahead=NO_SUN_AHEAD,
        still=NO_STILL,
        impossible={key: one for key, one in memory.impossible.items() if key[0] != "ev" or key[1] not in names},
    )
