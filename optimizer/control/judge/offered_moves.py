"""Starts and stops of a car, as its charger shows them, and as the grid meter shows them.

PV + grid + discharge is the load of the house. When a car starts or stops, the load changes by the power of the car. A
car that follows its offer draws current × voltage × phases, by its model (`car_model`). The charger is judged only if
the load changes by just this power. A car that does not follow its offer tells nothing: it is full, slow, or on fewer
phases.

The offer may change soon after a start, so the means of some moments are compared. A charger that shows an average, or
that is late, does not show the same part of the offer at two moments after a start.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from optimizer.control.estimate.balance import Balance
from optimizer.control.estimate.car_model import PACES, CarModel, modelled_w
from optimizer.control.estimate.observation import Observation
from optimizer.model.reading import Reading
from optimizer.model.state import Commanded, Ev
from optimizer.model.value import maker

LEAST_W = 1000.0
"""A smaller power says nothing."""
PAUSES_S, CHARGES_S = 10.0, 20.0
"""A pause before a start, and a charge before a stop, last this long. So the values before the move are settled."""
OLDEST_S = 60.0
"""The values before a move are not older than this."""
LONGEST_S = 120.0
"""A move without a result ends after this time."""
BEGUN = 0.6
"""The car has begun to draw when the load has risen by this part of the offer."""
FOLLOWED, FOLLOWED_W = 0.3, 100.0
"""The car follows its offer if the load changes by the offer, within this part and this power."""
MOMENTS, SETTLES_S = 2, 10.0
"""Number of moments after a start that are compared, and the time from the first one."""
READ_S = 5.0
"""The charger is read twice after a start, at least this far apart. After a stop it is read this long after the meter
has shown it."""
STEADY, ROUNDS_W = 0.15, 0.5
"""Both readings are the same part of the offer, within this part and the rounding to 1 W. Before a stop, the offer is
the same within this part."""
ERROR, HOME_W = 0.08, 100.0
"""Errors of the comparison: this part of the power, and usual changes of the home."""


class Move(NamedTuple):
    """A start or a stop: the values before it, and those after it up to now."""

    starts: bool
    phases: int
    """The phases of the offer after a start, or before a stop."""
    supply_w: float
    """The load of the house without the other cars before the move."""
    read_w: float
    """Power of the charger by its reading before it."""
    offer_w: float = 0.0
    read_offer_w: float = 0.0
    """Power of the car by its model before a stop, at the moment of the load and at the time of the reading."""
    began_s: float = math.inf
    """Since when the load shows the move. Infinite: it does not."""
    at_s: float = -math.inf
    """The last of the moments after a start."""
    moments: int = 0
    taken_w: float = 0.0
    offered_w: float = 0.0
    """Sums of the change of the load, and of the power by the model, over these moments."""
    part: float = 0.0
    part_s: float = math.inf
    """The part of the offer that the first reading after a start showed, and its time."""


class Watched(NamedTuple):
    """The offer of one charger. Part of the memory."""

    phases: int
    """The phases of the offer. 0: it is paused."""
    since_s: float
    """Since when it is paused, or charges on these phases."""
    move: Move | None = None


class Shown(NamedTuple):
    """The result of a move of a car that has followed its offer."""

    name: str
    phases: int
    """The phases on which the car was offered current."""
    read_w: float
    """The power of the car by its charger."""
    taken_w: float
    """The power by the grid meter at the same time, > 0."""
    error_w: float
    """Error of this power."""


Offers = Mapping[str, Watched]
Compared = tuple[Balance, Mapping[str, Ev], Mapping[str, float]]
"""The values of one moment: the balance of the house, the chargers as they were read, and the power of each car. They
are part of the memory, because a move is compared with the moment before the write. Each tick makes one, so it is
a tuple."""
make_move = maker(Move)
make_watched = maker(Watched)


def stirred(offers: Offers, evs: Mapping[str, Ev]) -> bool:
    """Whether a car starts, stops, or waits for the result of a move. Fast, because most ticks have none."""
    for name, ev in evs.items():
        if (commanded := ev.commanded) is not None:
            if (one := offers.get(name)) is None:
                return True
            phases, _, move = one
            if move is not None or phases != (0 if commanded.paused else commanded.phases):
                return True
    return False


def watched(
    offers: Offers, observed: Mapping[str, Observation], now: Compared, before: Compared | None
) -> tuple[Offers, Shown | None]:
    """The offers after one more moment, and the result of a move, if there is one. `before` is the moment before."""
    result = None
    for name, ev in now[1].items():
        if (commanded := ev.commanded) is None:
            continue
        one, phases = offers.get(name), 0 if commanded.paused else commanded.phases
        if one is not None and one.phases == phases and one.move is None:
            continue
        if one is None or name not in observed:
            after = make_watched(phases, commanded.at_s)
        elif one.phases != phases:
            after = _written(one, name, commanded, phases, observed[name].car, before)
        else:
            after, shown = _moved(one, name, ev.power_w, observed[name].car, now)
            result = shown or result
        offers = {**offers, name: after}
    return offers, result


def _written(
    one: Watched, name: str, commanded: Commanded, phases: int, car: CarModel, before: Compared | None
) -> Watched:
    """The offer after a start, a stop, or a switch of phases."""
    after = make_watched(phases, commanded.at_s)
    if before is None or (phases and one.phases):
        return after
    if (ev := before[1].get(name)) is None or (read_w := ev.power_w.value) is None:
        return after
    at_s, read_s = before[0].at_s, ev.power_w.at_s
    from_s = max(one.since_s + (PAUSES_S if phases else CHARGES_S), commanded.at_s - OLDEST_S)
    if not (from_s <= at_s <= commanded.at_s + 1.0 and from_s <= read_s):
        return after
    supply_w = _supply_w(name, before)
    if phases:
        return after._replace(move=make_move(starts=True, phases=phases, supply_w=supply_w, read_w=read_w))
    pace = PACES[car.pace]
    offer_w, read_offer_w = modelled_w(car, at_s, pace), modelled_w(car, read_s, pace)
    if offer_w < LEAST_W or abs(offer_w - read_offer_w) > STEADY * offer_w:
        return after
    return after._replace(
        move=make_move(
            starts=False,
            phases=one.phases,
            supply_w=supply_w,
            read_w=read_w,
            offer_w=offer_w,
            read_offer_w=read_offer_w,
        )
    )


def _moved(
    one: Watched, name: str, power_w: Reading[float], car: CarModel, now: Compared
) -> tuple[Watched, Shown | None]:
    """The offer after one more moment of its move, and the result, if there is one."""
    move, at_s = one.move, now[0].at_s
    assert move is not None
    if at_s > one.since_s + LONGEST_S:
        return one._replace(move=None), None
    change_w = _supply_w(name, now) - move.supply_w
    if not move.starts:
        return _stopped(one, name, move, power_w, -change_w, at_s)
    pace = PACES[car.pace]
    offer_w = modelled_w(car, at_s, pace)
    if at_s <= move.at_s or offer_w < LEAST_W or (move.began_s == math.inf and change_w < BEGUN * offer_w):
        return one, None
    move = move._replace(
        began_s=min(move.began_s, at_s),
        at_s=at_s,
        moments=move.moments + 1,
        taken_w=move.taken_w + change_w,
        offered_w=move.offered_w + offer_w,
    )
    read_w, read_s, _ = power_w
    if read_w is None or read_s <= move.began_s or (read_offer_w := modelled_w(car, read_s, pace)) < LEAST_W:
        return one._replace(move=move), None
    drawn_w = read_w - move.read_w
    part = drawn_w / read_offer_w
    if move.part_s == math.inf:
        return one._replace(move=move._replace(part=part, part_s=read_s)), None
    if read_s < move.part_s + READ_S or move.moments < MOMENTS or at_s < move.began_s + SETTLES_S:
        return one._replace(move=move), None
    steady = abs(part - move.part) <= STEADY * abs(part) + ROUNDS_W / read_offer_w
    return one._replace(move=None), _shown(name, move, drawn_w, read_offer_w) if steady else None


def _stopped(
    one: Watched, name: str, move: Move, power_w: Reading[float], taken_w: float, at_s: float
) -> tuple[Watched, Shown | None]:
    """The offer after one more moment of a stop, and the result, if the load shows it for some time."""
    if not _follows(taken_w, move.offer_w):
        return one if move.began_s == math.inf else one._replace(move=move._replace(began_s=math.inf)), None
    move = move._replace(began_s=min(move.began_s, at_s))
    read_w, read_s, _ = power_w
    if at_s < move.began_s + SETTLES_S or read_w is None or read_s < move.began_s + READ_S:
        return one._replace(move=move), None
    move = move._replace(moments=1, taken_w=taken_w, offered_w=move.offer_w)
    return one._replace(move=None), _shown(name, move, move.read_w - read_w, move.read_offer_w)


def _shown(name: str, move: Move, read_w: float, offer_w: float) -> Shown | None:
    """The result of a move, if the car has followed its offer. `read_w` is what the charger shows of it, `offer_w` the
    power by the model at the same time."""
    if not _follows(move.taken_w / move.moments, move.offered_w / move.moments):
        return None
    taken_w = move.taken_w / move.offered_w * offer_w
    return Shown(name=name, phases=move.phases, read_w=read_w, taken_w=taken_w, error_w=ERROR * taken_w + HOME_W)


def _follows(taken_w: float, offer_w: float) -> bool:
    return abs(taken_w - offer_w) <= FOLLOWED * offer_w + FOLLOWED_W


def _supply_w(name: str, moment: Compared) -> float:
    """The load of the house without the other cars, W."""
    (_, grid_w, discharge_w, pv_w, _), _, drawn_w = moment
    return pv_w + grid_w + discharge_w - sum(drawn_w.values()) + drawn_w.get(name, 0.0)
