"""Car facts: the least current of a car, its phases, and its time to start, learned from the readings of its charger.

Many cars ignore 6 A. A Zoe draws little below 8 A, other cars stop below 7 A. The learning compares the drawn current
with the offer. A car is *silent* if it draws nothing or little, although it had time to start. It draws *properly* if
it draws most of the offer. A car that is silent at one current and draws properly at a higher one has its least current
between the two. A car that is silent at all currents is full or asleep, and teaches nothing.

While a car is silent, control offers more, step by step (`next_a`), if the surplus pays for it. What was learned is
forgotten when the car is unplugged, because the next car may be another one. It survives a restart of the service.
After a restart, a lower offer is tried once. A car that draws properly at it is another car: what was learned is
forgotten.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.control.estimate.car_model import CarModel
from optimizer.model.site import MIN_CURRENT_A, NOMINAL_VOLTAGE_V
from optimizer.model.state import Ev

MOST_LEAST_A = 16.0
"""No car needs more than this."""
SILENT, NEITHER, PROPER, SETTLED = -1, 0, 1, 2
"""What a reading shows. Settled: the car draws properly, and the reading teaches nothing new."""
PROPER_PART, OVERSHOOT = 0.75, 1.25
"""A car draws properly between these parts of the offer. Above, it has not yet followed a reduction."""
SILENT_BLIND = 0.28
"""A car is silent below `PROPER_PART`, or below this part of the offer while the current of each phase is unknown: a
car on one of three phases must not count as silent."""
STEADY_A = 0.6
"""An offer is steady while it changes by at most this. Only then a car proves that it draws properly."""
WORKS_A = 5.8
"""A car that draws this much is not silent. It may be at its own limit."""
DRAWS_A, STOPS_A = 2.0, 1.0
"""The car starts to draw above the first and stops to draw below the second."""
PROVEN_S = 20.0
"""A car draws properly, or has fallen silent, after this time without another reading."""
FIRST_WAIT_S = 75.0
"""Time for a start of a car with unknown start time, and for a start after a switch of phases: the charger and the car
add their own pauses then. Most cars need 5–15 s, some need 60 s."""
START_MARGIN_S = 15.0
LONGEST_START_S = 120.0
FOLLOWS_S = 12.0
"""Time in which even a slow car follows a write."""
VOTES, STOP_VOTES, VOTES_S = 3, 2, 300.0
"""A car that falls silent this often in this time is silent at these currents, however short each time is. The second
number counts if it draws nothing at all."""
FADES = 0.9
"""Part of an earlier start time that remains if the car starts sooner."""
SWITCH_S = 60.0
"""A stop in this time after a phase switch belongs to the switch."""
COARSE_FROM_A = 10.0
"""From here on the offer rises in steps of 2 A instead of 1 A, except for a car that starts quickly."""
QUICK_START_S = 30.0


class Session(NamedTuple):
    """The findings from readings since the last start of the service, or since the car was plugged in."""

    draws_a: float = math.inf
    """Smallest current at which the car drew properly."""
    silent_a: float = 0.0
    """Largest current at which the car was silent since it last drew properly. 0: none."""
    silent_at_s: float = -math.inf
    """When this was found."""
    tried: bool = False
    """Whether an offer below the learned least current was tried in this session."""
    drawing: bool = False
    stopped: bool = False
    """Whether the car has stopped by itself during an offer, and draws nothing yet."""
    restarts: int = 0
    """Number of starts that followed such a stop."""
    offered_s: float = math.inf
    """Since when the car is offered current, until it draws."""
    phases: int = 0
    switched_s: float = -math.inf
    """Time of the last change of the charger's phases."""
    run: int = NEITHER
    """What the last readings show."""
    since_s: float = 0.0
    run_a: float = math.inf
    """Smallest offer of this run. In a run of proper draw, only steady offers count."""
    wait_s: float = FIRST_WAIT_S
    """Time after which this run proves something."""
    votes: int = 0
    """Number of times that the car has fallen silent lately."""
    voted_s: float = -math.inf
    """Time of the first of them."""
    voted_a: float = 0.0
    """The smallest offer at these times."""
    fell_a: float = math.inf
    """The offer at which it last fell silent. 0: after a switch of phases. Infinite: it has not."""
    paused: bool = False
    """Whether the offer has paused since then."""

    @property
    def refuses(self) -> bool:
        """Whether the car fell silent below a current at which it had drawn, and is silent at this current too, now
        that it is offered again. Some cars start again only after a pause."""
        return self.run == SILENT and not self.paused and self.fell_a < self.draws_a <= self.silent_a


