"""The vehicle at each charger: by hand, else by a rule, else by an input, else the usual one.

One car cannot be at two chargers. Among the chargers with a car, the one with the higher choice keeps it. With equal
choices, the car is unknown at each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from optimizer.model.inputs import reading_of
from optimizer.model.kinds import GUEST
from optimizer.model.reading import NOT_MEASURED
from optimizer.model.state import DISCONNECTED, Ev, State
from optimizer.rules.book.overrides import RULE
from optimizer.rules.book.verdict import Claimed
from optimizer.words.text import Text

USUAL, INPUT, RULES, HAND = range(4)
"""Who names the vehicle. The largest goes first."""
UNDECIDED = Text("the rules have not decided yet which vehicle it is")
A_GUEST = Text("the car is a guest")
NO_REASON = ""


class Present(NamedTuple):
    """The vehicle at one charger."""

    name: str = ""
    """A vehicle of the settings, `guest`, or empty: not known."""
    why: str = NO_REASON
    """Why no vehicle of the settings is known to be there."""
    rank: int = USUAL


def present_vehicles(
    state: State,
    known: Collection[str],
    usual: Mapping[str, str],
    chosen: Mapping[str, str],
    claimed: Mapping[str, Claimed | None],
) -> dict[str, Present]:
    """The vehicle at each charger. `known` are the vehicles of the settings, `usual` those of each charger, `chosen`
    the inputs that name one, and `claimed` what rules and a hand say."""
    found = {name: _checked(_named(state, name, usual, chosen, claimed), known) for name in state.evs}
    return {name: _alone(name, one, found, state.evs) for name, one in found.items()}


def _named(
    state: State,
    charger: str,
    usual: Mapping[str, str],
    chosen: Mapping[str, str],
    claimed: Mapping[str, Claimed | None],
) -> Present:
    if charger in claimed:
        claim = claimed[charger]
        if claim is None:
            return Present(why=UNDECIDED, rank=RULES)
        return Present(str(claim.value), rank=HAND if claim.rule == RULE else RULES)
    word = chosen.get(charger)
    if word is None:
        name = usual.get(charger, "")
        return Present(name, NO_REASON if name else NOT_MEASURED.why)
    reading = reading_of(state, word)
    if reading.value is None:
        why = Text("the vehicle is not known: {input}: {why}", input=f"input.{word}", why=Text.of(reading.why))
        return Present(why=why, rank=INPUT)
    return Present(str(reading.value), rank=INPUT)


def _checked(one: Present, known: Collection[str]) -> Present:
    """A name that the settings do not have is no vehicle, except the word for a guest."""
    if not one.name or one.name in known:
        return one
    if one.name == GUEST:
        return one._replace(why=A_GUEST)
    return Present(why=Text("“{name}” is not a vehicle of the settings", name=one.name), rank=one.rank)


def _alone(charger: str, one: Present, all_of: Mapping[str, Present], evs: Mapping[str, Ev]) -> Present:
    """The car is unknown if another charger has the same vehicle by an equal or higher choice."""
    if not one.name or one.name == GUEST or evs[charger].status.value is DISCONNECTED:
        return one
    for other, there in all_of.items():
        taken = other != charger and there.name == one.name and evs[other].status.value is not DISCONNECTED
        if taken and there.rank >= one.rank:
            why = Text("{name} is at {other} too, as far as is known", name=one.name, other=other)
            return Present(why=why, rank=one.rank)
    return one
