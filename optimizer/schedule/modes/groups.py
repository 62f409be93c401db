"""Actions in an order in which those with the same effect on the car stand together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from optimizer.schedule.modes.axes import Floats
from optimizer.schedule.modes.starts import Starts, flags_of
from optimizer.schedule.stage import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class CarGroup:
    """Actions that do the same to the car. They stand together."""

    flags: int
    """The flags after its first part. Those after the next part are one higher."""
    parts: tuple[slice, ...]
    """The places of the actions with the same flags."""
    is_fast: bool
    """Whether the car charges fast."""
    feeds: bool
    """Whether the battery discharges into a car that charges fast."""
    varies: bool
    """Whether the power of the car depends on the battery."""

    @property
    def first(self) -> int:
        """The place of its first action."""
        return int(self.parts[0].start)

    @property
    def places(self) -> slice:
        """The places of its actions."""
        return slice(self.parts[0].start, self.parts[-1].stop)

    @property
    def charges(self) -> bool:
        """Whether the car charges, apart from the surplus that the battery leaves."""
        return self.flags > 1

    @property
    def may_stop(self) -> bool:
        """Whether the car stops at its need if energy is too expensive."""
        return self.is_fast and not self.feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The useful actions of a step in groups."""

    alike: list[CarGroup]
    firsts: npt.NDArray[np.int64]
    """The first place of each sequence of actions with the same flags after it."""
    modes: list[int]
    """By action: a number for its modes of car and battery."""
    starts_ct: Floats
    """By flags before and action: the cost of starts."""


def battery_feeds(action: Action) -> bool:
    """Whether the battery discharges into a car that charges fast."""
    return action.car == "fast" and action.battery == "discharge"


def is_car_first(action: Action) -> bool:
    """Whether the car follows the surplus, and gets it before the battery."""
    return action.car == "surplus" and not action.battery_first


def order_of(action: Action) -> tuple[int, bool, bool, str, int]:
    """Actions with the same mode of the car and the same limit stand together. The first one wins a tie."""
    return (
        flags_of(action),
        battery_feeds(action),
        action.car == "off",
        f"{action.car} {action.battery_first}",
        -action.phases,
    )


def groups_of(actions: tuple[Action, ...], useful: npt.NDArray[np.int64], *, carries: bool, starts: Starts) -> Groups:
    """The groups of the useful actions. `actions` are sorted by `order_of`. `carries`: the surplus lets the car charge.

    An action that leaves to the car what the battery leaves counts as one without charging. Where the car charges
    nevertheless, the battery takes no more, and the action with the car first does the same.
    """
    chosen = [actions[index] for index in useful]
    after = [flags_of(action, follows=carries and is_car_first(action)) for action in chosen]
    starts_ct = starts.begin_ct[:, after]
    if carries:
        starts_ct = starts_ct + starts.interrupt_ct[:, None] * (np.array(after) < 2)
    modes = [(action.car, action.battery) for action in actions]
    effects = [(action.car, action.phases, action.battery_first, battery_feeds(action)) for action in chosen]
    places = range(len(chosen))
    return Groups(
        alike=[_group(chosen, after, list(group)) for _, group in groupby(places, effects.__getitem__)],
        firsts=np.array([place for place in places if place == 0 or after[place] != after[place - 1]]),
        modes=[modes.index((action.car, action.battery)) for action in chosen],
        starts_ct=starts_ct,
    )


def _group(chosen: list[Action], after: list[int], places: list[int]) -> CarGroup:
    first = chosen[places[0]]
    parts = [list(part) for _, part in groupby(places, after.__getitem__)]
    return CarGroup(
        flags=after[places[0]],
        parts=tuple(slice(part[0], part[-1] + 1) for part in parts),
        is_fast=first.car == "fast",
        feeds=battery_feeds(first),
        varies=first.car == "surplus" and first.battery_first,
    )
