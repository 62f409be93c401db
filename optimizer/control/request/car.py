"""Cars in the request: the offer to a car that draws nothing, the wear by its own stops, and what is known of it."""

from __future__ import annotations

from optimizer.control.budget import due_in_s, may_spend
from optimizer.control.descriptors import ChargerInfo
from optimizer.control.estimate.car_facts import SILENT, offered_least_a
from optimizer.control.estimate.car_limits import CarLimits
from optimizer.control.estimate.observation import Observation
from optimizer.control.memory import EvMemory
from optimizer.control.params import Params
from optimizer.model.decision import FAST, MIN_SURPLUS, SURPLUS, Cause, EvMode
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V, ChargerSite
from optimizer.model.state import Ev

MOST_UNPAID_A = 10.0
"""`min_surplus` offers a silent car up to this current without surplus."""
SET, LEARNED = "set in the settings", "learned"


def trial_pays(
    car: CarLimits, memory: EvMemory, observed: Observation, mode: EvMode, share_w: float | None, grid_share: float
) -> bool:
    """Whether a running charger may offer the next current to a car that was silent at lower ones. `share_w` is its
    part of the surplus, W. The meter shows a start of the car before the reading of the car does, as if the surplus had
    fallen. So the share of the tick before counts too, and a car that has begun to draw is not stopped for it."""
    if mode is FAST or (mode is MIN_SURPLUS and car.trial_a <= MOST_UNPAID_A) or observed.facts.session.drawing:
        return True
    if share_w is None:
        return False
    share_w = max(share_w, memory.follow.silent_w)
    per_a = NOMINAL_VOLTAGE_V * (1 if memory.phases == 1 else car.phases)
    return share_w >= car.trial_a * per_a * (1.0 - grid_share)


def tries_one_phase(observed: Observation, ev: Ev, site: ChargerSite, mode: EvMode, grid_share: float) -> bool:
    """Whether the charger may start with the surplus for one phase, because nobody knows how many phases the car uses.

    This is for a charger with fixed phases. It offers only the least current until a reading shows the phases. Thus a
    car on three phases takes power from the grid for some seconds, once after it was plugged in. Without a share of
    grid power this is not allowed."""
    if mode is not SURPLUS or grid_share <= 0.0 or site.can_switch_phases or len(site.phase_map) < 3:
        return False
    facts = observed.facts
    if (
        (observed.set_phases or site.car_phases) is not None
        or observed.car_phases
        or facts.phases
        or facts.session.silent_a > 0.0
    ):
        return False  # known, or silent at the least current: then the next current is tried on all phases
    amps = ev.phase_current_a
    return len(amps) == 3 and all(reading.value is not None for reading in amps)


def unpaid(car: CarLimits, observed: Observation, mode: EvMode, subject: str) -> Cause | None:
    """The cause for a pause of a car that is silent, because the surplus does not pay for the next current on these
    phases. It may start on one phase."""
    session = observed.facts.session
    if mode is not SURPLUS or session.run != SILENT:
        return None
    return Cause("car.unpaid", subject, numbers=(("silent_a", session.silent_a), ("trial_a", car.trial_a)))


def wears(memory: EvMemory, params: Params, now_s: float, subject: str) -> Cause | None:
    """The cause for a pause of a car that stops and starts by itself, when the budget of starts is used."""
    starts = params.starts
    if may_spend(memory.started_at_s, starts._replace(spacing_s=0.0), now_s):
        return None
    rest_s = due_in_s(memory.started_at_s, starts, now_s)
    numbers = (("per_hour", starts.per_hour), ("per_day", starts.per_day), ("rest_s", rest_s))
    return Cause("budget.start", subject, numbers=numbers)


def car_causes(info: ChargerInfo, observed: Observation, car: CarLimits, causes: list[Cause]) -> None:
    """Add what is known of the car and differs from a car that uses all phases from 6 A on."""
    site, facts = info.site, observed.facts
    set_a, set_phases = observed.set_a or site.car_min_current_a, observed.set_phases or site.car_phases
    least_a = set_a or offered_least_a(facts)
    if least_a > MIN_CURRENT_A:
        detail = SET if set_a is not None else LEARNED
        causes.append(Cause("car.least", info.subject, numbers=(("least_a", least_a),), detail=detail))
    if car.trial_a > 0.0:
        numbers = (("silent_a", facts.session.silent_a), ("trial_a", car.trial_a))
        causes.append(Cause("car.tries", info.subject, numbers=numbers))
    if car.phases < len(site.phase_map):
        detail = SET if set_phases is not None and set_phases >= observed.car_phases else LEARNED
        causes.append(Cause("car.phases", info.subject, numbers=(("phases", car.phases),), detail=detail))


def limit_cause(info: ChargerInfo, observed: Observation, cap_a: float, causes: list[Cause]) -> None:
    """Add the limit of the car if the charger may offer more. Below the least current of a charger it is the mean of
    phases of which the car uses a part, or the car is nearly full."""
    most_a = observed.car.limit.limit_a
    if MIN_CURRENT_A <= most_a < cap_a:
        causes.append(Cause("car.most", info.subject, numbers=(("most_a", most_a),), detail=LEARNED))
