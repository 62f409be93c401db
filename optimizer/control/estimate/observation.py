"""The observation of one charger and its car, from tick to tick."""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.estimate.car_facts import NO_FACTS, CarFacts, learn_facts
from optimizer.control.estimate.car_model import SLOW_START_S, CarModel, learn
from optimizer.model.state import CHARGING, DISCONNECTED, Ev
from optimizer.model.value import maker

DRAWS_A = 2.0
"""The car uses a phase with more current than this. Standby noise is far below."""
FULL_OFFER_A = 4.5
"""Phases are counted while the largest phase current is at least this. Some cars draw 5 A of the least offer of 6 A."""
CLOSED_S = 60.0
"""Cars connect their phases one after another. This time after the start and after a switch to three phases, all are
connected. All three are counted at once."""


class Observation(NamedTuple):
    """The result of past readings. Part of the memory."""

    car: CarModel = CarModel()
    last_offer_a: float = 0.0
    """The last reported current setting. A charger without communication falls back to it."""
    car_phases: int = 0
    """Observed number of phases that the car uses. 0: not observed yet."""
    charging_since_s: float = math.inf
    """Since when the car charges. Infinite while it does not."""
    unswitched_since_s: float = math.inf
    """Since when the reported number of phases differs from the commanded number. Infinite while they agree."""
    read_at_s: float = -math.inf
    """Time of the last reading of the power."""
    facts: CarFacts = NO_FACTS
    drawn_a: tuple[float, ...] = ()
    """The phase currents of the last reading. Empty: not measured, or unknown."""
    drawn_at_s: float = -math.inf
    before_a: tuple[float, ...] = ()
    """The phase currents of the last known reading before it."""
    set_a: float | None = None
    """Least current of the vehicle that is plugged in, by the settings, A. None: not set, or not known which it is."""
    set_phases: int | None = None
    """Number of phases that it uses, by the settings."""


make_observation = maker(Observation)


def observe(observed: Observation, ev: Ev, now_s: float, since_s: float = math.inf) -> Observation:
    """The observation after one more snapshot. The model of the car stays valid for times after `since_s`."""
    car, last_offer_a, car_phases, charging_s, unswitched_s, before_s, facts, drawn_a, drawn_at_s, before_a, _, _ = (
        observed
    )
    status, offered, phases, commanded = ev.status.value, ev.offered_a.value, ev.phases.value, ev.commanded
    charging_since_s = unswitched_since_s = math.inf
    if status is CHARGING:
        charging_since_s = charging_s if charging_s < now_s else now_s
    if commanded is not None and phases is not None and phases != commanded.phases and status is not DISCONNECTED:
        unswitched_since_s = unswitched_s if unswitched_s < now_s else now_s
    session = facts.session
    if status is DISCONNECTED:
        car_phases = 0
    elif car_phases != 3 and phases == 3 and ev.phase_current_a:
        wired_s = session.switched_s if session.phases == 3 else math.inf
        car_phases = _car_phases(car_phases, ev, now_s - max(charging_since_s, wired_s))
    car = learn(car, ev, since_s, facts.start_s > SLOW_START_S or session.silent_a > 0.0)
    at_s = ev.power_w.at_s
    if status is DISCONNECTED:
        facts = NO_FACTS
    elif at_s > before_s:
        facts = learn_facts(facts, ev, car, car_phases, before_s)
    if ev.phase_current_a and (
        ev.phase_current_a[0].at_s != drawn_at_s or (drawn_a and ev.phase_current_a[0].value is None)
    ):
        drawn_at_s, before_a = ev.phase_current_a[0].at_s, drawn_a or before_a
        amps = tuple(reading.value for reading in ev.phase_current_a if reading.value is not None)
        drawn_a = amps if len(amps) == len(ev.phase_current_a) else ()
    return make_observation(
        car,
        last_offer_a if offered is None else offered,
        car_phases,
        charging_since_s,
        unswitched_since_s,
        at_s,
        facts,
        drawn_a,
        drawn_at_s,
        before_a,
        ev.car_min_current_a,
        ev.car_phases,
    )


def _car_phases(observed: int, ev: Ev, steady_s: float) -> int:
    """The number of phases, of three, that the car uses, after it had time to connect all, or when it uses all.

    `steady_s` is the time since the start and since the switch to three phases.
    """
    amps = [reading.value for reading in ev.phase_current_a if reading.value is not None]
    if len(amps) < 3 or max(amps) < FULL_OFFER_A:
        return observed
    count = sum(1 for a in amps if a > DRAWS_A)
    return max(observed, count) if count == 3 or steady_s >= CLOSED_S else observed
