"""The part of the memory that survives a restart, as JSON: relay operations, battery energy for cars, the delay of the
grid meter, and what was learned about each car.

A restart must not give the service a new budget of relay operations. Monotonic time has no meaning after a restart, so
the record stores ages and the wall time at which they were taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from optimizer.control.budget import DAY_S, Allowance, spent
from optimizer.control.estimate.car_facts import LONGEST_START_S, MOST_LEAST_A, CarFacts
from optimizer.control.estimate.switch_load import SwitchMemory
from optimizer.control.judge.answers import MOST_DELAYS, UNKNOWN_LIMIT_S
from optimizer.control.judge.doubt import MOST_STRIKES
from optimizer.control.judge.meter import MeterMemory
from optimizer.control.memory import EvMemory, Memory
from optimizer.control.params import RESUMES, Params
from optimizer.model.site import MIN_CURRENT_A

FORMAT = 1
MOST_OPERATIONS = 1000
MOST_LENT_WH = 1e6
USUAL_STARTS = Allowance(per_hour=6, per_day=30)
"""The budget of a switchable load without a record."""


def to_record(memory: Memory, now: datetime, mono_s: float) -> dict[str, Any]:
    """The memory as JSON values, taken at wall time `now` and monotonic time `mono_s`."""
    return {
        "format": FORMAT,
        "at": now.timestamp(),
        "lent_wh": round(memory.bound.to_cars_wh, 3),
        "meter": _meter(memory.judge.meter, mono_s),
        "chargers": {
            name: {
                "started": [round(mono_s - at_s, 1) for at_s in ev.started_at_s],
                "switched": [round(mono_s - at_s, 1) for at_s in ev.switched_at_s],
                "resumed": [round(mono_s - at_s, 1) for at_s in ev.resumed_at_s],
                "last_offer_a": ev.observed.last_offer_a,
                "limits_energy": ev.limits_energy,
                "car": _facts_record(ev.observed.facts),
            }
            for name, ev in memory.evs.items()
        },
        **(
            {"switches": {name: _switch_record(switch, mono_s) for name, switch in memory.switches.items()}}
            if memory.switches
            else {}
        ),
    }


def from_record(record: object, memory: Memory, mono_s: float) -> Memory:
    """`memory` with the values of the record, for a process that starts at monotonic time `mono_s`.

    Operations age only while the service runs, because the wall clock at a start can be wrong. Raises ValueError if
    `record` is not such a record.
    """
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        raise ValueError("not a record of relay operations")
    try:
        _number(record["at"])
        chargers = record["chargers"]
        evs = {
            name: _restored(ev, chargers[name], mono_s) if name in chargers else ev for name, ev in memory.evs.items()
        }
        meter = _restored_meter(memory.judge.meter, record.get("meter", {}), mono_s)
        recorded = record.get("switches", {})
        switches = {
            name: _restored_switch(switch, recorded[name], mono_s) if name in recorded else switch
            for name, switch in memory.switches.items()
        }
        to_cars_wh = min(MOST_LENT_WH, max(0.0, _number(record["lent_wh"])))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a record of relay operations: {error}") from None
    if switches:
        memory = memory._replace(switches=switches)
    return memory._replace(
        evs=evs, bound=memory.bound._replace(to_cars_wh=to_cars_wh), judge=memory.judge._replace(meter=meter)
    )


def without_record(memory: Memory, params: Params, mono_s: float) -> Memory:
    """`memory` without a record. The number of past operations is unknown, so the day's allowance counts as used."""
    started, switched, resumed = (spent(allowance, mono_s) for allowance in (params.starts, params.switches, RESUMES))
    evs = {
        name: ev._replace(started_at_s=started, switched_at_s=switched, resumed_at_s=resumed)
        for name, ev in memory.evs.items()
    }
    if memory.switches:
        used = spent(USUAL_STARTS, mono_s)
        switches = {
            name: switch._replace(started_at_s=used, changed_s=mono_s) for name, switch in memory.switches.items()
        }
        memory = memory._replace(switches=switches)
    return memory._replace(evs=evs)