NO_SESSION = Session()


class CarFacts(NamedTuple):
    """The learned facts about the car that is plugged in. They survive a restart of the service."""

    least_a: float = 0.0
    """Least current, A, 6–16. 0: not learned; 6 A is enough as far as is known."""
    fails_a: float = 0.0
    """Largest current at which the car was silent, below `least_a`. 0: none."""
    phases: int = 0
    """Number of phases that the car used when it was offered three. 0: not observed."""
    start_s: float = 0.0
    """Time from an offer until the car draws, s. 0: not observed."""
    session: Session = NO_SESSION


NO_FACTS = CarFacts()


def next_a(silent_a: float, start_s: float = 0.0) -> float:
    """The next current to offer to a car that is silent at `silent_a`, A: a whole number, as the least currents of cars
    are. 0 if no car needs more."""
    if silent_a >= MOST_LEAST_A - 0.05:
        return 0.0
    coarse = silent_a >= COARSE_FROM_A and not 0.0 < start_s <= QUICK_START_S
    return min(MOST_LEAST_A, math.floor(silent_a + 0.05) + (2.0 if coarse else 1.0))


def offered_least_a(facts: CarFacts) -> float:
    """The least current to offer to the car, A. 0: not learned. Between the largest current at which it was silent and
    the smallest one that worked, the middle is tried next: a car that is offered much after a silence would otherwise
    seem to need much. Only whole numbers are tried."""
    if facts.fails_a <= 0.0:
        return facts.least_a
    middle_a = float(math.ceil((facts.fails_a + facts.least_a) / 2.0))
    if middle_a < facts.least_a:
        return middle_a
    below_a = math.ceil(facts.least_a) - 1.0
    return below_a if below_a > facts.fails_a + 0.05 else facts.least_a


def learn_facts(facts: CarFacts, ev: Ev, car: CarModel, car_phases: int, before_s: float) -> CarFacts:
    """The facts after a new reading of the power. `car` has the last writes. `car_phases` is the observed number of
    phases, 0 if unknown. `before_s` is the time of the reading before."""
    power_w, at_s, _ = ev.power_w
    if power_w is None:
        return facts
    session, phases = facts.session, ev.phases.value
    if session.run == SETTLED and phases == session.phases and ev.paused.value is False:
        offered_a, amps = ev.offered_a.value, ev.phase_current_a
        drawn_a = (amps[0].value or 0.0) if amps else power_w / (NOMINAL_VOLTAGE_V * phases)
        if drawn_a >= WORKS_A and offered_a is not None and offered_a >= session.draws_a:
            return facts  # the car works, and the offer is not below the smallest one that is proven
    if car_phases not in (0, facts.phases):
        facts = facts._replace(phases=car_phases)
    if phases and (phases != session.phases or _switches(ev, phases)):
        session = session._replace(phases=phases, switched_s=at_s if session.phases else -math.inf)
    low_a, high_a = _offer_a(ev, car)
    if low_a <= 0.0:
        quiet = session._replace(drawing=False, stopped=False, offered_s=math.inf, run=NEITHER, paused=True)
        return facts._replace(session=quiet)
    drawn_a, measured = _drawn_a(ev, power_w, phases or session.phases)
    drew = session.drawing
    facts, session = _started(facts, session, ev, drawn_a, before_s)
    if drawn_a < WORKS_A and drawn_a < (PROPER_PART if measured else SILENT_BLIND) * low_a:
        if session.drawing and not drew:
            # It still rises. Only a car that stays so low is silent.
            session = session._replace(run=SILENT, since_s=at_s, run_a=low_a)
            return facts._replace(session=session)
        return _judged(facts, session, SILENT, low_a, at_s)
    if not PROPER_PART * low_a <= drawn_a <= OVERSHOOT * high_a:
        return _judged(facts, session, NEITHER, math.inf, at_s)
    if session.silent_a <= 0.0 and high_a >= session.draws_a:
        return facts._replace(session=session._replace(run=SETTLED))
    return _judged(facts, session, PROPER, high_a if high_a - low_a <= STEADY_A else math.inf, at_s)


def _offer_a(ev: Ev, car: CarModel) -> tuple[float, float]:
    """The smallest and the largest offer that the car may follow at the time of its reading, A. Both are 0 if it was
    paused, or if the offer is unknown."""
    if ev.paused.value is not False or ev.offered_a.value is None:
        return 0.0, 0.0
    low_a = high_a = ev.offered_a.value
    signalled_a = ev.signalled_a.value
    if signalled_a is not None and signalled_a < low_a:
        low_a = signalled_a
    at_s = ev.power_w.at_s
    for step in reversed(car.steps):
        if step.at_s <= at_s:
            step_a = step.power_w / (NOMINAL_VOLTAGE_V * step.phases)
            low_a, high_a = min(low_a, step_a), max(high_a, step_a)
            if step.at_s < at_s - FOLLOWS_S:
                break  # the car has followed later ones, or this one
    return (low_a, high_a) if low_a >= MIN_CURRENT_A - 0.05 else (0.0, 0.0)


def _switches(ev: Ev, phases: int) -> bool:
    """Whether another number of phases was commanded lately, and the charger does not report it yet."""
    commanded = ev.commanded
    return commanded is not None and commanded.phases != phases and ev.power_w.at_s - commanded.at_s < SWITCH_S


def _drawn_a(ev: Ev, power_w: float, phases: int) -> tuple[float, bool]:
    """The largest current of a phase, A, and whether it is certain to be that of each used phase."""
    amps = [reading.value for reading in ev.phase_current_a if reading.value is not None]
    if amps:
        return max(amps), True
    return power_w / (NOMINAL_VOLTAGE_V * max(1, phases)), phases == 1


def _started(facts: CarFacts, session: Session, ev: Ev, drawn_a: float, before_s: float) -> tuple[CarFacts, Session]:
    """The facts with the start time of a car that has just started, and the session with its own stops."""
    at_s, offered_s, restarts = ev.power_w.at_s, session.offered_s, session.restarts
    drawing, stopped = session.drawing, session.stopped
    if not drawing and not stopped and offered_s == math.inf:
        commanded = ev.commanded
        offered_s = commanded.at_s if commanded is not None and before_s < commanded.at_s < at_s else at_s
    if drawn_a >= DRAWS_A and not drawing:
        if stopped:
            restarts += 1
        elif before_s > -math.inf:
            late_s = max(0.0, 0.5 * (max(before_s, offered_s) + at_s) - offered_s)
            if session.silent_a <= 0.0:
                facts = facts._replace(start_s=max(min(LONGEST_START_S, late_s), FADES * facts.start_s))
            elif session.silent_a >= session.draws_a and facts.start_s < late_s <= LONGEST_START_S:
                # It had drawn at this current before. So it starts late, and nothing is known of its least current.
                facts, session = (
                    facts._replace(start_s=late_s, least_a=0.0, fails_a=0.0),
                    session._replace(silent_a=0.0),
                )
        drawing, stopped, offered_s = True, False, math.inf
    elif drawn_a < STOPS_A and drawing:
        drawing, stopped = False, at_s - session.switched_s > SWITCH_S
    return facts, session._replace(offered_s=offered_s, drawing=drawing, stopped=stopped, restarts=restarts)