def _switch_record(switch: SwitchMemory, mono_s: float) -> dict[str, Any]:
    """The starts of a load and its last change, as ages in s. The age of the change is a day at most."""
    return {
        "started": [round(mono_s - at_s, 1) for at_s in switch.started_at_s],
        "changed": round(min(DAY_S, mono_s - switch.changed_s), 1),
        "on": switch.on,
    }


def _restored_switch(switch: SwitchMemory, entry: Mapping[str, Any], mono_s: float) -> SwitchMemory:
    """A load that was on was switched off by the hand-back, at an unknown time. This counts as now."""
    changed_s = mono_s - max(0.0, _number(entry["changed"]))
    return switch._replace(
        started_at_s=_times(entry["started"], mono_s), changed_s=mono_s if entry["on"] else changed_s
    )


def _restored(ev: EvMemory, entry: Mapping[str, Any], mono_s: float) -> EvMemory:
    return ev._replace(
        started_at_s=_times(entry["started"], mono_s),
        switched_at_s=_times(entry["switched"], mono_s),
        resumed_at_s=_times(entry.get("resumed", []), mono_s),
        observed=ev.observed._replace(
            last_offer_a=max(0.0, _number(entry["last_offer_a"])), facts=_facts(entry.get("car", {}))
        ),
        limits_energy=bool(entry["limits_energy"]),
    )


def _meter(meter: MeterMemory, mono_s: float) -> dict[str, Any]:
    doubts = meter.doubts
    return {
        "delays_s": [round(delay_s, 1) for delay_s in meter.answers.delays_s],
        "strikes": doubts.strikes,
        "struck": round(mono_s - doubts.struck_s, 1) if doubts.strikes else 0.0,
    }


def _restored_meter(meter: MeterMemory, entry: Mapping[str, Any], mono_s: float) -> MeterMemory:
    """The delay of the meter, and how often it was implausible. The meter itself is believed again after a start."""
    if not entry:
        return meter
    delays_s = [min(UNKNOWN_LIMIT_S, max(0.0, _number(delay_s))) for delay_s in entry["delays_s"][-MOST_DELAYS:]]
    strikes = min(MOST_STRIKES, max(0, int(_number(entry["strikes"]))))
    struck_s = mono_s - max(0.0, _number(entry["struck"])) if strikes else -math.inf
    return meter._replace(
        answers=meter.answers._replace(delays_s=tuple(delays_s)),
        doubts=meter.doubts._replace(strikes=strikes, struck_s=struck_s),
    )


def _facts_record(facts: CarFacts) -> dict[str, float]:
    return {"least_a": facts.least_a, "fails_a": facts.fails_a, "phases": facts.phases, "start_s": facts.start_s}


def _facts(entry: Mapping[str, Any]) -> CarFacts:
    """The learned facts about the car. Values outside their range count as not learned. Older records have none."""
    least_a, fails_a = _number(entry.get("least_a", 0.0)), _number(entry.get("fails_a", 0.0))
    if not MIN_CURRENT_A <= fails_a < least_a <= MOST_LEAST_A:
        least_a = fails_a = 0.0
    phases, start_s = _number(entry.get("phases", 0)), _number(entry.get("start_s", 0.0))
    return CarFacts(
        least_a=least_a,
        fails_a=fails_a,
        phases=int(phases) if phases in (1, 2, 3) else 0,
        start_s=min(LONGEST_START_S, max(0.0, start_s)),
    )


def _times(ages_s: list[Any], mono_s: float) -> tuple[float, ...]:
    """Monotonic times from ages, ascending. Ages over a day are left out."""
    ages = [max(0.0, _number(age)) for age in ages_s[-MOST_OPERATIONS:]]
    return tuple(sorted(mono_s - age for age in ages if age < DAY_S))


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not a record of relay operations: not a finite number")
    return number