def _judged(facts: CarFacts, session: Session, kind: int, offer_a: float, at_s: float) -> CarFacts:
    """The facts after a reading that shows `kind` at this offer."""
    rises = kind == SILENT and session.run_a <= session.silent_a < offer_a  # the first higher offer
    if kind != session.run or rises:
        switched = at_s - session.switched_s <= SWITCH_S
        fell = session.run != SILENT and session.offered_s == math.inf and not switched
        wait_s = PROVEN_S if kind != SILENT or fell else _start_wait_s(facts, switched=switched)
        if kind == SILENT != session.run and session.draws_a < math.inf and (fell or switched):
            session = session._replace(fell_a=offer_a if fell else 0.0, paused=False)
        session = session._replace(run=kind, since_s=at_s, run_a=offer_a, wait_s=wait_s)
        return _voted(facts, session, offer_a, at_s) if kind == SILENT and fell else facts._replace(session=session)
    session = session._replace(run_a=min(session.run_a, offer_a))
    if kind == NEITHER or session.run_a == math.inf or at_s - session.since_s < session.wait_s:
        return facts._replace(session=session)
    current_a = session.run_a
    wait_s = PROVEN_S if kind == PROPER else _start_wait_s(facts)
    session = session._replace(since_s=at_s, run_a=offer_a, wait_s=wait_s)
    if kind == PROPER:
        return _drew(facts, session, current_a)
    return _was_silent(facts, session, current_a, at_s)


def _voted(facts: CarFacts, session: Session, low_a: float, at_s: float) -> CarFacts:
    """The facts after the car has fallen silent once more."""
    votes, voted_s, voted_a = session.votes + 1, session.voted_s, min(session.voted_a, low_a)
    if votes == 1 or at_s - voted_s > VOTES_S:
        votes, voted_s, voted_a = 1, at_s, low_a
    session = session._replace(votes=votes, voted_s=voted_s, voted_a=voted_a)
    return (
        _was_silent(facts, session, voted_a, at_s)
        if votes >= (STOP_VOTES if session.stopped else VOTES)
        else facts._replace(session=session)
    )


def _start_wait_s(facts: CarFacts, *, switched: bool = False) -> float:
    """Time after an offer without a start that proves silence. `switched`: a phase switch comes before the start."""
    if switched:
        return max(FIRST_WAIT_S, SWITCH_S + facts.start_s)
    return max(PROVEN_S, facts.start_s + START_MARGIN_S) if facts.start_s > 0.0 else FIRST_WAIT_S


def _drew(facts: CarFacts, session: Session, current_a: float) -> CarFacts:
    """The facts after proper draw at `current_a`."""
    least_a, fails_a, silent_a = facts.least_a, facts.fails_a, session.silent_a
    tried = session.tried or current_a < least_a
    if 0.0 < silent_a < min(current_a, session.draws_a):
        fails_a, least_a, tried = silent_a, min(current_a, session.draws_a, MOST_LEAST_A), True
    elif current_a <= fails_a:
        least_a = fails_a = 0.0  # another car, or a wrong conclusion
    elif current_a < least_a:
        least_a = current_a
    session = session._replace(draws_a=min(session.draws_a, current_a), silent_a=0.0, tried=tried)
    return facts._replace(least_a=least_a, fails_a=fails_a, session=session)


def _was_silent(facts: CarFacts, session: Session, current_a: float, at_s: float) -> CarFacts:
    """The facts after silence at `current_a`."""
    silent_a = max(session.silent_a, current_a)
    tried = session.tried or current_a < facts.least_a
    return facts._replace(session=session._replace(silent_a=silent_a, silent_at_s=at_s, tried=tried, votes=0))
